"""Reading: cases, their history, and the listings of the desk, in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, false, func, literal, or_, select, text, tuple_
from sqlalchemy.sql import ColumnElement

from onestop.core.contact import Urn
from onestop.core.events import EnquiryReceived, read_event
from onestop.core.plan import CaseFacts, PartyRow
from onestop.stores.base import (
    CaseFilter,
    EnquiryRecord,
    Finding,
    KeptEnquiry,
    MessageRecord,
    Page,
    RejectedRecord,
    RestrictionRecord,
    StoredEvent,
    Tally,
    TimerTally,
)
from onestop.stores.citizen_reading import CitizenReading
from onestop.stores.contents import ContentStore
from onestop.stores.prepared import Prepared
from onestop.stores.rows import from_us, load_case, read_cursor, to_us, write_cursor
from onestop.stores.tables import (
    MESSAGE_WAITS,
    CaseTable,
    CitizenTable,
    ConsentTable,
    ContactPointTable,
    ContentTable,
    EnquiryTable,
    EventTable,
    ExternalRefTable,
    MessageTable,
    MetaTable,
    PartyTable,
    PolicyTable,
    RejectedTable,
    RestrictionTable,
    TimerTable,
)
from onestop.stores.verify import verify_cases
from onestop.stores.verify_citizens import verify_citizens

__all__ = ["SqlReader"]

AnyRow = Row[*tuple[Any, ...]]

LATEST_POLICY = "latest_policy"  # the row of `MetaTable` that has the hash of the policy remembered last

_FAR = 2**62  # stands for "no target" where cases are ordered by it

# Statements are built once: building costs more than running.
_MESSAGE_COLUMNS = (
    MessageTable.id,
    MessageTable.case_id,
    MessageTable.party,
    MessageTable.channel,
    MessageTable.urn,
    MessageTable.purpose,
    MessageTable.content_id,
    MessageTable.state,
    MessageTable.due_at,
    MessageTable.attempts,
    MessageTable.code,
    MessageTable.leased_until,
    MessageTable.sent_at,
    MessageTable.gateway_id,
)
MESSAGE = select(*_MESSAGE_COLUMNS)
_ONE_MESSAGE = Prepared(MESSAGE.where(MessageTable.id == bindparam("message")))
_WAITING = frozenset({"queued", "sending", "task", "in_doubt"})  # as MESSAGE_WAITS has them
_CONTENT = Prepared(select(ContentTable.body).where(ContentTable.id == bindparam("content")))
_THEIRS = exists(
    select(literal(1)).where(
        ContactPointTable.key == bindparam("key"), ContactPointTable.citizen_id == PartyTable.citizen_id
    )
).correlate(PartyTable)
_IN_THE_WAY = Prepared(
    select(literal(1)).where(
        or_(
            exists(
                select(literal(1)).where(
                    ContactPointTable.key == bindparam("key"),
                    or_(ContactPointTable.stated == literal(1), ContactPointTable.shared == literal(1)),
                )
            ),
            exists(select(literal(1)).where(ConsentTable.key == bindparam("key"))),
            exists(
                select(literal(1)).where(
                    PartyTable.case_id == bindparam("case"),
                    PartyTable.alias == bindparam("party"),
                    or_(
                        PartyTable.acts_for.is_not(None),
                        PartyTable.key != bindparam("key"),
                        PartyTable.citizen_id.is_not(None) & ~_THEIRS,
                    ),
                )
            ),
        )
    )
)
_FIRST_ENQUIRY = 2  # the event that brings it follows `case_opened`
_KEPT = (
    select(EnquiryTable.case_id, EnquiryTable.id, EnquiryTable.seq, EnquiryTable.content_id, CaseTable.reference)
    .add_columns(ContentTable.body, ContentTable.id.label("kept"), EventTable.position, EventTable.data)
    .join(CaseTable, CaseTable.id == EnquiryTable.case_id)
    .join(EventTable, (EventTable.case_id == EnquiryTable.case_id) & (EventTable.seq == EnquiryTable.seq), isouter=True)
    .join(ContentTable, ContentTable.id == EnquiryTable.content_id, isouter=True)
    .where(tuple_(EnquiryTable.case_id, EnquiryTable.id) > tuple_(bindparam("case"), bindparam("enquiry")))
    .order_by(EnquiryTable.case_id, EnquiryTable.id)
    .limit(bindparam("most"))
)
_CASES_BEFORE = (
    select(PartyTable.case_id)
    .distinct()
    .join(EventTable, (EventTable.case_id == PartyTable.case_id) & (EventTable.seq == 1))
    .where(
        PartyTable.key == bindparam("key"),
        PartyTable.citizen_id == bindparam("citizen"),
        EventTable.position < bindparam("position"),
    )
    .order_by(PartyTable.case_id.desc())
    .limit(bindparam("most"))
)
_NAMES = (CaseTable.service, CaseTable.provider, CaseTable.state, CaseTable.state_type)
_TALLIES = (
    select(*_NAMES, func.count().label("cases"))
    .where(CaseTable.state_type != "closed")
    .group_by(*_NAMES)
    .order_by(*_NAMES)
)
_TIMER_TALLIES = (
    select(TimerTable.kind, CaseTable.service, CaseTable.state)
    .distinct()
    .join(CaseTable, CaseTable.id == TimerTable.case_id)
    .where(TimerTable.done == 0, CaseTable.state_type != "closed")
    .order_by(TimerTable.kind, CaseTable.service, CaseTable.state)
)
_EVENTS = select(EventTable.position, EventTable.case_id, EventTable.seq, EventTable.data, EventTable.hash)
_REJECTED = select(
    RejectedTable.id,
    RejectedTable.adapter,
    RejectedTable.received_at,
    RejectedTable.code,
    RejectedTable.reason,
    RejectedTable.raw_id,
    RejectedTable.attempts,
    RejectedTable.state,
)


class SqlReader(CitizenReading):
    """Reads within one connection's transaction."""

    def __init__(self, connection: Connection, contents: ContentStore) -> None:
        super().__init__(connection, contents)
        self.connection = connection

    # -- cases and their history --

    def case(self, reference: str) -> CaseFacts | None:
        """Give a case by its reference or id."""
        return self.by_reference(reference.upper()) or next(iter(self.by_id([reference])), None)

    def external(self, system: str, ref: str) -> CaseFacts | None:
        """Give a case by another system's id of it."""
        statement = select(ExternalRefTable.case_id).where(
            ExternalRefTable.system == system, ExternalRefTable.ref == ref
        )
        case = self._db.execute(statement).scalar()
        return next(iter(self.by_id([case])), None) if case else None

    def cases(self, wanted: CaseFilter, *, after: str | None, limit: int) -> Page:
        """Give a page of cases in the order asked for."""
        order = _order(wanted)
        statement = select(CaseTable.document, CaseTable.id, order.label("place")).where(*_conditions(wanted))
        if after is not None:
            place = tuple_(literal((cursor := read_cursor(after))[0]), literal(cursor[1]))
            here = tuple_(order, CaseTable.id)
            statement = statement.where(here < place if wanted.descending else here > place)
        down = wanted.descending
        statement = statement.order_by(
            order.desc() if down else order, CaseTable.id.desc() if down else CaseTable.id
        ).limit(limit + 1)
        rows = self._db.execute(statement).all()
        more = len(rows) > limit
        shown = rows[:limit]
        following = write_cursor(shown[-1].place, shown[-1].id) if more and shown else None
        return Page(tuple(load_case(row.document) for row in shown), following)

    def tallies(self) -> Sequence[Tally]:
        """Give how many cases that are not closed have each service, provider and state."""
        rows = self._db.execute(_TALLIES)
        return [Tally(row.service, row.provider, row.state, row.state_type, row.cases) for row in rows]

    def timer_tallies(self, begins: str) -> Sequence[TimerTally]:
        """Give the kinds that begin so of timers that are not done, with service and state of cases not closed."""
        statement = _TIMER_TALLIES.where(TimerTable.kind.startswith(begins, autoescape=True))
        return [TimerTally(*row) for row in self._db.execute(statement)]

    def events(self, case: str) -> Sequence[StoredEvent]:
        """Give a case's history, in order."""
        return _stored(self._db.execute(_EVENTS.where(EventTable.case_id == case).order_by(EventTable.seq)).all())

    def changes(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Give the events of all cases that were written after a position, in order."""
        statement = _EVENTS.where(EventTable.position > after).order_by(EventTable.position).limit(limit)
        return _stored(self._db.execute(statement).all())

    def parties(self, case: str) -> Sequence[PartyRow]:
        """Give who a case's parties are, in no order."""
        statement = select(
            PartyTable.case_id,
            PartyTable.alias,
            PartyTable.citizen_id,
            PartyTable.urn,
            PartyTable.name,
            PartyTable.key,
            PartyTable.acts_for,
        ).where(PartyTable.case_id == case)
        return [
            PartyRow(
                row.case_id,
                row.alias,
                row.citizen_id,
                Urn(row.urn) if row.urn else None,
                row.name,
                proved=row.urn is None or row.key is not None,
                acts_for=row.acts_for,
            )
            for row in self._db.execute(statement)
        ]

    def enquiries(self, case: str) -> Sequence[EnquiryRecord]:
        """Give a case's enquiries, in the order received."""
        table = EnquiryTable
        statement = (
            select(table.id, table.case_id, table.party, table.channel, table.received_at, table.content_id)
            .add_columns(table.message_id)
            .where(table.case_id == case)
            .order_by(table.received_at, table.seq)
        )
        return [
            EnquiryRecord(row[0], row[1], row[2], row[3], from_us(row[4]), row[5], row[6])
            for row in self._db.execute(statement)
        ]

    def kept_enquiries(self, after: tuple[str, str], limit: int) -> Sequence[KeptEnquiry]:
        """Give the enquiries of all cases after one, ordered by case and enquiry."""
        rows = self._db.execute(_KEPT, {"case": after[0], "enquiry": after[1], "most": limit}).all()
        return [
            KeptEnquiry(
                row.case_id,
                row.id,
                row.reference,
                row.seq == _FIRST_ENQUIRY,
                self._contents.get(row.content_id, row.body) if row.kept else None,
                row.position or 0,
                _says_again(row),
            )
            for row in rows
        ]

    def cases_before(self, key: str, citizen: str, position: int, limit: int) -> Sequence[str]:
        """Give the ids of a citizen's cases from a contact point that were opened before an event."""
        wanted = {"key": key, "citizen": citizen, "position": position, "most": limit}
        return self._db.execute(_CASES_BEFORE, wanted).scalars().all()

    def messages(self, case: str) -> Sequence[MessageRecord]:
        """Give a case's messages, in the order queued."""
        rows = self._db.execute(MESSAGE.where(MessageTable.case_id == case).order_by(MessageTable.seq))
        return [message_record(row) for row in rows]

    def stated(self, key: str, case: str, party: str) -> bool:
        """Say whether anything may stand in the way of a message to a party at a contact point."""
        return self._driver.first(_IN_THE_WAY, {"key": key, "case": case, "party": party}) is not None

    def message(self, message: str) -> MessageRecord | None:
        """Give one message."""
        row = self._driver.first(_ONE_MESSAGE, {"message": message})
        return message_record(row) if row else None

    def outbox(
        self, states: Sequence[str], channels: Sequence[str] | None, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[MessageRecord]:
        """Give messages in these states, of these channels, in the order they are due."""
        statement = MESSAGE.where(MessageTable.state.in_(states))
        if _WAITING.issuperset(states):
            statement = statement.where(text(MESSAGE_WAITS))  # what waits is few beside what was sent
        if channels is not None:
            statement = statement.where(MessageTable.channel.in_(channels))
        if after is not None:
            place = tuple_(literal(to_us(after[0])), literal(after[1]))
            statement = statement.where(tuple_(MessageTable.due_at, MessageTable.id) > place)
        rows = self._db.execute(statement.order_by(MessageTable.due_at, MessageTable.id).limit(limit))
        return [message_record(row) for row in rows]

    def content(self, content: str) -> bytes | None:
        """Give the bytes of a content; None when erased."""
        row = self._driver.first(_CONTENT, {"content": content})
        return self._contents.get(content, row[0]) if row else None

    def rejected(self, *, state: str | None, limit: int) -> Sequence[RejectedRecord]:
        """Give rejected intakes, the oldest first."""
        statement = _REJECTED if state is None else _REJECTED.where(RejectedTable.state == state)
        ordered = statement.order_by(RejectedTable.received_at, RejectedTable.id).limit(limit)
        return [_rejected_record(row) for row in self._db.execute(ordered)]

    def rejected_lately(self, code: str, *, since: datetime, attempts: int, limit: int) -> Sequence[RejectedRecord]:
        """Give rejected intakes that may yet be taken in: for this reason, received since, tried fewer times."""
        statement = _REJECTED.where(
            RejectedTable.state == "open",
            RejectedTable.received_at >= to_us(since),
            RejectedTable.code == code,
            RejectedTable.attempts < attempts,
        )
        ordered = statement.order_by(RejectedTable.received_at, RejectedTable.id).limit(limit)
        return [_rejected_record(row) for row in self._db.execute(ordered)]

    def rejected_one(self, rejected: str) -> RejectedRecord | None:
        """Give one rejected intake."""
        row = self._db.execute(_REJECTED.where(RejectedTable.id == rejected)).first()
        return _rejected_record(row) if row else None

    def restrictions(self, *, limit: int) -> Sequence[RestrictionRecord]:
        """Give the restrictions that nobody has lifted, the latest end first."""
        table = RestrictionTable
        statement = (
            select(table.id, table.urn, table.set_at, table.set_by, table.until, table.reason_id)
            .where(table.lifted_at.is_(None))
            .order_by(table.until.desc(), table.id)
            .limit(limit)
        )
        return [
            RestrictionRecord(row[0], Urn(row[1]), from_us(row[2]), row[3], from_us(row[4]), row[5])
            for row in self._db.execute(statement)
        ]

    def policy_source(self, hash: str) -> bytes | None:  # noqa: A002 — it is the policy's hash
        """Give the source of a policy that was used."""
        return self._db.execute(select(PolicyTable.source).where(PolicyTable.hash == hash)).scalar()

    def latest_policy(self) -> bytes | None:
        """Give the source of the policy that was remembered last."""
        latest = self._latest_policy()
        return self.policy_source(latest.decode()) if latest else None

    def _latest_policy(self) -> bytes | None:
        return self._db.execute(select(MetaTable.value).where(MetaTable.key == LATEST_POLICY)).scalar()

    def counts(self) -> Mapping[str, int]:
        """Give how many rows of each kind there are."""
        tables = {
            "cases": CaseTable,
            "enquiries": EnquiryTable,
            "events": EventTable,
            "messages": MessageTable,
            "citizens": CitizenTable,
            "rejected": RejectedTable,
        }
        return {
            name: self._db.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }

    def verify(self) -> Iterator[Finding]:
        """Give everything in which rows, events and contents disagree."""
        yield from verify_cases(self._db, self._contents)
        yield from verify_citizens(self._db)


def _says_again(row: AnyRow) -> bool:
    """Say whether the enquiry that opened a case is a copy; only such a one can be."""
    if row.seq != _FIRST_ENQUIRY or row.data is None:
        return False
    event = read_event(row.data)
    return isinstance(event, EnquiryReceived) and event.copy_of is not None


def message_record(row: Sequence[Any]) -> MessageRecord:
    """Read a row of `MESSAGE`."""
    identifier, case, party, channel, urn, purpose, content, state, due_at, attempts, code, leased, sent, name = row
    return MessageRecord(
        id=identifier,
        case=case,
        party=party,
        channel=channel,
        recipient=Urn(urn) if urn else None,
        purpose=purpose,
        content=content,
        state=state,
        due_at=from_us(due_at),
        attempts=attempts,
        code=code,
        leased_until=from_us(leased) if leased is not None else None,
        sent_at=from_us(sent) if sent is not None else None,
        gateway_id=name,
    )


def _rejected_record(row: AnyRow) -> RejectedRecord:
    return RejectedRecord(
        id=row.id,
        adapter=row.adapter,
        received_at=from_us(row.received_at),
        code=row.code,
        reason=row.reason,
        raw=row.raw_id,
        attempts=row.attempts,
        state=row.state,
    )


def _stored(rows: Sequence[AnyRow]) -> list[StoredEvent]:
    return [StoredEvent(row.position, row.case_id, row.seq, row.data, row.hash) for row in rows]


def _order(wanted: CaseFilter) -> ColumnElement[int]:
    if wanted.order == "target_at":
        return func.coalesce(CaseTable.target_at, _FAR)
    columns: dict[str, Any] = {
        "opened_at": CaseTable.opened_at,
        "updated_at": CaseTable.updated_at,
        "priority": CaseTable.priority,
    }
    column: ColumnElement[int] = columns[wanted.order]
    return column


def _conditions(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    lists: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (CaseTable.service, wanted.services),
        (CaseTable.provider, wanted.providers),
        (CaseTable.state, wanted.states),
        (CaseTable.state_type, wanted.state_types),
    )
    for column, values in lists:
        if values:
            yield column.in_(values)
    if wanted.flags or wanted.any_flags is not None:
        yield CaseTable.flags != ""  # so that the index of flagged cases is used
    for flag in wanted.flags:
        yield CaseTable.flags.contains(f" {flag} ", autoescape=True)
    if wanted.any_flags is not None:
        yield or_(false(), *(CaseTable.flags.contains(f" {flag} ", autoescape=True) for flag in wanted.any_flags))
    if wanted.without_flag is not None:
        yield ~CaseTable.flags.contains(f" {wanted.without_flag} ", autoescape=True)
    if wanted.assignee is not None:
        yield CaseTable.assignee == wanted.assignee
    if wanted.priority_from is not None:
        yield CaseTable.priority >= wanted.priority_from
    if wanted.opened_from is not None:
        yield CaseTable.opened_at >= to_us(wanted.opened_from)
    if wanted.opened_before is not None:
        yield CaseTable.opened_at < to_us(wanted.opened_before)
    if wanted.due_before is not None:
        yield CaseTable.target_at < to_us(wanted.due_before)
    if wanted.contact_key is not None:
        yield CaseTable.id.in_(select(PartyTable.case_id).where(PartyTable.key == wanted.contact_key))
    if wanted.external is not None:
        system, ref = wanted.external
        yield CaseTable.id.in_(
            select(ExternalRefTable.case_id).where(ExternalRefTable.system == system, ExternalRefTable.ref == ref)
        )
