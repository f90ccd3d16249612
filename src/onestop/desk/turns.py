"""Turns of the outbox: what became of a message is recorded, and the next one begun, with one commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from onestop.core.actor import SYSTEM
from onestop.core.context import Context
from onestop.core.delivery import UNDER_WAY, plan_doubt, plan_message_result
from onestop.core.gateway import Message
from onestop.core.model import shifted
from onestop.core.plan import CaseFacts, Plan
from onestop.core.tasks import plan_resolved
from onestop.desk.addressing import log_queued
from onestop.desk.log import log
from onestop.desk.retrying import LEASE, wait_before
from onestop.desk.session import Session
from onestop.desk.undelivered import outbox_message, stopped_at, without_reach
from onestop.desk.verifying import CODE_VOID
from onestop.errors import ConflictError, OnestopError, StoreError
from onestop.stores.base import MessageRecord, Transaction

__all__ = ["Became", "Result", "Turns"]

Became = Literal["sent", "retried", "failed", "in_doubt", "held", "denied"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message that was leased."""

    record: MessageRecord
    became: Became
    code: str | None = None
    gateway_id: str | None = None
    due_at: datetime | None = None  # when it is looked at again; None: it has left the queue
    tried: bool = True  # a gateway was asked: this counts as a try
    stopped: bool = False  # the gateway says that its recipient wants no more
    address_fails: bool = False  # the gateway says that the contact point cannot be reached


Look = Callable[[Transaction, MessageRecord], Message | Result]
"""Looks at a message once more: gives its words, or what holds it."""


class Turns:
    """What became of messages of one batch, until it is recorded."""

    def __init__(self, session: Session, became: Counter[Became]) -> None:
        self._session = session
        self._pending: list[Result] = []
        self._became = became

    def add(self, result: Result) -> None:
        """Note what became of a message: it is recorded with the next turn."""
        self._pending.append(result)

    def begin(self, record: MessageRecord, look: Look) -> tuple[MessageRecord, Message] | None:
        """
        Record what is pending and begin a message with the same commit; None: it is not to be sent now.

        What cannot be looked at, by a mistake of ours or of a policy, keeps nobody waiting: it is tried again later.
        """
        try:
            return self._turn(record, look)
        except (StoreError, ConflictError):
            raise  # of the store, and not of this message
        except OnestopError:
            self.record()  # the mistake may be of one that is pending: each by itself where they do not go together
        return self._turn(record, look)

    def _turn(self, record: MessageRecord, look: Look) -> tuple[MessageRecord, Message] | None:
        pending, held = self._pending, None
        begun: tuple[MessageRecord, Message] | None = None
        with self._session.store.write() as tx:
            plans = [self._saved(tx, result) for result in pending]
            found = self._looked(tx, record, look)
            if isinstance(found, Result):
                held = found, self._saved(tx, found)
            else:
                until = shifted(self._session.clock(), LEASE)
                assert record.leased_until is not None
                if tx.begin_message(record.id, lease=record.leased_until, until=until):
                    begun = replace(record, state="sending", leased_until=until), found
        self._pending = []
        for result, plan in zip(pending, plans, strict=True):
            self._recorded(result, plan)
        if held is not None:
            self._recorded(*held)
        return begun

    def _looked(self, tx: Transaction, record: MessageRecord, look: Look) -> Message | Result:
        try:
            return look(tx, record)
        except (StoreError, ConflictError):
            raise
        except Exception:  # noqa: BLE001 — a mistake of ours about one message: the others are not to wait for ever
            due_at = shifted(self._session.clock(), wait_before(record.id, record.attempts))
            return Result(record, "retried", "unreadable", due_at=due_at)

    def _saved(self, tx: Transaction, result: Result) -> Plan:
        return self._session.change_in(tx, result.record.case, Recording(self._session, result))

    def record(self) -> None:
        """Record what is pending, with one commit; each by itself where they cannot be recorded together."""
        results = self._pending
        if not results:
            return
        try:
            with self._session.store.write() as tx:
                plans = [self._saved(tx, result) for result in results]
        except OnestopError:
            self._one_by_one()
            return
        self._pending = []
        for result, plan in zip(results, plans, strict=True):
            self._recorded(result, plan)

    def _one_by_one(self) -> None:
        """Let no message that cannot be recorded leave the others in doubt, too."""
        results, self._pending = self._pending, []
        failed: OnestopError | None = None
        for result in results:
            try:
                self._recorded(result, self._session.change(result.record.case, Recording(self._session, result)))
            except OnestopError as exc:
                failed = failed or exc
        if failed is not None:
            raise failed

    def _recorded(self, result: Result, plan: Plan) -> None:
        self._became[result.became] += 1
        assert plan.case is not None
        fields = {"case": plan.case.reference, "message": result.record.id, "channel": result.record.channel}
        match result.became:
            case "sent":
                log("message.sent", **fields)
            case "retried":
                log("message.retry", **fields, code=result.code, attempts=result.record.attempts + 1)
            case "failed":
                log("message.failed", **fields, code=result.code)
            case "in_doubt":
                log("message.in_doubt", **fields, again=result.due_at is not None)
            case "held":
                log("message.held", **fields, code=result.code)
            case "denied":
                log("message.denied", **fields, code=result.code)
        log_queued(plan.case.reference, plan.messages, by=str(SYSTEM))


class Recording:
    """
    The change of a case that records what became of one of its messages.

    A gateway may have held us longer than the lease: others have taken the message for lost by then, a person may have
    said what is so, or it is being sent again. What is certain now is noted as far as it says more than they knew.
    """

    def __init__(self, session: Session, result: Result) -> None:
        self._session = session
        self._result = result

    def __call__(self, tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
        """Give the plan; one that changes nothing where more is known already."""
        result, record = self._result, self._result.record
        if result.gateway_id is not None:
            tx.sent(record.id, result.gateway_id)
        known = tx.message(record.id)
        if known is None:
            return Plan("recorded", case=facts.case)
        ours = known.leased_until == record.leased_until and known.state in ("queued", "sending")
        if known.state == "in_doubt":
            return self._settled(tx, facts, known, context)
        if result.became == "sent":
            learnt = known.state in UNDER_WAY or known.state == "cleared"  # it was too late to take it back
            return self._planned(tx, facts, context) if learnt else Plan("recorded", case=facts.case)
        if ours or (result.became == "failed" and known.state == "queued"):
            return self._planned(tx, facts, context)
        return Plan("recorded", case=facts.case)

    def _settled(self, tx: Transaction, facts: CaseFacts, known: MessageRecord, context: Context) -> Plan:
        """Give what ends a doubt that others had of what we had."""
        result = self._result
        if result.became in ("failed", "denied"):
            return self._planned(tx, facts, context)
        if result.became == "in_doubt":
            return Plan("recorded", case=facts.case)
        how: Literal["sent", "send_again"] = "sent" if result.became == "sent" else "send_again"
        return plan_resolved(facts, outbox_message(tx, known), how, SYSTEM, context, due_at=result.due_at)

    def _planned(self, tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
        result, record = self._result, self._result.record
        if result.due_at is not None:
            tx.release_message(record.id, due_at=result.due_at, code=_why(result), tried=result.tried)
            if result.became != "in_doubt":
                return Plan("recorded", case=facts.case)
        match result.became:
            case "sent":
                return plan_message_result(facts, record.id, "sent", result.code, context)
            case "in_doubt":
                again = result.due_at is not None
                return plan_doubt(facts, record.id, result.code, context, again=again)
            case "denied" if result.code == CODE_VOID:  # whoever asked for it has another, or asks again
                return plan_message_result(facts, record.id, "cleared", CODE_VOID, context)
            case _:
                state: Literal["denied", "permanent_failure"] = (
                    "denied" if result.became == "denied" else "permanent_failure"
                )
                fails = result.address_fails
                plan = without_reach(tx, facts, record, state, result.code, self._session, context, address_fails=fails)
                return stopped_at(tx, facts, record, plan, context) if result.stopped else plan


def _why(result: Result) -> str:
    """Give the code of what a message waits for that is put back into the queue."""
    return "sent_again" if result.became == "in_doubt" else result.code or "send"
