"""
What an explanation is made of: data that is stable, holds nothing personal, and is put into words elsewhere.

Conditions, reasons and steps are given by their codes; `explain_words` says them in English. Times are UTC.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from onestop.core.case import Case
from onestop.core.events import LinkKind, Match, MessageState, PromiseBecause, TargetsBecause, Weighed
from onestop.core.lifecycle import StateType
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.rules import Decision, Priority, RuleUse
from onestop.core.targets import Wait
from onestop.core.trail import StepKind

__all__ = [
    "NOTED",
    "Agreed",
    "Arrival",
    "Assigned",
    "Became",
    "Counted",
    "Explained",
    "Leg",
    "Move",
    "PolicyState",
    "Promised",
    "Raised",
    "Ranked",
    "StepTaken",
    "Taken",
    "TargetChange",
    "TargetReason",
    "Telling",
    "Tie",
    "Upcoming",
]

PolicyState = Literal["current", "kept", "missing", "unreadable"]
"""Whether the desk decides by a policy now, the store keeps it, or it is gone or no longer understood."""

NOTED = "noted"  # stands for a step of escalation where the breach itself was noted

Cause = Literal["rules", "person", "system", "escalation", "link", "intake", "message", "file", "restored"]
"""What raised a flag or a priority."""


class Assigned(Frozen):
    """Who delivers the service at the place, and why it is not the service's own provider."""

    provider: str | None = None  # its code; None: a case of before there was a choice
    name: str = ""
    own: str | None = None  # the service's own provider, where it is another one
    own_name: str = ""
    facts: tuple[str, ...] = ()  # conditions of the policy; empty for the service's own provider
    areas: tuple[str, ...] = ()  # that the place is in


class Arrival(Frozen):
    """How one enquiry came to the case, or more became known of it, and what the rules said of it."""

    at: UtcDatetime
    channel: str
    adapter: str
    match: Match
    decision: Decision | None  # None: it was an automatic answer, which rules do not look at
    opens: bool = False  # its decision opened the case
    defects: tuple[str, ...] = ()
    adds: bool = False  # more became known of an enquiry that is above
    authority: str | None = None  # the id of the one by which its sender spoke for the citizen


class Ranked(Frozen):
    """When the case got a priority, and what gave it."""

    priority: Priority
    at: UtcDatetime
    by: str
    cause: Cause
    rules: tuple[RuleUse, ...] = ()  # empty where no rule says one: it is normal then
    detail: str = ""  # the step of escalation, or the linked case


class Raised(Frozen):
    """A flag that the case has, what raised it, and whose people look at it."""

    flag: str
    name: str = ""
    at: UtcDatetime
    by: str
    cause: Cause
    rules: tuple[RuleUse, ...] = ()  # with what was noted beside the words: negated, past, asked
    detail: str = ""  # the step of escalation, or the linked case
    queue: str | None = None  # the provider
    queue_name: str = ""


class Tie(Frozen):
    """Another case that this one is tied to, and why."""

    reference: str
    kind: LinkKind
    at: UtcDatetime
    by: str
    service: str | None = None  # of the other case, as it is now; None: it is not here
    state_type: StateType | None = None
    same_enquiry: bool = False  # one enquiry opened both
    rule: str | None = None  # by which it is the other's matter as well
    facts: tuple[str, ...] = ()


class Counted(Frozen):
    """One step of a deadline's arithmetic; `said` is in the time of the target's calendar."""

    kind: StepKind
    said: str
    at: UtcDatetime | None = None
    first: date | None = None
    last: date | None = None
    days: int = 0
    seconds: int = 0
    why: str = ""
    name: str = ""


class TargetReason(Frozen):
    """
    One target of the service standard: what is asked, by when, how that was worked out, and how it stands.

    `steps` are counted again under the policy that set the deadline. They are empty where that policy is gone or no
    longer understood (`policy_state`), or where counting again gives another moment (`differs`).
    """

    name: str
    within: str
    calendar: str
    time_zone: str | None = None  # of the calendar
    flag: str | None = None  # whose severity gives this time
    started_at: UtcDatetime
    due_at: UtcDatetime
    state: Literal["runs", "paused", "met", "met_late", "missed", "stopped"]
    paused_at: UtcDatetime | None = None
    met_at: UtcDatetime | None = None
    met_by: str | None = None  # the action, or `message`
    breached_at: UtcDatetime | None = None
    policy: str
    policy_state: PolicyState
    differs: bool = False
    steps: tuple[Counted, ...] = ()
    pauses: tuple[Wait, ...] = ()  # that moved it, or stop it now


class TargetChange(Frozen):
    """When a target became another, or its clock stopped or went on."""

    name: str
    at: UtcDatetime
    by: str
    because: TargetsBecause
    was: UtcDatetime | None = None  # None: it was not asked before
    due_at: UtcDatetime | None = None  # None: it is asked no longer
    within: str | None = None
    paused: bool = False


class Promised(Frozen):
    """A date that the citizen was promised, or that nobody could say one any more."""

    at: UtcDatetime
    by: str
    expected_at: UtcDatetime | None
    was: UtcDatetime | None = None
    because: Literal["opened"] | PromiseBecause
    told: bool | None = None  # by a message that says so; None: at the opening, where the receipt may say it


class StepTaken(Frozen):
    """A step of escalation that was taken, or a breach that was noted."""

    at: UtcDatetime
    target: str
    step: str  # such as 80%, breach, after 2 working days; or NOTED
    flags: tuple[str, ...] = ()
    priority: Priority | None = None
    assignee: str | None = None
    sent_to: str | None = None  # the service


class Upcoming(Frozen):
    """What happens by itself next, unless the case has moved on by then."""

    at: UtcDatetime
    kind: str  # the timer's
    target: str | None = None  # of a step of escalation
    step: str | None = None
    action: str | None = None  # of a lifecycle that takes one by itself
    does: tuple[str, ...] = ()  # in words, as the policy of today has it


class Move(Frozen):
    """What was done to the case, and by whom."""

    at: UtcDatetime
    by: str
    what: str


class Became(Frozen):
    """Something that became known of a message."""

    at: UtcDatetime
    by: str
    state: MessageState
    code: str | None = None  # the choice's, a person's outcome, or the gateway's own


class Telling(Frozen):
    """A message to a party: why it goes that way, what stood against the others, and what became of it."""

    at: UtcDatetime
    by: str
    message: str  # its id
    party: str
    channel: str
    purpose: str
    template: str | None = None
    manner: Literal["send", "task", "muted", "denied"] = "send"
    because: str | None = None  # the code of the choice; None: they stated nothing, and are answered where they wrote
    why: str  # the same in words
    weighed: tuple[Weighed, ...] = ()  # the chosen one first, where one was
    not_before: UtcDatetime | None = None
    replaces: str | None = None  # the id of the message that did not reach them
    became: tuple[Became, ...] = ()
    state: MessageState


class Agreed(Frozen):
    """An entry of the ledger of a party's contact point: what they may be told by what, and what not."""

    at: UtcDatetime
    party: str
    given: bool
    channel: str | None = None  # None: any
    purpose: str | None = None  # None: all
    service: str | None = None
    this_case: bool = False  # it is of this case alone
    said_here: bool = False  # an enquiry of this case shows it


class Taken(Frozen):
    """One step of the case's way: from a state, or from outside, to a state."""

    number: int  # from 1, over all legs
    at: UtcDatetime
    by: str  # the kind of the actor: who it was is no matter of the way
    action: str
    source: str | None = None
    state: str


class Leg(Frozen):
    """The part of the case's way that lies in one lifecycle: its states, where actions lead, and what was done."""

    lifecycle: str
    service: str  # that brought the case here
    initial: str | None = None
    states: FrozenMap[str, StateType]
    edges: tuple[tuple[str, str, str], ...] = ()  # from, to, action
    taken: tuple[Taken, ...] = ()


class Explained(Frozen):
    """
    Why a case is where it is, as data: docs/how-to/explain-a-case.md says where what stands.

    Nothing in it is personal: word lists are named and the citizen's words are not quoted, parties are aliases. The
    names of workers stand in it as the host gave them.
    """

    schema_version: Literal[1] = 1
    case: Case
    service_name: str
    time_zone: str  # the council's, in which `text` tells the time
    assigned: Assigned
    queues: tuple[str, ...] = ()  # the providers whose people look at its flags, by name
    priorities: tuple[Ranked, ...]  # the last one counts
    flags: tuple[Raised, ...] = ()
    links: tuple[Tie, ...] = ()
    arrivals: tuple[Arrival, ...]
    targets: tuple[TargetReason, ...] = ()
    target_changes: tuple[TargetChange, ...] = ()
    promises: tuple[Promised, ...] = ()
    escalation: tuple[StepTaken, ...] = ()
    upcoming: tuple[Upcoming, ...] = ()
    moves: tuple[Move, ...] = ()
    tellings: tuple[Telling, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    way: tuple[Leg, ...]
