"""The case: the matter, as its events have made it."""

from __future__ import annotations

from typing import Any

from onestop.core.events import (
    BY_HAND,
    GENESIS,
    Candidate,
    CaseLinked,
    CaseOpened,
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    ExternalRefAdded,
    FileFetched,
    FileScanned,
    FlagsChanged,
    LinkKind,
    MessageUpdated,
    Rerouted,
    Sealed,
    StateChanged,
    seal,
)
from onestop.core.lifecycle import ClosingReason, StateType, WaitingOn
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.rules import Priority, highest
from onestop.errors import StoreError

__all__ = [
    "FILE_INFECTED",
    "MATCH_REVIEW",
    "MEDIA_MISSING",
    "MESSAGE_FAILED",
    "Case",
    "Draft",
    "Link",
    "rebuild",
]

FILE_INFECTED = "file_infected"  # flag: the host's scanner found something in a file
MEDIA_MISSING = "media_missing"  # flag: a file that the citizen sent could not be fetched
MATCH_REVIEW = "match_review"  # flag: a person decides whether this belongs to another case
MESSAGE_FAILED = "message_failed"  # flag: a message did not reach the citizen


class Link(Frozen):
    """How this case is tied to another one."""

    case: str
    reference: str
    kind: LinkKind


class Case(Frozen):
    """
    The matter: reference, service, state, parties, promise; made from its events and by nothing else.

    Nothing here is personal: parties are aliases, and who they are stands in rows that can be erased.
    """

    id: str
    reference: str
    service: str
    rule: str  # the rule that sent it there, `fallback`, or `rerouted`
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None = None
    waiting_until: UtcDatetime | None = None
    closing_reason: ClosingReason | None = None
    priority: Priority
    flags: tuple[str, ...] = ()  # sorted
    assignee: str | None = None
    parties: FrozenMap[str, str] = FrozenMap()  # alias → sender | copied, in the order they came
    links: tuple[Link, ...] = ()
    candidates: tuple[Candidate, ...] = ()  # cases it may belong to, while nobody has decided
    external: FrozenMap[str, str] = FrozenMap()  # system → its id of this case
    enquiries: int = 0
    opened_at: UtcDatetime
    updated_at: UtcDatetime
    last_enquiry_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    target_at: UtcDatetime | None = None
    policy: str
    version: int = 0  # the number of its events
    state_version: int = 1  # its version when it came into this state: timers of an earlier one are void

    @property
    def merged_into(self) -> str | None:
        """The id of the case that took this one's place, as long as nobody reopened it; the last one if several did."""
        if self.closing_reason != "merged":
            return None
        return next((link.case for link in reversed(self.links) if link.kind == "merged_into"), None)

    @classmethod
    def begin(cls, event: Event) -> Case:
        """
        Give the case that its first event makes.

        Raises:
            StoreError: a history does not begin with `case_opened`.
        """
        if not isinstance(event, CaseOpened):
            raise StoreError("a case's history begins with case_opened")
        decision = event.decision
        return cls(
            id=event.id,
            reference=event.reference,
            service=decision.service,
            rule=decision.rule,
            state=event.state,
            state_type=event.state_type,
            priority=decision.priority,
            flags=decision.flags,
            opened_at=event.at,
            updated_at=event.at,
            last_enquiry_at=event.at,
            target_at=event.target_at,
            policy=decision.policy,
            version=1,
        )

    def apply(self, event: Event) -> Case:
        """Give the case after one more event; an event of an unknown type changes its version and time alone."""
        changes: dict[str, Any] = {"version": self.version + 1, "updated_at": event.at}
        match event:
            case EnquiryReceived():
                changes |= self._received(event)
            case EnquiryUpdated():
                changes["flags"] = _with(self.flags, *event.decision.flags)
                changes["priority"] = highest(self.priority, event.decision.priority)
            case StateChanged():
                changes |= self._changed(event)
            case Rerouted():
                changes |= {
                    "service": event.service,
                    "rule": event.rule,
                    "state": event.state,
                    "state_type": event.state_type,
                    "waiting_on": event.waiting_on,
                    "waiting_until": None,
                    "target_at": event.target_at,
                    "policy": event.policy,
                    # Rules that are asked again are not a person who took the case up.
                    "state_version": self.version + 1 if event.rule == BY_HAND else self.state_version,
                }
            case CaseLinked():
                changes |= self._linked(event)
            case MessageUpdated() if event.attention:
                changes["flags"] = _with(self.flags, MESSAGE_FAILED)
            case FlagsChanged():
                kept = tuple(flag for flag in self.flags if flag not in event.removed)
                changes["flags"] = _with(kept, *event.added)
            case FileFetched() if event.file is None:
                changes["flags"] = _with(self.flags, MEDIA_MISSING)
            case FileScanned() if event.verdict == "infected":
                changes["flags"] = _with(self.flags, FILE_INFECTED)
            case ExternalRefAdded():
                changes["external"] = FrozenMap({**self.external, event.system: event.ref})
        return self.model_copy(update=changes)

    def _received(self, event: EnquiryReceived) -> dict[str, Any]:
        roles = {**self.parties, event.party: "sender"}
        for alias in event.copied:
            roles.setdefault(alias, "copied")
        changes: dict[str, Any] = {
            "parties": FrozenMap(roles),
            "enquiries": self.enquiries + 1,
            "last_enquiry_at": event.at,
            "flags": _with(self.flags, *event.flags, *(event.decision.flags if event.decision else ())),
        }
        if event.match.candidates:
            changes["candidates"] = event.match.candidates
        if event.decision:
            changes["priority"] = highest(self.priority, event.decision.priority)
        return changes

    def _changed(self, event: StateChanged) -> dict[str, Any]:
        closed = event.state_type == "closed"
        return {
            "state": event.state,
            "state_type": event.state_type,
            "waiting_on": event.waiting_on,
            "waiting_until": event.until if event.waiting_on == "until" else None,
            "closing_reason": event.closing_reason,
            "closed_at": event.at if closed else None,
            "assignee": event.assignee or self.assignee,
            "state_version": self.version + 1,
        }

    def _linked(self, event: CaseLinked) -> dict[str, Any]:
        left = tuple(candidate for candidate in self.candidates if candidate.case != event.case)
        links = tuple(link for link in self.links if (link.case, link.kind) != (event.case, event.kind))
        changes: dict[str, Any] = {
            "links": (*links, Link(case=event.case, reference=event.reference, kind=event.kind)),
            "candidates": left,
        }
        if self.candidates and not left:
            changes["flags"] = tuple(flag for flag in self.flags if flag != MATCH_REVIEW)
        return changes


def _with(flags: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return flags if set(more) <= set(flags) else tuple(sorted({*flags, *more}))


class Draft:
    """A case being changed: events are added one by one, applied and chained."""

    __slots__ = ("_head", "before", "case", "events")

    def __init__(self, case: Case | None, head: bytes = GENESIS) -> None:
        self.before = case.version if case else 0
        self.case: Case | None = case
        self.events: list[Sealed] = []
        self._head = head

    @property
    def head(self) -> bytes:
        """The hash of the last event."""
        return self._head

    def add(self, event: Event) -> Case:
        """Add an event; give the case after it."""
        self.case = self.case.apply(event) if self.case else Case.begin(event)
        sealed = seal(self.case.version, event, self._head)
        self.events.append(sealed)
        self._head = sealed.hash
        return self.case


def rebuild(events: list[Event]) -> Case:
    """
    Give the case that a whole history makes.

    Raises:
        StoreError: the history is empty, or does not begin with `case_opened`.
    """
    if not events:
        raise StoreError("a case has at least one event")
    case = Case.begin(events[0])
    for event in events[1:]:
        case = case.apply(event)
    return case
