"""The answers to the core's questions."""

from __future__ import annotations

from datetime import datetime, timedelta

from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.enquiry import Enquiry
from onestop.core.plan import (
    Ask,
    ContactFacts,
    FindCases,
    FindContact,
    FindIntake,
    FindMessage,
    FindMessageIds,
    FindReferences,
)
from onestop.core.repeats import intake_identity
from onestop.testing.stores.bench import MARY, START, TOM, Bench

__all__ = ["AskingTests"]

_MINUTE = timedelta(minutes=1)


class AskingTests:
    """`answer`, one query type after another."""

    def test_an_intake_is_found_by_its_identity(self, bench: Bench) -> None:
        """The same adapter, source id and content was taken in before."""
        enquiry = bench.text("Graffiti", source_id="SM1")
        case = bench.take_in(enquiry)

        found = bench.ask(_intake(enquiry))

        assert found.same is not None
        assert (found.same.case, found.same.adapter, found.same.source_id) == (case.id, "texts", "SM1")
        assert not found.same_source_id

    def test_a_source_id_with_other_content_is_told_apart(self, bench: Bench) -> None:
        """Senders reuse ids: that is no repeat, but worth knowing."""
        bench.take_in(bench.text("Graffiti", source_id="SM1"))

        found = bench.ask(_intake(bench.text("A bin", source_id="SM1")))
        of_another_adapter = bench.ask(
            _intake(bench.text("A bin", source_id="SM1").model_copy(update={"adapter": "other"}))
        )

        assert (found.same, found.same_source_id) == (None, True)
        assert (of_another_adapter.same, of_another_adapter.same_source_id) == (None, False)

    def test_content_without_a_source_id_counts_within_the_window_only(self, bench: Bench) -> None:
        """The same words a minute later are a double click; a day later they are a new enquiry."""
        enquiry = bench.text("Graffiti")
        bench.take_in(enquiry)
        later = enquiry.model_copy(update={"received_at": START + timedelta(seconds=30)})

        instant = timedelta(microseconds=1)

        within = bench.ask(_intake(later, since=START, until=START))
        before = bench.ask(_intake(later, since=START - _MINUTE, until=START - instant))
        beyond = bench.ask(_intake(later, since=START + instant))
        other = bench.ask(_intake(bench.text("Graffiti again"), since=START))

        assert within.same is not None
        assert within.same.digest == enquiry.digest
        assert (before.same, beyond.same) == (None, None)
        assert other.same is None

    def test_an_unknown_contact_point_has_nothing(self, bench: Bench) -> None:
        """Nobody has been seen with it."""
        bench.take_in(bench.text("Graffiti"))

        assert bench.ask(FindContact("tel:+447700900199", "sms")) == ContactFacts()

    def test_a_contact_point_gives_its_open_cases_the_last_changed_first(self, bench: Bench) -> None:
        """Closed ones are left out, and of many only so many are given."""
        cases: list[Case] = []
        for words in ("Graffiti", "A bin", "Lamp is dark"):
            bench.pass_time(hours=25)
            cases.append(bench.take_in(bench.mail(words, f"{len(cases)}@example.org")))
        bench.pass_time(hours=1)
        bench.note(cases[0], "looked at")
        bench.act(cases[1], "not_ours")

        found = bench.ask(FindContact(Urn(TOM).key, "email"))
        limited = bench.ask(FindContact(Urn(TOM).key, "email", limit=1))

        assert [facts.case.id for facts in found.cases] == [cases[0].id, cases[2].id]
        assert [facts.case.id for facts in limited.cases] == [cases[0].id]
        assert found.citizen is not None
        assert found.cases[0].parties[0].citizen == found.citizen

    def test_a_contact_point_is_found_whatever_the_case_of_its_local_part(self, bench: Bench) -> None:
        """It is asked for by its key."""
        case = bench.take_in(bench.mail("Graffiti", "1@example.org"))

        found = bench.ask(FindContact(Urn("mailto:TOM.PRICE@example.org").key, "email"))

        assert [facts.case.id for facts in found.cases] == [case.id]

    def test_a_contact_point_of_two_people_is_shared(self, bench: Bench) -> None:
        """A second name that has no word in common with the first says so."""
        bench.take_in(bench.text("Graffiti", sender_name="Mary Jones", source_id="1"))
        before = bench.ask(FindContact(MARY, "sms"))
        bench.take_in(bench.text("A bin", sender_name="Tom Price", source_id="2"))

        after = bench.ask(FindContact(MARY, "sms"))

        assert (before.name, before.shared) == ("Mary Jones", False)
        assert after.shared

    def test_a_contact_point_knows_what_was_sent_to_it_last(self, bench: Bench) -> None:
        """On the channel asked about, when it was sent, even about a case that is closed."""
        case = bench.take_in(bench.text("Graffiti"))
        with bench.store.read() as reader:
            message = reader.messages(case.id)[0]
        queued = bench.ask(FindContact(MARY, "sms"))
        sent_at = bench.pass_time(minutes=5)
        bench.message_result(case, message.id, "sent")
        bench.act(case, "not_ours")

        found, elsewhere = bench.ask(FindContact(MARY, "sms")), bench.ask(FindContact(MARY, "email"))

        assert (queued.last_message_case, queued.last_message_at) == (None, None)
        assert (found.last_message_case, found.last_message_at) == (case.id, sent_at)
        assert [facts.case.id for facts in found.cases] == [case.id]
        assert (elsewhere.last_message_case, elsewhere.cases) == (None, ())

    def test_references_give_the_cases_that_there_are(self, bench: Bench) -> None:
        """Those that there are not are left out."""
        first, second = bench.open("Graffiti"), bench.open("A bin")

        found = bench.ask(FindReferences((first.reference, "SM-0000-0000", second.reference)))

        assert {facts.case.id for facts in found} == {first.id, second.id}

    def test_message_ids_give_the_cases_of_enquiries_and_of_our_own_messages(self, bench: Bench) -> None:
        """Ours are written `id@our.domain`; theirs as they came."""
        theirs = bench.take_in(bench.mail("Graffiti", "abc@mail.example"))
        ours = bench.take_in(bench.text("A bin", sender="tel:+447700900102"))
        with bench.store.read() as reader:
            message = reader.messages(ours.id)[0]

        found = bench.ask(FindMessageIds(("abc@mail.example", f"{message.id}@saltmarsh.example", "no@where.example")))

        assert {message_id: facts.case.id for message_id, facts in found.items()} == {
            "abc@mail.example": theirs.id,
            f"{message.id}@saltmarsh.example": ours.id,
        }

    def test_a_message_id_that_is_used_again_stays_the_first_ones(self, bench: Bench) -> None:
        """Also where the second one is of a case that is older."""
        older = bench.take_in(bench.mail("A bin", "older@mail.example", sender="mailto:eve@mail.example"))
        bench.pass_time(hours=1)
        first = bench.take_in(bench.mail("Graffiti", "abc@mail.example"))
        with bench.store.read() as reader:
            ours = f"{reader.messages(first.id)[0].id}@saltmarsh.example"
        bench.pass_time(hours=1)
        for copied in ("abc@mail.example", ours):
            again = bench.mail("More", copied, sender="mailto:eve@mail.example", in_reply_to="older@mail.example")
            assert bench.take_in(again).id == older.id

        found = bench.ask(FindMessageIds(("abc@mail.example", ours)))

        assert {facts.case.id for facts in found.values()} == {first.id}

    def test_a_message_id_that_very_many_mails_have_names_none(self, bench: Bench) -> None:
        """Machines give all their mails one."""
        senders = [f"mailto:sender{number}@mail.example" for number in range(25)]
        for sender in senders:
            bench.take_in(bench.mail("A bin", "same@mail.example", sender=sender))

        found = bench.ask(FindMessageIds(("same@mail.example",)))

        assert found == {}

    def test_cases_are_given_with_those_that_took_their_place(self, bench: Bench) -> None:
        """Merged into one that was merged itself: to the end."""
        first, second, third = bench.open("Graffiti"), bench.open("A bin"), bench.open("Lamp is dark")
        bench.act(first, "merge", into=second)
        bench.act(second, "merge", into=third)

        found = bench.ask(FindCases((first.id,)))

        assert {facts.case.id for facts in found} == {first.id, second.id, third.id}

    def test_a_message_is_found_by_our_id_and_by_the_gateways(self, bench: Bench) -> None:
        """With or without the domain, for the recipient that it went to."""
        case = bench.take_in(bench.text("Graffiti"))
        with bench.store.read() as reader:
            message = reader.messages(case.id)[0]
        bench.message_result(case, message.id, "sent", gateway_id="SMout1")

        by_ours, by_message_id, by_gateway = (
            bench.ask(FindMessage(key, MARY)) for key in (message.id, f"{message.id}@saltmarsh.example", "SMout1")
        )

        assert by_ours is not None
        assert (by_ours.id, by_ours.state, by_ours.case.case.id) == (message.id, "sent", case.id)
        assert by_ours == by_message_id == by_gateway

    def test_a_message_is_not_found_for_another_recipient(self, bench: Bench) -> None:
        """A report that names another one is not about this message; one that names none is."""
        case = bench.take_in(bench.text("Graffiti"))
        with bench.store.read() as reader:
            message = reader.messages(case.id)[0]

        assert bench.ask(FindMessage(message.id, Urn(TOM).key)) is None
        assert bench.ask(FindMessage(message.id, None)) is not None
        assert bench.ask(FindMessage("m0", None)) is None
        assert bench.ask(FindMessage("", None)) is None

    def test_every_question_of_one_ask_is_answered(self, bench: Bench) -> None:
        """Each by itself, however many are asked at once."""
        case = bench.take_in(bench.text("Graffiti"))
        contact, references = FindContact(MARY, "sms"), FindReferences((case.reference,))

        with bench.store.read() as reader:
            answers = reader.answer(Ask((contact, references)))

        assert set(answers) == {contact, references}


def _intake(enquiry: Enquiry, since: datetime | None = None, until: datetime | None = None) -> FindIntake:
    start, end = since or enquiry.received_at - _MINUTE, until or enquiry.received_at + _MINUTE
    return FindIntake(intake_identity(enquiry), enquiry.adapter, enquiry.source_id, enquiry.digest, start, end)
