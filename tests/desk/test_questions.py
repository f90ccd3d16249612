"""Questions with closed answers: asked, answered by text or by phone, late, twice, by somebody else, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Actor, Desk, Policy, open_store
from onestop.core.events import MessageQueued
from onestop.desk.receipt import Receipt
from onestop.errors import NotFoundError, PolicyError, RequestError
from onestop.gateways import CollectingSender
from onestop.policy import compile_policy

from .conftest import _POLICY, ADAPTERS
from .payloads import MARY, MARY_URN, START, Clock, Payloads


@dataclass
class Texting:
    """Somebody with a telephone, and the desk that they text."""

    desk: Desk
    payloads: Payloads
    clock: Clock

    def text(self, words: str, *, sender: str = MARY, hours: float = 0) -> Receipt:
        self.clock.pass_time(hours=hours)
        (receipt,) = self.desk.receive(*self.payloads.text(words, sender=sender))
        self.desk.run_due()
        return receipt

    def told(self, reference: str | None) -> list[str]:
        """Give the templates of what was queued about a case."""
        events = self.desk.case(reference).events()
        return [event.template or "" for event in events if isinstance(event, MessageQueued)]

    def happened(self, reference: str | None, kind: str) -> list[Any]:
        return [event for event in self.desk.case(reference).events() if event.type == kind]


@pytest.fixture
def mary(desk: Desk, payloads: Payloads, clock: Clock) -> Texting:
    return Texting(desk, payloads, clock)


@dataclass
class Doubt:
    """A text that may be about either of two cases."""

    graffiti: str
    pothole: str
    unclear: str

    @property
    def first(self) -> str:
        """The number of the pothole: it was written about last."""
        return "1"


@pytest.fixture
def doubt(mary: Texting) -> Doubt:
    graffiti, pothole = mary.text("graffiti on the bridge"), mary.text("a pothole in Elm Road", hours=1)
    unclear = mary.text("any news?", hours=20)
    assert graffiti.reference
    assert pothole.reference
    assert unclear.reference
    return Doubt(graffiti.reference, pothole.reference, unclear.reference)


# -- which case is this text about? ------------------------------------------------------------------------------------


def test_who_texts_what_may_be_about_two_cases_is_asked_which(
    mary: Texting, doubt: Doubt, sender: CollectingSender
) -> None:
    (question,) = mary.desk.questions.open(doubt.unclear)

    assert [option.reference for option in question.options] == [doubt.pothole, doubt.graffiti, None]
    assert mary.told(doubt.unclear) == ["which_case"]  # and no acknowledgement beside
    assert f"2: Graffiti, {doubt.graffiti}" in sender.sent[-1][0].text
    assert mary.desk.case(doubt.unclear).flags == ("match_review",)
    assert mary.desk.questions.open(contact_point=MARY_URN) == (question,)


def test_the_case_goes_into_the_one_that_the_citizen_names(mary: Texting, doubt: Doubt) -> None:
    answer = mary.text("2")

    unclear, graffiti = mary.desk.case(doubt.unclear), mary.desk.case(doubt.graffiti)
    assert (answer.outcome, answer.reference, answer.how) == ("joined", doubt.graffiti, "question")
    assert unclear.state_type == "closed"
    assert unclear.record.merged_into == graffiti.record.id
    assert (unclear.record.questions, unclear.flags, unclear.candidates) == ((), (), ())
    assert [each.text for each in graffiti.enquiries()] == ["graffiti on the bridge", "2"]
    assert "any news?" in [entry.text for entry in graffiti.timeline()]
    (answered,) = mary.happened(doubt.unclear, "question_answered")
    assert answered.by.startswith("citizen:")
    assert list(mary.desk.verify()) == []


def test_what_texts_ask_and_answer_is_logged_once_it_is_saved(logs: list[Any], mary: Texting, doubt: Doubt) -> None:
    mary.text("2")

    said = [line for line in logs if line["event"].startswith("question.")]
    assert [(line["event"], line["case"]) for line in said] == [
        ("question.asked", doubt.unclear),
        ("question.answered", doubt.unclear),
    ]
    assert said[0]["question"] == said[1]["question"]


def test_what_the_answer_joined_can_be_undone(mary: Texting, doubt: Doubt, alice: Actor) -> None:
    mary.text("2")

    undone = mary.desk.unmerge(doubt.unclear, by=alice)

    assert undone.state_type == "new"
    assert undone.flags == ("match_review",)
    assert {candidate.reference for candidate in undone.candidates} == {doubt.graffiti, doubt.pothole}


def test_something_else_stays_a_case_of_its_own_and_is_acknowledged(mary: Texting, doubt: Doubt) -> None:
    answer = mary.text("something else")

    case = mary.desk.case(doubt.unclear)
    assert answer.reference == doubt.unclear
    assert (case.flags, case.candidates, case.state_type) == ((), (), "new")
    assert {(link.reference, link.kind) for link in case.links} == {
        (doubt.graffiti, "separate"),
        (doubt.pothole, "separate"),
    }
    assert mary.told(doubt.unclear) == ["which_case", "acknowledgement"]


def test_what_is_not_understood_is_asked_once_more_and_then_a_person_looks(mary: Texting, doubt: Doubt) -> None:
    once, twice = mary.text("what do you mean"), mary.text("I do not know")

    assert (once.reference, twice.reference) == (doubt.unclear, doubt.unclear)
    assert mary.told(doubt.unclear) == ["which_case", "not_understood"]
    assert "match_review" in mary.desk.case(doubt.unclear).flags
    assert mary.text("1").reference == doubt.pothole


def test_an_answer_that_says_more_is_a_case_that_a_person_looks_at(mary: Texting, doubt: Doubt) -> None:
    more = mary.text("1 but there is graffiti on the library, too")

    case = mary.desk.case(more.reference)
    assert case.service == "graffiti"
    assert "match_review" in case.flags
    assert {doubt.unclear, doubt.pothole} <= {candidate.reference for candidate in case.candidates}
    assert mary.desk.questions.open(doubt.unclear) != ()


def test_another_matter_is_no_answer(mary: Texting, doubt: Doubt) -> None:
    deep = mary.text("The pothole at the library is deep", sender=MARY, hours=30)

    assert (deep.outcome, deep.service) == ("opened", "potholes")
    assert mary.desk.questions.open(doubt.unclear) != ()


def test_who_is_in_danger_is_not_asked_about_their_other_cases(mary: Texting, doubt: Doubt) -> None:
    gas = mary.text("I smell gas")

    assert (gas.how, mary.desk.case(gas.reference).priority) == ("same_or_another", "urgent")
    assert mary.told(gas.reference) == ["acknowledgement"]


def test_an_answer_that_comes_late_is_taken_as_long_as_nobody_decided(mary: Texting, doubt: Doubt) -> None:
    mary.clock.pass_time(hours=49)
    mary.desk.run_due()
    lapsed = mary.desk.case(doubt.unclear)

    answer = mary.text("2", hours=24)

    assert lapsed.record.questions == ()
    assert lapsed.flags == ("match_review",)
    assert answer.reference == doubt.graffiti
    (answered,) = mary.happened(doubt.unclear, "question_answered")
    assert answered.late is True


def test_an_answer_beyond_the_days_of_grace_is_a_text_like_any_other(mary: Texting, doubt: Doubt) -> None:
    answer = mary.text("2", hours=24 * 8)

    assert answer.how == "several_open"
    assert mary.desk.case(doubt.unclear).state_type == "new"


def test_an_answer_that_is_given_twice_does_nothing_twice(mary: Texting, doubt: Doubt) -> None:
    mary.text("2")
    again = mary.text("2")

    assert (again.reference, again.how) == (doubt.graffiti, "question_again")
    assert "answer_review" not in mary.desk.case(doubt.graffiti).flags
    assert len(mary.happened(doubt.unclear, "question_answered")) == 1


def test_who_changes_their_mind_is_read_by_a_person(mary: Texting, doubt: Doubt) -> None:
    mary.text("2")
    other = mary.text("1")

    assert (other.reference, other.how) == (doubt.graffiti, "question_again")
    assert "answer_review" in mary.desk.case(doubt.graffiti).flags


def test_an_answer_after_a_worker_decided_is_kept_where_they_decided(mary: Texting, doubt: Doubt, alice: Actor) -> None:
    mary.desk.questions.resolve(doubt.unclear, belongs_to=doubt.pothole, by=alice)

    same, other = mary.text("1"), mary.text("2")

    assert (same.reference, other.reference) == (doubt.pothole, doubt.pothole)
    assert "answer_review" in mary.desk.case(doubt.pothole).flags  # by the second one


def test_an_answer_to_a_question_that_was_taken_back_changes_nothing(mary: Texting, doubt: Doubt, alice: Actor) -> None:
    (question,) = mary.desk.questions.open(doubt.unclear)
    mary.desk.questions.withdraw(doubt.unclear, question, by=alice)

    mary.text("2")

    assert mary.happened(doubt.unclear, "question_answered") == []
    assert mary.desk.case(doubt.unclear).state_type == "new"
    assert mary.desk.case(doubt.unclear).flags == ("answer_review", "match_review")


def test_two_open_questions_are_told_apart_by_their_numbers(mary: Texting, doubt: Doubt) -> None:
    second = mary.text("graffiti again, on the same bridge", hours=1)
    (question,) = mary.desk.questions.open(second.reference)

    answer = mary.text(str(question.options[0].number))

    assert [option.number for option in question.options] == [4, 5]
    assert answer.reference == doubt.graffiti
    assert mary.desk.case(second.reference).state_type == "closed"
    assert mary.desk.questions.open(doubt.unclear) != ()


def test_of_two_people_on_one_telephone_neither_is_asked_and_no_answer_counts(mary: Texting) -> None:
    mary.desk.receive(*mary.payloads.call("About the hedge", name="Mary Jones"))
    mary.text("graffiti on the bridge")
    unclear = mary.text("any news?", hours=20)
    (question,) = mary.desk.questions.open(unclear.reference)
    mary.desk.receive(*mary.payloads.call("About the hedge", name="Tom Price"))

    answer = mary.text("1")
    again = mary.text("hello?", hours=30)

    case = mary.desk.case(answer.reference)
    assert (answer.how, case.flags) == ("question_unsure", ("match_review",))
    assert {unclear.reference, question.options[0].reference} <= {each.reference for each in case.candidates}
    assert "which_case" not in mary.told(again.reference)
    assert mary.desk.case(unclear.reference).state_type == "new"


def test_nobody_is_asked_more_often_than_the_council_says(mary: Texting, doubt: Doubt) -> None:
    for number in range(4):
        mary.text(f"graffiti once more, no. {number}", hours=0.1)

    asked = sum("which_case" in mary.told(case.reference) for case in mary.desk.cases(contact_point=MARY_URN))

    assert asked == mary.desk.policy.council.questions.daily


def test_who_said_stop_is_asked_nothing(mary: Texting) -> None:
    mary.text("graffiti on the bridge")
    mary.text("a pothole in Elm Road", hours=1)
    mary.text("STOP", hours=1)
    unclear = mary.text("any news?", hours=30)

    sent = [message for message, state in mary.desk.case(unclear.reference).messages() if state == "sent"]

    assert sent == []


# -- what workers ask, note and decide ---------------------------------------------------------------------------------


def test_a_worker_asks_and_the_text_that_answers_is_noted(mary: Texting, alice: Actor) -> None:
    case = mary.text("graffiti on the bridge").reference
    assert case is not None
    days: dict[str, str | dict[str, str]] = {"monday": "Monday", "tuesday": {"en": "Tuesday", "cy": "Dydd Mawrth"}}
    question = mary.desk.questions.ask(case, "When are you in?", options=days, by=alice)

    answer = mary.text("dydd Mawrth")

    assert answer.reference == case
    (answered,) = mary.happened(case, "question_answered")
    assert (answered.question, answered.option) == (question.id, "tuesday")
    assert mary.desk.questions.open(case) == ()


def test_nobody_answering_shows_the_case_to_a_person(mary: Texting, alice: Actor) -> None:
    case = mary.text("graffiti on the bridge").reference
    assert case is not None
    mary.desk.questions.ask(case, "Is it still there?", until=START + timedelta(hours=5), by=alice)

    mary.clock.pass_time(hours=6)
    mary.desk.run_due()

    assert "question_unanswered" in mary.desk.case(case).flags
    assert mary.desk.questions.open(case) == ()


def test_an_answer_on_the_telephone_does_what_a_text_does(mary: Texting, doubt: Doubt, alice: Actor) -> None:
    (question,) = mary.desk.questions.open(doubt.unclear)

    shown = mary.desk.questions.answer(doubt.unclear, question, "case_2", by=alice)

    assert shown.record.merged_into == mary.desk.case(doubt.graffiti).record.id
    (answered,) = mary.happened(doubt.unclear, "question_answered")
    assert answered.by == "worker:alice"
    with pytest.raises(RequestError):
        mary.desk.questions.answer(doubt.unclear, question, "case_1", by=alice)
    with pytest.raises(NotFoundError):
        mary.desk.questions.answer(doubt.graffiti, question, "case_1", by=alice)


def test_a_note_of_a_call_may_say_by_a_field_what_was_answered(mary: Texting, doubt: Doubt) -> None:
    (question,) = mary.desk.questions.open(doubt.unclear)

    note = mary.payloads.call("It is about the graffiti", answers={f"question:{question.id}": "case_2"})
    (receipt,) = mary.desk.receive(*note)

    assert (receipt.reference, receipt.how) == (doubt.graffiti, "question")
    assert mary.desk.case(doubt.unclear).state_type == "closed"


def test_a_worker_decides_that_a_case_belongs_to_none(mary: Texting, doubt: Doubt, alice: Actor) -> None:
    shown = mary.desk.questions.resolve(doubt.unclear, belongs_to=None, by=alice)

    assert (shown.flags, shown.candidates) == ((), ())
    assert mary.desk.questions.open(doubt.unclear) == ()
    with pytest.raises(RequestError):
        mary.desk.questions.resolve(doubt.unclear, belongs_to=doubt.graffiti, by=alice)


def test_a_question_that_has_not_left_is_not_asked_when_it_is_taken_back(
    make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, alice: Actor, sender: CollectingSender
) -> None:
    desk = make_desk()
    case = desk.receive(*payloads.text("graffiti on the bridge"))[0].reference
    assert case is not None
    question = desk.questions.ask(case, "Is it still there?", by=alice)

    desk.questions.withdraw(case, question, by=alice)
    desk.run_due()

    assert [message.purpose for message, _ in sender.sent] == ["acknowledgement"]
    assert [state for _, state in desk.case(case).messages()] == ["sent", "cleared"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", None),
        ("Which?", {"only": "one"}),
        ("Which?", {"One!": "one", "two": "two"}),
        ("Which?", {"a": " ", "b": "b"}),
    ],
)
def test_a_question_without_words_or_options_is_refused(
    mary: Texting, alice: Actor, text: str, options: dict[str, str] | None
) -> None:
    case = mary.text("graffiti on the bridge").reference
    assert case is not None

    with pytest.raises(RequestError):
        mary.desk.questions.ask(case, text, options=options, by=alice)

    assert mary.desk.questions.open(case) == ()


# -- nothing is lost ---------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "4",
        "5",
        "graffiti",
        "a pothole",
        "any news?",
        "yes",
        "something else",
        "1 and more",
        "STOP",
        "START",
        "2?",
    ]
)
STEPS = st.lists(st.tuples(TEXTS, st.sampled_from([0.0, 0.2, 26.0, 50.0, 200.0])), max_size=9)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_every_text_is_in_exactly_one_case_whatever_is_asked_and_answered(steps: list[tuple[str, float]]) -> None:
    clock, store = Clock(), open_store("sqlite://")
    desk = Desk(store, _POLICY, ADAPTERS, sender=CollectingSender(), clock=clock)
    mary = Texting(desk, Payloads(clock), clock)

    for words, hours in steps:
        mary.text(words, hours=hours)

    cases = list(desk.cases(set_aside=None))
    kept = sorted(each.text for case in cases for each in desk.case(case.reference).enquiries())
    assert kept == sorted(words for words, _ in steps)
    assert list(desk.verify()) == []
    store.close()


# -- what a lifecycle asks ---------------------------------------------------------------------------------------------


@pytest.fixture
def asking(make_desk: Callable[..., Desk], payloads: Payloads, clock: Clock, policy: Policy) -> Texting:
    """A desk whose cleaners ask whether it is gone."""
    document = json.loads(policy.source)
    actions = document["lifecycles"]["lifecycles"]["cleaning"]["actions"]
    actions["clean"]["effects"] = {"ask": {"template": "gone", "answers": {"yes": "settle", "no": "reopen"}}}
    actions["settle"] = {"from": ["clean"], "to": "closed", "roles": ["citizen"], "closing_reason": "done"}
    document["templates"]["gone"] = {"subject": {"en": "Is it gone?"}, "text": {"en": "Is it gone? Answer yes or no."}}
    return Texting(make_desk(policy=compile_policy(document)), payloads, clock)


@pytest.mark.parametrize(("words", "state", "action"), [("Yes thanks", "closed", "settle"), ("na", "new", "reopen")])
def test_an_answer_takes_the_action_that_the_lifecycle_has_for_it(
    asking: Texting, painter: Actor, words: str, state: str, action: str
) -> None:
    case = asking.text("graffiti on the bridge").reference
    assert case is not None
    asking.desk.act(case, "clean", by=painter)

    asking.text(words, hours=2)

    shown = asking.desk.case(case)
    assert shown.state == state
    assert asking.happened(case, "state_changed")[-1].action == action
    assert shown.record.questions == ()


def test_an_answer_to_what_a_lifecycle_asked_before_it_went_on_is_read_by_a_person(
    asking: Texting, painter: Actor, alice: Actor
) -> None:
    case = asking.text("graffiti on the bridge").reference
    assert case is not None
    asking.desk.act(case, "clean", by=painter)
    asking.desk.act(case, "reopen", by=alice)

    asking.text("yes", hours=2)

    assert asking.desk.case(case).state == "new"
    assert "answer_review" in asking.desk.case(case).flags


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        ({"template": "gone", "answers": {"perhaps": "settle"}}, "is no answer to this question"),
        ({"template": "gone", "answers": {"yes": "order_paint"}}, "names no action that leads from 'clean'"),
        ({"template": "gone", "answers": {"yes": "close"}}, "must be open to citizen or system"),
        ({"template": "missing", "answers": {"yes": "settle"}}, "names no template"),
    ],
)
def test_answers_that_could_do_nothing_are_mistakes_of_the_policy(
    asking: Texting, ask: dict[str, object], problem: str
) -> None:
    document = json.loads(asking.desk.policy.source)
    document["lifecycles"]["lifecycles"]["cleaning"]["actions"]["clean"]["effects"] = {"ask": ask}

    with pytest.raises(PolicyError) as raised:
        compile_policy(document)

    assert problem in str(raised.value)
