"""Promises at the desk: what is told before anybody asks, what escalates by itself, and what a timer too late does."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from onestop import Actor, Desk, Policy
from onestop.core.case import UNTOLD
from onestop.errors import ConflictError, NotFoundError, PolicyError, RequestError
from onestop.gateways import CollectingSender
from onestop.policy import compile_policy

from .payloads import START, TOM_URN, Clock, Payloads

FOLDER = Path(__file__).parent / "policy"
DELAYED = {
    "subject": {"en": "Late: {{ reference }}", "cy": "Yn hwyr: {{ reference }}"},
    "text": {
        "en": "{{ reference }} is late.{% if expected %} We now expect {{ expected }}.{% endif %} {{ text }}",
        "cy": "Mae {{ reference }} yn hwyr.{% if expected %} Erbyn {{ expected }}.{% endif %} {{ text }}",
    },
}
STEPS = [
    {"target": "resolve", "at": "before 12 hours", "flag": "due_soon", "priority": "high"},
    {"target": "promise", "at": "breach", "tell": "delayed"},
    {"target": "resolve", "at": "after 24 hours", "reassign": "potholes"},
]


def document() -> dict[str, Any]:
    found = {path.stem: tomllib.loads(path.read_text()) for path in FOLDER.glob("*.toml")}
    found["templates"]["delayed"] = DELAYED
    found["escalation"] = {"escalation": [dict(step) for step in STEPS]}
    return found


@pytest.fixture
def policy() -> Policy:
    return compile_policy(document())


def test_a_breach_is_told_before_anybody_asks(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender
) -> None:
    receipt = desk.receive(*payloads.mail("Graffiti on the bridge"))[0]
    clock.pass_time(hours=49)

    desk.run_due()
    desk.run_due()

    told = [message.text for message, _ in sender.sent if message.recipient == TOM_URN]
    words = f"{receipt.reference} is late.\n\nMae {receipt.reference} yn hwyr."
    assert [text for text in told if "is late" in text] == [words]
    case = desk.case(receipt.reference)
    assert ("due_soon" in case.flags, case.priority) == (True, "high")
    assert [event.name for event in case.events() if event.type == "target_breached"] == ["promise"]
    assert list(desk.verify()) == []


def test_a_case_that_the_citizen_never_heard_of_is_for_a_person_to_tell(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, alice: Actor
) -> None:
    receipt = desk.receive(*payloads.mail("Graffiti on the bridge"))[0]
    beside = desk.split(receipt.reference, service="graffiti", by=alice)
    clock.pass_time(hours=49)

    desk.run_due()

    assert UNTOLD in desk.case(beside.reference).flags
    assert not [message for message, _ in sender.sent if beside.reference in message.text]


def test_a_new_date_given_before_the_breach_is_told_at_once_and_kept(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, alice: Actor
) -> None:
    receipt = desk.receive(*payloads.mail("Graffiti on the bridge"))[0]
    when = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)

    case = desk.promise(receipt.reference, expected_at=when, reason="The paint is late.", by=alice)
    clock.pass_time(hours=49)
    desk.run_due()

    told = [message.text for message, _ in sender.sent if "is late" in message.text]
    assert told == [
        f"{receipt.reference} is late. We now expect Friday 6 March 2026, 4pm. The paint is late.\n\n"
        f"Mae {receipt.reference} yn hwyr. Erbyn dydd Gwener 6 Mawrth 2026, 4pm. The paint is late."
    ]
    assert (case.expected_at, [message.automatic for message, _ in sender.sent]) == (when, [True, True])


def test_a_date_that_is_past_again_is_told_again(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, alice: Actor
) -> None:
    receipt = desk.receive(*payloads.mail("Graffiti on the bridge"))[0]
    desk.promise(receipt.reference, expected_at=START + timedelta(hours=60), reason="No paint", by=alice, tell=False)

    clock.pass_time(hours=61)
    desk.run_due()

    assert len([message for message, _ in sender.sent if f"{receipt.reference} is late.\n" in message.text]) == 1


def test_who_rang_is_told_by_a_person(desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender) -> None:
    receipt = desk.receive(*payloads.call("Graffiti on the bridge"))[0]
    clock.pass_time(hours=49)

    desk.run_due()

    assert UNTOLD in desk.case(receipt.reference).flags
    assert sender.sent == []


def test_a_case_that_stays_late_goes_to_another_service_with_its_standard(
    desk: Desk, payloads: Payloads, clock: Clock
) -> None:
    receipt = desk.receive(*payloads.mail("Graffiti on the bridge"))[0]

    for _ in range(8):
        clock.pass_time(hours=12)
        desk.run_due()

    case = desk.case(receipt.reference)
    assert (case.service, case.record.rule) == ("potholes", "escalated")
    assert case.target_at == START + timedelta(hours=120)
    assert list(desk.verify()) == []


def test_nothing_happens_by_itself_to_a_case_that_is_done(
    desk: Desk, payloads: Payloads, clock: Clock, sender: CollectingSender, alice: Actor
) -> None:
    receipt = desk.receive(*payloads.mail("A pothole in the road"))[0]
    desk.act(receipt.reference, "start_work", by=alice)
    version = desk.act(receipt.reference, "resolve", by=alice).version
    clock.pass_time(days=30)

    desk.run_due()

    changed = [event.type for event in desk.case(receipt.reference).events()[version:]]
    assert set(changed) <= {"message_updated"}
    assert not any("is late" in message.text for message, _ in sender.sent)


def test_what_is_overdue_is_listed(desk: Desk, payloads: Payloads, clock: Clock, alice: Actor) -> None:
    late = desk.receive(*payloads.mail("Graffiti on the bridge"))[0].reference
    waiting = desk.receive(*payloads.mail("A pothole in the road", sender="jo@example.org"))[0].reference
    desk.act(waiting, "wait_for_citizen", by=alice)
    done = desk.receive(*payloads.mail("Graffiti on the wall", sender="sue@example.org"))[0].reference
    desk.act(done, "close", by=alice)
    clock.pass_time(hours=149)

    found = [case.reference for case in desk.cases(overdue=True)]

    assert found == [late]
    assert [case.reference for case in desk.cases(overdue=True, due_before=START)] == []


def test_a_promise_on_a_case_that_changed_meanwhile_is_a_conflict(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    seen = desk.case(desk.receive(*payloads.mail("Graffiti on the bridge"))[0].reference)
    desk.note(seen.reference, "Looked at it", by=alice)

    with pytest.raises(ConflictError):
        desk.promise(seen, expected_at=START + timedelta(days=9), reason="No paint", by=alice)


def test_a_promise_on_a_case_that_is_done_is_refused(desk: Desk, payloads: Payloads, alice: Actor) -> None:
    reference = desk.receive(*payloads.mail("A pothole in the road"))[0].reference
    desk.act(reference, "start_work", by=alice)
    desk.act(reference, "resolve", by=alice)

    with pytest.raises(RequestError):
        desk.promise(reference, expected_at=START + timedelta(days=9), reason="No paint", by=alice)


def test_a_desk_whose_policy_cannot_tell_says_so(
    make_desk: Callable[..., Desk], payloads: Payloads, alice: Actor
) -> None:
    wordless = document()
    del wordless["templates"]["delayed"], wordless["escalation"]
    desk = make_desk(policy=compile_policy(wordless))
    reference = desk.receive(*payloads.mail("Graffiti on the bridge"))[0].reference

    with pytest.raises(NotFoundError):
        desk.promise(reference, expected_at=START + timedelta(days=9), reason="No paint", by=alice)


def test_what_escalates_and_what_is_promised_is_logged_without_words(
    desk: Desk, payloads: Payloads, clock: Clock, alice: Actor, logs: list[Any]
) -> None:
    reference = desk.receive(*payloads.mail("Graffiti on the bridge"))[0].reference
    desk.promise(reference, expected_at=START + timedelta(hours=50), reason="My secret reason", by=alice)
    clock.pass_time(hours=51)

    desk.run_due()

    events = [entry["event"] for entry in logs]
    assert {"case.promised", "case.escalated", "target.breached", "timer.fired"} <= set(events)
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("step", "where", "says"),
    [
        ({"target": "resolve", "at": "soon", "flag": "x"}, "escalation[3].at", "must be a moment such as"),
        ({"target": "resolve", "at": "before 1 month", "flag": "x"}, "escalation[3].at", "must be a moment such as"),
        ({"target": "resolve", "at": "100%", "flag": "x"}, "escalation[3].at", "must be a moment such as"),
        ({"target": "resolve", "at": "50%"}, "escalation[3]", "does nothing"),
        ({"target": "resolve", "at": "after 24 hours", "flag": "x"}, "escalation[3]", "is a second step"),
        ({"target": "resolve", "at": "50%", "reassign": "moon"}, "escalation[3].reassign", "names no service"),
        ({"target": "resolve", "at": "50%", "tell": "moon"}, "escalation[3].tell", "names no template"),
        ({"target": "finish", "at": "50%", "flag": "x"}, "escalation[3].target", "must be one of"),
        ({"target": "resolve", "at": "50%", "flag": "Very Late"}, "escalation[3].flag", "must be a short word"),
    ],
)
def test_a_step_that_cannot_be_taken_is_told_when_the_policy_is_loaded(
    step: dict[str, str], where: str, says: str
) -> None:
    wrong = document()
    wrong["escalation"]["escalation"].append(step)

    with pytest.raises(PolicyError) as caught:
        compile_policy(wrong)

    told = {mistake.where: mistake.problem for mistake in caught.value.mistakes if mistake.file == "escalation.toml"}
    assert says in told[where]
