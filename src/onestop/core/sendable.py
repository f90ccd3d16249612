"""
The last check of a message, when it is about to leave: may it go now, must it wait, or may it not go at all?

Between the choice of a channel and the gateway lie hours, sometimes a night: consent is withdrawn, a need is recorded,
a preference ends. So what was chosen is asked again, by the same barriers, of the profile as it is then. What is denied
is not lost: `choose_channel` is asked anew, with this way among the `excluded`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from onestop.core.barriers import barrier
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.profile import Profile
from onestop.core.quiet import NEVER, Zones
from onestop.core.standing import Telling, stand

__all__ = ["GO", "Deny", "Go", "Sendable", "Wait", "check_send"]


class Go(NamedTuple):
    """It may leave now."""


class Wait(NamedTuple):
    """It may leave at a later moment, when it is asked again."""

    until: datetime


class Deny(NamedTuple):
    """It may not leave, neither now nor later."""

    code: str  # docs/explanation/preference.md


Sendable = Go | Wait | Deny
GO = Go()


def check_send(
    profile: Profile,
    message: Telling,
    channel: Channel,
    recipient: Urn,
    now: datetime,
    zones: Zones,
    *,
    rendered: str | None = None,
    reply_window_hours: int | None = None,
    one_size: bool = False,
) -> Sendable:
    """
    Give whether a message may leave now.

    `rendered` is the format it has (`Message.format`); `reply_window_hours` and `one_size` are the gateway's
    (`Capabilities`). Where the citizen last wrote from is asked as it was when the channel was chosen, or is known now.
    """
    windows = {} if reply_window_hours is None else {channel: reply_window_hours}
    standing = stand(profile, message, now, zones, windows)
    if standing.quiet_until == NEVER:
        return Deny("always_quiet")
    if standing.stated.refuses(channel):
        return Deny("muted")
    if standing.asked.manner(channel) != "send" or standing.asked.format != rendered:
        return Deny("need")
    if one_size and standing.asked.large:
        return Deny("need")
    key = recipient.key
    point = next((point for point in profile.contact_points if point.urn.key == key), None)
    if point is None:
        return Deny("not_theirs")
    if (code := barrier(standing, channel, point, key)) is not None:
        return Deny(code)
    return GO if standing.quiet_until is None else Wait(standing.quiet_until)
