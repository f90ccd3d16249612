"""What the desk shows of a case: the case itself, who its parties are, what was said, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from onestop.core.actor import Actor
from onestop.core.case import Case, Link
from onestop.core.contact import Urn
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.events import (
    Candidate,
    CaseLinked,
    ContentRef,
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    FlagsChanged,
    LinkKind,
    MessageQueued,
    NoteAdded,
    PromiseChanged,
    Rerouted,
    StateChanged,
    read_event,
)
from onestop.core.gateway import Message
from onestop.core.guards import unmet
from onestop.core.lifecycle import GUARDS, GuardName
from onestop.core.linking import open_children
from onestop.core.media import CaseFile, is_infected
from onestop.core.model import Frozen, UtcDatetime
from onestop.core.photos import strip
from onestop.core.plan import CaseFacts, PartyRow
from onestop.core.policy import Policy
from onestop.core.reference import find_references
from onestop.core.rules import Priority
from onestop.core.settling import as_of_today
from onestop.core.targets import CaseTarget
from onestop.desk.media import read_files
from onestop.desk.session import must_find
from onestop.errors import RequestError, StoreError
from onestop.stores import load_enquiry
from onestop.stores.base import Reader, Store

__all__ = ["CaseView", "Change", "Entry", "Party", "written"]


class Party(Frozen):
    """Who an alias of a case is; without contact point and name when withheld or erased."""

    alias: str
    role: str
    urn: Urn | None = None
    name: str | None = None
    citizen: str | None = None


class Entry(Frozen):
    """One thing that happened, with its words where they are still kept."""

    at: UtcDatetime
    by: str
    kind: str  # the event's type
    summary: str  # what happened, in words that hold nothing personal
    text: str | None = None  # what the citizen or worker wrote; personal


class Change(Frozen):
    """One event in the order of all cases, for a system that follows along."""

    cursor: int  # give it to `changes(after=…)` to go on from here
    case: str  # the case's id
    reference: str
    seq: int
    event: Event


class CaseView:
    """
    A case as it was when it was read, and what belongs to it, read when asked for. What today's policy has no longer
    it names as the policy maps it.

    Pass it back to the desk to act on it: when somebody else changed the case in between, a ConflictError says so.
    """

    def __init__(self, store: Store, policy: Policy, facts: CaseFacts) -> None:
        self._store = store
        self._policy = policy
        self._facts = replace(facts, case=as_of_today(facts.case, policy))

    def __repr__(self) -> str:
        return f"<CaseView {self.reference} {self.service} {self.state}>"

    @property
    def record(self) -> Case:
        """The case itself: every field, nothing personal."""
        return self._facts.case

    @property
    def reference(self) -> str:
        """What a citizen can read out, such as NP-049N-3021."""
        return self._facts.case.reference

    @property
    def service(self) -> str:
        """The code of the service it is at."""
        return self._facts.case.service

    @property
    def state(self) -> str:
        """The service's own word for where it stands."""
        return self._facts.case.state

    @property
    def state_type(self) -> str:
        """new, open, waiting, resolved or closed."""
        return self._facts.case.state_type

    @property
    def flags(self) -> tuple[str, ...]:
        """What a person must know at once, sorted."""
        return self._facts.case.flags

    @property
    def priority(self) -> Priority:
        """low, normal, high or urgent."""
        return self._facts.case.priority

    @property
    def opened_at(self) -> datetime:
        """When its first enquiry came, in UTC."""
        return self._facts.case.opened_at

    @property
    def target_at(self) -> datetime | None:
        """The earliest deadline of the targets whose clock runs, in UTC; None when none does."""
        return self._facts.case.target_at

    @property
    def targets(self) -> tuple[CaseTarget, ...]:
        """What the service standard asks of it, and how each target stands."""
        return self._facts.case.targets

    @property
    def expected_at(self) -> datetime | None:
        """By when the citizen may expect it to be done, in UTC; None when nobody can say."""
        return self._facts.case.expected_at

    @property
    def assignee(self) -> str | None:
        """Who works on it; None while nobody does."""
        return self._facts.case.assignee

    @property
    def links(self) -> tuple[Link, ...]:
        """How it is tied to other cases, in the order they were linked."""
        return self._facts.case.links

    def linked(self, *kinds: LinkKind) -> tuple[Case, ...]:
        """Give the cases that it is tied to, as they are now, each once; of these kinds of link, where any is named."""
        named = [link.case for link in self.links if not kinds or link.kind in kinds]
        with self._store.read() as reader:
            found = [reader.case(identifier) for identifier in dict.fromkeys(named)]
        return tuple(facts.case for facts in found if facts is not None)

    def open_children(self) -> tuple[str, ...]:
        """Give the references of its children that are not closed; a merged one is as open as what took its place."""
        with self._store.read() as reader:
            return read_open_children(reader, self._facts.case)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The cases that it may belong to, while nobody has decided."""
        return self._facts.case.candidates

    @property
    def version(self) -> int:
        """The number of its events."""
        return self._facts.case.version

    def actions(self, *, by: Actor) -> tuple[str, ...]:
        """Give the lifecycle actions that this actor may take now."""
        return self._policy.lifecycle(self.service).allowed(self.state, by, self._unmet())

    def blocked(self, *, by: Actor) -> Mapping[str, tuple[str, ...]]:
        """Give the actions that this actor may take once the case has what they ask of it; and that, in words."""
        blocked = self._policy.lifecycle(self.service).blocked(self.state, by, self._unmet())
        return {action: tuple(GUARDS[guard] for guard in guards) for action, guards in blocked.items()}

    def _unmet(self) -> frozenset[GuardName]:
        if not self._policy.lifecycle(self.service).is_guarded:
            return frozenset()
        return unmet(self._facts.case, self.open_children())

    def parties(self) -> tuple[Party, ...]:
        """Give who has a part in it, in the order they came."""
        with self._store.read() as reader:
            rows = {row.alias: row for row in reader.parties(self._facts.case.id)}
        return tuple(_party(alias, role, rows.get(alias)) for alias, role in self._facts.case.parties.items())

    def events(self) -> tuple[Event, ...]:
        """Give its history, in order."""
        with self._store.read() as reader:
            return tuple(read_event(stored.data) for stored in reader.events(self._facts.case.id))

    def enquiries(self) -> tuple[Enquiry, ...]:
        """Give its enquiries, in the order received; those erased are left out."""
        with self._store.read() as reader:
            bodies = [reader.content(record.content) for record in reader.enquiries(self._facts.case.id)]
        return tuple(load_enquiry(body) for body in bodies if body is not None)

    def messages(self) -> tuple[tuple[Message | None, str], ...]:
        """Give its messages in the order queued, each with its state; None where erased."""
        with self._store.read() as reader:
            records = reader.messages(self._facts.case.id)
            return tuple((_message(reader.content(record.content)), record.state) for record in records)

    def timeline(self) -> tuple[Entry, ...]:
        """Give what happened, in order, with the words that are still kept."""
        with self._store.read() as reader:
            events = [read_event(stored.data) for stored in reader.events(self._facts.case.id)]
            return tuple(_entry(event, reader) for event in events)

    def files(self) -> tuple[CaseFile, ...]:
        """Give its files in the order they came, and where each stands; those of erased enquiries are left out."""
        with self._store.read() as reader:
            return read_files(reader, self._facts.case.id)

    def file(self, content: str, *, unsafe: bool = False) -> bytes | None:
        """
        Give the bytes of a file by its content id, as they came; None when erased.

        Raises:
            RequestError: the scanner found it infected, and you did not ask for it `unsafe`.
        """
        with self._store.read() as reader:
            if not unsafe and is_infected(self._events(reader), content):
                raise RequestError("this file was found infected: it is given out only with unsafe=True")
            return reader.content(content)

    def photo(self, content: str) -> bytes | None:
        """
        Give a photo as it may leave: nothing but the picture, without place, time, device and names; None when erased.

        Raises:
            RequestError: it was found infected, it is no JPEG, PNG, WebP or GIF, or it is too damaged to be sure.
        """
        body = self.file(content)
        copy = strip(body) if body is not None else None
        if body is not None and copy is None:
            raise RequestError("this file has no copy without metadata: it is no JPEG, PNG, WebP or GIF, or is damaged")
        return copy

    def _events(self, reader: Reader) -> Iterator[Event]:
        return (read_event(stored.data) for stored in reader.events(self._facts.case.id))


def _party(alias: str, role: str, row: PartyRow | None) -> Party:
    if row is None:
        return Party(alias=alias, role=role)
    return Party(alias=alias, role=role, urn=row.urn, name=row.name, citizen=row.citizen)


def _message(body: bytes | None) -> Message | None:
    if body is None:
        return None
    try:
        return Message.model_validate_json(body)
    except ValidationError as exc:
        raise StoreError("a stored message cannot be read: its bytes are damaged") from exc


# -- what happened, in words -------------------------------------------------------------------------------------------

_WORDS = {
    "case_opened": "opened at {e.decision.service} by rule {e.decision.rule}",
    "enquiry_received": "{e.kind} by {e.channel} from {e.party} ({e.match.how})",
    "enquiry_updated": "{e.kind}: more became known of it",
    "state_changed": "{e.action}: now {e.state}",
    "rerouted": "sent on from {e.was} to {e.service}",
    "message_queued": "{e.purpose} by {e.channel} to {e.party}",
    "message_updated": "message {e.state}",
    "note_added": "note",
    "case_linked": "{e.kind} {e.reference}",
    "case_unlinked": "no longer {e.kind} {e.reference}",
    "state_restored": "put back: now {e.standing.state}",
    "external_ref_added": "{e.system}: {e.ref}",
    "file_fetched": "{e.outcome}",
    "file_scanned": "file scanned: {e.verdict}",
    "targets_changed": "targets: {e.because}",
    "promise_changed": "promised: {e.expected_at} ({e.because})",
    "target_breached": "{e.name} was not met by {e.due_at:%Y-%m-%d %H:%M} UTC",
    "escalated": "{e.target}, {e.step}: escalated",
    "timer_set": "{e.kind} at {e.due_at:%Y-%m-%d %H:%M} UTC",
    "question_asked": "{e.party} was asked ({e.about}), until {e.until:%Y-%m-%d %H:%M} UTC",
    "question_answered": "answered: {e.option}",
    "question_lapsed": "no answer awaited: {e.because}",
}


def summary(event: Event) -> str:
    """Say in words what an event says; nothing personal."""
    if isinstance(event, FlagsChanged):
        return f"flags {flag_words(event)}"
    return _WORDS[event.type].format(e=event) if event.type in _WORDS else f"an event of a later release ({event.type})"


def flag_words(event: FlagsChanged) -> str:
    """
    Say which flags were put on and taken off.

    >>> flag_words(FlagsChanged(at="2026-03-02T09:00:00Z", by="worker:alice", added=("urgent",), removed=("spam",)))
    '+urgent -spam'
    """
    return " ".join([*(f"+{flag}" for flag in event.added), *(f"-{flag}" for flag in event.removed)])


def _entry(event: Event, reader: Reader) -> Entry:
    return Entry(at=event.at, by=event.by, kind=event.type, summary=summary(event), text=_text(event, reader))


def _text(event: Event, reader: Reader) -> str | None:
    if isinstance(event, CaseLinked) and event.kind == "merged_from":
        return _words_of(event.case, reader)
    kind: Literal["enquiry", "message", "text"] = "text"
    ref: ContentRef | None = None
    match event:
        case EnquiryReceived() | EnquiryUpdated():
            kind, ref = "enquiry", event.content
        case MessageQueued():
            kind, ref = "message", event.content
        case NoteAdded():
            ref = event.content
        case StateChanged():
            ref = event.fields
        case Rerouted() | PromiseChanged():
            ref = event.reason
    body = reader.content(ref.id) if ref else None
    if body is None:
        return None
    if kind == "enquiry":
        enquiry = load_enquiry(body)
        return f"{enquiry.subject}\n{enquiry.text}" if enquiry.subject else enquiry.text
    if kind == "message":
        message = _message(body)
        return message.text if message else None
    return body.decode("utf-8", "replace")


def _words_of(case: str, reader: Reader) -> str | None:
    """Give what citizens wrote in a case that was merged into the one that is shown; as much as one enquiry may say."""
    bodies = (reader.content(record.content) for record in reader.enquiries(case))
    words = "\n\n".join(load_enquiry(body).text for body in bodies if body is not None)
    return words[:TEXT_LIMIT] or None


def written(reference: str) -> str:
    """
    Give a reference as it was made, however it was written down; anything else, such as an id, stays as it is.

    >>> written(" np049n3021 "), written("NP-049N-3022")
    ('NP-049N-3021', 'NP-049N-3022')
    """
    found = find_references(reference)
    bare = reference.strip().replace("-", "").upper()
    return found[0] if len(found) == 1 and found[0].replace("-", "") == bare else reference


def read_open_children(reader: Reader, case: Case) -> tuple[str, ...]:
    """Give the references of a case's children that are not closed."""
    others: dict[str, Case] = {}
    wanted = [link.case for link in case.links if link.kind == "child"]
    while wanted:
        identifier = wanted.pop()
        facts = reader.case(identifier) if identifier not in others else None
        if facts is not None:
            others[identifier] = facts.case
            wanted += [facts.case.merged_into] if facts.case.merged_into else []
    return open_children(case, others)


def view(store: Store, policy: Policy, reference: str) -> CaseView:
    """
    Read a case by its reference or id.

    Raises:
        NotFoundError: there is none.
    """
    with store.read() as reader:
        return CaseView(store, policy, must_find(reader, reference))


def read_changes(reader: Reader, after: int, limit: int) -> Iterator[Change]:
    """Give events of all cases after a position, in the order they were written."""
    references: dict[str, str] = {}
    for one in reader.changes(after, limit):
        if one.case not in references:
            facts = reader.case(one.case)
            references[one.case] = facts.case.reference if facts else ""
        yield Change(
            cursor=one.position,
            case=one.case,
            reference=references[one.case],
            seq=one.seq,
            event=read_event(one.data),
        )


def last_writing(reader: Reader, case: str, alias: str) -> Enquiry | None:
    """Give what a party wrote last; None when they wrote nothing that is still kept."""
    for record in reversed(reader.enquiries(case)):
        if record.party == alias and (body := reader.content(record.content)) is not None:
            return load_enquiry(body)
    return None
