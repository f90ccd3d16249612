"""
Barriers: what stands between a message and a contact point on a channel, as a stable code.

A choice of channel asks this of every candidate, and what is about to leave is asked once more, so that the two cannot
disagree. docs/explanation/preference.md has the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from onestop.core.contact import number_kind
from onestop.core.enquiry import Channel
from onestop.core.ledger import About, agreed, withdrawn
from onestop.core.profile import ContactPoint
from onestop.core.standing import ANSWERS_ONLY, Standing

__all__ = ["FITS", "barrier"]


FITS: Mapping[Channel, tuple[str, ...]] = {
    "email": ("mailto",),
    "sms": ("tel",),
    "phone": ("tel",),
    "chat": ("tel", "ext"),
    "social": ("ext",),
    "post": ("post",),
}
"""The schemes of the contact points that a channel reaches."""

_CONVERSATIONS = frozenset({"chat", "social"})  # nobody is on them for having a number
_NEVER = frozenset({"premium", "emergency", "short"})
_NO_TEXTS = frozenset({"fixed", "freephone"})


def barrier(standing: Standing, channel: Channel, point: ContactPoint, key: str) -> str | None:
    """Give what stands against a channel and a contact point, but for gateways, needs and quiet hours."""
    message, used = standing.message, standing.message.last_used
    wrote_there = used is not None and used.key == key
    wrote_so = wrote_there and used is not None and used.channel == channel
    if (code := _unreachable(standing, channel, point, key, wrote_so=wrote_so)) is not None:
        return code
    if message.purpose in ANSWERS_ONLY:
        if not wrote_there:
            return "not_where_they_wrote"
    elif (code := _refused(standing, channel, key)) is not None:
        return code
    if point.failures and any(failure.channel == channel for failure in point.failures):
        return "failed"
    if message.by_person or key in standing.stated.named or (wrote_there and standing.answers):
        return None
    if point.shared is not None:
        return "shared"
    return None if point.verified is not None or _agreed(standing, channel, key) else "unverified"


def _unreachable(standing: Standing, channel: Channel, point: ContactPoint, key: str, *, wrote_so: bool) -> str | None:
    if point.shared == "phone_box":
        return "shared"
    if key.startswith("tel:"):
        kind = number_kind(point.urn)
        if kind in _NEVER or (channel == "sms" and kind in _NO_TEXTS and not wrote_so):
            return "number"
    message = standing.message
    if channel in _CONVERSATIONS and not (wrote_so or message.by_person or key in standing.stated.named):
        return "never_used"
    if (window := standing.windows.get(channel)) is not None:
        wrote_at = message.last_used.at if wrote_so and message.last_used is not None else None
        if wrote_at is None or standing.leaves_at - wrote_at >= timedelta(hours=window):
            return "window_closed"
    return None


def _refused(standing: Standing, channel: Channel, key: str) -> str | None:
    """Give whether the ledger of consents stands against it."""
    ledger, needs_consent = standing.profile.consents, standing.law.needs_consent
    if ledger and withdrawn(ledger, key, _about(standing, channel)):
        return "opted_out"
    return "no_consent" if needs_consent and not _agreed(standing, channel, key) else None


def _agreed(standing: Standing, channel: Channel, key: str) -> bool:
    """Say whether they agreed to messages for this purpose by this very channel (PECR, regulation 22)."""
    ledger = standing.profile.consents
    if not ledger:
        return False
    by_channel = (entry for entry in ledger if not entry.given or entry.channel == channel)
    return agreed(by_channel, key, _about(standing, channel))


def _about(standing: Standing, channel: Channel) -> About:
    message = standing.message
    return About(channel, message.purpose, message.matter.service, message.matter.case)
