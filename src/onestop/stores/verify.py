"""Verifying: rows, events and contents must agree, and every chain must hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from onestop.core.case import Case, rebuild
from onestop.core.events import (
    GENESIS,
    ContentRef,
    EnquiryReceived,
    Event,
    MessageQueued,
    NoteAdded,
    Rerouted,
    StateChanged,
    chain,
    read_event,
)
from onestop.errors import StoreError
from onestop.stores.base import Finding
from onestop.stores.contents import ContentStore
from onestop.stores.rows import case_columns, load_case
from onestop.stores.tables import CaseTable, ContentTable, EventTable

AnyRow = Row[*tuple[Any, ...]]

__all__ = ["verify_cases"]

_BATCH = 200


def verify_cases(connection: Connection, contents: ContentStore) -> Iterator[Finding]:
    """Give everything that is wrong, case by case in the order of their ids; then events that have no case."""
    last = ""
    while rows := connection.execute(
        select(CaseTable).where(CaseTable.id > last).order_by(CaseTable.id).limit(_BATCH)
    ).all():
        for row in rows:
            yield from _verify_case(connection, contents, row)
        last = rows[-1].id
    lost = select(EventTable.case_id).where(EventTable.case_id.not_in(select(CaseTable.id))).distinct()
    for identifier in connection.execute(lost).scalars():
        yield Finding("row_missing", identifier, "there are events, but no case")


def _verify_case(connection: Connection, contents: ContentStore, row: AnyRow) -> Iterator[Finding]:
    reference, stored = row.reference, _events_of(connection, row.id)
    head, events, broken = GENESIS, [], False
    for number, event in enumerate(stored, 1):
        if event.seq != number:
            yield Finding("chain_broken", reference, f"event {number} is missing")
            broken = True
            break
        head = chain(head, event.data)
        if head != event.hash:
            yield Finding("chain_broken", reference, f"event {number} is not what was written")
            broken = True
            break
        try:
            events.append(read_event(event.data))
        except StoreError:
            yield Finding("event_unreadable", reference, f"event {number}")
            broken = True
            break
    if broken:
        return
    yield from _compare(row, events, head)
    yield from _verify_contents(connection, contents, reference, events)


def _events_of(connection: Connection, case: str) -> Sequence[AnyRow]:
    statement = select(EventTable.seq, EventTable.data, EventTable.hash).where(EventTable.case_id == case)
    return connection.execute(statement.order_by(EventTable.seq)).all()


def _compare(row: AnyRow, events: list[Event], head: bytes) -> Iterator[Finding]:
    try:
        made, kept = rebuild(events), load_case(row.document)
    except StoreError as exc:
        yield Finding("row_differs", row.reference, str(exc))
        return
    if made != kept:
        yield Finding("row_differs", row.reference, f"its events say otherwise of {', '.join(_differing(made, kept))}")
    if head != row.head:
        yield Finding("chain_broken", row.reference, "the last event is not the one that the case names")
    columns = {"id": kept.id, **case_columns(kept)}
    wrong = [name for name, value in columns.items() if getattr(row, name) != value]
    if wrong:
        yield Finding("column_differs", row.reference, f"its document says otherwise of {', '.join(wrong)}")


def _differing(made: Case, kept: Case) -> list[str]:
    return [name for name in Case.model_fields if getattr(made, name) != getattr(kept, name)]


def _verify_contents(
    connection: Connection, contents: ContentStore, reference: str, events: list[Event]
) -> Iterator[Finding]:
    refs = {ref.id: ref for event in events for ref in _refs(event)}
    wanted = list(refs)
    for start in range(0, len(wanted), _BATCH):
        statement = select(ContentTable.id, ContentTable.salt, ContentTable.body).where(
            ContentTable.id.in_(wanted[start : start + _BATCH])
        )
        for row in connection.execute(statement):
            body = contents.get(row.id, row.body)
            if body is None or hashlib.sha256(row.salt + body).hexdigest() != refs[row.id].digest:
                yield Finding("content_differs", reference, f"content {row.id} is not what was written")


def _refs(event: Event) -> Iterator[ContentRef]:
    match event:
        case EnquiryReceived():
            yield event.content
            yield from event.files
        case MessageQueued() | NoteAdded():
            yield event.content
        case StateChanged() if event.fields:
            yield event.fields
        case Rerouted() if event.reason:
            yield event.reason
