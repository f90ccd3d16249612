"""citizen, prefer, quiet, need, consent, grant, end-authority; merge and unmerge of citizens: from the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import FILES, Done, Run

ALICE = ("--by", "worker:alice")
GATEWAYS = ("--adapters", FILES / "adapters.toml")
MARY, CAROL = "tel:+447700900101", "mailto:carol@example.org"


@pytest.fixture
def mary(run: Run) -> str:
    """Two citizens whom the desk knows: Mary by a text, Carol by a form. Gives Mary's case."""
    [receipt] = run(
        "receive", "twilio_sms", _kept("twilio_sms", "From=%2B447700900101&MessageSid=SM1&Body=Graffiti"), "--json"
    ).objects
    run("receive", "web_form", _kept("web_form", "email=carol%40example.org&name=Carol+Hughes&message=A+pothole"))
    return str(receipt["reference"])


def _kept(name: str, body: str) -> str:
    path = Path(f"{name}.json")  # in the empty folder that the test runs in
    path.write_text(json.dumps({"request": {"received_at": "2026-03-02T09:00:00Z", "body": body}}), "utf-8")
    return str(path)


def shown(run: Run, who: str = MARY) -> dict[str, Any]:
    return run("citizen", who, "--json").objects[0]


def test_a_citizen_is_shown_with_their_cases(run: Run, mary: str) -> None:
    done = run("citizen", MARY)

    assert done.code == 0
    assert MARY in done.out
    assert shown(run)["cases"] == [mary]


def test_what_is_stated_is_shown_in_words_and_as_json(run: Run, mary: str) -> None:
    calls = (
        ("prefer", MARY, "phone", "sms", "--purpose", "service_update"),
        ("prefer", MARY, "--none", "--purpose", "marketing"),
        ("quiet", MARY, "daily=21:00-08:00", "fri=12:00-13:00"),
        ("need", "add", MARY, "large_print"),
        ("consent", "give", MARY, "--purpose", "marketing", "--wording", "v1"),
    )

    done = [run(*call, *ALICE) for call in calls]

    assert [each.code for each in done] == [0] * len(calls)
    page = run("citizen", MARY).out
    assert "phone, sms for service_update" in page
    assert "none for marketing" in page
    assert "fri 21:00-08:00 12:00-13:00" in page
    assert "large_print" in page
    assert "given for marketing" in page
    assert [each["code"] for each in shown(run)["needs"]] == ["large_print"]


def test_what_was_stated_is_taken_back(run: Run, mary: str) -> None:
    run("need", "add", MARY, "large_print", *ALICE)
    run("quiet", MARY, "daily=21:00-08:00", *ALICE)

    run("need", "drop", MARY, "large_print", *ALICE)
    run("quiet", MARY, *ALICE)
    run("consent", "withdraw", MARY, "--purpose", "marketing", *ALICE)

    citizen = shown(run)
    assert (citizen["needs"], citizen["quiet_hours"]) == ([], [])
    assert [each["given"] for each in run("consent", "list", MARY, "--json").objects] == [False]


def test_authority_is_granted_shown_and_ended(run: Run, mary: str) -> None:
    granted = run("grant", CAROL, MARY, "--role", "carer", "--service", "graffiti", *ALICE, "--json").objects[0]

    ended = run("end-authority", granted["id"], *ALICE, "--json").objects[0]

    assert (granted["role"], granted["services"]) == ("carer", ["graffiti"])
    assert ended["ended_at"] is not None
    assert "acts for them as carer at graffiti" in run("citizen", MARY).out
    assert run("end-authority", granted["id"], *ALICE).code == 2


def test_citizens_are_merged_and_unmerged_by_their_contact_points(run: Run, mary: str) -> None:
    before = shown(run, CAROL)

    merged = run("merge", CAROL, "--into", MARY, *ALICE)
    one = shown(run, CAROL)
    apart = run("unmerge", CAROL, *ALICE)

    assert (merged.code, apart.code) == (0, 0)
    assert one["id"] == shown(run)["id"] != before["id"]
    assert shown(run, CAROL) == before
    assert run("verify").code == 0


def refused(done: Done) -> bool:
    """Say whether it ended as what cannot be done does: in one line, without what was typed."""
    return done.code == 2 and len(done.err.splitlines()) == 1 and "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("citizen", "tel:+447700900999"),
        ("citizen", "nobody"),
        ("prefer", MARY, *ALICE),
        ("prefer", MARY, "email", "--none", *ALICE),
        ("prefer", MARY, "pigeon", *ALICE),
        ("prefer", MARY, "email", "--purpose", "gossip", *ALICE),
        ("quiet", MARY, "sometimes=21:00-08:00", *ALICE),
        ("quiet", MARY, "fri=late", *ALICE),
        ("need", "drop", MARY, "large_print", *ALICE),
        ("grant", CAROL, MARY, "--role", "boss", *ALICE),
        ("grant", CAROL, MARY, "--role", "attorney", *ALICE),
        ("merge", MARY, "--into", "NP-0000-0000", *ALICE),
        ("merge", MARY, "--into", MARY, *ALICE),
        ("unmerge", MARY, *ALICE),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_one_line(run: Run, mary: str, arguments: tuple[str, ...]) -> None:
    assert refused(run(*arguments))


def test_how_they_would_be_told_is_said_with_the_reasons_and_nothing_is_queued(run: Run, mary: str) -> None:
    run("prefer", MARY, "phone", "--at", MARY, *ALICE)
    before = run("changes").out

    told, as_json = run("choose", MARY, "service_update"), run("choose", MARY, "service_update", "--json")

    assert told.code == 0
    assert "a person's task: call back to tel:+447700900101" in told.out
    assert "why: they want to hear from us so" in told.out
    assert as_json.objects[0]["channel"] == "phone"
    assert run("changes").out == before


def test_who_would_not_be_told_is_an_exit_code_of_its_own(run: Run, mary: str) -> None:
    run("prefer", MARY, "--none", *ALICE)

    told = run("choose", MARY, "service_update")

    assert told.code == 1
    assert "they do not want to hear of this" in told.out
    assert run("choose", MARY, "gossip").code == 2


def test_an_address_is_added_verified_shared_and_removed(run: Run, mary: str) -> None:
    mail = "mailto:mary@mail.example"
    steps = (
        ("add", MARY, mail),
        ("verify", mail),
        ("works-again", mail),
        ("share", mail, "office"),
        ("share", mail, "alone", "--of", MARY),
        ("remove", MARY, mail),
    )

    done = [run("contact", *step, *ALICE) for step in steps]

    assert [each.code for each in done] == [0] * len(steps), [each.err for each in done]
    assert "verified by agent" in done[1].out
    assert [each["urn"] for each in shown(run)["contact_points"]] == [MARY]


def test_a_code_is_sent_and_what_is_not_it_is_told_by_the_exit_code(run: Run, mary: str) -> None:
    run("contact", "verify", MARY, *ALICE)

    sent = run("contact", "send-code", MARY, "--case", mary, *ALICE, *GATEWAYS)

    assert sent.code == 0, sent.err
    assert "the code holds until" in sent.out
    assert run("contact", "check-code", MARY, "no code", *ALICE).code == 1


def test_a_reply_goes_by_the_gateways_that_the_adapters_of_the_command_have(run: Run, mary: str) -> None:
    run("contact", "verify", MARY, *ALICE)
    run("prefer", MARY, "sms", *ALICE)

    run("reply", mary, "--text", "Cleaned today.", *ALICE, *GATEWAYS)

    (waiting,) = run("outbox", "--json", *GATEWAYS).objects[-1:]
    assert (waiting["channel"], waiting["why"]) == ("sms", "due")
