"""Services, their questions and the answers that fit them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onestop.core.directory import ANSWER_LIMIT, Answer, Question, Service, localise
from onestop.core.model import FrozenMap

VALUES = [{"key": "brick", "name": {"en": "Brick"}}, {"key": "metal", "name": {"en": "Metal"}}]


def question(variable: str, datatype: str, **fields: Any) -> Question:
    return Question.model_validate({"variable": variable, "datatype": datatype, "description": {"en": "?"}, **fields})


@pytest.fixture
def graffiti() -> Service:
    return Service(
        code="graffiti",
        name=FrozenMap({"en": "Graffiti"}),
        provider="clear-streets",
        questions=(
            question("surface", "singlevaluelist", required=True, values=VALUES),
            question("where", "text", required=True),
            question("since", "datetime"),
        ),
    )


@pytest.mark.parametrize(
    ("datatype", "answer", "fits"),
    [
        ("string", "anything at all", True),
        ("text", "", True),
        ("text", "x" * ANSWER_LIMIT, True),
        ("text", "x" * (ANSWER_LIMIT + 1), False),
        ("string", ("one", "two"), False),
        ("string", ("one",), True),
        ("number", "12", True),
        ("number", " -3.50 ", True),
        ("number", "+7", True),
        ("number", "٣", False),
        ("number", "1e9", False),
        ("number", "nan", False),
        ("number", "1,000", False),
        ("number", "", False),
        ("number", "9" * 16, False),
        ("datetime", "2026-03-02", True),
        ("datetime", "2026-03-02T09:30", True),
        ("datetime", "2026-03-02T09:30:00Z", True),
        ("datetime", "2 March", False),
        ("datetime", "2026-02-30", False),
        ("singlevaluelist", "brick", True),
        ("singlevaluelist", " brick ", True),
        ("singlevaluelist", "Brick", False),
        ("singlevaluelist", ("brick", "metal"), False),
        ("multivaluelist", ("brick", "metal"), True),
        ("multivaluelist", ("brick", "wood"), False),
        ("multivaluelist", "metal", True),
        ("multivaluelist", (), True),
    ],
)
def test_an_answer_fits_the_type_of_its_question(datatype: str, answer: Answer, fits: bool) -> None:
    asked = question("q", datatype, values=VALUES if "list" in datatype else ())

    accepted = asked.accepts(answer)

    assert accepted is fits


def test_answers_are_checked_against_all_questions(graffiti: Service) -> None:
    check = graffiti.check_answers({"where": "  ", "surface": "wood", "colour": "red", "age": "5", "empty": ""})

    assert check.missing == ("where",)
    assert check.invalid == ("surface",)
    assert check.unknown == ("age", "colour")
    assert check.defects() == ("answer_missing", "answer_invalid", "answer_unknown")


def test_good_answers_have_no_defect(graffiti: Service) -> None:
    check = graffiti.check_answers({"surface": "brick", "where": "under the bridge", "since": ""})

    assert check.defects() == ()


@given(st.sampled_from(["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]),
       st.one_of(st.text(), st.lists(st.text(), max_size=4).map(tuple)))  # fmt: skip
def test_no_answer_raises(datatype: str, answer: Answer) -> None:
    accepted = question("q", datatype, values=VALUES).accepts(answer)

    assert accepted in (True, False)


@pytest.mark.parametrize(
    ("texts", "language", "default", "expected"),
    [
        ({"en": "Bins", "cy": "Biniau"}, "cy", "en", "Biniau"),
        ({"en": "Bins", "cy": "Biniau"}, "pl", "en", "Bins"),
        ({"en": "Bins", "cy": "Biniau"}, None, "cy", "Biniau"),
        ({"cy": "Biniau"}, "pl", "en", "Biniau"),
        ({}, "cy", "en", ""),
    ],
)
def test_a_text_comes_in_the_best_language_there_is(
    texts: dict[str, str], language: str | None, default: str, expected: str
) -> None:
    found = localise(FrozenMap(texts), language, default)

    assert found == expected


def test_a_service_cannot_be_changed(graffiti: Service) -> None:
    with pytest.raises(ValidationError):
        graffiti.provider = "other"  # type: ignore[misc]  # that is the point

    assert graffiti.provider == "clear-streets"
