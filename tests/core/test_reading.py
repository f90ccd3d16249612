"""What texts answer: certain only where it is nothing but an answer, and only one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.commands import VocabularyData
from onestop.core.questions import Option, Question, QuestionKind, lines, numbered
from onestop.core.reading import AnswerData, AnswerWords, read_answer
from onestop.policy.files import default_answers, default_commands

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = AnswerWords(AnswerData.model_validate(default_answers()), VocabularyData.model_validate(default_commands()))
YES_OR_NO = (Option(code="yes", label=WORDS.label("yes")), Option(code="no", label=WORDS.label("no")))
CASES = (
    Option(code="case_1", label={"en": "Missed bin collection", "cy": "Bin heb ei gasglu"}, reference="NP-049N-3021"),
    Option(code="case_2", label={"en": "Street light out", "cy": "Golau stryd"}, reference="NP-0512-7H3X"),
    Option(code="another", label=WORDS.label("another")),
)


def question(name: str, options: tuple[Option, ...], kind: QuestionKind, *others: Question) -> Question:
    shown = numbered(options, kind, others)
    assert shown is not None
    return Question(
        id=name,
        kind=kind,
        about="worker",
        case=f"{name}c",
        reference="NP-0000-0000" if name == "which" else f"NP-1111-{name[:4].upper():0<4}",
        party="p",
        options=shown,
        asked_at=NOW,
        until=NOW + timedelta(hours=48),
        generation=1,
    )


WHICH = question("which", CASES, "choice")
AGREED = question("agreed", YES_OR_NO, "yes_no", WHICH)
COMING = question("coming", YES_OR_NO, "yes_no", WHICH, AGREED)
STREETS = question(
    "streets",
    (Option(code="light", label={"en": "Street light"}), Option(code="clean", label={"en": "Street cleaning"})),
    "choice",
)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("1", "case_1"),
        ("2.", "case_2"),
        ("#2", "case_2"),
        ("one please", "case_1"),
        ("Un, os gwelwch yn dda", "case_1"),
        ("dau", "case_2"),
        ("The second one", "case_2"),
        ("number 3 thanks", "another"),
        ("Bins", "case_1"),
        ("the missed bin one", "case_1"),
        ("golau", "case_2"),
        ("1 - bin", "case_1"),
        ("NP-049N-3021", "case_1"),
        ("np 049n 3021", "case_1"),
        ("7h3x", "case_2"),
        ("something else", "another"),
        ("Neither, thank you", "another"),
        ("rhywbeth arall", "another"),
    ],
)
def test_an_answer_may_be_a_number_a_word_of_the_label_or_a_reference(text: str, option: str) -> None:
    assert read_answer(text, [WHICH], WORDS) == ("certain", (("which", option),))


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("yes", "yes"),
        ("YES PLEASE", "yes"),
        ("yes, that's right", "yes"),
        ("ydw", "yes"),
        ("Oes, diolch", "yes"),
        ("ie", "yes"),
        ("no", "no"),
        ("No thanks", "no"),
        ("na", "no"),
        ("nac oes", "no"),
        ("dim diolch", "no"),
    ],
)
def test_welsh_has_many_yeses_and_each_is_one(text: str, option: str) -> None:
    assert read_answer(text, [AGREED], WORDS) == ("certain", (("agreed", option),))


@pytest.mark.parametrize(
    "text",
    [
        "1 but also the lamp in Elm Road is out",
        "2?",
        "the first one but somebody else's",
        "yes 1 and then the other one",
    ],
)
def test_an_answer_that_says_more_is_for_a_person(text: str) -> None:
    assert read_answer(text, [WHICH, AGREED], WORDS).how == "partly"


@pytest.mark.parametrize("text", ["1 2", "2 bins", "bins, street", "yes no"])
def test_two_answers_are_none(text: str) -> None:
    assert read_answer(text, [WHICH, AGREED], WORDS).how == "several"


@pytest.mark.parametrize(
    "text", ["", "?", "what", "ok", "7", "the", "no", "out", "thank you", "my bin was not emptied", "1" * 161]
)
def test_what_is_no_answer_answers_nothing(text: str) -> None:
    assert read_answer(text, [WHICH], WORDS) == ("unclear", ())


def test_a_word_that_two_options_have_names_neither() -> None:
    shared = read_answer("street", [STREETS], WORDS)
    own = read_answer("street light", [STREETS], WORDS)

    assert shared.how == "several"
    assert own == ("certain", (("streets", "light"),))


def test_a_number_is_the_number_that_we_gave_and_not_one_in_a_label() -> None:
    days = question("days", (Option(code="two", label={"en": "2"}), Option(code="three", label={"en": "3"})), "choice")

    readings = [read_answer(text, [days], WORDS).how for text in ("1", "2", "3")]

    assert readings == ["certain", "several", "unclear"]


def test_two_open_questions_share_no_number() -> None:
    second = question("second", CASES, "choice", WHICH)

    first_answer, second_answer = (read_answer(text, [WHICH, second], WORDS) for text in ("2", "5"))

    assert first_answer == ("certain", (("which", "case_2"),))
    assert second_answer == ("certain", (("second", "case_2"),))


def test_a_yes_belongs_to_the_one_question_that_takes_it() -> None:
    one, two = read_answer("yes", [WHICH, AGREED], WORDS), read_answer("yes", [AGREED, COMING], WORDS)
    by_number = read_answer("4", [WHICH, AGREED, COMING], WORDS)
    by_reference = read_answer(f"yes {AGREED.reference}", [AGREED, COMING], WORDS)

    assert one == ("certain", (("agreed", "yes"),))
    assert two.how == "several"
    assert by_number == ("certain", (("coming", "yes"),))
    assert by_reference == ("certain", (("agreed", "yes"),))


def test_numbers_end_where_nobody_has_words_for_them() -> None:
    asked: list[Question] = []
    while (shown := numbered(CASES, "choice", asked)) is not None:
        asked.append(WHICH.model_copy(update={"options": shown}))

    used = [option.number or 0 for each in asked for option in each.options]

    assert used == list(range(1, len(used) + 1))
    assert max(used, default=0) <= 20


def test_options_are_shown_by_the_numbers_that_answer_them() -> None:
    shown = lines(WHICH.options, "cy", "en").splitlines()

    assert shown == ["1: Bin heb ei gasglu, NP-049N-3021", "2: Golau stryd, NP-0512-7H3X", "3: rhywbeth arall"]
    assert lines(AGREED.options, "en", "en") == "yes / no"


QUESTIONS = [WHICH, AGREED, COMING]
CERTAIN = st.sampled_from(["1", "two", "3", "bins", "street light", "3021", "neither", "4", "5", "the first one"])
# No answer, no politeness, nothing of a label: whatever else stands beside an answer may be what matters.
FURTHER = st.sampled_from(
    ["lamp", "urgent", "Elm", "but", "and", "gas", "wedyn", "please!!! help", "STOP", "not", "🔥 fire"]
)


@given(CERTAIN, FURTHER, st.booleans())
@settings(max_examples=100, deadline=None)
def test_an_answer_with_another_word_is_never_certain(answer: str, further: str, before: bool) -> None:
    text = f"{further} {answer}" if before else f"{answer} {further}"

    assert read_answer(answer, QUESTIONS, WORDS).how == "certain"
    assert read_answer(text, QUESTIONS, WORDS).how != "certain"


@given(st.text(max_size=200) | st.lists(CERTAIN | FURTHER, max_size=60).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_is_read_and_only_the_text_counts(text: str) -> None:
    reading, other_way = read_answer(text, QUESTIONS, WORDS), read_answer(text, QUESTIONS[::-1], WORDS)

    assert reading == other_way
    assert (reading.how == "unclear") == (not reading.fits)
    assert reading.how != "certain" or len(reading.fits) == 1
    known = {(each.id, option.code) for each in QUESTIONS for option in each.options}
    assert set(reading.fits) <= known


LAMP = question(
    "bulb",
    (
        Option(code="dark", label={"en": "The lamp is not working", "cy": "Nid yw'r lamp yn gweithio"}),
        Option(code="lit", label={"en": "It is working now", "cy": "Mae'n gweithio"}),
        Option(code="gone", label={"en": "The post has gone"}),
    ),
    "choice",
)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("working", "lit"),
        ("it is working", "lit"),
        ("gweithio", "lit"),
        ("not working", "dark"),
        ("The lamp is not working", "dark"),
        ("nid yn gweithio", "dark"),
    ],
)
def test_a_label_that_says_not_is_named_only_by_who_says_not(text: str, option: str) -> None:
    reading = read_answer(text, [LAMP], WORDS)

    assert (reading.how, [fit.option for fit in reading.fits]) == ("certain", [option])


@pytest.mark.parametrize("text", ["the lamp is working", "lamp is working", "lamp", "not", "not gone", "isn't working"])
def test_who_leaves_the_not_out_has_not_said_the_opposite(text: str) -> None:
    assert read_answer(text, [LAMP], WORDS).how == "unclear"


@pytest.mark.parametrize("text", ["1", "１", "١", "۱", "१", "১", "①", "1️⃣", "¹", "-1", "(1)", "1st"])
def test_a_number_is_read_in_the_digits_of_any_keyboard(text: str) -> None:
    reading = read_answer(text, [WHICH], WORDS)

    assert (reading.how, [fit.option for fit in reading.fits]) == ("certain", ["case_1"])


@pytest.mark.parametrize(
    "text",
    ["not 1", "1 2", "1/2", "1.2", "1 or 2", "neither 1", "1 no", "yes no", "11", "0", "-", "1?", "anything but 1"],
)
def test_what_may_mean_something_else_is_never_certain(text: str) -> None:
    assert read_answer(text, [WHICH, AGREED], WORDS).how != "certain"
