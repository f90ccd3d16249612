"""
Leases of messages and timers, in SQL that finds them by an index, however much else is kept.

A partial index serves a statement that has the index's own words in it: so they stand here as text and not as
parameters, and each channel is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal_column, null, or_, select, text, update
from sqlalchemy.sql import ColumnElement

from onestop.stores.base import MessageRecord, TimerRecord
from onestop.stores.prepared import Driver, Prepared
from onestop.stores.reading import MESSAGE, message_record
from onestop.stores.rows import from_us, to_us
from onestop.stores.tables import MESSAGE_IS_URGENT, MESSAGE_WAITS, TIMER_WAITS, MessageTable, TimerTable

__all__ = ["Leases"]

_OVERTAKING = 0.8  # the share of a lease that what is urgent may have before the others: none waits for ever
_QUEUED: ColumnElement[str] = literal_column("'queued'")
_SENDING: ColumnElement[str] = literal_column("'sending'")
# A lease longer than any that begins now is of a clock that was ahead, and has gone back.
_FREE = or_(
    MessageTable.leased_until.is_(None),
    MessageTable.leased_until <= bindparam("now"),
    MessageTable.leased_until > bindparam("never"),
)


_LOST = Prepared(
    MESSAGE.where(MessageTable.channel == bindparam("of"), text(MESSAGE_WAITS), MessageTable.state == _SENDING, _FREE)
    .order_by(MessageTable.due_at, MessageTable.id)
    .limit(bindparam("most"))
)
_URGENT = Prepared(
    MESSAGE.where(
        MessageTable.channel == bindparam("of"), text(MESSAGE_IS_URGENT), MessageTable.due_at <= bindparam("now"), _FREE
    )
    .order_by(MessageTable.due_at, MessageTable.id)
    .limit(bindparam("most"))
)
_DUE = Prepared(
    MESSAGE.where(
        MessageTable.channel == bindparam("of"),
        text(MESSAGE_WAITS),
        MessageTable.state == _QUEUED,
        MessageTable.due_at <= bindparam("now"),
        _FREE,
    )
    .order_by(MessageTable.due_at, MessageTable.id)
    .limit(bindparam("most"))
)
_LEASED = Prepared(
    update(MessageTable).where(MessageTable.id == bindparam("message")).values(leased_until=bindparam("until"))
)
_BEGUN = Prepared(
    update(MessageTable)
    .where(
        MessageTable.id == bindparam("message"),
        MessageTable.state == _QUEUED,
        MessageTable.leased_until == bindparam("lease"),
    )
    .values(state=_SENDING, leased_until=bindparam("until"))
)
_GIVEN_BACK = Prepared(
    update(MessageTable)
    .where(
        MessageTable.id == bindparam("message"),
        MessageTable.state == _QUEUED,
        MessageTable.leased_until == bindparam("lease"),
    )
    .values(leased_until=null())
)
_RELEASED = Prepared(
    update(MessageTable)
    .where(MessageTable.id == bindparam("message"), MessageTable.state.in_((_QUEUED, _SENDING)))
    .values(
        state=_QUEUED,
        due_at=bindparam("next"),
        leased_until=null(),
        code=bindparam("why"),
        attempts=MessageTable.attempts + bindparam("tries"),
    )
)
_TIMER_LEASED = Prepared(
    update(TimerTable).where(TimerTable.id == bindparam("timer")).values(leased_until=bindparam("until"))
)


class Leases:
    """What is due, leased to one claimer each, within one connection's transaction."""

    def __init__(self, connection: Connection, driver: Driver) -> None:
        self._db = connection
        self._driver = driver

    def claim_messages(
        self, channels: Sequence[str], now: datetime, until: datetime, limit: int
    ) -> tuple[Sequence[MessageRecord], Sequence[MessageRecord]]:
        """Lease messages of these channels that are due: (those to send, those in doubt)."""
        doubtful = self._found(_LOST, channels, now, until, limit)
        wanted = limit - len(doubtful)
        urgent = self._found(_URGENT, channels, now, until, max(1, int(wanted * _OVERTAKING)) if wanted else 0)
        known = {record.id for record in urgent}
        due = self._found(_DUE, channels, now, until, wanted)
        send = [*urgent, *(record for record in due if record.id not in known)][:wanted]
        lease = to_us(until)
        self._driver.many(_LEASED, [{"message": each.id, "until": lease} for each in (*send, *doubtful)])
        return [replace(each, leased_until=until) for each in send], [
            replace(each, leased_until=until) for each in doubtful
        ]

    def _found(
        self, statement: Prepared, channels: Sequence[str], now: datetime, until: datetime, most: int
    ) -> list[MessageRecord]:
        """Give what a statement finds of each channel, in turn, so that no channel waits behind another's queue."""
        if most <= 0:
            return []
        moment, lease = to_us(now), to_us(until)
        asked = {"now": moment, "never": lease + max(0, lease - moment), "most": most}
        found = (self._driver.all(statement, {**asked, "of": channel}) for channel in dict.fromkeys(channels))
        return [message_record(row) for row in islice(_in_turn(found), most)]

    def begin(self, message: str, *, lease: datetime, until: datetime) -> bool:
        """Note that a leased message is about to be handed over; False: it is not leased so any more."""
        values = {"message": message, "lease": to_us(lease), "until": to_us(until)}
        return self._driver.run(_BEGUN, values) == 1

    def give_back(self, messages: Collection[str], *, lease: datetime) -> None:
        """End the lease of messages that were not begun."""
        self._driver.many(_GIVEN_BACK, [{"message": message, "lease": to_us(lease)} for message in messages])

    def release(self, message: str, *, due_at: datetime, code: str, tried: bool) -> None:
        """Put a message back into the queue."""
        values = {"message": message, "next": to_us(due_at), "why": code, "tries": int(tried)}
        self._driver.run(_RELEASED, values)

    def claim_timers(self, kinds: Sequence[str], now: datetime, until: datetime, limit: int) -> Sequence[TimerRecord]:
        """Lease timers of these kinds that are due; a kind that ends in `:` means all that begin so."""
        moment, table = to_us(now), TimerTable
        beginnings = [kind for kind in kinds if kind.endswith(":")]
        due = (
            select(table.id, table.case_id, table.kind, table.due_at, table.generation)
            .where(
                text(TIMER_WAITS),
                table.due_at <= moment,
                or_(table.leased_until.is_(None), table.leased_until <= moment),
                or_(  # no LIKE: SQLite's takes a capital for a small letter
                    table.kind.in_([kind for kind in kinds if not kind.endswith(":")]),
                    *(func.substr(table.kind, 1, len(beginning)) == beginning for beginning in beginnings),
                ),
            )
            .order_by(table.due_at, table.id)
            .limit(limit)
        )
        found = [TimerRecord(row[0], row[1], row[2], from_us(row[3]), row[4]) for row in self._db.execute(due)]
        self._driver.many(_TIMER_LEASED, [{"timer": timer.id, "until": to_us(until)} for timer in found])
        return found


def _in_turn(rows: Iterable[Sequence[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
    for each in zip_longest(*rows):
        yield from (row for row in each if row is not None)
