"""The outbox and the timers: what is due is leased, done outside the transaction, and recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError

from onestop.channels.base import Adapter
from onestop.core.actions import plan_timer
from onestop.core.actor import SYSTEM
from onestop.core.context import Context
from onestop.core.effects import TIMERS, timed_action
from onestop.core.events import MessageState
from onestop.core.gateway import Message
from onestop.core.messages import plan_message_result
from onestop.core.model import shifted
from onestop.core.plan import CaseFacts, Plan
from onestop.desk.addressing import asked_by, log_queued
from onestop.desk.log import log
from onestop.desk.retrying import wait_before
from onestop.desk.session import Session, must_find
from onestop.desk.views import read_open_children
from onestop.errors import ContactPointError, PayloadError, RequestError, SendError
from onestop.gateways.base import Sender, Sent
from onestop.stores.base import MessageRecord, TimerRecord, Transaction

__all__ = ["Due", "Outbox"]

_UNDER_WAY = frozenset({"queued", "sending", "in_doubt"})
_LEASE = timedelta(minutes=5)
_BATCH = 50
_MOST_ATTEMPTS = 8


@dataclass(slots=True)
class Due:
    """How much was due, and what became of it."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    in_doubt: int = 0
    timers: int = 0

    @property
    def total(self) -> int:
        """How many messages and timers were dealt with."""
        return self.sent + self.retried + self.failed + self.in_doubt + self.timers


class Outbox:
    """The part of the desk that sends messages and fires timers."""

    def __init__(
        self, session: Session, sender: Sender | None, timers: Mapping[str, Callable[[TimerRecord], None]]
    ) -> None:
        self._session = session
        self._by_kind = timers  # those that are more than a change of the case; `kind:` fires all that begin so
        self._kinds = (*TIMERS, *timers)  # another desk's are left to it
        self._sender = sender
        # The first configured adapter of a channel that can send carries its messages.
        self._by_channel: Mapping[str, Adapter] = {
            adapter.channel: adapter
            for adapter in reversed(list(session.adapters.values()))
            if adapter.capabilities.sends
        }

    def run_due(self, limit: int) -> Due:
        """Send what is due and fire what is due, at most `limit` of each."""
        due = Due()
        self._timers(due, limit)
        if self._sender is not None and self._by_channel:
            self._messages(due, limit, self._sender)
        return due

    # -- messages --

    def _messages(self, due: Due, limit: int, sender: Sender) -> None:
        store = self._session.store
        while limit > 0:
            now = self._session.clock()
            until = shifted(now, _LEASE)
            with store.write() as tx:
                send, doubtful = tx.claim_messages(tuple(self._by_channel), now, until, min(limit, _BATCH))
            if not send and not doubtful:
                return
            limit -= len(send) + len(doubtful)
            for record in doubtful:
                self._doubt(record, due)
            for record in send:
                if self._session.clock() >= until:
                    break  # by now somebody else may have taken it for lost: it is in doubt, and not sent twice
                self._send(record, sender, due)

    def _send(self, record: MessageRecord, sender: Sender, due: Due) -> None:
        try:
            message = self._load(record)
            sent = sender.send(message, self._by_channel[record.channel].render(message))
            gateway_id = _id_of(sent)
        except SendError as exc:
            if not exc.permanent and record.attempts + 1 < _MOST_ATTEMPTS:
                self._retry(record, exc)
                due.retried += 1
                return
            self._fail(record, exc.code, due)
        except (PayloadError, ContactPointError) as exc:
            self._fail(record, exc.code, due)
        except Exception:  # noqa: BLE001 — a sender's own mistake: it may have sent, and the others are not to wait
            self._doubt(record, due)
        else:
            self._record(record, "sent", None, gateway_id=gateway_id)
            due.sent += 1
            log("message.sent", case=self._reference(record), message=record.id, channel=record.channel)

    def _doubt(self, record: MessageRecord, due: Due) -> None:
        self._record(record, "in_doubt", None)
        due.in_doubt += 1
        log("message.in_doubt", case=self._reference(record), message=record.id, channel=record.channel)

    def _load(self, record: MessageRecord) -> Message:
        with self._session.store.read() as reader:
            body = reader.content(record.content)
        if body is None:
            raise PayloadError("the message was erased before it was sent")
        try:
            return Message.model_validate_json(body)
        except ValidationError as exc:
            raise PayloadError("the message cannot be read") from exc

    def _retry(self, record: MessageRecord, error: SendError) -> None:
        due_at = shifted(self._session.clock(), wait_before(record.id, record.attempts))
        with self._session.store.write() as tx:
            tx.release_message(record.id, due_at=due_at, code=error.code)
        log(
            "message.retry",
            case=self._reference(record),
            message=record.id,
            channel=record.channel,
            code=error.code,
            attempts=record.attempts + 1,
        )

    def _fail(self, record: MessageRecord, code: str, due: Due) -> None:
        self._record(record, "permanent_failure", code)
        due.failed += 1
        log("message.failed", case=self._reference(record), message=record.id, channel=record.channel, code=code)

    def _record(
        self, record: MessageRecord, state: MessageState, code: str | None, *, gateway_id: str | None = None
    ) -> None:
        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            if gateway_id is not None:
                tx.sent(record.id, gateway_id)
            known = tx.message(record.id)
            if state == "sent" and known is not None and known.state not in _UNDER_WAY:
                return Plan("recorded", case=facts.case)  # a report was faster: more is known than that it was sent
            return plan_message_result(facts, record.id, state, code, context)

        self._session.change(record.case, decide)

    def _reference(self, record: MessageRecord) -> str:
        with self._session.store.read() as reader:
            return must_find(reader, record.case).case.reference

    # -- timers --

    def _timers(self, due: Due, limit: int) -> None:
        store = self._session.store
        while limit > 0:
            now = self._session.clock()
            with store.write() as tx:
                timers = tx.claim_timers(self._kinds, now, shifted(now, _LEASE), min(limit, _BATCH))
            if not timers:
                return
            limit -= len(timers)
            for timer in timers:
                self._fire(timer)
                due.timers += 1

    def _fire(self, timer: TimerRecord) -> None:
        fire = self._by_kind.get(timer.kind) or self._by_kind.get(timer.kind.partition(":")[0] + ":")
        if fire is not None:
            fire(timer)
            return
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            return plan_timer(
                facts,
                timer.kind,
                timer.generation,
                policy,
                context,
                open_children=read_open_children(tx, facts.case),
                to=asked_by(timed_action(timer.kind) or "", tx, facts, policy),
            )

        def give_up(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            return Plan("recorded", case=facts.case)

        try:
            plan = self._session.change(timer.case, decide)
        except RequestError:  # the lifecycle of today wants what no timer can give: a person will see the case
            plan = self._session.change(timer.case, give_up)
        assert plan.case is not None
        log("timer.fired" if plan.changes else "timer.void", case=plan.case.reference, kind=timer.kind)
        log_queued(plan.case.reference, plan.messages, by=str(SYSTEM))


def _id_of(sent: Sent) -> str | None:
    """Give a gateway's id of a message; whatever else a sender gives shows a mistake of its own."""
    if sent.gateway_id is not None:
        sent.gateway_id.encode()  # half a surrogate pair cannot be kept
    return sent.gateway_id
