"""Verifying: rows, events and contents must agree, and every chain must hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, LargeBinary, Row, cast, select
from sqlalchemy.sql import Select

from onestop.core.case import Case, rebuild
from onestop.core.events import (
    GENESIS,
    ContentRef,
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    ExternalRefAdded,
    FileFetched,
    MessageQueued,
    MessageUpdated,
    NoteAdded,
    PromiseChanged,
    Rerouted,
    StateChanged,
    TimerSet,
    chain,
    read_event,
)
from onestop.errors import StoreError
from onestop.stores.base import Finding
from onestop.stores.contents import ContentStore
from onestop.stores.rows import case_columns, load_case, to_us
from onestop.stores.tables import (
    CaseTable,
    ContentTable,
    EnquiryTable,
    EventTable,
    ExternalRefTable,
    MessageTable,
    TimerTable,
)

AnyRow = Row[*tuple[Any, ...]]

__all__ = ["verify_cases"]

_BATCH = 200

# Bytes are read as bytes whatever stands there: who edits SQLite by hand leaves text where bytes were.
_CASES = select(
    CaseTable.id,
    *(
        getattr(CaseTable, name)
        for name in ("reference", "service", "provider", "state", "state_type", "priority", "flags", "assignee")
    ),
    *(getattr(CaseTable, name) for name in ("opened_at", "updated_at", "target_at", "version")),
    cast(CaseTable.head, LargeBinary).label("head"),
    cast(CaseTable.document, LargeBinary).label("document"),
)
_EVENTS = select(
    EventTable.seq,
    EventTable.type,
    EventTable.at,
    cast(EventTable.data, LargeBinary).label("data"),
    cast(EventTable.hash, LargeBinary).label("hash"),
)
_CONTENTS = select(
    ContentTable.id,
    cast(ContentTable.salt, LargeBinary).label("salt"),
    cast(ContentTable.body, LargeBinary).label("body"),
)


class _Rows(NamedTuple):
    """A table whose rows are written with events of one type, by what the event names them with."""

    what: str
    statement: Select[*tuple[Any, ...]]  # the name first, then the case's id, then what the event says of it too
    case: Any


_BESIDE = (
    _Rows(
        "the enquiry",
        select(EnquiryTable.id, EnquiryTable.party, EnquiryTable.channel, EnquiryTable.content_id),
        EnquiryTable.case_id,
    ),
    _Rows(
        "the message",
        select(
            MessageTable.id,
            MessageTable.party,
            MessageTable.channel,
            MessageTable.purpose,
            MessageTable.content_id,
            MessageTable.state,
        ),
        MessageTable.case_id,
    ),
    _Rows("the timer", select(TimerTable.id, TimerTable.kind, TimerTable.due_at), TimerTable.case_id),
    _Rows(
        "the id of the system",
        select(ExternalRefTable.system + "\n" + ExternalRefTable.ref),
        ExternalRefTable.case_id,
    ),
)
_QUEUED = {"send": "queued", "task": "task", "muted": "muted", "denied": "denied"}  # the state that a message begins in
_WAITING = frozenset({"queued", "sending"})  # a message that no event has told the outcome of


def verify_cases(connection: Connection, contents: ContentStore) -> Iterator[Finding]:
    """Give everything that is wrong, case by case in the order of their ids; then events that have no case."""
    last = ""
    while rows := connection.execute(_CASES.where(CaseTable.id > last).order_by(CaseTable.id).limit(_BATCH)).all():
        for row in rows:
            yield from _verify_case(connection, contents, row)
        last = rows[-1].id
    lost = select(EventTable.case_id).where(EventTable.case_id.not_in(select(CaseTable.id))).distinct()
    for identifier in connection.execute(lost).scalars():
        yield Finding("row_missing", identifier, "there are events, but no case")


def _verify_case(connection: Connection, contents: ContentStore, row: AnyRow) -> Iterator[Finding]:
    reference, head = row.reference, GENESIS
    events: list[Event] = []
    stored = connection.execute(_EVENTS.where(EventTable.case_id == row.id).order_by(EventTable.seq)).all()
    for number, event in enumerate(stored, 1):
        head = chain(head, event.data)
        try:
            if event.seq != number:
                yield Finding("chain_broken", reference, f"event {number} is missing")
                return
            if head != event.hash:
                yield Finding("chain_broken", reference, f"event {number} is not what was written")
                return
            events.append(read_event(event.data))
            if (event.type, event.at) != (events[-1].type, to_us(events[-1].at)):
                yield Finding("column_differs", reference, f"event {number} says otherwise of its type or time")
        except StoreError:
            yield Finding("event_unreadable", reference, f"event {number}")
            return
    yield from _compare(row, events, head)
    yield from _verify_rows(connection, row, events)
    yield from _verify_contents(connection, contents, reference, events)


def _compare(row: AnyRow, events: list[Event], head: bytes) -> Iterator[Finding]:
    try:
        kept = load_case(row.document)
    except StoreError:  # its text sends the reader to verify
        yield Finding("row_differs", row.reference, "its document cannot be read")
        return
    try:
        made = rebuild(events)
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


def _verify_rows(connection: Connection, row: AnyRow, events: list[Event]) -> Iterator[Finding]:
    """Look for the rows that were written beside the events; what of them can be erased is not compared."""
    for (what, statement, case), expected in zip(_BESIDE, _expected(events), strict=True):
        if not expected:
            continue
        there = {found[0]: tuple(found[1:]) for found in connection.execute(statement.where(case == row.id))}
        for name, values in expected.items():
            if name not in there:
                shown = name.partition("\n")[0]  # another system's id of a case may name somebody
                yield Finding("row_missing", row.reference, f"{what} {shown} has no row of this case")
            elif there[name] != values and not _on_its_way(there[name], values):
                yield Finding("row_differs", row.reference, f"the events say otherwise of {what} {name}")


def _on_its_way(found: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    """Say whether the two differ only in that a message without an outcome is being sent."""
    return found[:-1] == expected[:-1] and {*found[-1:], *expected[-1:]} <= _WAITING


def _expected(events: list[Event]) -> tuple[Mapping[str, tuple[Any, ...]], ...]:
    """Give what the rows of each of `_BESIDE` must say, by name."""
    enquiries: dict[str, tuple[Any, ...]] = {}
    messages: dict[str, tuple[Any, ...]] = {}
    timers: dict[str, tuple[Any, ...]] = {}
    external: dict[str, tuple[Any, ...]] = {}
    for event in events:
        match event:
            case EnquiryReceived():
                enquiries[event.enquiry] = (event.party, event.channel, event.content.id)
            case EnquiryUpdated() if event.enquiry in enquiries:
                enquiries[event.enquiry] = (*enquiries[event.enquiry][:-1], event.content.id)
            case MessageQueued():
                messages[event.message] = (
                    event.party,
                    event.channel,
                    event.purpose,
                    event.content.id,
                    _QUEUED[event.manner],
                )
            case MessageUpdated() if event.message in messages:
                messages[event.message] = (*messages[event.message][:-1], event.state)
            case TimerSet():
                timers[event.timer] = (event.kind, to_us(event.due_at))
            case ExternalRefAdded():
                external[f"{event.system}\n{event.ref}"] = ()
    return enquiries, messages, timers, external


def _verify_contents(
    connection: Connection, contents: ContentStore, reference: str, events: list[Event]
) -> Iterator[Finding]:
    refs = {ref.id: ref for event in events for ref in _refs(event)}
    wanted: Sequence[str] = list(refs)
    for start in range(0, len(wanted), _BATCH):
        statement = _CONTENTS.where(ContentTable.id.in_(wanted[start : start + _BATCH]))
        for row in connection.execute(statement):
            body = contents.get(row.id, row.body)
            if body is None or hashlib.sha256(row.salt + body).hexdigest() != refs[row.id].digest:
                yield Finding("content_differs", reference, f"content {row.id} is not what was written")


def _refs(event: Event) -> Iterator[ContentRef]:
    match event:
        case EnquiryReceived():
            yield event.content
            yield from event.files
            if event.whole:
                yield event.whole
        case EnquiryUpdated():
            yield event.content
            yield from event.files
        case MessageQueued() | NoteAdded():
            yield event.content
        case FileFetched() if event.file:
            yield event.file
        case StateChanged() if event.fields:
            yield event.fields
        case Rerouted() | PromiseChanged() if event.reason:
            yield event.reason
