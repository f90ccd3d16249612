"""How things stand between a citizen and a message: what is the same for every channel that it could go by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from onestop.core.enquiry import Channel
from onestop.core.needs import Asked, asked_of
from onestop.core.profile import Profile
from onestop.core.purposes import Law, Purpose, law_of
from onestop.core.quiet import NEVER, Zones, quiet_until
from onestop.core.wishes import Matter, Wishes, wishes

__all__ = ["ANSWERS_ONLY", "LastUsed", "Standing", "Telling", "Urgency", "stand"]

Urgency = Literal["normal", "urgent"]
"""Urgent: it does not wait for the end of quiet hours, unless it is of a kind that people subscribe to."""

ANSWERS_ONLY: frozenset[Purpose] = frozenset({"confirmation"})
"""Purposes that go nowhere but where the citizen just wrote: what they told us to do was done."""


class LastUsed(NamedTuple):
    """Where a citizen last wrote from: learned, never stored as a statement."""

    channel: Channel
    key: str  # of the contact point
    at: datetime | None = None  # None: not known; a gateway that must be answered within hours is then not asked


class Telling(NamedTuple):
    """What a message is."""

    purpose: Purpose
    urgency: Urgency = "normal"
    matter: Matter = Matter()
    last_used: LastUsed | None = None
    by_person: bool = False  # a person chose the contact point: it may be shared, or proved by nothing


class Standing(NamedTuple):
    """How things stand."""

    profile: Profile
    message: Telling
    law: Law
    quiet_until: datetime | None  # None: it may leave now; `NEVER`: no moment is free
    leaves_at: datetime  # statements are asked as they will be then
    stated: Wishes
    asked: Asked
    windows: Mapping[Channel, int]  # hours within which a channel's gateway must be answered

    @property
    def answers(self) -> bool:
        """Say whether such a message is part of a conversation, and not of what people subscribe to."""
        return not self.law.stoppable


def stand(profile: Profile, message: Telling, now: datetime, zones: Zones, windows: Mapping[Channel, int]) -> Standing:
    """Give how things stand between a citizen and a message at a moment."""
    law = law_of(message.purpose)
    waits = law.waits and (law.stoppable or message.urgency != "urgent")
    until = quiet_until(profile.quiet_hours, now, zones, profile.zone) if waits and profile.quiet_hours else None
    leaves_at = now if until is None or until == NEVER else until
    stated = Wishes()
    if message.purpose not in ANSWERS_ONLY:
        stated = wishes(profile.preferences, message.purpose, message.matter, leaves_at)
        if stated.closed and law.must_reach:
            stated = stated._replace(closed=False)
    asked = asked_of(profile.needs, leaves_at)
    return Standing(profile, message, law, until, leaves_at, stated, asked, windows)
