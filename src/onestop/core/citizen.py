"""The citizen: a person, household, organisation or group, and what was stated of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from onestop.core.chaining import GENESIS
from onestop.core.citizen_events import (
    CitizenFact,
    CitizenKnown,
    DetailStated,
    MemberJoined,
    MemberLeft,
    Merged,
    NeedEnded,
    NeedRecorded,
    PreferenceStated,
    PreferenceWithdrawn,
    QuietHoursStated,
    QuietHoursWithdrawn,
    SealedFact,
    StoodFor,
    StoodForNoLonger,
    Unmerged,
    seal_fact,
)
from onestop.core.model import Frozen
from onestop.core.profile import CitizenKind, Need, Preference, QuietHours
from onestop.errors import StoreError

__all__ = ["Citizen", "CitizenDraft", "rebuild_citizen"]


class Citizen(Frozen):
    """
    The present of a citizen: what their events say, one after another.

    Addresses, the ledger of consents and authorities are rows of their own, since they are looked up by themselves.
    """

    id: str
    version: int = 0  # how many events there were; 0: nothing was stated yet
    kind: CitizenKind = "person"
    name: str | None = None
    language: str | None = None
    zone: str | None = None
    preferences: tuple[Preference, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    needs: tuple[Need, ...] = ()
    members: tuple[str, ...] = Field(default=(), max_length=1000)  # citizens of a household, organisation or group
    merged_into: str | None = None  # the citizen who stands for this one; their own statements stay as they are
    stands_for: tuple[str, ...] = ()  # the citizens who were merged into this one, in the order they were

    @property
    def states(self) -> bool:
        """Whether there is something that a choice of channel has to know, apart from their addresses."""
        return bool(
            self.preferences or self.quiet_hours or self.needs or self.zone or self.merged_into or self.stands_for
        )

    @classmethod
    def begin(cls, event: CitizenFact) -> Citizen:
        """
        Give the citizen that the first event makes.

        Raises:
            StoreError: a history does not begin with `citizen_known`.
        """
        if not isinstance(event, CitizenKnown):
            raise StoreError("a citizen's history begins with citizen_known")
        return cls(id=event.id, version=1, kind=event.kind, name=event.name, language=event.language, needs=event.needs)

    def apply(self, event: CitizenFact) -> Citizen:
        """Give the citizen after one more event; one that says nothing of this row changes the version alone."""
        return self.model_copy(update={"version": self.version + 1, **self._changes(event)})

    def _changes(self, event: CitizenFact) -> dict[str, Any]:
        match event:
            case DetailStated(detail="kind"):
                return {"kind": event.value or "person"}
            case DetailStated():
                return {event.detail: event.value}
            case PreferenceStated(preference=stated):
                kept = tuple(each for each in self.preferences if not _alike(each, stated))
                return {"preferences": (*kept, stated)}
            case PreferenceWithdrawn():
                scope = (event.purpose, event.service, event.case, event.contact_point)
                return {"preferences": tuple(each for each in self.preferences if _scope(each) != scope)}
            case QuietHoursStated(quiet_hours=hours):
                others = tuple(each for each in self.quiet_hours if (each.until is None) != (hours.until is None))
                return {"quiet_hours": (*others, hours)}
            case QuietHoursWithdrawn():
                return {"quiet_hours": ()}
            case NeedRecorded(need=need):
                return {"needs": (*(each for each in self.needs if each.code != need.code), need)}
            case NeedEnded(code=code):
                return {"needs": tuple(each for each in self.needs if each.code != code)}
            case _:
                return self._ties(event)

    def _ties(self, event: CitizenFact) -> dict[str, Any]:
        match event:
            case MemberJoined(member=member):
                return {"members": (*(each for each in self.members if each != member), member)}
            case MemberLeft(member=member):
                return {"members": tuple(each for each in self.members if each != member)}
            case Merged(into=into):
                return {"merged_into": into}
            case Unmerged():
                return {"merged_into": None}
            case StoodFor(citizen=citizen):
                return {"stands_for": (*(each for each in self.stands_for if each != citizen), citizen)}
            case StoodForNoLonger(citizen=citizen):
                return {"stands_for": tuple(each for each in self.stands_for if each != citizen)}
        return {}


def _scope(preference: Preference) -> tuple[object, ...]:
    return preference.purpose, preference.service, preference.case, preference.contact_point


def _alike(one: Preference, other: Preference) -> bool:
    """Say whether one takes the place of the other: what holds for a while only stands beside what holds for good."""
    return _scope(one) == _scope(other) and (one.until is None) == (other.until is None)


def rebuild_citizen(events: Iterable[CitizenFact]) -> Citizen:
    """
    Give the citizen that a whole history makes.

    Raises:
        StoreError: it does not begin with `citizen_known`.
    """
    remaining = iter(events)
    first = next(remaining, None)
    if first is None:
        raise StoreError("a citizen's history begins with citizen_known")
    citizen = Citizen.begin(first)
    for event in remaining:
        citizen = citizen.apply(event)
    return citizen


class CitizenDraft:
    """A citizen being changed: events are added one by one, applied and chained."""

    __slots__ = ("before", "citizen", "events", "head")

    def __init__(self, citizen: Citizen, head: bytes) -> None:
        self.before = citizen.version
        self.citizen = citizen
        self.head = head or GENESIS
        self.events: list[SealedFact] = []

    def add(self, event: CitizenFact) -> None:
        """Add an event; before the first one, what was known without any."""
        if self.citizen.version == 0:
            known = self.citizen
            assert not known.merged_into, "who was merged has a history"
            began = CitizenKnown(
                id=known.id,
                kind=known.kind,
                name=known.name,
                language=known.language,
                needs=known.needs,
                at=event.at,
                by=event.by,
            )
            self._append(began, Citizen.begin(began))
        self._append(event, self.citizen.apply(event))

    def _append(self, event: CitizenFact, citizen: Citizen) -> None:
        sealed = seal_fact(len(self.events) + self.before + 1, event, self.head)
        self.events.append(sealed)
        self.citizen, self.head = citizen, sealed.hash
