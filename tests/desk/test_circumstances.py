"""What is known of a sender reaches the rules through the store, and what is nobody's reaches none."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from onestop import Desk, Policy, Raw, load_policy, open_store
from onestop.core.actor import Actor
from onestop.errors import NotFoundError, RequestError
from onestop.policy import compile_policy

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALICE = Actor(kind="worker", id="alice")
MARY = "mailto:mary@mail.example"

RULES: list[dict[str, Any]] = [
    {"id": "needs", "band": "known", "when": {"needs": ["bsl"]}, "then": {"flags": ["adjust"]}},
    {
        "id": "again",
        "band": "often",
        "when": {"words": {"any": ["bin"]}, "repeat": {"within_days": 14, "at_least": 2}},
        "then": {"priority": "high"},
    },
    {"id": "has-open", "band": "open", "when": {"open_case": ["*"]}, "then": {"flags": ["known_here"]}},
]


@pytest.fixture
def policy() -> Policy:
    document = copy.deepcopy(json.loads(load_policy(Path(__file__).parent / "policy").source))
    document["rules"]["bands"] = ["known", "often", "open", *document["rules"]["bands"]]
    document["rules"]["rules"] = [*RULES, *document["rules"]["rules"]]
    return compile_policy(document)


class Office:
    """A desk whose clock is set."""

    def __init__(self, policy: Policy) -> None:
        self.now = NOW
        self.desk = Desk(open_store("sqlite://"), policy, clock=lambda: self.now)

    def mail(self, number: int, sender: str = "Mary <mary@mail.example>") -> Any:
        self.now += timedelta(days=1)
        body = f"From: {sender}\nMessage-ID: <{number}@mail.example>\nSubject: My bin\n\nThe bin, number {number}\n"
        receipt = self.desk.receive("email", Raw(body=body.encode(), received_at=self.now))[0]
        return self.desk.case(receipt.reference).record


@pytest.fixture
def office(policy: Policy) -> Office:
    return Office(policy)


def test_the_third_case_within_the_time_is_high_and_one_long_after_is_not(office: Office) -> None:
    priorities = [office.mail(number).priority for number in range(3)]
    office.now += timedelta(days=30)

    later = office.mail(4).priority

    assert priorities == ["normal", "normal", "high"]
    assert later == "normal"


def test_what_others_open_counts_for_nobody_else(office: Office) -> None:
    for number in range(3):
        office.mail(number)

    case = office.mail(3, sender="Tom <tom@mail.example>")

    assert (case.priority, case.flags) == ("normal", ())


def test_an_open_case_is_known_from_the_second_enquiry_on(office: Office) -> None:
    flags = [office.mail(number).flags for number in range(2)]

    assert ["known_here" in each for each in flags] == [False, True]


def test_a_recorded_need_reaches_the_rules_until_it_is_dropped(office: Office) -> None:
    office.mail(0)

    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)
    known = office.mail(1)
    office.desk.citizens.drop_need(MARY, "bsl", by=ALICE)
    after = office.mail(2)

    assert ["adjust" in case.flags for case in (known, after)] == [True, False]


def test_no_event_says_which_need_it_was(office: Office) -> None:
    office.mail(0)
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)

    case = office.desk.case(office.mail(1).reference)

    assert "bsl" not in "".join(event.model_dump_json() for event in case.events())


def test_somebody_else_at_the_contact_point_gets_none_of_its_holders_circumstances(office: Office) -> None:
    office.mail(0, sender="Mary Whitfield <mary@mail.example>")
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)

    case = office.mail(1, sender="Tom Price <mary@mail.example>")

    assert {"adjust", "known_here"}.isdisjoint(case.flags)


def test_a_need_is_a_workers_word_about_somebody_who_is_known(office: Office) -> None:
    office.mail(0)

    with pytest.raises(NotFoundError, match="no citizen"):
        office.desk.citizens.record_need("mailto:nobody@mail.example", "bsl", by=ALICE)
    with pytest.raises(NotFoundError, match="no such need"):
        office.desk.citizens.drop_need(MARY, "bsl", by=ALICE)
    with pytest.raises(RequestError, match="a word of yours"):
        office.desk.citizens.record_need(MARY, "British Sign Language", by=ALICE)
    with pytest.raises(RequestError, match="only a worker"):
        office.desk.citizens.record_need(MARY, "bsl", by=Actor(kind="citizen", id="p1"))


def test_a_case_that_a_person_splits_off_has_the_flags_of_what_is_known_of_its_sender(office: Office) -> None:
    first = office.mail(0)
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)

    made = office.desk.split(first, service="potholes", by=ALICE)

    assert made.record.flags == ("adjust",)


def test_a_repeat_is_told_what_the_first_one_was_told(policy: Policy) -> None:
    document = json.loads(policy.source)
    document["templates"]["welcome"] = {"subject": "Hello", "text": "We send an interpreter."}
    document["rules"]["rules"][0]["then"]["tell"] = "welcome"
    office = Office(compile_policy(document))
    office.mail(0)
    office.desk.citizens.record_need(MARY, "bsl", by=ALICE)
    body = b"From: Mary <mary@mail.example>\nMessage-ID: <1@mail.example>\nSubject: My bin\n\nThe bin\n"

    receipts = [office.desk.receive("email", Raw(body=body, received_at=office.now))[0] for _ in range(2)]

    assert [receipt.outcome for receipt in receipts] == ["asked", "repeat"]
    assert [receipt.notice.text for receipt in receipts if receipt.notice] == ["We send an interpreter."] * 2
