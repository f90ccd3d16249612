"""
The store protocol: what the desk asks of a keeper.

A store decides nothing. Inside one transaction it answers the core's questions and writes the core's plan, all or
nothing; what it gives back are the core's own values and the plain rows below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.lifecycle import StateType
from onestop.core.one_time import OneTimeCode
from onestop.core.plan import Ask, CaseFacts, Content, PartyRow, Plan, Query, QuestionRow
from onestop.core.profile import Authority, Consent

__all__ = [
    "CaseFilter",
    "CitizenEvent",
    "CitizenRecord",
    "EnquiryRecord",
    "Finding",
    "KeptEnquiry",
    "MessageRecord",
    "Order",
    "Page",
    "Reader",
    "RejectedRecord",
    "RestrictionRecord",
    "Store",
    "StoredEvent",
    "Tally",
    "TimerRecord",
    "TimerTally",
    "Transaction",
]

Order = Literal["opened_at", "updated_at", "target_at", "priority"]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted; all that is given must hold. Times are aware and exclusive at their end."""

    services: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    state_types: tuple[str, ...] = ()
    assignee: str | None = None
    priority_from: int | None = None  # 0 low … 3 urgent
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    due_before: datetime | None = None  # has a target, and it lies before this
    contact_key: str | None = None  # a party has this contact point
    external: tuple[str, str] | None = None  # system, id
    flags: tuple[str, ...] = ()  # has all of these
    any_flags: tuple[str, ...] | None = None  # has one of these; of none, there is no such case
    without_flag: str | None = None  # has not this one
    order: Order = "opened_at"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases that are not closed have the same service, provider and state."""

    service: str
    provider: str | None
    state: str
    state_type: StateType
    cases: int

    def filter(self) -> CaseFilter:
        """Give what finds them; where nobody was chosen as provider, others of the same state, too."""
        return CaseFilter(
            services=(self.service,),
            providers=(self.provider,) if self.provider is not None else (),
            states=(self.state,),
            state_types=(self.state_type,),
        )


@dataclass(frozen=True, slots=True)
class TimerTally:
    """A kind of timer that waits at cases of a service in a state; some may be void."""

    kind: str
    service: str
    state: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing; `after` of the next call is this page's `next` (None: there is no more)."""

    cases: tuple[Case, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored; `position` orders the events of all cases as they were written."""

    position: int
    case: str
    seq: int
    data: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class CitizenEvent:
    """An event of a citizen as it is stored."""

    citizen: str
    seq: int
    data: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class EnquiryRecord:
    """An enquiry of a case, and the id of the content that holds it."""

    id: str
    case: str
    party: str
    channel: str
    received_at: datetime
    content: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class KeptEnquiry:
    """An enquiry with its words, for who reads all of them."""

    case: str  # the case's id
    id: str
    reference: str
    opened: bool  # it opened the case
    body: bytes | None  # of its content; None when erased
    position: int = 0  # of its event among the events of all cases
    copied: bool = False  # it is an enquiry of the case's origin, said again


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message and what became of it."""

    id: str
    case: str
    party: str
    channel: str
    recipient: Urn | None  # None when erased
    purpose: str
    content: str
    state: str
    due_at: datetime
    attempts: int
    code: str | None
    leased_until: datetime | None = None  # somebody is sending it
    sent_at: datetime | None = None
    gateway_id: str | None = None  # the gateway's own


@dataclass(frozen=True, slots=True)
class TimerRecord:
    """A timer that is due."""

    id: str
    case: str
    kind: str
    due_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A payload that could not be taken in."""

    id: str
    adapter: str
    received_at: datetime
    code: str
    reason: str
    raw: str  # the id of the content that keeps the payload
    attempts: int
    state: Literal["open", "taken_in"]


@dataclass(frozen=True, slots=True)
class RestrictionRecord:
    """A person's decision to set aside what comes from a contact point, until a date."""

    id: str
    urn: Urn
    set_at: datetime
    set_by: str
    until: datetime
    reason: str  # the id of the content that holds the words


@dataclass(frozen=True, slots=True)
class CitizenRecord:
    """A citizen, their contact points, and the references of their cases, the newest first."""

    id: str
    name: str | None
    language: str | None
    contact_points: tuple[Urn, ...]
    shared: tuple[Urn, ...]  # those of the contact points that several people use
    cases: tuple[str, ...]
    needs: tuple[str, ...] = ()  # in alphabetical order


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `verify` found wrong."""

    code: Literal["chain_broken", "row_differs", "event_unreadable", "row_missing", "content_differs", "column_differs"]
    reference: str  # of the case, or its id where there is no row; the id of a citizen
    detail: str


class Reader(Protocol):
    """What can be asked of a store."""

    def answer(self, ask: Ask) -> Mapping[Query, object]:
        """Answer the core's questions."""
        ...

    def case(self, reference: str) -> CaseFacts | None:
        """Give a case by its reference or id."""
        ...

    def external(self, system: str, ref: str) -> CaseFacts | None:
        """Give a case by another system's id of it."""
        ...

    def cases(self, wanted: CaseFilter, *, after: str | None, limit: int) -> Page:
        """Give a page of cases in the order asked for."""
        ...

    def tallies(self) -> Sequence[Tally]:
        """Give how many cases that are not closed have each service, provider and state, in the order of these."""
        ...

    def timer_tallies(self, begins: str) -> Sequence[TimerTally]:
        """Give the kinds that begin so of timers that are not done, with service and state of cases not closed."""
        ...

    def events(self, case: str) -> Sequence[StoredEvent]:
        """Give a case's history, in order."""
        ...

    def changes(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Give the events of all cases that were written after a position, in order."""
        ...

    def parties(self, case: str) -> Sequence[PartyRow]:
        """Give who a case's parties are, in no order; those erased are missing."""
        ...

    def enquiries(self, case: str) -> Sequence[EnquiryRecord]:
        """Give a case's enquiries, in the order received."""
        ...

    def kept_enquiries(self, after: tuple[str, str], limit: int) -> Sequence[KeptEnquiry]:
        """
        Give the enquiries of all cases, ordered by case and enquiry: cases in the order they were opened.

        `after` is the case and id of the last one that was seen; `("", "")` begins.
        """
        ...

    def cases_before(self, key: str, citizen: str, position: int, limit: int) -> Sequence[str]:
        """
        Give the ids of a citizen's cases from a contact point that were opened before an event, the newest first.

        Those that the citizen only got a copy of are left out, as far as this is still known.
        """
        ...

    def messages(self, case: str) -> Sequence[MessageRecord]:
        """Give a case's messages, in the order queued."""
        ...

    def stated(self, key: str, case: str, party: str) -> bool:
        """
        Say whether anything may stand in the way of a message to a party at a contact point: what was stated, the
        ledger, failures, others who use it; that they speak for somebody else, or that it is not the contact point that
        they are known by, or theirs no longer.
        """
        ...

    def message(self, message: str) -> MessageRecord | None:
        """Give one message."""
        ...

    def content(self, content: str) -> bytes | None:
        """Give the bytes of a content; None when erased."""
        ...

    def citizen(self, key: str) -> CitizenRecord | None:
        """Give the citizen who holds a contact point, by its key."""
        ...

    def citizen_events(self, citizen: str) -> Sequence[CitizenEvent]:
        """Give the history of what was stated of a citizen themselves, in order."""
        ...

    def one_with(self, citizen: str) -> tuple[str, ...]:
        """Give the ids of all who are one with a citizen: whoever stands for them first, then who was merged."""
        ...

    def consents(self, key: str) -> Sequence[Consent]:
        """Give the ledger of a contact point, in the order it was written."""
        ...

    def authorities(self, citizen: str) -> Sequence[Authority]:
        """Give authorities of and over a citizen, by the ids of those who stand for whom they name."""
        ...

    def authority(self, authority: str) -> Authority | None:
        """Give one authority as it was granted."""
        ...

    def questions(self, key: str, *, limit: int = 20) -> Sequence[QuestionRow]:
        """Give what a contact point was asked, the newest first, whatever became of it."""
        ...

    def questions_of(self, case: str) -> Sequence[QuestionRow]:
        """Give what the parties of a case were asked about it, the oldest first."""
        ...

    def codes(self, key: str) -> Sequence[OneTimeCode]:
        """Give the one-time codes that were sent to a contact point lately, the newest first."""
        ...

    def outbox(
        self, states: Sequence[str], channels: Sequence[str] | None, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[MessageRecord]:
        """
        Give messages in these states, of these channels (None: of any), in the order they are due.

        `after` is the time and id of the last one that was seen.
        """
        ...

    def rejected(self, *, state: str | None, limit: int) -> Sequence[RejectedRecord]:
        """Give rejected intakes, the oldest first."""
        ...

    def rejected_lately(self, code: str, *, since: datetime, attempts: int, limit: int) -> Sequence[RejectedRecord]:
        """Give rejected intakes that may yet be taken in: for this reason, received since, tried fewer times."""
        ...

    def rejected_one(self, rejected: str) -> RejectedRecord | None:
        """Give one rejected intake."""
        ...

    def restrictions(self, *, limit: int) -> Sequence[RestrictionRecord]:
        """Give the restrictions that nobody has lifted, the latest end first; some may have ended."""
        ...

    def policy_source(self, hash: str) -> bytes | None:  # noqa: A002 — it is the policy's hash
        """Give the source of a policy that was used."""
        ...

    def latest_policy(self) -> bytes | None:
        """Give the source of the policy that was remembered last, though it may have been kept long before."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Give how many cases, enquiries, events, messages, citizens and rejected intakes there are."""
        ...

    def verify(self) -> Iterator[Finding]:
        """Give everything in which rows, events and contents disagree; one case is in memory at a time."""
        ...


class Transaction(Reader, Protocol):
    """What can be written; everything at the end of the `with`, or nothing."""

    def save(self, plan: Plan) -> None:
        """
        Write a plan.

        Raises:
            ConflictError: a case has another version than the plan expects, or somebody else claimed first.
        """
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Give a part of the transaction that is undone by itself when an error leaves its `with`."""
        ...

    def keep(self, content: Content) -> None:
        """Keep a content that belongs to no plan, such as a payload."""
        ...

    def reject(self, record: RejectedRecord) -> None:
        """Keep a rejected intake, or the next state of one."""
        ...

    def restrict(self, record: RestrictionRecord, reason: Content) -> None:
        """Keep a restriction and its reason."""
        ...

    def lift(self, key: str, *, by: str, now: datetime) -> int:
        """End the restrictions of a contact point that are in force; give how many there were."""
        ...

    def remember_policy(self, hash: str, source: bytes, now: datetime) -> None:  # noqa: A002 — as above
        """Keep a policy's source, and that it is the latest; one that is kept already stays as it is."""
        ...

    def secret(self, name: str, default: bytes) -> bytes:
        """Give a secret of the store; the first call's `default` becomes it."""
        ...

    def claim_messages(
        self, channels: Sequence[str], now: datetime, until: datetime, limit: int
    ) -> tuple[Sequence[MessageRecord], Sequence[MessageRecord]]:
        """
        Lease messages of these channels that are due, and not leased: (those to send, those in doubt).

        In doubt are those that were begun and whose lease ran out: whoever had them may have sent them before it was
        lost. The others whose lease runs out, not begun, are due as before. What is urgent comes first, but for a fifth
        of the places; else what is due longest, of each channel in turn.
        """
        ...

    def begin_message(self, message: str, *, lease: datetime, until: datetime) -> bool:
        """
        Note that a leased message is handed over now: it is being sent, and in doubt after `until`.

        False: it is leased no more until `lease`, and must not be sent: somebody took it back, or has it now.
        """
        ...

    def give_back(self, messages: Collection[str], *, lease: datetime) -> None:
        """End the lease of messages that were not begun; those that somebody else leased meanwhile are theirs."""
        ...

    def release_message(self, message: str, *, due_at: datetime, code: str, tried: bool = True) -> None:
        """Put a message that is queued or being sent back into the queue; `tried` counts it as a try."""
        ...

    def sent(self, message: str, gateway_id: str | None) -> None:
        """Note under which id the gateway has a message."""
        ...

    def claim_timers(self, kinds: Sequence[str], now: datetime, until: datetime, limit: int) -> Sequence[TimerRecord]:
        """
        Lease timers of these kinds that are due; a kind that ends in `:` means all that begin so.

        One whose lease ran out is given again, since firing twice does nothing.
        """
        ...

    def timer_done(self, timer: str) -> None:
        """Note that a timer has fired or was void."""
        ...


class Store(Protocol):
    """A keeper; safe to share between threads."""

    url: str  # where it keeps things, without a password

    def write(self) -> AbstractContextManager[Transaction]:
        """
        Give a transaction: committed and on the disk when the `with` ends, undone when an error leaves it.

        Raises:
            BusyError: somebody else held the store for longer than we wait.
            StoreError: the disk is full, the file is broken.
        """
        ...

    def read(self) -> AbstractContextManager[Reader]:
        """Give one consistent view of the store."""
        ...

    def close(self) -> None:
        """Give back what the store holds: connections, files."""
        ...
