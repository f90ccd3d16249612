"""`verify`: nothing to find where all is well, and every damage that a test plants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Delete, Engine, Executable, Update, delete, func, insert, select, update

from onestop.core.case import Case
from onestop.core.events import chain
from onestop.stores.tables import (
    CaseTable,
    ContentTable,
    EnquiryTable,
    EventTable,
    ExternalRefTable,
    MessageTable,
    PartyTable,
    TimerTable,
)
from onestop.testing.stores.bench import Bench

__all__ = ["VerifyingTests"]

Damage = Callable[[Case], Executable]


def _case(case: Case) -> Update:
    return update(CaseTable).where(CaseTable.id == case.id)


def _event(case: Case, seq: int) -> Update:
    return update(EventTable).where(EventTable.case_id == case.id, EventTable.seq == seq)


def _without(case: Case, *seqs: int) -> Delete:
    return delete(EventTable).where(EventTable.case_id == case.id, EventTable.seq.in_(seqs))


def _enquiry(case: Case) -> Update:
    return update(EnquiryTable).where(EnquiryTable.case_id == case.id)


def _message(case: Case) -> Update:
    return update(MessageTable).where(MessageTable.case_id == case.id)


def _content(case: Case, kind: str) -> Update:
    return update(ContentTable).where(ContentTable.case_id == case.id, ContentTable.kind == kind)


_DAMAGES: dict[str, tuple[str, Damage]] = {
    "a row says another service": (
        "row_differs",
        lambda case: _case(case).values(
            service="bins", document=func.replace(CaseTable.document, '"service":"graffiti"', '"service":"bins"')
        ),
    ),
    "a row's document is cut": ("row_differs", lambda case: _case(case).values(document='{"id": ')),
    "a row's document is of another case": ("row_differs", lambda case: _case(case).values(document=_other(case))),
    "a row names another last event": ("chain_broken", lambda case: _case(case).values(head=bytes(32))),
    "a row is gone": ("row_missing", lambda case: delete(CaseTable).where(CaseTable.id == case.id)),
    "an event's bytes changed": ("chain_broken", lambda case: _event(case, 2).values(data=b"{}")),
    "the last event's bytes changed": ("chain_broken", lambda case: _event(case, case.version).values(data=b"{}")),
    "an event's hash changed": ("chain_broken", lambda case: _event(case, 1).values(hash=bytes(32))),
    "the first event is gone": ("chain_broken", lambda case: _without(case, 1)),
    "an event in the middle is gone": ("chain_broken", lambda case: _without(case, 3)),
    "the last event is gone": ("chain_broken", lambda case: _without(case, case.version)),
    "all events are gone": ("row_differs", lambda case: _without(case, *range(1, case.version + 1))),
    "an event has another number": ("chain_broken", lambda case: _event(case, 2).values(seq=99)),
    "an event's row says another type": (
        "column_differs",
        lambda case: _event(case, 2).values(type="note_added"),
    ),
    "an event's row says another time": ("column_differs", lambda case: _event(case, 2).values(at=0)),
    "an event was added": ("chain_broken", lambda case: _added(case)),
    "a content's words changed": ("content_differs", lambda case: _content(case, "enquiry").values(body=b"{}")),
    "a note's words changed": ("content_differs", lambda case: _content(case, "note").values(body=b"{}")),
    "a message's words changed": ("content_differs", lambda case: _content(case, "message").values(body=b"{}")),
    "a content's salt changed": ("content_differs", lambda case: _content(case, "enquiry").values(salt=b"salt")),
    "an enquiry's row is gone": (
        "row_missing",
        lambda case: delete(EnquiryTable).where(EnquiryTable.case_id == case.id),
    ),
    "an enquiry's row says another party": ("row_differs", lambda case: _enquiry(case).values(party="p0")),
    "an enquiry's row names another content": ("row_differs", lambda case: _enquiry(case).values(content_id="d0")),
    "a message's row is gone": (
        "row_missing",
        lambda case: delete(MessageTable).where(MessageTable.case_id == case.id),
    ),
    "a message's row says it was sent": ("row_differs", lambda case: _message(case).values(state="sent")),
    "a message's row is of another channel": ("row_differs", lambda case: _message(case).values(channel="email")),
    "a timer's row is gone": ("row_missing", lambda case: delete(TimerTable).where(TimerTable.case_id == case.id)),
    "a timer's row says another time": (
        "row_differs",
        lambda case: update(TimerTable).where(TimerTable.case_id == case.id).values(due_at=0),
    ),
    "an external reference's row is gone": (
        "row_missing",
        lambda case: delete(ExternalRefTable).where(ExternalRefTable.case_id == case.id),
    ),
}


_COLUMNS: dict[str, object] = {
    "reference": "SM-0000-0000",
    "service": "bins",
    "provider": "mallory",
    "state": "closed",
    "state_type": "closed",
    "priority": 3,
    "assignee": "mallory",
    "opened_at": 0,
    "updated_at": 0,
    "target_at": None,
    "version": 99,
}


def _other(case: Case) -> str:
    return case.model_copy(update={"id": "c0", "reference": "SM-0000-0000"}).model_dump_json()


def _added(case: Case) -> Executable:
    """Add an event that fits the chain: whoever can write can compute a hash; the case does not name it, though."""
    note = EventTable.type == "note_added"
    return insert(EventTable).from_select(
        ["case_id", "seq", "type", "at", "data", "hash"],
        select(
            EventTable.case_id, EventTable.seq + 100, EventTable.type, EventTable.at, EventTable.data, EventTable.hash
        ).where(EventTable.case_id == case.id, note),
    )


class VerifyingTests:
    """What `verify` says of a store that is sound, of one that lost what may be erased, and of each damage."""

    @pytest.fixture
    def case(self, bench: Bench) -> Case:
        """Make a case with an enquiry, a message, a note, a timer and another system's id, and one beside it."""
        case = bench.take_in(bench.text("Graffiti"))
        bench.note(case, "looked at")
        bench.tie(case, "crm", "4711")
        bench.act(case, "wait_until", until=bench.pass_time(hours=-1).replace(year=2027).isoformat())
        bench.pass_time(hours=1)
        bench.open("A bin")
        return bench.facts(case.reference).case

    def test_there_is_nothing_to_find_in_a_sound_store(self, bench: Bench, case: Case) -> None:
        """Nor in an empty one, nor after messages were sent and cases merged."""
        with bench.store.read() as reader:
            message = reader.messages(case.id)[0]
        before = bench.findings()
        bench.message_result(case, message.id, "sent", gateway_id="SMout1")
        bench.act(case, "merge", into=bench.open("Lamp is dark"))

        assert before == []
        assert bench.findings() == []

    def test_there_is_nothing_to_find_in_an_empty_store(self, bench: Bench) -> None:
        """The first opening leaves nothing behind."""
        assert bench.findings() == []

    @pytest.mark.parametrize(("code", "damage"), _DAMAGES.values(), ids=_DAMAGES)
    def test_a_planted_damage_is_found(
        self, bench: Bench, case: Case, database: Engine, code: str, damage: Damage
    ) -> None:
        """With the case that it is in, and no other."""
        with database.begin() as connection:
            touched = connection.execute(damage(case))
            assert touched.rowcount, "the damage touched nothing"

        with bench.store.read() as reader:
            findings = list(reader.verify())

        assert code in {finding.code for finding in findings}
        assert {finding.reference for finding in findings} <= {case.reference, case.id, "SM-0000-0000"}

    @pytest.mark.parametrize("column", _COLUMNS)
    def test_a_column_that_says_something_else_is_found(
        self, bench: Bench, case: Case, database: Engine, column: str
    ) -> None:
        """Cases are looked up by it."""
        with database.begin() as connection:
            connection.execute(_case(case).values({column: _COLUMNS[column]}))

        assert bench.findings() == ["column_differs"]

    def test_an_event_that_cannot_be_read_is_found_though_its_chain_holds(
        self, bench: Bench, case: Case, database: Engine
    ) -> None:
        """A hash says that bytes are what was written, not that they make sense."""
        with bench.store.read() as reader:
            last, before = reader.events(case.id)[-1], reader.events(case.id)[-2]
        sealed = chain(before.hash, b"{}")

        with database.begin() as connection:
            connection.execute(_event(case, last.seq).values(data=b"{}", hash=sealed))
            connection.execute(_case(case).values(head=sealed))

        assert bench.findings() == ["event_unreadable"]

    def test_what_may_be_erased_is_not_missed(self, bench: Bench, case: Case, database: Engine) -> None:
        """Contents, parties, addresses and Message-IDs: the chain verifies without them."""
        with database.begin() as connection:
            connection.execute(delete(ContentTable).where(ContentTable.case_id == case.id))
            connection.execute(delete(PartyTable).where(PartyTable.case_id == case.id))
            connection.execute(_enquiry(case).values(message_id=None))
            connection.execute(_message(case).values(urn=None, key=None))

        findings = bench.findings()

        assert findings == []
        with bench.store.read() as reader:
            assert [reader.content(row.content) for row in reader.enquiries(case.id)] == [None]
            assert [row.recipient for row in reader.messages(case.id)] == [None]
            assert reader.parties(case.id) == []
        assert bench.facts(case.reference).case == case
