"""What must hold when something is written: all of it, or nothing, and only by who was first."""

from __future__ import annotations

import pytest

from onestop.core.plan import CaseChange, Plan
from onestop.errors import ConflictError
from onestop.stores.base import Store
from onestop.testing.stores.bench import MARY, Bench, undone

__all__ = ["SavingTests"]


class SavingTests:
    """Plans, conflicts, savepoints."""

    def test_a_saved_case_is_read_back_as_it_was_planned(self, bench: Bench) -> None:
        """Row, parties, enquiry, message and head are the plan's."""
        with bench.store.write() as tx:
            plan = bench.plan(tx, bench.text("Graffiti on the wall", source_id="SM1"))
            tx.save(plan)

        assert plan.case is not None
        facts = bench.facts(plan.case.reference)
        assert facts.case == plan.case
        assert facts.head == plan.changes[0].head
        assert [(party.alias, party.key) for party in facts.parties] == [(plan.parties[0].alias, MARY)]
        with bench.store.read() as reader:
            assert [(row.id, row.content) for row in reader.enquiries(plan.case.id)] == [
                (plan.enquiries[0].id, plan.enquiries[0].content)
            ]
            assert [(row.id, row.state, row.recipient) for row in reader.messages(plan.case.id)] == [
                (plan.messages[0].id, "queued", MARY)
            ]

    def test_the_history_is_kept_byte_for_byte(self, bench: Bench) -> None:
        """Events are the stored bytes: a chain over anything else would not hold."""
        with bench.store.write() as tx:
            plan = bench.plan(tx, bench.text("Graffiti"))
            tx.save(plan)

        with bench.store.read() as reader:
            stored = reader.events(plan.changes[0].case.id)
        assert [(event.seq, event.data, event.hash) for event in stored] == [
            (sealed.seq, sealed.data, sealed.hash) for sealed in plan.changes[0].events
        ]

    def test_a_case_is_found_by_reference_in_any_case_and_by_id(self, bench: Bench) -> None:
        """People write references as they hear them."""
        case = bench.open("Graffiti")

        with bench.store.read() as reader:
            found = [reader.case(key) for key in (case.reference, case.reference.lower(), case.id)]
            nothing = reader.case("SM-0000-0000")

        assert [facts.case for facts in found if facts] == [case] * 3
        assert nothing is None

    def test_a_case_that_changed_since_it_was_read_is_a_conflict(self, bench: Bench) -> None:
        """Whoever decided on an older version decides again."""
        case = bench.open("Graffiti")
        stale = CaseChange(case.version - 1, case, b"", ())
        before = bench.everything()

        with pytest.raises(ConflictError), bench.store.write() as tx:
            tx.save(Plan("recorded", case=case, changes=(stale,)))

        assert bench.everything() == before

    def test_a_case_that_is_opened_twice_is_a_conflict(self, bench: Bench) -> None:
        """Two cases never share a reference, and none is written over another."""
        case = bench.open("Graffiti")
        before = bench.everything()

        with pytest.raises(ConflictError), bench.store.write() as tx:
            tx.save(Plan("opened", case=case, changes=(CaseChange(0, case, b"", ()),)))

        assert bench.everything() == before

    def test_a_contact_point_that_somebody_claimed_first_is_a_conflict(self, bench: Bench) -> None:
        """Planned on the same view, two first enquiries would make two citizens of one person."""
        with bench.store.write() as tx:
            first = bench.plan(tx, bench.text("Graffiti", source_id="1"))
            second = bench.plan(tx, bench.text("A bin", source_id="2"))
            tx.save(first)

        with pytest.raises(ConflictError), bench.store.write() as tx:
            tx.save(second)

        assert bench.everything()["counts"]["citizens"] == 1

    def test_an_intake_that_somebody_took_in_first_is_a_conflict(self, bench: Bench) -> None:
        """Planned on the same view, one payload would open two cases."""
        enquiry = bench.text("Graffiti", sender=None, source_id="1")
        with bench.store.write() as tx:
            first, second = bench.plan(tx, enquiry), bench.plan(tx, enquiry, attempt=1)
            tx.save(first)

        with pytest.raises(ConflictError), bench.store.write() as tx:
            tx.save(second)

        assert bench.everything()["counts"]["cases"] == 1

    def test_an_external_reference_of_another_case_is_a_conflict(self, bench: Bench) -> None:
        """One id of another system is one case."""
        first, second = bench.open("Graffiti"), bench.open("A bin")
        bench.tie(first, "crm", "4711")

        with pytest.raises(ConflictError):
            bench.tie(second, "crm", "4711")

        with bench.store.read() as reader:
            found = reader.external("crm", "4711")
            nothing = reader.external("crm", "4712")
        assert found is not None
        assert found.case.id == first.id
        assert nothing is None

    def test_nothing_is_written_when_an_error_leaves_the_transaction(self, bench: Bench, store: Store) -> None:
        """All or nothing, whatever was done before the error."""
        bench.open("Graffiti")
        before = bench.everything()

        with undone(store.write()) as tx:
            tx.save(bench.plan(tx, bench.text("A bin")))
            tx.remember_policy("hash", b"source", bench.now)

        assert bench.everything() == before
        with store.read() as reader:
            assert reader.policy_source("hash") is None

    def test_a_savepoint_undoes_its_own_part_only(self, bench: Bench, store: Store) -> None:
        """What came before and after one bad item of many is kept."""
        with store.write() as tx:
            tx.save(bench.plan(tx, bench.text("Graffiti", source_id="1", sender=None)))
            with undone(tx.savepoint()):
                tx.save(bench.plan(tx, bench.text("A bin", source_id="2", sender=None)))
            with tx.savepoint():
                tx.save(bench.plan(tx, bench.text("A bin again", source_id="3", sender=None)))

        seen = bench.everything()
        assert seen["counts"]["cases"] == 2
        assert sorted(facts.case.service for facts in seen["cases"]) == ["bins", "graffiti"]
        assert bench.findings() == []

    def test_a_transaction_that_goes_on_after_a_conflict_keeps_what_it_saved(self, bench: Bench, store: Store) -> None:
        """A conflict inside a savepoint leaves the transaction usable: the item is planned again."""
        enquiry = bench.text("Graffiti", source_id="1")
        with store.write() as tx:
            first = bench.plan(tx, enquiry)
            tx.save(first)
            with pytest.raises(ConflictError), tx.savepoint():
                tx.save(first)
            again = bench.plan(tx, enquiry)

        assert again.outcome == "repeat"
        assert bench.everything()["counts"]["cases"] == 1

    def test_a_transaction_sees_what_it_wrote(self, bench: Bench, store: Store) -> None:
        """Later items of a batch join the cases that earlier ones opened."""
        with store.write() as tx:
            opened = bench.plan(tx, bench.text("Graffiti", source_id="1"))
            tx.save(opened)
            joined = bench.plan(tx, bench.text("It is blue", source_id="2"))

        assert opened.case is not None
        assert joined.outcome == "joined"
        assert joined.case is not None
        assert joined.case.id == opened.case.id
