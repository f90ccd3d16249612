"""
Events: the facts of a case's append-only history.

Every event has a `type` and a `version`; a stored event is read back by both, and one whose type this release does not
know is kept as it is. Events hold nothing personal: parties by aliases that mean nothing outside the case, words and
files by id and salted digest (`ContentRef`), which can be erased without breaking the chain.

The events of a case are chained: each hash covers the hash before it and the stored bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field, TypeAdapter, ValidationError

from onestop.core.chaining import GENESIS, Recorded, chain, written
from onestop.core.lifecycle import ClosingReason, StateType, WaitingOn
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.rules import Decision, Priority
from onestop.core.targets import CaseTarget, Promise, Wait
from onestop.errors import StoreError

__all__ = [
    "ACT",
    "GENESIS",
    "AskedOption",
    "Candidate",
    "CaseLinked",
    "CaseOpened",
    "CaseUnlinked",
    "ContentRef",
    "EnquiryReceived",
    "EnquiryUpdated",
    "Escalated",
    "Event",
    "ExternalRefAdded",
    "FileFetched",
    "FileScanned",
    "FlagsChanged",
    "LinkKind",
    "Match",
    "MessageQueued",
    "MessageState",
    "MessageUpdated",
    "NoteAdded",
    "PromiseChanged",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionLapsed",
    "Rerouted",
    "Sealed",
    "Standing",
    "StateChanged",
    "StateRestored",
    "StateTimer",
    "TargetBreached",
    "TargetsChanged",
    "TimerSet",
    "UnknownEvent",
    "Weighed",
    "chain",
    "read_event",
    "seal",
]

ACT = "act:"  # how the kinds of timers begin that an action's effects set; the action to be taken follows

LinkKind = Literal[
    "related", "duplicate", "parent", "child", "follows", "followed_by", "merged_into", "merged_from", "separate"
]

MessageState = Literal[
    "queued",
    "sending",
    "sent",
    "delivered",
    "temporary_failure",
    "permanent_failure",
    "in_doubt",
    "read",
    "task",  # a person rings, writes or meets them
    "denied",  # not sent: an opt-out, a need or a lapsed authority stood against it when it was about to leave
    "cleared",  # not sent: what it said was overtaken, or a person took it back
    "muted",  # not sent: they do not want to hear of this
]


class Weighed(Frozen):
    """A channel that was weighed for a message; of a need it says that there is one, never which."""

    channel: str
    because: str  # a stable code: docs/explanation/preference.md


class ContentRef(Frozen):
    """Words or a file: where they are kept, and a digest that tells nothing once the salt is erased."""

    id: str
    digest: str  # hexadecimal SHA-256 of salt and bytes
    size_bytes: int


class Candidate(Frozen):
    """A case that an enquiry may belong to, for a person to decide."""

    case: str  # its id
    reference: str
    because: str  # a stable code: docs/explanation/matching.md


class Match(Frozen):
    """How an enquiry came to its case."""

    how: str  # a stable code: docs/explanation/matching.md
    candidates: tuple[Candidate, ...] = ()
    rejected: tuple[Candidate, ...] = ()  # cases that were looked at and are not meant


class CaseOpened(Recorded):
    """A case began."""

    type: Literal["case_opened"] = "case_opened"
    id: str
    reference: str
    state: str
    state_type: StateType
    received_at: UtcDatetime | None = None  # when its first enquiry reached us: the clocks start there
    targets: tuple[CaseTarget, ...] = ()
    expected_at: UtcDatetime | None = None  # what the citizen is promised
    target_at: UtcDatetime | None = None  # of events of releases without `targets`
    origin: str | None = None  # the id of the case whose enquiry it is about, too
    decision: Decision


class EnquiryReceived(Recorded):
    """An enquiry became part of the case; the first one opened it."""

    type: Literal["enquiry_received"] = "enquiry_received"
    enquiry: str  # its id
    channel: str
    adapter: str
    kind: str
    party: str  # the sender's alias
    role: Literal["sender", "copied", "representative"] = "sender"
    authority: str | None = None  # the id of the one by which a representative speaks
    copied: tuple[str, ...] = ()  # aliases of who got a copy
    content: ContentRef
    copy_of: str | None = None  # the enquiry of the case's origin that this one says again
    files: tuple[ContentRef, ...] = ()
    whole: ContentRef | None = None  # the text, where it was too long for `content`
    photos: int = 0  # of the files, those that are a photo
    ornaments: int = 0  # of the files, the small pictures inside the text, such as a logo
    located: bool = False  # it says where
    match: Match
    decision: Decision | None = None  # of a further enquiry: its flags and priority count, its service does not
    flags: tuple[str, ...] = ()  # raised beside the decision's
    defects: tuple[str, ...] = ()


class EnquiryUpdated(Recorded):
    """More became known of an enquiry that is there: another event of the same call."""

    type: Literal["enquiry_updated"] = "enquiry_updated"
    enquiry: str
    kind: str
    content: ContentRef  # the whole enquiry as it is now; what it was before is erased
    files: tuple[ContentRef, ...] = ()  # that came with this event
    located: bool = False  # it says where
    decision: Decision  # its flags and priority count
    defects: tuple[str, ...] = ()


class StateChanged(Recorded):
    """A lifecycle action was taken."""

    type: Literal["state_changed"] = "state_changed"
    action: str
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None = None
    closing_reason: ClosingReason | None = None
    until: UtcDatetime | None = None
    assignee: str | None = None
    meets: tuple[str, ...] = ()  # targets that the action meets beside what its state meets
    fields: ContentRef | None = None  # what else was given with the action


BY_HAND = "rerouted"  # stands for the rule where a person sent the case
BY_ESCALATION = "escalated"  # … and where an escalation did
BY_MAPPING = "mapping"  # … where the policy maps what it has no longer; of a change of state, the action
BY_COMMAND = "command"  # of a change of state: there was nothing but a command in it, and that was done
BY_FALLBACK = "unmapped"  # … and where it says nothing, so that the case began anew


class Rerouted(Recorded):
    """The case was sent to another service; a state the new lifecycle lacks became its initial one."""

    type: Literal["rerouted"] = "rerouted"
    service: str
    was: str
    rule: str = BY_HAND  # the rule that named the service, where a fuller enquiry was held against them again
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None = None
    target_at: UtcDatetime | None = None
    policy: str
    provider: str | None = None  # who delivers the service there, as far as the place is known
    provider_facts: tuple[str, ...] = ()
    reason: ContentRef | None = None


class MessageQueued(Recorded):
    """A message to a party was put into the outbox."""

    type: Literal["message_queued"] = "message_queued"
    message: str
    party: str
    channel: str
    purpose: str
    template: str | None = None
    content: ContentRef
    not_before: UtcDatetime | None = None  # when it waits for somebody's quiet hours to end
    weighed: tuple[Weighed, ...] = ()  # the channels looked at, the chosen one first
    replaces: str | None = None  # the message that did not reach them
    manner: Literal["send", "task", "muted", "denied"] = "send"  # task: a person does it; the others: it is not sent


class MessageUpdated(Recorded):
    """Something became known of a message: it was sent, it failed, a report came."""

    type: Literal["message_updated"] = "message_updated"
    message: str
    state: MessageState
    code: str | None = None  # the gateway's, such as 5.1.1
    attention: bool = False  # a person must look at it


class NoteAdded(Recorded):
    """A worker wrote a note for colleagues."""

    type: Literal["note_added"] = "note_added"
    content: ContentRef


class CaseLinked(Recorded):
    """The case was tied to another one; `separate` says that the two are not the same matter."""

    type: Literal["case_linked"] = "case_linked"
    case: str  # the other's id
    reference: str
    kind: LinkKind
    flags: tuple[str, ...] = ()  # that the other brings with it: it was closed in favour of this one
    priority: Priority | None = None  # at least this one from now on, for the same reason


class CaseUnlinked(Recorded):
    """The case is no longer tied to another one, and what the link did to it is undone."""

    type: Literal["case_unlinked"] = "case_unlinked"
    case: str  # the other's id
    reference: str
    kind: LinkKind
    candidates: tuple[Candidate, ...] = ()  # that it may belong to from now on
    added: tuple[str, ...] = ()  # flags that the link took off
    removed: tuple[str, ...] = ()  # flags that the link brought
    priority: Priority | None = None  # what it is without the link; None: as it is
    enquiries: int = 0  # that the other case was sent since: they stay there


class StateTimer(Frozen):
    """An action that is taken by itself, unless the case leaves its state before."""

    action: str
    due_at: UtcDatetime


class Standing(Frozen):
    """Everything of a case that its state and its clocks are made of."""

    state: str
    state_type: StateType
    waiting_on: WaitingOn | None = None
    waiting_until: UtcDatetime | None = None
    closing_reason: ClosingReason | None = None
    closed_at: UtcDatetime | None = None
    reopened_at: UtcDatetime | None = None
    assignee: str | None = None
    targets: tuple[CaseTarget, ...] = ()
    target_at: UtcDatetime | None = None
    promise: Promise = Promise()
    waits: tuple[Wait, ...] = ()
    met: FrozenMap[str, UtcDatetime] = FrozenMap()
    timer: StateTimer | None = None


class StateRestored(Recorded):
    """Closing the case in favour of another one was undone: it stands as it stood."""

    type: Literal["state_restored"] = "state_restored"
    standing: Standing


class FlagsChanged(Recorded):
    """Flags were put on the case, or taken off: by a person, or as the effect of an action."""

    type: Literal["flags_changed"] = "flags_changed"
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class ExternalRefAdded(Recorded):
    """Another system has this case under an id of its own."""

    type: Literal["external_ref_added"] = "external_ref_added"
    system: str
    ref: str


class FileFetched(Recorded):
    """A file that a gateway kept for us was fetched, or never will be."""

    type: Literal["file_fetched"] = "file_fetched"
    enquiry: str
    attachment: int  # its place among the enquiry's attachments, from 0
    file: ContentRef | None = None
    photo: bool = False  # it is one
    code: str | None = None  # why there is none
    defects: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """What happened, in words."""
        return "file fetched" if self.file else f"file missing: {self.code}"


class FileScanned(Recorded):
    """The host's scanner looked at a file, or could not for so long that it was given up."""

    type: Literal["file_scanned"] = "file_scanned"
    file: str  # the id of its content
    verdict: Literal["clean", "infected", "failed"]


TargetsBecause = Literal["rerouted", "reopened", "paused", "resumed", "flags", "policy"]
PromiseBecause = Literal["rerouted", "reopened", "paused", "resumed", "flags", "policy", "by_hand"]


class TargetsChanged(Recorded):
    """What the service standard asks of the case is another, or its clock stopped or went on."""

    type: Literal["targets_changed"] = "targets_changed"
    targets: tuple[CaseTarget, ...]  # all there are from now on
    because: TargetsBecause
    policy: str | None = None  # the hash of the one that they were worked out by


class PromiseChanged(Recorded):
    """The citizen is promised another date; None: nobody can say as long as we wait for them."""

    type: Literal["promise_changed"] = "promise_changed"
    expected_at: UtcDatetime | None = None
    was: UtcDatetime | None = None
    because: PromiseBecause
    told: bool = False  # a message to the citizen says so
    reason: ContentRef | None = None


class TargetBreached(Recorded):
    """A target was not met in time; `promise` is what the citizen was promised."""

    type: Literal["target_breached"] = "target_breached"
    name: str
    due_at: UtcDatetime


class Escalated(Recorded):
    """A step of escalation was taken; what it changed of the case itself."""

    type: Literal["escalated"] = "escalated"
    target: str
    step: str  # such as 80%, breach, after 2 working days
    flags: tuple[str, ...] = ()  # put on
    priority: Priority | None = None  # at least this one from now on
    assignee: str | None = None


class TimerSet(Recorded):
    """Something will happen by itself at a time, unless the case has moved on by then."""

    type: Literal["timer_set"] = "timer_set"
    timer: str
    kind: str
    due_at: UtcDatetime
    generation: int | None = None  # of the target that a step of escalation belongs to


class AskedOption(Frozen):
    """One answer that a question takes."""

    code: str
    case: str | None = None  # the id of the case that it stands for …
    reference: str | None = None  # … and its reference


class QuestionAsked(Recorded):
    """A party was asked something that has closed answers; the words of it are no part of the history."""

    type: Literal["question_asked"] = "question_asked"
    question: str  # its id
    kind: Literal["choice", "yes_no"]
    about: Literal["match", "worker", "action"]
    party: str  # the alias of who was asked
    options: tuple[AskedOption, ...]
    until: UtcDatetime
    message: str | None = None  # that carries it


class QuestionAnswered(Recorded):
    """A question was answered: by the citizen, or by a worker whom they told."""

    type: Literal["question_answered"] = "question_answered"
    question: str
    option: str  # its code
    enquiry: str | None = None  # that answers it; None: a worker says so
    late: bool = False  # after the time was up


class QuestionLapsed(Recorded):
    """Nobody waits for the answer to a question any more."""

    type: Literal["question_lapsed"] = "question_lapsed"
    question: str
    because: Literal["time", "withdrawn", "overtaken"]  # the time is up; a worker took it back; it was decided


class UnknownEvent(Frozen):
    """An event of a type or version that this release does not know, kept as it is."""

    type: str
    version: int
    at: UtcDatetime
    by: str
    data: str = Field(repr=False)


Event = (
    CaseOpened
    | EnquiryReceived
    | EnquiryUpdated
    | StateChanged
    | Rerouted
    | MessageQueued
    | MessageUpdated
    | NoteAdded
    | CaseLinked
    | CaseUnlinked
    | StateRestored
    | ExternalRefAdded
    | FlagsChanged
    | FileFetched
    | FileScanned
    | TargetsChanged
    | PromiseChanged
    | TargetBreached
    | Escalated
    | TimerSet
    | QuestionAsked
    | QuestionAnswered
    | QuestionLapsed
    | UnknownEvent
)

_MODELS = tuple(model for model in get_args(Event) if model is not UnknownEvent)
_ANY: Any = reduce(or_, _MODELS)
_KNOWN: TypeAdapter[Any] = TypeAdapter(Annotated[_ANY, Field(discriminator="type")])
_TYPES = frozenset(model.model_fields["type"].default for model in _MODELS)

# (type, version) → what makes the next version's data of it; empty as long as every type is at version 1.
_UPCASTS: Mapping[tuple[str, int], Any] = {}
_CURRENT = 1


class Sealed(NamedTuple):
    """An event in its place in a case's chain, as it is stored."""

    seq: int  # from 1
    event: Event
    data: bytes
    hash: bytes


def seal(seq: int, event: Event, previous: bytes) -> Sealed:
    """
    Put an event into the chain after the hash `previous`.

    Raises:
        RequestError: it has half a surrogate pair, which is no text and cannot be stored.
    """
    data = event.data.encode() if isinstance(event, UnknownEvent) else written(event.type, event)
    return Sealed(seq, event, data, chain(previous, data))


def read_event(data: bytes) -> Event:
    """
    Read a stored event; one of an unknown type or a later version comes back as `UnknownEvent`.

    Raises:
        StoreError: the bytes are no event at all.
    """
    try:
        document = json.loads(data)
        kind, version = document["type"], document["version"]
        while (kind, version) in _UPCASTS:
            document = _UPCASTS[kind, version](document)
            version = document["version"]
        if kind not in _TYPES or version != _CURRENT:
            return UnknownEvent(type=kind, version=version, at=document["at"], by=document["by"], data=data.decode())
        event: Event = _KNOWN.validate_python(document) if _UPCASTS else _KNOWN.validate_json(data)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as exc:
        raise StoreError("a stored event cannot be read: its bytes are damaged") from exc
    return event
