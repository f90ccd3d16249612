"""outbox, outbox done, outbox resolve, outbox cancel."""

import pytest
from tests.cli.conftest import Run

ALICE = ("--by", "worker:alice")


@pytest.fixture
def message(run: Run, reference: str) -> str:
    """The acknowledgement of a text message, which waits."""
    [waiting] = run("outbox", "--json").objects
    return str(waiting["message"])


def test_what_waits_is_listed_with_why_and_its_words_only_when_asked_for(
    run: Run, reference: str, message: str
) -> None:
    listed, worded = run("outbox"), run("outbox", "--words")

    assert (listed.code, listed.lines[-1]) == (0, "1 message")
    assert reference in listed.lines[1]
    assert "tel:" not in listed.out
    assert "tel:+44" in worded.out


def test_what_waits_can_be_taken_back_once(run: Run, message: str) -> None:
    cleared, again = run("outbox", "cancel", message, *ALICE), run("outbox", "cancel", message, *ALICE)

    assert (cleared.code, cleared.out) == (0, f"{message}: cleared\n")
    assert again.code == 2
    assert run("outbox").out == "0 messages\n"
    [kept] = run("outbox", "--state", "cleared", "--json").objects
    assert (kept["message"], kept["why"]) == (message, "done")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--state", "lost"),
        ("done", "MESSAGE", "told", *ALICE),
        ("done", "MESSAGE", "danced", *ALICE),
        ("resolve", "MESSAGE", "sent", *ALICE),
        ("resolve", "MESSAGE", "guess", *ALICE),
        ("cancel", "m0", *ALICE),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(run: Run, message: str, arguments: tuple[str, ...]) -> None:
    refused = run("outbox", *(message if each == "MESSAGE" else each for each in arguments))

    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
