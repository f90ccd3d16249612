"""Writing: the core's plans, rejected intakes, the outbox and the timers, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update

from onestop.core.plan import (
    CaseChange,
    Content,
    EnquiryChange,
    Plan,
)
from onestop.errors import ConflictError
from onestop.stores.base import MessageRecord, RejectedRecord, RestrictionRecord, TimerRecord
from onestop.stores.contents import ContentStore
from onestop.stores.leasing import Leases
from onestop.stores.prepared import Prepared
from onestop.stores.profile_writing import claim_statement, write_profiles
from onestop.stores.reading import LATEST_POLICY, SqlReader
from onestop.stores.rows import case_columns, to_us
from onestop.stores.tables import (
    Base,
    CaseTable,
    CitizenTable,
    ContactPointTable,
    ContentTable,
    EnquiryTable,
    EventTable,
    ExternalRefTable,
    IntakeTable,
    MessageTable,
    MetaTable,
    PartyTable,
    PolicyTable,
    RejectedTable,
    RestrictionTable,
    TimerTable,
)
from onestop.stores.values import (
    claim_values,
    enquiry_values,
    event_places,
    event_values,
    intake_values,
    known_values,
    message_values,
    party_values,
    timer_values,
)

__all__ = ["SqlTransaction"]


def _insertion(table: type[Base], *, without: Collection[str] = ()) -> Prepared:
    """Give the statement that inserts whole rows; `without` columns the database fills by itself."""
    columns = [column.name for column in table.__table__.columns if column.name not in without]
    return Prepared(insert(table).values({name: bindparam(name) for name in columns}))


_NEW_CASE = _insertion(CaseTable)
_NEXT_CASE = Prepared(
    update(CaseTable)
    .where(CaseTable.id == bindparam("case"), CaseTable.version == bindparam("before"))
    .values(
        {
            column: bindparam(column)
            for column in (
                "service",
                "provider",
                "state",
                "state_type",
                "priority",
                "flags",
                "assignee",
                "updated_at",
                "target_at",
                "version",
                "head",
                "document",
            )
        }
    )
)
_EVENTS = _insertion(EventTable, without={"position"})
_CONTENTS = _insertion(ContentTable)
_PARTIES = _insertion(PartyTable)
_UNSTATED = frozenset({"version", "head", "document", "merged_into"})  # of a citizen of whom nothing was stated yet
_CITIZENS = _insertion(CitizenTable, without=_UNSTATED)
_POINTS = claim_statement()
_ENQUIRIES = _insertion(EnquiryTable)
_MESSAGES = _insertion(MessageTable)
_TIMERS = _insertion(TimerTable)
_INTAKES = _insertion(IntakeTable)
_EXTERNAL = _insertion(ExternalRefTable)
_RESTRICTIONS = _insertion(RestrictionTable)
_LIFTED = Prepared(
    update(RestrictionTable)
    .where(
        RestrictionTable.key == bindparam("restricted"),
        RestrictionTable.lifted_at.is_(None),
        RestrictionTable.until > bindparam("ended"),
    )
    .values(lifted_at=bindparam("moment"), lifted_by=bindparam("by"))
)
_REWRITE = Prepared(
    update(EnquiryTable)
    .where(EnquiryTable.case_id == bindparam("case"), EnquiryTable.id == bindparam("enquiry"))
    .values(content_id=bindparam("content"))
)
_SHARED = Prepared(
    update(ContactPointTable).where(ContactPointTable.key == bindparam("shared_key")).values(shared=literal(1))
)
_GONE = Prepared(
    delete(ContentTable).where(
        ContentTable.id.in_(
            select(EnquiryTable.content_id).where(
                EnquiryTable.case_id == bindparam("case"), EnquiryTable.id == bindparam("enquiry")
            )
        )
    )
)
_REWRITTEN = Prepared(
    select(EnquiryTable.content_id).where(
        EnquiryTable.case_id == bindparam("case"), EnquiryTable.id == bindparam("enquiry")
    )
)
_KNOWN = Prepared(
    update(PartyTable)
    .where(PartyTable.case_id == bindparam("case"), PartyTable.alias == bindparam("party"))
    .values(
        key=bindparam("known_key"),
        urn=bindparam("known_urn"),
        name=bindparam("known_name"),
        citizen_id=bindparam("known_citizen"),
    )
)
_NAMED = Prepared(
    update(MessageTable).where(MessageTable.id == bindparam("message")).values(gateway_id=bindparam("name"))
)
_SENT = frozenset({"sent", "delivered", "read"})  # what a report tells may be known before the sending is recorded


class SqlTransaction(SqlReader):
    """Reads and writes within one connection's transaction."""

    def __init__(self, connection: Connection, contents: ContentStore) -> None:
        super().__init__(connection, contents)
        self._leases = Leases(connection, self._driver)
        self.erased: list[str] = []  # contents whose bytes outside of the database go when this is committed
        self._contradiction: type[Exception] = connection.dialect.loaded_dbapi.IntegrityError

    def save(self, plan: Plan) -> None:
        """
        Write a plan.

        Raises:
            ConflictError: a case has another version than the plan expects, or somebody else claimed first.
        """
        try:
            self._save(plan)
        except self._contradiction as exc:
            raise ConflictError("somebody else took this in, or claimed the contact point, first") from exc

    def _save(self, plan: Plan) -> None:
        for change in plan.changes:
            self._case(change)
        put = self._driver.many
        put(_EVENTS, [values for change in plan.changes for values in event_values(change)])
        put(_CONTENTS, [self._content_values(content) for content in plan.contents])
        self._claims(plan)
        put(_PARTIES, [party_values(row) for row in plan.parties])
        places = event_places(plan)
        put(_ENQUIRIES, [enquiry_values(row, places[row.id]) for row in plan.enquiries])
        put(_MESSAGES, [message_values(row, places[row.id]) for row in plan.messages])
        put(_TIMERS, [timer_values(row) for row in plan.timers])
        put(_EXTERNAL, [{"system": ref.system, "ref": ref.ref, "case_id": ref.case} for ref in plan.external_refs])
        for row in plan.party_changes:
            self._driver.run(_KNOWN, known_values(row))
        for rewrite in plan.enquiry_changes:
            self._rewrite(rewrite)
        if plan.message_changes:
            self._message_changes(plan)
        if plan.of_citizens:
            write_profiles(self._driver, plan)
        if plan.intake is not None and plan.outcome != "repeat":
            self._driver.run(_INTAKES, intake_values(plan.intake))

    def _case(self, change: CaseChange) -> None:
        case = change.case
        values = case_columns(case) | {"head": change.head, "document": case.model_dump_json(exclude_defaults=True)}
        if change.before == 0:
            self._driver.run(_NEW_CASE, {"id": case.id, **values})
            return
        if self._driver.run(_NEXT_CASE, {"case": case.id, "before": change.before, **values}) != 1:
            raise ConflictError(f"the case {case.reference} has changed since it was read")

    def _claims(self, plan: Plan) -> None:
        for claim in plan.claims:
            at = to_us(plan.changes[0].case.updated_at)
            self._driver.run(
                _CITIZENS, {"id": claim.citizen, "name": claim.name, "language": claim.language, "created_at": at}
            )
            self._driver.run(_POINTS, claim_values(claim, at))
        for key in plan.shared:
            self._driver.run(_SHARED, {"shared_key": key})

    def _rewrite(self, change: EnquiryChange) -> None:
        """Let another content hold an enquiry, and erase the one that did; its file goes when this is committed."""
        named = {"case": change.case, "enquiry": change.id}
        if (before := self._driver.first(_REWRITTEN, named)) is not None:
            self._driver.run(_GONE, named)
            self.erased.append(before[0])
        self._driver.run(_REWRITE, {**named, "content": change.content})

    def _message_changes(self, plan: Plan) -> None:
        assert plan.case is not None
        for change in plan.message_changes:
            values: dict[str, Any] = {"state": change.state, "code": change.code, "leased_until": None}
            if change.due_at is not None:
                values["due_at"] = to_us(change.due_at)
            if change.state in _SENT:
                values["sent_at"] = func.coalesce(MessageTable.sent_at, to_us(plan.case.updated_at))
            self._db.execute(update(MessageTable).where(MessageTable.id == change.id).values(values))

    def _content_values(self, content: Content) -> dict[str, Any]:
        return {
            "id": content.id,
            "case_id": content.case,
            "kind": content.kind,
            "media_type": content.media_type,
            "size_bytes": len(content.body),
            "salt": content.salt,
            "body": self._contents.put(content.id, content.body),
        }

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Give a part of the transaction that is undone by itself when an error leaves its `with`."""
        self._driver.plain("SAVEPOINT onestop_item")
        erased = len(self.erased)
        try:
            yield
        except BaseException:
            del self.erased[erased:]
            self._driver.plain("ROLLBACK TO SAVEPOINT onestop_item")
            self._driver.plain("RELEASE SAVEPOINT onestop_item")
            raise
        self._driver.plain("RELEASE SAVEPOINT onestop_item")

    def keep(self, content: Content) -> None:
        """Keep a content that belongs to no plan."""
        self._driver.run(_CONTENTS, self._content_values(content))

    def reject(self, record: RejectedRecord) -> None:
        """Keep a rejected intake, or the next state of one."""
        values = {
            "adapter": record.adapter,
            "received_at": to_us(record.received_at),
            "code": record.code,
            "reason": record.reason,
            "raw_id": record.raw,
            "attempts": record.attempts,
            "state": record.state,
        }
        done = self._db.execute(update(RejectedTable).where(RejectedTable.id == record.id).values(values))
        if done.rowcount == 0:
            self._db.execute(insert(RejectedTable), {"id": record.id, **values})

    def remember_policy(self, hash: str, source: bytes, now: datetime) -> None:  # noqa: A002 — the policy's hash
        """Keep a policy's source, and that it is the latest; one that is kept already stays as it is."""
        if self.policy_source(hash) is None:
            self._db.execute(insert(PolicyTable), {"hash": hash, "source": source, "first_used_at": to_us(now)})
        if (latest := self._latest_policy()) is None:
            self._db.execute(insert(MetaTable), {"key": LATEST_POLICY, "value": hash.encode()})
        elif latest != hash.encode():
            self._db.execute(update(MetaTable).where(MetaTable.key == LATEST_POLICY).values(value=hash.encode()))

    def secret(self, name: str, default: bytes) -> bytes:
        """Give a secret of the store; the first call's `default` becomes it."""
        kept = self._db.execute(select(MetaTable.value).where(MetaTable.key == name)).scalar()
        if kept is None:
            self._db.execute(insert(MetaTable), {"key": name, "value": default})
            return default
        return kept

    def restrict(self, record: RestrictionRecord, reason: Content) -> None:
        """Keep a restriction and its reason."""
        self.keep(reason)
        values = {"id": record.id, "key": record.urn.key, "urn": str(record.urn), "set_at": to_us(record.set_at)}
        values |= {"set_by": record.set_by, "until": to_us(record.until), "reason_id": reason.id}
        self._driver.run(_RESTRICTIONS, values | {"lifted_at": None, "lifted_by": None})

    def lift(self, key: str, *, by: str, now: datetime) -> int:
        """End the restrictions of a contact point that are in force; give how many there were."""
        values = {"restricted": key, "by": by, "moment": to_us(now), "ended": to_us(now)}
        return self._driver.run(_LIFTED, values)

    # -- the outbox --

    def claim_messages(
        self, channels: Sequence[str], now: datetime, until: datetime, limit: int
    ) -> tuple[Sequence[MessageRecord], Sequence[MessageRecord]]:
        """Lease messages of these channels that are due: (those to send, those in doubt)."""
        return self._leases.claim_messages(channels, now, until, limit)

    def begin_message(self, message: str, *, lease: datetime, until: datetime) -> bool:
        """Note that a leased message is about to be handed over; False: it is not leased so any more."""
        return self._leases.begin(message, lease=lease, until=until)

    def give_back(self, messages: Collection[str], *, lease: datetime) -> None:
        """End the lease of messages that were not begun."""
        self._leases.give_back(messages, lease=lease)

    def release_message(self, message: str, *, due_at: datetime, code: str, tried: bool = True) -> None:
        """Put a message back into the queue; without `tried`, as if it had not been taken from it."""
        self._leases.release(message, due_at=due_at, code=code, tried=tried)

    def sent(self, message: str, gateway_id: str | None) -> None:
        """Note under which id the gateway has a message."""
        self._driver.run(_NAMED, {"message": message, "name": gateway_id})

    # -- timers --

    def claim_timers(self, kinds: Sequence[str], now: datetime, until: datetime, limit: int) -> Sequence[TimerRecord]:
        """Lease timers of these kinds that are due; a kind that ends in `:` means all that begin so."""
        return self._leases.claim_timers(kinds, now, until, limit)

    def timer_done(self, timer: str) -> None:
        """Note that a timer has fired or was void."""
        self._db.execute(update(TimerTable).where(TimerTable.id == timer).values(done=1, leased_until=None))
