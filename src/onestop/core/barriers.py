"""
Barriers: what stands between a message and a contact point on a channel, as a stable code.

A choice of channel asks this of every candidate, and what is about to leave is asked once more, so that the two cannot
disagree. docs/explanation/preference.md has the codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from onestop.core.contact import number_kind
from onestop.core.enquiry import Channel
from onestop.core.ledger import About, agreed, withdrawn
from onestop.core.needs import Asked
from onestop.core.profile import ContactPoint, Profile
from onestop.core.purposes import Law, Purpose
from onestop.core.wishes import Matter

__all__ = ["ANSWERS_ONLY", "FITS", "LastUsed", "Standing", "barrier"]


class LastUsed(NamedTuple):
    """Where a citizen last wrote from: learned, never stored as a statement."""

    channel: Channel
    key: str  # of the contact point
    at: datetime | None = None  # None: not known; a gateway that must be answered within hours is then not asked


class Standing(NamedTuple):
    """What is the same for all candidates of one message."""

    profile: Profile
    purpose: Purpose
    law: Law
    matter: Matter
    at: datetime  # when it leaves
    asked: Asked
    last_used: LastUsed | None
    named: frozenset[str]  # keys of contact points that a stated preference names
    windows: Mapping[Channel, int]  # hours within which a channel's gateway must be answered
    by_person: bool = False  # a person chose the contact point

    @property
    def answers(self) -> bool:
        """Say whether such a message is part of a conversation, and not one that they subscribed to."""
        return not self.law.stoppable


FITS: Mapping[Channel, tuple[str, ...]] = {
    "email": ("mailto:",),
    "sms": ("tel:",),
    "phone": ("tel:",),
    "chat": ("tel:", "ext:"),
    "social": ("ext:",),
    "post": ("post:",),
}
"""How the contact points begin that a channel reaches."""

ANSWERS_ONLY: frozenset[Purpose] = frozenset({"confirmation"})
"""Purposes that go nowhere but where the citizen just wrote: what they told us to do was done."""

_CONVERSATIONS = frozenset({"chat", "social"})  # nobody is on them for having a number
_NEVER = frozenset({"premium", "emergency", "short"})
_NO_TEXTS = frozenset({"fixed", "freephone"})


def barrier(standing: Standing, channel: Channel, point: ContactPoint) -> str | None:
    """Give what stands against a channel and a contact point, but for gateways and quiet hours; None: nothing."""
    key = point.urn.key
    used = standing.last_used
    wrote_there = used is not None and used.key == key
    wrote_so = wrote_there and used is not None and used.channel == channel
    if (code := _unreachable(standing, channel, point, wrote_so=wrote_so)) is not None:
        return code
    if standing.asked.manner(channel) is None:
        return "need"
    if standing.purpose in ANSWERS_ONLY:
        if not wrote_there:
            return "not_where_they_wrote"
    elif (code := _refused(standing, channel, key)) is not None:
        return code
    if any(failure.channel == channel for failure in point.failures):
        return "failed"
    if standing.by_person or key in standing.named or (wrote_there and standing.answers):
        return None
    if point.shared is not None:
        return "shared"
    return None if point.verified is not None or _gave_consent(standing, channel, key) else "unverified"


def _unreachable(standing: Standing, channel: Channel, point: ContactPoint, *, wrote_so: bool) -> str | None:
    if point.shared == "phone_box":
        return "shared"
    if point.urn.startswith("tel:"):
        kind = number_kind(point.urn)
        if kind in _NEVER or (channel == "sms" and kind in _NO_TEXTS and not wrote_so):
            return "number"
    if channel in _CONVERSATIONS and not (wrote_so or standing.by_person or point.urn.key in standing.named):
        return "never_used"
    if (window := standing.windows.get(channel)) is not None:
        wrote_at = standing.last_used.at if wrote_so and standing.last_used is not None else None
        if wrote_at is None or standing.at - wrote_at >= timedelta(hours=window):
            return "window_closed"
    return None


def _refused(standing: Standing, channel: Channel, key: str) -> str | None:
    """Give whether the ledger of consents stands against it."""
    ledger = standing.profile.consents
    if not ledger:
        return "no_consent" if standing.law.needs_consent else None
    about = About(channel, standing.purpose, standing.matter.service, standing.matter.case)
    if withdrawn(ledger, key, about):
        return "opted_out"
    return "no_consent" if standing.law.needs_consent and not _gave_consent(standing, channel, key) else None


def _gave_consent(standing: Standing, channel: Channel, key: str) -> bool:
    """Say whether they agreed to messages for this purpose by this very channel (PECR, regulation 22)."""
    ledger = standing.profile.consents
    if not ledger:
        return False
    about = About(channel, standing.purpose, standing.matter.service, standing.matter.case)
    return agreed((entry for entry in ledger if not entry.given or entry.channel == channel), key, about)
