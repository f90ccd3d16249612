"""Listings: filters, orders, pages; and the feed of changes."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.events import EnquiryReceived, MessageQueued, read_event
from onestop.errors import RequestError
from onestop.stores.base import CaseFilter, KeptEnquiry, Order
from onestop.testing.stores.bench import MARY, START, TOM, Bench, undone

__all__ = ["ListingTests"]

_LARGE = base64.urlsafe_b64encode(b'[%d, "a"]' % 10**30).decode()
_DEEP = base64.urlsafe_b64encode(b"[" * 99_999).decode()


class ListingTests:
    """`cases`, `changes`, and what belongs to one case or citizen."""

    @pytest.fixture
    def filled(self, bench: Bench) -> list[Case]:
        """Open four cases, a day apart: graffiti, a bin, graffiti, and one that nothing claims."""
        cases = []
        for number, words in enumerate(("Graffiti", "A bin", "Graffiti again", "Something")):
            sender = TOM if number == 3 else MARY
            cases.append(bench.take_in(bench.mail(words, f"{number}@example.org", sender=sender)))
            bench.pass_time(days=1)
        cases[0] = bench.act(cases[0], "assign", assignee="alice")
        cases[1] = bench.act(cases[1], "not_ours")
        return [bench.tie(cases[0], "crm", "4711"), *cases[1:]]

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (CaseFilter(), [0, 1, 2, 3]),
            (CaseFilter(services=("graffiti",)), [0, 2]),
            (CaseFilter(services=("graffiti", "bins")), [0, 1, 2]),
            (CaseFilter(providers=("contact-centre",)), [0, 1, 2, 3]),
            (CaseFilter(providers=("water",)), []),
            (CaseFilter(states=("assigned",)), [0]),
            (CaseFilter(state_types=("new", "closed")), [1, 2, 3]),
            (CaseFilter(assignee="alice"), [0]),
            (CaseFilter(assignee="bob"), []),
            (CaseFilter(priority_from=2), [0, 2]),
            (CaseFilter(opened_from=START + timedelta(days=1)), [1, 2, 3]),
            (CaseFilter(opened_before=START + timedelta(days=1)), [0]),
            (CaseFilter(due_before=START + timedelta(days=2, microseconds=1)), [0]),
            (CaseFilter(due_before=START + timedelta(days=2)), []),
            (CaseFilter(contact_key=Urn(TOM).key), [3]),
            (CaseFilter(external=("crm", "4711")), [0]),
            (CaseFilter(external=("crm", "4712")), []),
            (CaseFilter(services=("graffiti",), state_types=("new",)), [2]),
        ],
    )
    def test_a_filter_gives_the_cases_for_which_all_of_it_holds(
        self, bench: Bench, filled: list[Case], wanted: CaseFilter, expected: list[int]
    ) -> None:
        """Ends of periods are exclusive, beginnings inclusive."""
        with bench.store.read() as reader:
            page = reader.cases(wanted, after=None, limit=10)

        assert page.cases == tuple(filled[number] for number in expected)
        assert page.next is None

    def test_cases_that_are_not_closed_are_counted_by_where_they_stand(self, bench: Bench, filled: list[Case]) -> None:
        """In the order of service, provider and state; what is closed is no policy's matter any more."""
        with bench.store.read() as reader:
            tallies = reader.tallies()

        assert [(tally.service, tally.state, tally.cases) for tally in tallies] == [
            ("graffiti", "assigned", 1),
            ("graffiti", "new", 1),
            ("triage", "new", 1),
        ]

    def test_timers_that_wait_are_counted_by_kind_and_by_where_their_case_stands(
        self, bench: Bench, filled: list[Case]
    ) -> None:
        """One of another kind, one that was done, and those of closed cases are left out."""
        until = (START + timedelta(days=30)).isoformat()
        waiting = bench.act(filled[2], "wait_until", until=until)

        with bench.store.read() as reader:
            found = reader.timer_tallies("res")
            others = reader.timer_tallies("act:")

        assert [(tally.kind, tally.service, tally.state) for tally in found] == [("resume", "graffiti", waiting.state)]
        assert others == []

    def test_every_enquiry_is_read_once_in_the_order_of_cases(self, bench: Bench, filled: list[Case]) -> None:
        """Page by page, with its words, and whether it opened its case."""
        bench.take_in(bench.text("and by the bridge", source_id="more"))
        seen: list[KeptEnquiry] = []
        after = ("", "")
        while True:
            with bench.store.read() as reader:
                page = reader.kept_enquiries(after, 2)
            if not page:
                break
            seen += page
            after = (page[-1].case, page[-1].id)

        assert [(one.case, one.id) for one in seen] == sorted({(one.case, one.id) for one in seen})
        assert {one.case for one in seen if one.opened} >= {case.id for case in filled}
        assert all(one.body is not None for one in seen)

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("order", ["opened_at", "updated_at", "target_at", "priority"])
    def test_cases_come_in_the_order_asked_for(
        self, bench: Bench, filled: list[Case], order: Order, descending: bool
    ) -> None:
        """Those without a target stand behind those with one; a page begins where the last one ended."""
        with bench.store.read() as reader:
            at_once = reader.cases(CaseFilter(order=order, descending=descending), after=None, limit=10).cases
        paged = _pages(bench, CaseFilter(order=order, descending=descending), limit=1)

        values = [_place(case, order) for case in at_once]
        assert values == sorted(values, reverse=descending)
        assert {case.id for case in at_once} == {case.id for case in filled}
        assert paged == list(at_once)

    def test_pages_have_neither_gaps_nor_repeats_while_cases_are_added(self, bench: Bench) -> None:
        """A listing that somebody reads slowly is of what was there; what is new stands behind it."""
        there = [bench.open("Graffiti", source_id=str(number)) for number in range(7)]
        seen: list[Case] = []
        after: str | None = None
        while True:
            with bench.store.read() as reader:
                page = reader.cases(CaseFilter(order="opened_at", descending=True), after=after, limit=2)
            seen += page.cases
            bench.pass_time(seconds=1)
            bench.open("Graffiti", source_id=f"new {len(seen)}")
            if (after := page.next) is None:
                break

        assert sorted(case.id for case in seen) == sorted(case.id for case in there)

    def test_cases_of_one_moment_are_paged_through_too(self, bench: Bench) -> None:
        """Many share a moment when a backlog is taken in."""
        there = [bench.open("Graffiti", source_id=str(number)) for number in range(5)]

        seen = _pages(bench, CaseFilter(), limit=2)

        assert [case.id for case in seen] == sorted(case.id for case in there)

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "é",
            "W10",
            "WzEsMl0",
            "W251bGwsImEiXQ",
            "A" * 10_000,
            "Ww" * 5_000,
            "WzFlOTk5LCJhIl0",
            _LARGE,
            _DEEP,
        ],
    )
    def test_a_cursor_that_no_page_gave_is_refused(self, bench: Bench, cursor: str) -> None:
        """Whatever somebody puts into the address line."""
        with pytest.raises(RequestError), bench.store.read() as reader:
            reader.cases(CaseFilter(), after=cursor, limit=1)

    def test_changes_come_in_the_order_they_were_written(self, bench: Bench) -> None:
        """Over all cases, each case's own events in their order; from any position on."""
        first, second = bench.open("Graffiti"), bench.open("A bin")
        bench.note(first, "looked at")
        bench.note(second, "looked at")

        with bench.store.read() as reader:
            everything = reader.changes(0, 100)
            rest = reader.changes(everything[3].position, 100)
            some = reader.changes(everything[0].position, 2)

        positions = [event.position for event in everything]
        assert positions == sorted(set(positions))
        assert [(event.case, event.seq) for event in everything] == [
            (first.id, 1),
            (first.id, 2),
            (second.id, 1),
            (second.id, 2),
            (first.id, 3),
            (second.id, 3),
        ]
        assert rest == everything[4:]
        assert some == everything[1:3]

    def test_what_was_undone_is_in_no_feed(self, bench: Bench) -> None:
        """Who follows the feed never sees what did not happen, and misses nothing after it."""
        bench.open("Graffiti")
        with bench.store.read() as reader:
            cursor = reader.changes(0, 100)[-1].position
        with undone(bench.store.write()) as tx:
            tx.save(bench.plan(tx, bench.text("A bin", sender=None)))
        after = bench.open("Lamp is dark")

        with bench.store.read() as reader:
            new = reader.changes(cursor, 100)

        assert {event.case for event in new} == {after.id}

    def test_enquiries_and_messages_come_in_their_order(self, bench: Bench) -> None:
        """What was received or queued first stands first, in one moment too, and whatever became of it since."""
        case = bench.take_in(bench.text("Graffiti", source_id="0"))
        taken = [bench.take_in(bench.text("It is blue", source_id=str(number))) for number in range(1, 5)]
        for _ in range(4):
            bench.reply(case, "We are on our way.")
        with bench.store.write() as tx:
            claimed, _ = tx.claim_messages(("sms",), bench.now, bench.now + timedelta(minutes=5), 1)
            tx.release_message(claimed[0].id, due_at=bench.now + timedelta(hours=1), code="send")

        with bench.store.read() as reader:
            enquiries, messages = reader.enquiries(case.id), reader.messages(case.id)
            events = [read_event(stored.data) for stored in reader.events(case.id)]

        assert {each.id for each in taken} == {case.id}
        assert [row.id for row in enquiries] == [e.enquiry for e in events if isinstance(e, EnquiryReceived)]
        assert [row.id for row in messages] == [e.message for e in events if isinstance(e, MessageQueued)]

    def test_a_citizen_has_contact_points_and_cases(self, bench: Bench) -> None:
        """The newest case first, each once."""
        first = bench.take_in(bench.mail("Graffiti", "1@example.org"))
        bench.pass_time(days=1)
        second = bench.take_in(bench.mail("A bin", "2@example.org"))

        with bench.store.read() as reader:
            citizen = reader.citizen(Urn(TOM).key)
            nobody = reader.citizen(MARY)

        assert citizen is not None
        assert citizen.contact_points == (TOM,)
        assert citizen.shared == ()
        assert citizen.cases == (second.reference, first.reference)
        assert nobody is None

    def test_everything_is_counted(self, bench: Bench) -> None:
        """Each kind by itself."""
        case = bench.take_in(bench.text("Graffiti"))
        bench.note(case, "looked at")

        with bench.store.read() as reader:
            counts = reader.counts()

        assert counts == {"cases": 1, "enquiries": 1, "events": 4, "messages": 1, "citizens": 1, "rejected": 0}


def _place(case: Case, order: Order) -> Any:
    if order == "target_at":
        return (case.target_at is None, case.target_at or START)
    if order == "priority":
        return ("low", "normal", "high", "urgent").index(case.priority)
    return getattr(case, order)


def _pages(bench: Bench, wanted: CaseFilter, *, limit: int) -> list[Case]:
    seen: list[Case] = []
    after: str | None = None
    while True:
        with bench.store.read() as reader:
            page = reader.cases(wanted, after=after, limit=limit)
        seen += page.cases
        if (after := page.next) is None:
            return seen
