"""Telephones and addresses that used to be somebody else's: who has them now is told nothing, and answers nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onestop import Actor, Desk, Policy, open_store
from onestop.gateways import CollectingSender

from .conftest import ADAPTERS
from .payloads import MARY_URN, Clock, Payloads
from .test_questions import Texting


@pytest.fixture
def mary(desk: Desk, payloads: Payloads, clock: Clock) -> Texting:
    return Texting(desk, payloads, clock)


def test_who_has_the_telephone_now_does_not_write_into_the_last_ones_case(mary: Texting, alice: Actor) -> None:
    old = mary.text("graffiti on the bridge")
    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)

    new = mary.text("graffiti on the bridge, too")

    assert (new.outcome, new.reference != old.reference) == ("opened", True)
    assert mary.desk.citizens.get(MARY_URN).id not in {row.citizen for row in mary.desk.case(old.reference).parties()}
    assert list(mary.desk.verify()) == []


def test_who_has_the_telephone_now_does_not_answer_what_the_last_one_was_asked(mary: Texting, alice: Actor) -> None:
    old = mary.text("graffiti on the bridge")
    question = mary.desk.questions.ask(old.reference, "Is it still there?", by=alice)
    mary.desk.run_due()
    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)

    new = mary.text("yes")

    assert new.reference != old.reference
    assert mary.desk.questions.open(old.reference) == (question,)
    assert mary.happened(old.reference, "question_answered") == []


def test_a_quoted_reference_of_who_had_the_telephone_before_is_for_a_person(mary: Texting, alice: Actor) -> None:
    old = mary.text("graffiti on the bridge")
    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)

    new = mary.text(f"what about {old.reference}")

    assert new.reference != old.reference
    assert new.candidates == (old.reference,)


def test_an_address_that_was_taken_off_by_mistake_answers_as_before(mary: Texting, alice: Actor) -> None:
    case = mary.text("graffiti on the bridge")
    mary.desk.questions.ask(case.reference, "Is it still there?", by=alice)
    mary.desk.run_due()
    who = mary.desk.citizens.get(MARY_URN).id
    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)
    mary.desk.citizens.add_contact_point(who, MARY_URN, by=alice)

    answer = mary.text("yes")

    assert answer.reference == case.reference
    assert [each.option for each in mary.happened(case.reference, "question_answered")] == ["yes"]


def test_what_answers_a_question_that_was_taken_back_answers_no_other(mary: Texting, alice: Actor) -> None:
    case = mary.text("graffiti on the bridge")
    first = mary.desk.questions.ask(case.reference, "Which?", by=alice, options={"left": "Left", "right": "Right"})
    mary.desk.run_due()
    mary.desk.questions.withdraw(case.reference, first, by=alice)
    second = mary.desk.questions.ask(case.reference, "Which?", by=alice, options={"right": "Right", "left": "Left"})

    mary.text("1")

    assert [option.number for option in second.options] == [3, 4]
    assert mary.desk.questions.open(case.reference) == (second,)
    assert mary.desk.case(case.reference).flags == ("answer_review", "photo_wanted")


def test_a_question_that_never_left_gives_its_numbers_back(mary: Texting, alice: Actor) -> None:
    case = mary.text("graffiti on the bridge")
    first = mary.desk.questions.ask(case.reference, "Which?", by=alice, options={"left": "Left", "right": "Right"})
    mary.desk.questions.withdraw(case.reference, first, by=alice)

    second = mary.desk.questions.ask(case.reference, "Which?", by=alice, options={"right": "Right", "left": "Left"})

    assert [option.number for option in second.options] == [1, 2]


def test_two_answers_at_once_are_one_answer(tmp_path: Path, policy: Policy, clock: Clock, alice: Actor) -> None:
    url, payloads = f"sqlite:///{tmp_path}/onestop.db", Payloads(clock)
    stores = [open_store(url) for _ in range(2)]
    desks = [Desk(store, policy, ADAPTERS, clock=clock) for store in stores]
    (case,) = desks[0].receive(*payloads.text("graffiti on the bridge"))
    desks[0].questions.ask(case.reference, "Which?", by=alice, options={"left": "Left", "right": "Right"})
    texts = [payloads.text(words) for words in ("1", "2")]

    with ThreadPoolExecutor(2) as pool:
        receipts = list(pool.map(lambda pair: pair[0].receive(*pair[1])[0], zip(desks, texts, strict=True)))

    kinds = [event.type for event in desks[0].case(case.reference).events()]
    assert [receipt.reference for receipt in receipts] == [case.reference] * 2
    assert sorted(receipt.how for receipt in receipts) == ["question", "question_again"]
    assert kinds.count("question_answered") == 1
    assert "answer_review" in desks[0].case(case.reference).flags
    assert list(desks[0].verify()) == []
    for store in stores:
        store.close()


# -- what leaves -------------------------------------------------------------------------------------------------------


def test_what_waits_does_not_leave_to_a_telephone_that_is_theirs_no_longer(
    mary: Texting, alice: Actor, sender: CollectingSender
) -> None:
    case = mary.text("graffiti on the bridge")
    mary.desk.reply(case.reference, text="It is painted over on Friday.", by=alice)
    sender.sent.clear()

    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)
    mary.desk.run_due()
    mary.desk.run_due()

    assert sender.sent == []
    assert "denied" in [state for _, state in mary.desk.case(case.reference).messages()]
    assert "letter_wanted" in mary.desk.case(case.reference).flags
    assert list(mary.desk.verify()) == []


def test_what_waits_goes_to_the_address_that_is_left_and_never_to_who_has_the_telephone_now(
    mary: Texting, alice: Actor, sender: CollectingSender
) -> None:
    case, tom = mary.text("graffiti on the bridge"), mary.text("a pothole in Elm Road", sender="07700 900102")
    who = mary.desk.citizens.get(MARY_URN).id
    mary.desk.citizens.add_contact_point(who, "mailto:mary@mail.example", by=alice)
    mary.desk.citizens.verify("mailto:mary@mail.example", by=alice)
    mary.desk.reply(case.reference, text="It is painted over on Friday.", by=alice)
    sender.sent.clear()

    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)
    mary.desk.citizens.add_contact_point("tel:+447700900102", MARY_URN, by=alice)
    mary.desk.run_due()
    mary.desk.run_due()

    assert [str(message.recipient) for message, _ in sender.sent] == ["mailto:mary@mail.example"]
    assert mary.desk.case(tom.reference).state_type == "new"


def test_an_answer_is_not_written_to_who_has_the_telephone_now(
    mary: Texting, alice: Actor, sender: CollectingSender
) -> None:
    case = mary.text("graffiti on the bridge")
    mary.desk.citizens.remove_contact_point(MARY_URN, by=alice)
    mary.text("a pothole in Elm Road")
    sender.sent.clear()

    mary.desk.reply(case.reference, text="It is painted over on Friday.", by=alice)
    mary.desk.run_due()

    assert sender.sent == []
    assert list(mary.desk.verify()) == []
