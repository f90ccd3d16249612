"""The case: the matter, as its events have made it."""

from __future__ import annotations

from typing import Any

from onestop.core.events import (
    ACT,
    BY_ESCALATION,
    BY_FALLBACK,
    BY_HAND,
    BY_MAPPING,
    GENESIS,
    Candidate,
    CaseLinked,
    CaseOpened,
    CaseUnlinked,
    EnquiryReceived,
    EnquiryUpdated,
    Escalated,
    Event,
    ExternalRefAdded,
    FileFetched,
    FileScanned,
    FlagsChanged,
    LinkKind,
    MessageQueued,
    MessageUpdated,
    PromiseChanged,
    QuestionAnswered,
    QuestionAsked,
    QuestionLapsed,
    Rerouted,
    Sealed,
    Standing,
    StateChanged,
    StateRestored,
    StateTimer,
    TargetBreached,
    TargetsChanged,
    TimerSet,
    seal,
)
from onestop.core.heard import Heard, heard_after
from onestop.core.lifecycle import ClosingReason, StateType, WaitingOn
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.rules import Priority, highest
from onestop.core.targets import (
    ACKNOWLEDGE,
    ENDED,
    INSPECT,
    LEGAL,
    PROMISE,
    RESOLVE,
    CaseTarget,
    Promise,
    Wait,
    earliest,
    met,
)
from onestop.errors import StoreError

__all__ = [
    "FILE_INFECTED",
    "MATCH_REVIEW",
    "MEDIA_MISSING",
    "MESSAGE_FAILED",
    "REASSIGNED",
    "UNTOLD",
    "Case",
    "Draft",
    "Link",
    "rebuild",
]

FILE_INFECTED = "file_infected"  # flag: the host's scanner found something in a file
MEDIA_MISSING = "media_missing"  # flag: a file that the citizen sent could not be fetched
MATCH_REVIEW = "match_review"  # flag: a person decides whether this belongs to another case
MESSAGE_FAILED = "message_failed"  # flag: a message did not reach the citizen
REASSIGNED = "reassigned_before"  # flag: an escalation would send it where one sent it before
UNTOLD = "citizen_untold"  # flag: a person tells the citizen what nothing could tell them by itself


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
    provider: str | None = None  # who delivers it there; None: a case of before there was a choice
    areas: tuple[str, ...] = ()  # that its place is in
    rule: str  # the rule that sent it there, `fallback`, or `rerouted`
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None = None
    waiting_until: UtcDatetime | None = None
    closing_reason: ClosingReason | None = None
    priority: Priority
    flags: tuple[str, ...] = ()  # sorted
    assignee: str | None = None
    parties: FrozenMap[str, str] = FrozenMap()  # alias → sender | copied | representative, in the order they came
    origin: str | None = None  # the case whose enquiry it is about, too: it was split off, or opened beside it
    links: tuple[Link, ...] = ()
    candidates: tuple[Candidate, ...] = ()  # cases it may belong to, while nobody has decided
    questions: tuple[str, ...] = ()  # ids of those that the citizen was asked and may still answer
    external: FrozenMap[str, str] = FrozenMap()  # system → its id of this case
    enquiries: int = 0
    files: int = 0  # that are here; ornaments of a letter do not count
    photos: int = 0  # of these
    located: bool = False  # an enquiry said where
    heard: Heard = Heard()
    timer: StateTimer | None = None  # what happens by itself unless it leaves its state
    opened_at: UtcDatetime
    updated_at: UtcDatetime
    last_enquiry_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    received_at: UtcDatetime | None = None  # when its first enquiry reached us; None: an earlier release opened it
    reopened_at: UtcDatetime | None = None  # when it was taken up again after it was resolved or closed
    targets: tuple[CaseTarget, ...] = ()
    target_at: UtcDatetime | None = None  # the earliest deadline of those neither met nor paused
    promise: Promise = Promise()
    waits: tuple[Wait, ...] = ()  # in the order they began; the last one may not have ended
    met: FrozenMap[str, UtcDatetime] = FrozenMap()  # target → when, whether or not the standard asks for it
    escalation: str | None = None  # the step that the last timer waits for, and its generation
    escalated_to: tuple[str, ...] = ()  # services that an escalation sent it to
    policy: str
    version: int = 0  # the number of its events
    state_version: int = 1  # its version when it came into this state: timers of an earlier one are void

    @property
    def expected_at(self) -> UtcDatetime | None:
        """By when the citizen may expect it to be done; None when nothing is promised, or we wait for them."""
        return self.promise.expected_at

    def target(self, name: str) -> CaseTarget | None:
        """Give a target by its name: acknowledge, inspect, resolve or legal."""
        return next((target for target in self.targets if target.name == name), None)

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
            provider=decision.provider,
            areas=decision.areas,
            rule=decision.rule,
            state=event.state,
            state_type=event.state_type,
            priority=decision.priority,
            flags=decision.flags,
            opened_at=event.at,
            updated_at=event.at,
            last_enquiry_at=event.at,
            received_at=event.received_at,
            targets=event.targets,
            target_at=earliest(event.targets, event.state_type) if event.targets else event.target_at,
            promise=Promise(expected_at=event.expected_at) if event.expected_at else Promise(),
            origin=event.origin,
            policy=decision.policy,
            version=1,
        )

    def apply(self, event: Event) -> Case:
        """Give the case after one more event; an event of an unknown type changes its version and time alone."""
        changes: dict[str, Any] = {"version": self.version + 1, "updated_at": event.at}
        heard = heard_after(self.heard, event, self.version + 1, self.parties, self.enquiries)
        if heard is not self.heard:
            changes["heard"] = heard
        match event:
            case EnquiryReceived():
                changes |= self._received(event)
            case EnquiryUpdated():
                changes["flags"] = _with(self.flags, *event.decision.flags)
                changes["priority"] = highest(self.priority, event.decision.priority)
                changes["files"] = self.files + len(event.files)
                changes["located"] = self.located or event.located
            case StateChanged():
                changes |= self._changed(event)
            case Rerouted():
                changes |= self._rerouted(event)
            case MessageQueued() if self._is_acknowledged(event):
                changes |= self._met((ACKNOWLEDGE,), event.at)
            case TargetsChanged() | PromiseChanged() | TargetBreached() | Escalated() | TimerSet():
                changes |= self._promised(event)
            case CaseLinked():
                changes |= self._linked(event)
            case CaseUnlinked():
                changes |= self._unlinked(event)
            case StateRestored():
                changes |= {name: getattr(event.standing, name) for name in Standing.model_fields}
                changes["state_version"] = self.version + 1
                changes["escalation"] = None  # what is set anew is set, whatever was set before
            case MessageUpdated() if event.attention:
                changes["flags"] = _with(self.flags, MESSAGE_FAILED)
            case FlagsChanged():
                kept = tuple(flag for flag in self.flags if flag not in event.removed)
                changes["flags"] = _with(kept, *event.added)
            case FileFetched() if event.file is None:
                changes["flags"] = _with(self.flags, MEDIA_MISSING)
            case FileFetched():
                changes |= {"files": self.files + 1, "photos": self.photos + event.photo}
            case FileScanned() if event.verdict == "infected":
                changes["flags"] = _with(self.flags, FILE_INFECTED)
            case QuestionAsked():
                changes["questions"] = (*self.questions, event.question)
            case QuestionAnswered() | QuestionLapsed():
                changes["questions"] = tuple(each for each in self.questions if each != event.question)
            case ExternalRefAdded():
                changes["external"] = FrozenMap({**self.external, event.system: event.ref})
        return self.model_copy(update=changes)

    def _rerouted(self, event: Rerouted) -> dict[str, Any]:
        moves = event.rule in _MOVES
        return {
            "service": event.service,
            "provider": event.provider,
            "rule": event.rule,
            "state": event.state,
            "state_type": event.state_type,
            "waiting_on": event.waiting_on,
            "waiting_until": self.waiting_until if event.waiting_on == "until" else None,
            # With targets, what the other service asks follows in an event of its own.
            "target_at": self.target_at if self.targets else event.target_at,
            "policy": event.policy,
            "state_version": self.version + 1 if moves else self.state_version,
            "timer": None if moves else self.timer,
            "waits": _waiting(self.waits, event.waiting_on, event.at),
            "escalated_to": (*self.escalated_to, *((event.service,) if event.rule == BY_ESCALATION else ())),
        }

    def _is_acknowledged(self, event: MessageQueued) -> bool:
        """Say whether a message acknowledges the case: of what they do not want to hear, no more is owed."""
        return event.party in self.parties and event.manner != "denied" and ACKNOWLEDGE not in self.met

    def _received(self, event: EnquiryReceived) -> dict[str, Any]:
        spoke = self.parties.get(event.party) == "representative"
        roles = {**self.parties, event.party: "representative" if spoke else event.role}
        for alias in event.copied:
            roles.setdefault(alias, "copied")
        changes: dict[str, Any] = {
            "parties": FrozenMap(roles),
            "enquiries": self.enquiries + 1,
            "last_enquiry_at": event.at,
            "files": self.files + max(0, len(event.files) - event.ornaments),
            "photos": self.photos + event.photos,
            "located": self.located or event.located,
            "flags": _with(self.flags, *event.flags, *(event.decision.flags if event.decision else ())),
        }
        if event.match.candidates:
            changes["candidates"] = event.match.candidates
        if event.decision:
            changes["priority"] = highest(self.priority, event.decision.priority)
        return changes

    def _changed(self, event: StateChanged) -> dict[str, Any]:
        closed = event.state_type == "closed"
        ended, was = event.state_type in ENDED, self.state_type in ENDED
        changes: dict[str, Any] = {
            "state": event.state,
            "state_type": event.state_type,
            "waiting_on": event.waiting_on,
            "waiting_until": event.until if event.waiting_on == "until" else None,
            "closing_reason": event.closing_reason,
            "closed_at": _closed_at(self, event) if closed else None,
            "assignee": event.assignee or self.assignee,
            "state_version": self.version + 1,
            "timer": None,
            "waits": _waiting(self.waits, event.waiting_on, event.at),
        }
        names = (*event.meets, *((RESOLVE, LEGAL) if ended else ()))
        again: tuple[str, ...] = ()
        if was and not ended:
            # Who thanks us reopens a case, too: the law's clock is started again by a person, and by nobody else.
            again = (INSPECT, RESOLVE, *((LEGAL,) if event.by.startswith("worker:") else ()))
            changes["reopened_at"] = event.at
            changes["promise"] = self.promise.model_copy(update={"by_hand": False})
        if names or again:
            changes |= self._met(names, event.at, again)
        if ended:
            changes["escalation"] = None  # what is set anew after a reopening is set, whatever was set before
        if (names or again or ended) and self.targets:
            changes["target_at"] = earliest(changes.get("targets", self.targets), event.state_type)
        return changes

    def _met(self, names: tuple[str, ...], at: UtcDatetime, again: tuple[str, ...] = ()) -> dict[str, Any]:
        """Note that targets were met, and that others are to be met once more."""
        kept = {name: when for name, when in self.met.items() if name not in again}
        new = {name: at for name in names if name not in kept}
        changes: dict[str, Any] = {"met": FrozenMap(kept | new)}
        if self.targets:
            changes["targets"] = targets = met(self.targets, new, at)
            changes["target_at"] = earliest(targets, self.state_type)
        return changes

    def _promised(
        self, event: TargetsChanged | PromiseChanged | TargetBreached | Escalated | TimerSet
    ) -> dict[str, Any]:
        """Give what an event says of targets, the promise and their escalation."""
        match event:
            case TargetsChanged():
                return {"targets": event.targets, "target_at": earliest(event.targets, self.state_type)}
            case PromiseChanged():
                made = Promise(
                    expected_at=event.expected_at,
                    by_hand=event.because == "by_hand",
                    generation=self.version + 1,
                    # A pause leaves as much time as there was: what was done before it is not done once more.
                    escalated=self.promise.escalated if event.because in ("paused", "resumed") else (),
                )
                return {"promise": made}
            case TargetBreached():
                targets = (
                    target.model_copy(update={"breached_at": event.at})
                    if target.name == event.name and target.met_at is None
                    else target
                    for target in self.targets
                )
                return {"targets": tuple(targets)}
            case TimerSet():
                if event.kind.startswith(ACT):
                    return {"timer": StateTimer(action=event.kind.removeprefix(ACT), due_at=event.due_at)}
                if event.generation is None:
                    return {}
                return {"escalation": f"{event.kind}@{event.generation}"}
        return self._escalated(event)

    def _escalated(self, event: Escalated) -> dict[str, Any]:
        changes: dict[str, Any] = {"flags": _with(self.flags, *event.flags)}
        if event.priority:
            changes["priority"] = highest(self.priority, event.priority)
        if event.assignee:
            changes["assignee"] = event.assignee
        if event.target == PROMISE:
            steps = (*self.promise.escalated, event.step)
            changes["promise"] = self.promise.model_copy(update={"escalated": steps})
        changes["targets"] = tuple(
            target.model_copy(update={"escalated": (*target.escalated, event.step)})
            if target.name == event.target
            else target
            for target in self.targets
        )
        return changes

    def _linked(self, event: CaseLinked) -> dict[str, Any]:
        # What went into another case belongs there: nobody doubts it any more.
        merged = event.kind == "merged_into"
        left = tuple(each for each in self.candidates if each.case != event.case and not merged)
        links = tuple(link for link in self.links if (link.case, link.kind) != (event.case, event.kind))
        changes: dict[str, Any] = {
            "links": (*links, Link(case=event.case, reference=event.reference, kind=event.kind)),
            "candidates": left,
            "flags": _with(self.flags, *event.flags),
        }
        if self.candidates and not left:
            changes["flags"] = tuple(flag for flag in changes["flags"] if flag != MATCH_REVIEW)
        if event.priority:
            changes["priority"] = highest(self.priority, event.priority)
        return changes

    def _unlinked(self, event: CaseUnlinked) -> dict[str, Any]:
        return {
            "links": tuple(link for link in self.links if (link.case, link.kind) != (event.case, event.kind)),
            "candidates": event.candidates,
            "flags": _with(tuple(flag for flag in self.flags if flag not in event.removed), *event.added),
            "priority": event.priority or self.priority,
        }


def _closed_at(case: Case, event: StateChanged) -> UtcDatetime:
    """Another policy's name for the state is no other closing: days to reopen go on from the first one."""
    return case.closed_at if case.closed_at and event.action in _MAPPED else event.at


_MAPPED = frozenset({BY_MAPPING, BY_FALLBACK})
# Rules that are asked again are not somebody who took the case up.
_MOVES = frozenset({BY_HAND, BY_ESCALATION, *_MAPPED})


def _waiting(waits: tuple[Wait, ...], on: WaitingOn | None, at: UtcDatetime) -> tuple[Wait, ...]:
    """Give the waits after a case came into a state at a moment; a clock set back makes none that ends too early."""
    last = waits[-1] if waits else None
    if last is not None and last.until is None:
        if last.on == on:
            return waits
        waits = (*waits[:-1], last.model_copy(update={"until": max(at, last.since)}))
    return (*waits, Wait(on=on, since=at)) if on else waits


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
