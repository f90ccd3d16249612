"""The outbox as people see it: what waits, why and until when; and what they say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal, get_args

from onestop.core.actor import Actor
from onestop.core.context import Context
from onestop.core.events import MessageState, read_event
from onestop.core.gateway import Message
from onestop.core.model import Frozen, UtcDatetime
from onestop.core.plan import CaseFacts, Plan
from onestop.core.queueing import TASK
from onestop.core.tasks import (
    FAILED,
    MOST_TRIES,
    OutboxMessage,
    Outcome,
    Resolution,
    plan_cleared,
    plan_resolved,
    plan_told,
    shown_by,
    tries,
)
from onestop.desk.addressing import log_queued
from onestop.desk.log import log
from onestop.desk.session import Session
from onestop.desk.undelivered import outbox_message, read_message, without_reach
from onestop.errors import NotFoundError, RequestError
from onestop.stores.base import MessageRecord, Reader, Transaction

__all__ = ["OutboxDesk", "Waiting", "Why"]

Why = Literal[
    "due",  # a gateway is given it with the next run
    "quiet_hours",  # theirs end then
    "retry",  # its gateway did not take it
    "rate_limited",  # its gateway takes no more for now
    "sent_again",  # it was in doubt, and is sent again by itself
    "sending",  # somebody is sending it now
    "no_sender",  # no adapter of this desk carries its channel
    "task",  # a person does it
    "in_doubt",  # a person says whether it was sent
    "done",  # it does not wait
]
"""Why a message waits."""

_WAITING = ("queued", "sending", TASK, "in_doubt")
_PAGE = 100

_Decide = Callable[[Transaction, CaseFacts, Context], Plan]


class Waiting(Frozen):
    """A message of the outbox: what it waits for, and until when. Nothing personal but the words, where asked for."""

    message: str  # its id
    reference: str  # of its case
    channel: str
    purpose: str
    state: str
    why: Why
    until: UtcDatetime | None = None  # None: until somebody does something
    attempts: int = 0
    code: str | None = None  # of what happened last
    words: Message | None = None  # with whom it is for: of a task, what is said or written


class OutboxDesk:
    """The part of the desk that shows the outbox, and lets people work on it: `desk.outbox`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def waiting(
        self, *, state: MessageState | None = None, channel: str | None = None, words: bool = False
    ) -> Iterator[Waiting]:
        """
        Give what waits, in the order it is due, read page by page as you go; of another `state`, what is in that.

        With `words` each has its message, which is personal.

        Raises:
            RequestError: there is no such state.
        """
        if state is not None and state not in get_args(MessageState):
            raise RequestError(f"a state is one of {', '.join(get_args(MessageState))}")
        states = (state,) if state is not None else _WAITING
        return self._pages(states, (channel,) if channel is not None else None, words)

    def _pages(self, states: tuple[str, ...], channels: tuple[str, ...] | None, words: bool) -> Iterator[Waiting]:
        after: tuple[datetime, str] | None = None
        while True:
            with self._session.store.read() as reader:
                records = reader.outbox(states, channels, after=after, limit=_PAGE)
                page = [self._shown(reader, record, words) for record in records]
            yield from page
            if len(records) < _PAGE:
                return
            after = (records[-1].due_at, records[-1].id)

    def _shown(self, reader: Reader, record: MessageRecord, words: bool) -> Waiting:
        facts = reader.case(record.case)
        why, until = self._why(record)
        return Waiting(
            message=record.id,
            reference=facts.case.reference if facts else "",
            channel=record.channel,
            purpose=record.purpose,
            state=record.state,
            why=why,
            until=until,
            attempts=record.attempts,
            code=record.code,
            words=read_message(reader, record) if words else None,
        )

    def _why(self, record: MessageRecord) -> tuple[Why, datetime | None]:
        later = record.due_at if record.due_at > self._session.clock() else None
        match record.state:
            case "sending":
                return "sending", record.leased_until
            case "in_doubt":
                return "in_doubt", None
            case "task":
                return "task", later
            case "queued" if record.channel not in self._session.capabilities:
                return "no_sender", None
            case "queued" if later is None:
                return "due", None
            case "queued":
                return _reason(record.code), later
            case _:
                return "done", None

    def message(self, message: str) -> Message:
        """
        Give the words of a message, and whom it is for; personal.

        Raises:
            NotFoundError: there is no such message, or it was erased.
        """
        with self._session.store.read() as reader:
            found = read_message(reader, _must_find(reader, message))
        if found is None:
            raise NotFoundError("this message was erased")
        return found

    def done(self, message: str, outcome: Outcome, *, by: Actor, note: str | None = None) -> Waiting:
        """
        Say what became of a task: `told` or `posted` ends it, after `no_answer` it waits to be tried again.

        After the third `no_answer`, with `wrong_number` and with `not_possible`, the next way is looked for that the
        citizen allows. A note is for colleagues.

        Raises:
            NotFoundError: there is no such message.
            RequestError: it is no task, there is no such outcome, or the actor is no worker.
        """
        if outcome not in get_args(Outcome):
            raise RequestError(f"an outcome is one of {', '.join(get_args(Outcome))}")

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            standing, record = _standing(tx, message)
            events = (read_event(stored.data) for stored in tx.events(facts.case.id))
            tried = tries(message, events)
            told = plan_told(facts, standing, outcome, by, context, tried=tried, note=note)
            if outcome in FAILED or (outcome == "no_answer" and tried + 1 >= MOST_TRIES):
                return without_reach(
                    tx,
                    facts,
                    record,
                    "permanent_failure",
                    outcome,
                    self._session,
                    context,
                    by=str(by),
                    note=note,
                    shown_by=shown_by(standing),
                    address_fails=outcome == "wrong_number",
                )
            return told

        return self._changed(message, decide, outcome, by)

    def resolve(self, message: str, how: Resolution, *, by: Actor) -> Waiting:
        """
        Say of a message in doubt that it was `sent`, that it is to be sent again, or that it is taken back.

        Raises:
            NotFoundError: there is no such message.
            RequestError: it is not in doubt, this is none of the three, or the actor is no worker.
        """
        if how not in get_args(Resolution):
            raise RequestError(f"a doubt is resolved by one of {', '.join(get_args(Resolution))}")
        return self._changed(
            message,
            lambda tx, facts, context: plan_resolved(facts, _standing(tx, message)[0], how, by, context),
            how,
            by,
        )

    def cancel(self, message: str, *, by: Actor) -> Waiting:
        """
        Take a message back that has not left.

        Raises:
            NotFoundError: there is no such message.
            RequestError: it has left or is leaving, or the actor is no worker.
        """
        return self._changed(
            message,
            lambda tx, facts, context: plan_cleared(facts, _standing(tx, message)[0], by, context),
            "cleared",
            by,
        )

    def _changed(self, message: str, decide: _Decide, outcome: str, by: Actor) -> Waiting:
        with self._session.store.read() as reader:
            case = _must_find(reader, message).case
        plan = self._session.change(case, decide)
        assert plan.case is not None
        log("message.handled", case=plan.case.reference, message=message, outcome=outcome, by=str(by))
        log_queued(plan.case.reference, plan.messages, by=str(by))
        with self._session.store.read() as reader:
            return self._shown(reader, _must_find(reader, message), words=False)


def _reason(code: str | None) -> Why:
    match code:
        case None | "quiet_hours":
            return "quiet_hours"
        case "rate_limited":
            return "rate_limited"
        case "sent_again":
            return "sent_again"
        case _:
            return "retry"


def _must_find(reader: Reader, message: str) -> MessageRecord:
    record = reader.message(message)
    if record is None:
        raise NotFoundError("no message has this id")
    return record


def _standing(reader: Reader, message: str) -> tuple[OutboxMessage, MessageRecord]:
    """Give a message as the core is told of it, among the others of its case."""
    record = _must_find(reader, message)
    return outbox_message(reader, record), record
