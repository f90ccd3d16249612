"""restrict, lift, restrictions, flag; cases by flag."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.conftest import FILES, Run

SENDER = "tel:+447700900118"  # of the text message in the files
ALICE = ("--by", "worker:alice")
END = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
UNTIL = ("--until", f"{END:%Y-%m-%dT%H:%M:%S}")
REASON = ("--reason", "Forty texts a day")


def test_a_sender_is_restricted_listed_and_lifted(run: Run, reference: str) -> None:
    restricted = run("restrict", SENDER, *UNTIL, *REASON, *ALICE)
    listed = run("restrictions")
    lifted = run("lift", SENDER, *ALICE)

    assert (restricted.code, restricted.out) == (0, f"{SENDER}: set aside until {END:%Y-%m-%d %H:%M} UTC\n")
    assert listed.lines[-1] == "1 restriction"
    assert [word in listed.lines[1] for word in (SENDER, "worker:alice", "Forty")] == [True, True, False]
    assert (lifted.code, lifted.out) == (0, f"{SENDER}: no longer set aside\n")
    assert run("restrictions").out == "0 restrictions\n"


def test_restrictions_are_told_as_json(run: Run, reference: str) -> None:
    [made] = run("restrict", SENDER, *UNTIL, *REASON, *ALICE, "--json").objects
    [listed] = run("restrictions", "--json").objects
    [lifted] = run("lift", SENDER, *ALICE, "--json").objects

    assert made == listed
    assert (made["contact_point"], made["until"], made["set_by"]) == (SENDER, END.isoformat(), "worker:alice")
    assert lifted == {"contact_point": SENDER, "restricted": False}


@pytest.mark.parametrize(
    "arguments",
    [
        ("restrict", "Mary", *UNTIL, *REASON, *ALICE),
        ("restrict", SENDER, "--until", "2020-01-01", *REASON, *ALICE),
        ("restrict", SENDER, *UNTIL, "--reason", " ", *ALICE),
        ("restrict", SENDER, *UNTIL, *REASON, "--by", "citizen:mary"),
        ("restrict", SENDER, *REASON, *ALICE),
        ("lift", SENDER, *ALICE),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_one_sentence(run: Run, reference: str, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)

    assert (done.code, done.out) == (2, "")
    assert done.err


def test_what_a_restricted_sender_writes_is_listed_when_asked_for(run: Run, reference: str) -> None:
    run("restrict", "mailto:mary@mail.example", *UNTIL, *REASON, *ALICE)
    mail = FILES / "restricted.eml"

    [receipt] = run("receive", "email", mail, "--json").objects

    assert receipt["flags"] == ["restricted_sender", "set_aside"]
    assert [case["reference"] for case in run("cases", "--json").objects] == [reference]
    assert [case["reference"] for case in run("cases", "--set-aside", "--json").objects] == [receipt["reference"]]


def test_a_flag_is_put_on_and_taken_off(run: Run, reference: str) -> None:
    on = run("flag", reference, "--add", "rude", "--add", "call_back", *ALICE)
    found = run("cases", "--flag", "call_back", "--json").objects
    [off] = run("flag", reference, "--remove", "rude", "--json", *ALICE).objects
    none = run("flag", reference, "--remove", "call_back", *ALICE)

    assert (on.code, on.out) == (0, f"{reference}: call_back, rude\n")
    assert [case["reference"] for case in found] == [reference]
    assert off["flags"] == ["call_back"]
    assert none.out == f"{reference}: no flags\n"
    assert "flags -call_back — worker:alice" in run("explain", reference).out
    assert "flags +call_back +rude" in run("case", reference).out


def test_a_change_of_flags_must_change_something(run: Run, reference: str) -> None:
    done = run("flag", reference, "--remove", "rude", *ALICE)

    assert done.code == 2
    assert done.err == "onestop: the case's flags would stay as they are\n"
