"""
Sending: messages are leased in batches, and each is looked at once more, begun, handed over, and recorded.

A message is begun with the commit that records what became of the one before: one commit a message. A crash leaves in
doubt the one that was under way, and no other; what was leased and not begun is due again when the lease ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from onestop.channels.base import Adapter
from onestop.core.delivery import kept_code
from onestop.core.enquiry import Channel
from onestop.core.gateway import Message
from onestop.core.leaving import last_check
from onestop.core.model import shifted
from onestop.core.purposes import law_of
from onestop.core.sendable import Deny, Wait
from onestop.desk.retrying import LEASE, in_seconds, wait_asked_for, wait_before
from onestop.desk.session import Session, must_find
from onestop.desk.turns import Became, Result, Turns
from onestop.desk.undelivered import addressed, read_message, said_purpose
from onestop.desk.verifying import CODE_VOID, with_digits
from onestop.errors import (
    ContactPointError,
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
_LONGEST_NAME = 500  # characters of a gateway's id of a message


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
        self._limits = _Limits()

    def send_due(self, limit: int) -> Counter[Became]:
        """Send what is due, at most `limit`; give how many became what."""
        done: Counter[Became] = Counter()
        session = self._session
        while limit > 0 and (channels := self._limits.open(self._by_channel, session.clock())):
            now = session.clock()
            until = shifted(now, LEASE)
            with session.store.write() as tx:
                send, doubtful = tx.claim_messages(channels, now, until, min(limit, _BATCH))
            if not send and not doubtful:
                break
            limit -= len(send) + len(doubtful)
            self._send_batch(send, doubtful, until, done)
        return done

    def _send_batch(
        self, send: Sequence[MessageRecord], doubtful: Sequence[MessageRecord], until: datetime, done: Counter[Became]
    ) -> None:
        turns, untouched = Turns(self._session, done), list(reversed(send))
        try:
            for record in doubtful:
                turns.add(self._doubt(record, None))
            while untouched and self._session.clock() < until:  # by then somebody else may have them
                record = untouched[-1]
                if not self._limits.limited(record.channel, self._session.clock()):
                    self._send(record, turns)
                elif all(self._limits.limited(each.channel, self._session.clock()) for each in untouched):
                    break
                untouched.pop()
        finally:  # what was sent is recorded, whatever ends the batch
            try:
                turns.record()
            finally:
                with self._session.store.write() as tx:
                    tx.give_back([record.id for record in send], lease=until)

    # -- one message --

    def _send(self, record: MessageRecord, turns: Turns) -> None:
        """Look at a message, begin it, hand it over, and note what became of it."""
        begun = turns.begin(record, self._look)
        if begun is None:
            return
        record, message = begun
        try:
            turns.add(self._handed_over(record, message))
        except BaseException:  # the process is told to stop while a gateway has it
            turns.add(Result(record, "in_doubt"))
            raise

    def _handed_over(self, record: MessageRecord, message: Message) -> Result:
        try:
            request = self._by_channel[record.channel].render(message)
        except (PayloadError, ContactPointError) as exc:
            return Result(record, "failed", exc.code)
        except Exception:  # noqa: BLE001 — the adapter's own mistake: nothing was sent, and the others are not to wait
            return self._tried(record, "adapter_failed", None)
        try:
            sent = self._sender.send(message, request)
            name, simulated = _name_of(sent), bool(sent.simulated)
        except RateLimitedError as exc:
            until = self._limits.add(record.channel, self._session.clock(), in_seconds(exc.retry_after_s))
            return Result(record, "held", exc.code, due_at=until, tried=False)
        except SendError as exc:
            code = kept_code(exc.status) or exc.code
            if exc.permanent:
                stopped = isinstance(exc, OptedOutError)
                return Result(record, "failed", code, stopped=stopped, address_fails=exc.address_fails)
            return self._tried(record, code, in_seconds(exc.retry_after_s))
        except UnsureError as exc:
            return self._doubt(record, kept_code(exc.status))
        except Exception:  # noqa: BLE001 — a sender's own mistake: it may have sent, and the others are not to wait
            return self._doubt(record, None)
        return Result(record, "sent", "simulated" if simulated else None, gateway_id=name)

    def _tried(self, record: MessageRecord, code: str, asked_s: float | None) -> Result:
        """Give what becomes of a message that nobody took: it is tried again, up to the eighth time."""
        if record.attempts + 1 >= _MOST_ATTEMPTS:
            return Result(record, "failed", code)
        wait = wait_asked_for(record.id, record.attempts, asked_s)
        return Result(record, "retried", code, due_at=shifted(self._session.clock(), wait))

    def _doubt(self, record: MessageRecord, code: str | None) -> Result:
        """
        Resolve by its purpose what may have been sent: again where that can do no harm, or waiting could; otherwise a
        person looks.
        """
        again = is_idempotent(self._sender, record.channel) or not law_of(said_purpose(record)).waits
        if not again or record.attempts + 1 >= _MOST_ATTEMPTS:
            return Result(record, "in_doubt", code)
        due_at = shifted(self._session.clock(), wait_before(record.id, record.attempts))
        return Result(record, "in_doubt", code, due_at=due_at)

    def _look(self, tx: Transaction, record: MessageRecord) -> Message | Result:
        """Read a message, and look once more whether it may leave; give what holds it, where it may not."""
        session, purpose = self._session, said_purpose(record)
        message = read_message(tx, record)
        if message is None:
            return Result(record, "failed", "payload")  # it was erased before it was sent, or cannot be read
        message = with_digits(tx, message, session)
        if message is None:
            return Result(record, "denied", CODE_VOID)
        if not law_of(purpose).needs_consent and not tx.stated(message.recipient.key, record.case, record.party):
            return message
        facts = must_find(tx, record.case)
        to = addressed(tx, facts, record, session)
        if to is None:
            return message
        channel = cast(Channel, record.channel)
        match last_check(facts.case, to, message, channel, purpose, session.policy, session.clock()):
            case Wait(until):
                return Result(record, "held", "quiet_hours", due_at=until, tried=False)
            case Deny(code):
                return Result(record, "denied", code)
        return message


class _Limits:
    """Channels whose gateway has had all that it takes, until when; shared between threads."""

    def __init__(self) -> None:
        self._by_channel: dict[str, tuple[datetime, datetime]] = {}  # since, until; replaced and never changed

    def add(self, channel: str, now: datetime, asked_s: float | None) -> datetime:
        """Leave a channel alone for as long as its gateway asks, a second at the least and a day at the most."""
        until = shifted(now, timedelta(seconds=min(max(1.0, asked_s or 0.0), 86_400.0)))
        self._by_channel = {**self._by_channel, channel: (now, until)}
        return until

    def limited(self, channel: str, now: datetime) -> bool:
        """Say whether a channel is left alone now; a limit of a clock that was ahead holds no more."""
        since, until = self._by_channel.get(channel, (now, now))
        return since <= now < until

    def open(self, channels: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Give the channels whose gateway takes something."""
        return tuple(channel for channel in channels if not self.limited(channel, now))


def _name_of(sent: Sent) -> str | None:
    """Give a gateway's id of a message; whatever else a sender gives shows a mistake of its own."""
    name = sent.gateway_id
    if name is None:
        return None
    name.encode()  # half a surrogate pair cannot be kept
    return name if len(name) <= _LONGEST_NAME else None  # no report names it so; that it was taken holds
