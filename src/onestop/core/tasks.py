"""
What people say of messages in the outbox: what became of a task, which way a doubt goes, that one is taken back.

A flag that shows a message to a person goes with the last message that it shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from onestop.core.actor import Actor
from onestop.core.case import MESSAGE_FAILED, Draft
from onestop.core.context import Context
from onestop.core.events import Event, FlagsChanged, MessageState, MessageUpdated, NoteAdded
from onestop.core.model import shifted
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, MessageChange, Plan
from onestop.core.queueing import INTERPRETER_WANTED, TASK, TASK_FLAGS
from onestop.errors import RequestError

__all__ = [
    "FAILED",
    "MOST_TRIES",
    "OutboxMessage",
    "Outcome",
    "Resolution",
    "plan_cleared",
    "plan_resolved",
    "plan_told",
    "shown_by",
    "tries",
]

Outcome = Literal["told", "posted", "no_answer", "wrong_number", "not_possible"]
"""What became of a task."""

Resolution = Literal["sent", "send_again", "cleared"]
"""What a person says of a message in doubt."""

FAILED: frozenset[Outcome] = frozenset({"wrong_number", "not_possible"})  # another way is looked for
MOST_TRIES = 3  # of ringing somebody: then another way is looked for
_FIRST_WAIT = timedelta(hours=2)
_STATES: dict[Outcome, MessageState] = {"told": "delivered", "posted": "sent"}
_CAN_BE_CLEARED = frozenset({"queued", TASK, "in_doubt"})


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message of a case, and the states of the case's other messages by their channel."""

    id: str
    channel: str
    state: str
    others: tuple[tuple[str, str], ...] = ()  # channel, state


def tries(message: str, events: Iterable[Event]) -> int:
    """Give how often nobody answered."""
    return sum(
        1
        for event in events
        if isinstance(event, MessageUpdated) and event.message == message and event.code == "no_answer"
    )


def plan_told(
    facts: CaseFacts, of: OutboxMessage, outcome: Outcome, by: Actor, context: Context, *, tried: int, note: str | None
) -> Plan:
    """
    Note what became of a task that is done, or that is tried again since nobody answered (`tried` times before).

    Raises:
        RequestError: this is no task, or the actor is no worker.
    """
    _must_be(of, {TASK}, "this message is no task that waits for a person")
    _by_worker(by)
    draft, gather = Draft(facts.case, facts.head), Gatherer(context)
    state: MessageState = _STATES.get(outcome, "task")
    draft.add(MessageUpdated(at=context.now, by=str(by), message=of.id, state=state, code=outcome))
    _note(draft, gather, note, by, context)
    if outcome in _STATES:
        _unflag(draft, of, by, context)
        return _plan(draft, gather, MessageChange(of.id, state, None))
    again = _again_at(context.now, tried)
    return _plan(draft, gather, MessageChange(of.id, TASK, outcome, again))


def _again_at(now: datetime, tried: int) -> datetime:
    """Ring again in two hours, then in four: a day, at the most, passes until another way is looked for."""
    return shifted(now, _FIRST_WAIT * (1 << min(tried, MOST_TRIES)))


def plan_resolved(
    facts: CaseFacts, of: OutboxMessage, how: Resolution, by: Actor, context: Context, *, due_at: datetime | None = None
) -> Plan:
    """
    Resolve a doubt as a person says, or the sender itself that was taken for lost; what is sent again is due at
    `due_at`, or now.

    Raises:
        RequestError: the message is not in doubt, or the actor is no worker.
    """
    _must_be(of, {"in_doubt"}, "this message is not in doubt")
    _by_worker(by)
    state: MessageState = "queued" if how == "send_again" else how
    draft = Draft(facts.case, facts.head)
    draft.add(MessageUpdated(at=context.now, by=str(by), message=of.id, state=state, code="resolved"))
    _unflag(draft, of, by, context)
    again = (due_at or context.now) if how == "send_again" else None
    return _plan(draft, Gatherer(context), MessageChange(of.id, state, None, again))


def plan_cleared(facts: CaseFacts, of: OutboxMessage, by: Actor, context: Context) -> Plan:
    """
    Take a message back that has not left.

    Raises:
        RequestError: it has left, is leaving now or will not be sent anyway; or the actor is no worker.
    """
    _must_be(of, _CAN_BE_CLEARED, "only what waits can be taken back: this message has left, or is not sent anyway")
    _by_worker(by)
    draft = Draft(facts.case, facts.head)
    draft.add(MessageUpdated(at=context.now, by=str(by), message=of.id, state="cleared", code="by_hand"))
    _unflag(draft, of, by, context)
    return _plan(draft, Gatherer(context), MessageChange(of.id, "cleared", "by_hand"))


def _must_be(of: OutboxMessage, states: Collection[str], otherwise: str) -> None:
    if of.state not in states:
        raise RequestError(f"{otherwise}: it is {of.state}")


def _by_worker(by: Actor) -> None:
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker can say what became of a message")


def _note(draft: Draft, gather: Gatherer, note: str | None, by: Actor, context: Context) -> None:
    if note is None or not note.strip():
        return
    assert draft.case is not None
    body = note.encode("utf-8", "replace")
    content = gather.content("note", body, case=draft.case.id, media_type="text/plain")
    draft.add(NoteAdded(at=context.now, by=str(by), content=content.ref))


def shown_by(of: OutboxMessage) -> tuple[str, ...]:
    """Give the flags that show a message to a person, and show no other one of its case."""
    tasks = {channel for channel, state in of.others if state == TASK}
    gone: set[str] = set()
    if of.state == TASK:
        gone |= {TASK_FLAGS[of.channel]} if of.channel in TASK_FLAGS and of.channel not in tasks else set()
        gone |= {INTERPRETER_WANTED} if not tasks else set()
    if of.state == "in_doubt" and not any(state in ("in_doubt", "permanent_failure") for _, state in of.others):
        gone.add(MESSAGE_FAILED)
    return tuple(sorted(gone))


def _unflag(draft: Draft, of: OutboxMessage, by: Actor, context: Context) -> None:
    assert draft.case is not None
    if removed := tuple(flag for flag in shown_by(of) if flag in draft.case.flags):
        draft.add(FlagsChanged(at=context.now, by=str(by), removed=removed))


def _plan(draft: Draft, gather: Gatherer, change: MessageChange) -> Plan:
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        message_changes=(change,),
    )
