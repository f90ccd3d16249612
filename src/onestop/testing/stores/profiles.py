"""Citizens: their statements, contact points, the ledger, authorities and questions are written and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from onestop.core.citizen import CitizenDraft
from onestop.core.citizen_events import DetailStated
from onestop.core.plan import CitizenChange, FindCitizen, FindContact, FindProfile, FindQuestions, Plan, QuestionRow
from onestop.core.profile import Authority, Consent, Source
from onestop.errors import ConflictError
from onestop.stores.base import Store
from onestop.testing.stores.bench import ALICE, MARY, START, TOM, Bench

__all__ = ["ProfileTests"]

_SOURCE = Source(by=str(ALICE), at=START)


class ProfileTests:
    """`FindProfile` and what stands behind it."""

    def _change(self, bench: Bench, contact: str) -> CitizenChange:
        facts = bench.ask(FindCitizen(bench.ask(FindContact(contact, "sms")).citizen))
        draft = CitizenDraft(facts.citizen, facts.head)
        draft.add(DetailStated(detail="zone", value="Europe/London", at=START, by=str(ALICE)))
        return CitizenChange.of(draft)

    def test_a_statement_is_read_back_with_its_history(self, bench: Bench, store: Store) -> None:
        """The row says what the events say, and the contact point that there is something to ask for."""
        bench.take_in(bench.text("Graffiti"))
        change = self._change(bench, MARY)
        before = bench.ask(FindContact(MARY, "sms")).stated

        with store.write() as tx:
            tx.save(Plan("recorded", citizens=(change,)))

        facts = bench.ask(FindProfile(key=MARY))
        assert (facts.citizen, facts.head, facts.profile.zone) == (change.citizen, change.head, "Europe/London")
        assert (before, bench.ask(FindContact(MARY, "sms")).stated) == (False, True)
        with store.read() as reader:
            assert [(event.seq, event.hash) for event in reader.citizen_events(change.citizen.id)] == [
                (sealed.seq, sealed.hash) for sealed in change.events
            ]

    def test_of_two_who_changed_the_same_citizen_one_has_to_look_again(self, bench: Bench, store: Store) -> None:
        """The version is compared as it is set."""
        bench.take_in(bench.text("Graffiti"))
        change = self._change(bench, MARY)
        with store.write() as tx:
            tx.save(Plan("recorded", citizens=(change,)))

        with pytest.raises(ConflictError), store.write() as tx:
            tx.save(Plan("recorded", citizens=(change,)))

    def test_the_ledger_is_of_the_contact_point_whoever_holds_it(self, bench: Bench, store: Store) -> None:
        """An opt-out that came before anybody was known is known to who claims the contact point."""
        consent = Consent(
            id="k1",
            key=MARY,
            channel=None,
            purpose=None,
            service=None,
            case=None,
            given=False,
            wording=None,
            source=_SOURCE,
        )
        with store.write() as tx:
            tx.save(Plan("recorded", consents=(consent,)))
        nobodys = bench.ask(FindProfile(key=MARY))

        bench.take_in(bench.text("Graffiti"))

        assert (nobodys.citizen, nobodys.profile.consents) == (None, (consent,))
        assert bench.ask(FindProfile(key=MARY)).profile.consents == (consent,)
        assert bench.ask(FindContact(MARY, "sms")).stated
        with store.read() as reader:
            assert list(reader.consents(MARY)) == [consent]

    def test_an_authority_is_read_from_either_side(self, bench: Bench, store: Store) -> None:
        """And what became of it replaces what was."""
        bench.take_in(bench.text("Graffiti"))
        bench.take_in(bench.text("Graffiti", sender=TOM))
        holder, subject = (bench.ask(FindProfile(key=key)).citizen.id for key in (MARY, TOM.lower()))
        granted = Authority(id="h1", holder=holder, subject=subject, role="carer", since=START, source=_SOURCE)
        ended = granted.model_copy(update={"ended_at": START + timedelta(days=1)})
        with store.write() as tx:
            tx.save(Plan("recorded", authorities=(granted,)))
            tx.save(Plan("recorded", authorities=(ended,)))

        with store.read() as reader:
            assert list(reader.authorities(holder)) == list(reader.authorities(subject)) == [ended]

    def test_questions_come_the_newest_first_and_know_what_became_of_them(self, bench: Bench, store: Store) -> None:
        """The contact point says that it was asked, whatever became of the question."""
        bench.take_in(bench.text("Graffiti"))
        first = QuestionRow(MARY, "q1", "c1", "p1", START, START + timedelta(days=1), "open", "{}")
        second = replace(first, id="q2", asked_at=START + timedelta(hours=1))
        with store.write() as tx:
            tx.save(Plan("recorded", questions=(first, second)))
            tx.save(Plan("recorded", questions=(replace(first, state="answered"),)))

        assert bench.ask(FindQuestions(MARY)) == (second, replace(first, state="answered"))
        assert bench.ask(FindQuestions(MARY, limit=1)) == (second,)
        assert bench.ask(FindContact(MARY, "sms")).asked

    def test_the_outbox_lists_what_waits_in_the_order_it_is_due(self, bench: Bench, store: Store) -> None:
        """Page by page."""
        case = bench.take_in(bench.text("Graffiti"))
        for words in ("one", "two"):
            bench.pass_time(minutes=1)
            bench.reply(case, words)

        with store.read() as reader:
            listed = reader.outbox(("queued",), None, after=None, limit=100)
            rest = reader.outbox(("queued",), None, after=(listed[0].due_at, listed[0].id), limit=100)
            none = reader.outbox(("sent",), ("sms",), after=None, limit=100)

        assert [message.id for message in listed[1:]] == [message.id for message in rest]
        assert [message.due_at for message in listed] == sorted(message.due_at for message in listed)
        assert len(listed) >= 2
        assert list(none) == []
