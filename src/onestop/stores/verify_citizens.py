"""Verifying citizens: every history must hold, and the rows must say what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, cast, select

from onestop.core.chaining import GENESIS, chain
from onestop.core.citizen import Citizen, rebuild_citizen
from onestop.core.citizen_events import CitizenFact, read_fact
from onestop.errors import StoreError
from onestop.stores.base import Finding
from onestop.stores.profiles import load_citizen
from onestop.stores.rows import to_us
from onestop.stores.tables import CitizenEventTable, CitizenNeedTable, CitizenTable

__all__ = ["verify_citizens"]

AnyRow = Row[*tuple[Any, ...]]

_BATCH = 200

# Bytes are read as bytes whatever stands there, as for cases. Who has no history has nothing to compare.
_CITIZENS = select(
    CitizenTable.id,
    CitizenTable.name,
    CitizenTable.language,
    CitizenTable.version,
    CitizenTable.merged_into,
    cast(CitizenTable.head, LargeBinary).label("head"),
    cast(CitizenTable.document, LargeBinary).label("document"),
).where((CitizenTable.version > 0) | CitizenTable.document.is_not(None))
_EVENTS = select(
    CitizenEventTable.seq,
    CitizenEventTable.type,
    CitizenEventTable.at,
    cast(CitizenEventTable.data, LargeBinary).label("data"),
    cast(CitizenEventTable.hash, LargeBinary).label("hash"),
)


def verify_citizens(connection: Connection) -> Iterator[Finding]:
    """Give everything that is wrong of citizens, in the order of their ids; then histories of nobody."""
    last = ""
    while rows := connection.execute(
        _CITIZENS.where(CitizenTable.id > last).order_by(CitizenTable.id).limit(_BATCH)
    ).all():
        for row in rows:
            yield from _verify(connection, row)
        last = rows[-1].id
    known = select(CitizenTable.id).where(CitizenTable.version > 0)
    lost = select(CitizenEventTable.citizen_id).where(CitizenEventTable.citizen_id.not_in(known)).distinct()
    for identifier in connection.execute(lost).scalars():
        yield Finding("row_missing", identifier, "there is a history, but no citizen with one")


def _verify(connection: Connection, row: AnyRow) -> Iterator[Finding]:
    head, events = GENESIS, list[CitizenFact]()
    stored = connection.execute(_EVENTS.where(CitizenEventTable.citizen_id == row.id).order_by(CitizenEventTable.seq))
    for number, event in enumerate(stored.all(), 1):
        head = chain(head, event.data)
        if event.seq != number:
            yield Finding("chain_broken", row.id, f"event {number} is missing")
            return
        if head != event.hash:
            yield Finding("chain_broken", row.id, f"event {number} is not what was written")
            return
        try:
            events.append(read_fact(event.data))
        except StoreError:
            yield Finding("event_unreadable", row.id, f"event {number}")
            return
        if (event.type, event.at) != (events[-1].type, to_us(events[-1].at)):
            yield Finding("column_differs", row.id, f"event {number} says otherwise of its type or time")
            return
    yield from _compare(connection, row, events, head)


def _compare(connection: Connection, row: AnyRow, events: list[CitizenFact], head: bytes) -> Iterator[Finding]:
    try:
        kept, made = load_citizen(row.document or b""), rebuild_citizen(events)
    except StoreError:
        yield Finding("row_differs", row.id, "its document, or its history, cannot be read")
        return
    if made != kept:
        differing = [name for name in Citizen.model_fields if getattr(made, name) != getattr(kept, name)]
        yield Finding("row_differs", row.id, f"its events say otherwise of {', '.join(differing)}")
    if head != row.head:
        yield Finding("chain_broken", row.id, "the last event is not the one that the citizen names")
    columns = ("id", "name", "language", "version", "merged_into")
    wrong = [name for name in columns if getattr(row, name) != getattr(kept, name)]
    if wrong:
        yield Finding("column_differs", row.id, f"its document says otherwise of {', '.join(wrong)}")
    needs = select(CitizenNeedTable.need, CitizenNeedTable.until).where(CitizenNeedTable.citizen_id == row.id)
    there = {(need, until) for need, until in connection.execute(needs)}
    if there != {(need.code, to_us(need.until) if need.until else None) for need in kept.needs}:
        yield Finding("column_differs", row.id, "its document says otherwise of what rules may ask of it")
