"""
Whom a message goes to, and what a choice of channel asks of them.

What a citizen stated decides. Where they stated nothing, they are answered the way they wrote: nothing is learned of
them that would be worth a look into their profile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from onestop.core.case import Case
from onestop.core.choice import Choice, LastUsed, Matter, Way, choose_channel
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities
from onestop.core.plan import PartyRow, QuestionRow
from onestop.core.policy import Policy
from onestop.core.profile import Authority, ContactPoint, Profile
from onestop.core.purposes import Purpose

__all__ = ["Addressee", "Reach", "answered_by", "choose_for", "way_of", "written_to"]


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody wants to be reached, and what the desk's gateways can do."""

    profile: Profile
    capabilities: Mapping[Channel, Capabilities]
    lost: bool = False  # the contact point that they wrote from is theirs no longer

    @property
    def says_how(self) -> bool:
        """Say whether there is anything to choose by, beside where they wrote."""
        profile = self.profile
        said = profile.preferences or profile.quiet_hours or profile.needs or profile.consents
        return self.lost or bool(said) or any(point.failures for point in profile.contact_points)

    def is_shared(self, urn: Urn) -> bool:
        """Say whether several people are known to use a contact point."""
        key = urn.key
        return any(point.shared is not None and point.urn.key == key for point in self.profile.contact_points)

    def holding(self, urn: Urn) -> Profile:
        """Give the profile with a contact point that is theirs here, though nobody has claimed it."""
        profile, key = self.profile, urn.key
        if self.lost or any(point.urn.key == key for point in profile.contact_points):
            return profile
        return profile.model_copy(update={"contact_points": (*profile.contact_points, ContactPoint(urn=urn))})


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message goes to, how they wrote last, and how they want to be reached."""

    party: PartyRow
    wrote_on: Channel | None = None
    language: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    wrote_at: datetime | None = None
    reach: Reach | None = None  # None: nothing is known but how they wrote
    questions: tuple[QuestionRow, ...] = ()  # that they were asked; only where they are to be asked something
    authorities: tuple[Authority, ...] = ()  # of a representative, or over who needs one
    beside: tuple[Addressee, ...] = ()  # who may be told in their stead: the citizen, or those who speak for them

    @property
    def speaks(self) -> str | None:
        """The language that they stated, or wrote in."""
        return (self.reach.profile.language if self.reach else None) or self.language


def written_to(urn: Urn, wrote_on: Channel | None) -> Channel | None:
    """Give the channel on which a contact point is written to; None: nobody can write there."""
    if urn.scheme == "tel":
        return "chat" if wrote_on == "chat" else "sms"
    return "email" if urn.scheme == "mailto" else None


def answered_by(to: Addressee, channel: Channel) -> Choice:
    """Give the choice where nothing was stated: the way they wrote."""
    assert to.party.urn is not None
    return Choice("send", "last_used", channel, ContactPoint(urn=to.party.urn))


def choose_for(
    case: Case,
    to: Addressee,
    purpose: Purpose,
    policy: Policy,
    now: datetime,
    *,
    used: Channel | None,
    excluded: Collection[tuple[Channel, str | None]] = (),
) -> Choice:
    """Choose by what somebody stated; `used` is the channel of theirs that answers how they wrote."""
    assert to.reach is not None
    assert to.party.urn is not None
    urn = to.party.urn
    return choose_channel(
        to.reach.holding(urn),
        purpose,
        capabilities=to.reach.capabilities,
        now=now,
        zones=policy.zones,
        matter=Matter(case.service, case.id),
        last_used=LastUsed(used, urn.key, to.wrote_at) if used else None,
        languages=policy.council.languages,
        excluded=excluded,
    )


def way_of(channel: Channel, urn: Urn | None) -> tuple[Channel, str | None]:
    """Give a way as a choice knows it that excludes it."""
    return Way(channel, ContactPoint(urn=urn) if urn is not None else None).key
