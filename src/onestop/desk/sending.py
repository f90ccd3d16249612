"""
Sending: messages are leased in batches, looked at once more, given to the sender, and what became of them is recorded.

A crash between the sending and the record leaves in doubt what was leased and not recorded: a batch at the most. What
became of messages is recorded together, for a commit costs more than the sending does at a fast gateway; but nothing
that was sent waits for it longer than a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from onestop.channels.base import Adapter
from onestop.core.actor import SYSTEM
from onestop.core.context import Context
from onestop.core.delivery import UNDER_WAY, kept_code, plan_doubt, plan_message_result
from onestop.core.enquiry import Channel
from onestop.core.gateway import Message
from onestop.core.leaving import last_check
from onestop.core.model import shifted
from onestop.core.plan import CaseFacts, Plan
from onestop.core.purposes import law_of
from onestop.core.sendable import Deny, Wait
from onestop.desk.addressing import log_queued
from onestop.desk.log import log
from onestop.desk.retrying import LEASE, wait_asked_for, wait_before
from onestop.desk.session import Session, must_find
from onestop.desk.undelivered import addressed, read_message, said_purpose, stopped_at, without_reach
from onestop.errors import (
    ContactPointError,
    OnestopError,
    OptedOutError,
    PayloadError,
    RateLimitedError,
    SendError,
    UnsureError,
)
from onestop.gateways.base import Sender, Sent, is_idempotent
from onestop.stores.base import MessageRecord, Transaction

__all__ = ["Sending"]

_BATCH = 50
_MOST_ATTEMPTS = 8
_RECORDED_WITHIN = timedelta(seconds=1)

Became = Literal["sent", "retried", "failed", "in_doubt", "held", "denied"]


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one message that was leased."""

    record: MessageRecord
    became: Became
    code: str | None = None
    gateway_id: str | None = None
    due_at: datetime | None = None  # when it is looked at again; None: it has left the queue
    tried: bool = True  # a gateway was asked: this counts as a try
    stopped: bool = False  # the gateway was told by the recipient that they want no more


class Sending:
    """The part of the desk that sends messages."""

    def __init__(self, session: Session, sender: Sender) -> None:
        self._session = session
        self._sender = sender
        # The first configured adapter of a channel that can send carries its messages.
        self._by_channel: Mapping[str, Adapter] = {
            adapter.channel: adapter
            for adapter in reversed(list(session.adapters.values()))
            if adapter.capabilities.sends
        }
        self._limited: dict[str, datetime] = {}  # channels whose gateway has had all that it takes, until when

    def send_due(self, limit: int) -> Counter[Became]:
        """Send what is due, at most `limit`; give how many became what."""
        done: Counter[Became] = Counter()
        while limit > 0 and (channels := self._open_channels()):
            now = self._session.clock()
            until = shifted(now, LEASE)
            with self._session.store.write() as tx:
                send, doubtful = tx.claim_messages(channels, now, until, min(limit, _BATCH))
            if not send and not doubtful:
                break
            limit -= len(send) + len(doubtful)
            batch = _Batch(self._session)
            try:
                for record in doubtful:
                    batch.add(self._doubt(record, None))
                for record in send:
                    if self._session.clock() >= until:
                        break  # by now somebody else may have taken it for lost: it is in doubt, and not sent twice
                    batch.add(self._send(record))
            finally:  # what was sent is recorded, whatever ends the batch
                batch.record()
                done.update(batch.became)
        return done

    def _open_channels(self) -> tuple[str, ...]:
        now = self._session.clock()
        self._limited = {channel: until for channel, until in self._limited.items() if until > now}
        return tuple(channel for channel in self._by_channel if channel not in self._limited)

    # -- one message --

    def _send(self, record: MessageRecord) -> _Result:
        if (until := self._limited.get(record.channel)) is not None:
            return _Result(record, "held", RateLimitedError.code, due_at=until, tried=False)
        try:
            message, held = self._look(record)
            if held is not None:
                return held
            sent = self._sender.send(message, self._by_channel[record.channel].render(message))
            gateway_id = _id_of(sent)
            return _Result(record, "sent", "simulated" if sent.simulated else None, gateway_id=gateway_id)
        except RateLimitedError as exc:
            until = shifted(self._session.clock(), max(timedelta(seconds=1), _seconds(exc.retry_after_s)))
            self._limited[record.channel] = until
            return _Result(record, "held", exc.code, due_at=until, tried=False)
        except SendError as exc:
            return self._refused(record, exc)
        except (PayloadError, ContactPointError) as exc:
            return _Result(record, "failed", exc.code)
        except UnsureError as exc:
            return self._doubt(record, kept_code(exc.status))
        except Exception:  # noqa: BLE001 — a sender's own mistake: it may have sent, and the others are not to wait
            return self._doubt(record, None)

    def _refused(self, record: MessageRecord, error: SendError) -> _Result:
        code = kept_code(error.status) or error.code
        if isinstance(error, OptedOutError):
            return _Result(record, "failed", code, stopped=True)
        if error.permanent or record.attempts + 1 >= _MOST_ATTEMPTS:
            return _Result(record, "failed", code)
        wait = wait_asked_for(record.id, record.attempts, error.retry_after_s)
        return _Result(record, "retried", code, due_at=shifted(self._session.clock(), wait))

    def _doubt(self, record: MessageRecord, code: str | None) -> _Result:
        """
        Resolve by its purpose what may have been sent: again where that can do no harm, or waiting could; otherwise a
        person looks.
        """
        again = is_idempotent(self._sender, record.channel) or not law_of(said_purpose(record)).waits
        if not again or record.attempts + 1 >= _MOST_ATTEMPTS:
            return _Result(record, "in_doubt", code)
        due_at = shifted(self._session.clock(), wait_before(record.id, record.attempts))
        return _Result(record, "in_doubt", code, due_at=due_at)

    def _look(self, record: MessageRecord) -> tuple[Message, _Result | None]:
        """Read a message, and look once more whether it may leave; give what holds it, where it may not."""
        session, purpose = self._session, said_purpose(record)
        with session.store.read() as reader:
            message = read_message(reader, record)
            if message is None:
                raise PayloadError("the message was erased before it was sent, or cannot be read")
            if not law_of(purpose).needs_consent and not reader.stated(
                message.recipient.key, record.case, record.party
            ):
                return message, None
            facts = must_find(reader, record.case)
            to = addressed(reader, facts, record, session)
        if to is None:
            return message, None
        channel = cast(Channel, record.channel)
        match last_check(facts.case, to, message, channel, purpose, session.policy, session.clock()):
            case Wait(until):
                return message, _Result(record, "held", "quiet_hours", due_at=until, tried=False)
            case Deny(code):
                return message, _Result(record, "denied", code)
        return message, None


class _Batch:
    """What became of messages, until it is recorded."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._results: list[_Result] = []
        self._since = session.clock()
        self.became: Counter[Became] = Counter()

    def add(self, result: _Result) -> None:
        """Note what became of a message; record it, with those before, when the first of them is a second old."""
        now = self._session.clock()
        if not self._results:
            self._since = now
        self._results.append(result)
        if now - self._since >= _RECORDED_WITHIN:
            self.record()

    def record(self) -> None:
        """Record what was noted, with one commit; each by itself where they cannot be recorded together."""
        results, self._results = self._results, []
        if not results:
            return
        try:
            plans = self._session.change_all(
                [(result.record.case, _Recording(self._session, result)) for result in results]
            )
        except OnestopError:
            self._one_by_one(results)
            return
        for result, plan in zip(results, plans, strict=True):
            self._recorded(result, plan)

    def _one_by_one(self, results: list[_Result]) -> None:
        """Let no message that cannot be recorded leave the others in doubt, too."""
        failed: OnestopError | None = None
        for result in results:
            try:
                self._recorded(result, self._session.change(result.record.case, _Recording(self._session, result)))
            except OnestopError as exc:
                failed = failed or exc
        if failed is not None:
            raise failed

    def _recorded(self, result: _Result, plan: Plan) -> None:
        self.became[result.became] += 1
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


class _Recording:
    """The change of a case that records what became of one of its messages."""

    def __init__(self, session: Session, result: _Result) -> None:
        self._session = session
        self._result = result

    def __call__(self, tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
        result, record = self._result, self._result.record
        if result.gateway_id is not None:
            tx.sent(record.id, result.gateway_id)
        known = tx.message(record.id)
        if known is not None and known.state not in UNDER_WAY and result.became in ("sent", "in_doubt"):
            return Plan("recorded", case=facts.case)  # a report was faster: more is known than that it was sent
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
            case _:
                state = "denied" if result.became == "denied" else "permanent_failure"
                plan = without_reach(tx, facts, record, state, result.code, self._session, context)
                return stopped_at(tx, facts, record, plan, context) if result.stopped else plan


def _why(result: _Result) -> str:
    """Give the code of what a message waits for that is put back into the queue."""
    return "sent_again" if result.became == "in_doubt" else result.code or "send"


def _seconds(seconds: float | None) -> timedelta:
    return timedelta(seconds=min(seconds, 86_400.0)) if seconds is not None and seconds > 0 else timedelta()


def _id_of(sent: Sent) -> str | None:
    """Give a gateway's id of a message; whatever else a sender gives shows a mistake of its own."""
    if sent.gateway_id is not None:
        sent.gateway_id.encode()  # half a surrogate pair cannot be kept
    return sent.gateway_id
