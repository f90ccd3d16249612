"""question ask, list, answer, withdraw and resolve: from the terminal."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

ALICE = ("--by", "worker:alice")
MARY = "tel:+447700900101"


@pytest.fixture
def case(run: Run) -> str:
    """A case that Mary opened by a text."""
    return text(run, "Graffiti on the bridge")


def text(run: Run, words: str, number: int = 1) -> str:
    body = f"From=%2B447700900101&MessageSid=SM{number}&Body={words.replace(' ', '+')}"
    path = Path(f"sm{number}.json")  # in the empty folder that the test runs in
    path.write_text(json.dumps({"request": {"received_at": f"2026-03-02T09:0{number}:00Z", "body": body}}), "utf-8")
    [receipt] = run("receive", "twilio_sms", str(path), "--json").objects
    return str(receipt["reference"])


def asked(run: Run, case: str, *more: str) -> str:
    words = ("--text", "Which wall?", "--option", "left=The left one", "--option", "right=The right one")
    return str(run("question", "ask", case, *words, *more, *ALICE, "--json").objects[0]["id"])


def test_a_question_is_listed_by_its_case_and_by_the_contact_point(run: Run, case: str) -> None:
    question = asked(run, case)

    by_case = run("question", "list", case, "--json").objects
    by_contact_point = run("question", "list", MARY, "--json").objects

    assert by_case == by_contact_point
    assert [(each["id"], [option["code"] for option in each["options"]]) for each in by_case] == [
        (question, ["left", "right"])
    ]
    assert question in run("question", "list", case).out


def test_what_a_citizen_told_somebody_answers_a_question(run: Run, case: str) -> None:
    question = asked(run, case)

    done = run("question", "answer", case, question, "left", *ALICE)

    assert done.code == 0
    assert run("question", "list", case, "--json").objects == []
    assert run("question", "answer", case, question, "up", *ALICE).code == 2


def test_a_question_that_was_taken_back_takes_no_answer(run: Run, case: str) -> None:
    question = asked(run, case)

    done = run("question", "withdraw", case, question, *ALICE)

    assert done.code == 0
    assert run("question", "list", case).out == "0 questions\n"
    assert run("question", "withdraw", case, question, *ALICE).code == 2


def test_an_option_needs_a_code_and_a_label(run: Run, case: str) -> None:
    done = run("question", "ask", case, "--text", "Which wall?", "--option", "left", *ALICE)

    assert done.code == 2
    assert "CODE=LABEL" in done.err


def test_a_case_in_doubt_goes_where_a_person_says(run: Run, case: str) -> None:
    text(run, "There is a pothole in the road", 2)
    doubt = text(run, "is there any news", 3)

    done = run("question", "resolve", doubt, "--belongs-to", case, *ALICE, "--json")

    assert done.code == 0
    assert [link["reference"] for link in done.objects[0]["links"]][-1:] == [case]
    assert run("question", "resolve", doubt, "--belongs-to", "none", *ALICE).code == 2
