"""Conditions on the time and on who writes: when they hold, and what the trace says of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onestop.core.calendars import Calendar
from onestop.core.conditions import KINDS, NOBODY, Circumstances
from onestop.core.enquiry import Enquiry
from onestop.core.rules import Decision, Rule, RuleSet

OFFICE = Calendar("office", UTC, [[(9 * 60, 17 * 60)]] * 5 + [[], []])
LATE = Calendar("late", UTC, [[(9 * 60, 20 * 60)]] * 7)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NOON, EVENING, NIGHT = (MONDAY + timedelta(hours=hour) for hour in (12, 18, 23))


def cases(*days: int, service: str = "bins") -> Circumstances:
    return Circumstances(recent=tuple((service, NOON - timedelta(days=day)) for day in days))


def decide(when: dict[str, Any], at: datetime, known: Circumstances, language: str | None) -> Decision:
    rule = Rule.model_validate({"id": "only", "band": "topic", "when": when, "then": {"service": "found"}})
    made = RuleSet([rule], ("topic",), [], "triage", calendars={"office": OFFICE, "late": LATE})
    enquiry = Enquiry.model_validate({"channel": "sms", "adapter": "x", "received_at": at, "language": language})
    return made.decide(enquiry, "hash", known)


THRICE = {"repeat": {"within_days": 14, "at_least": 2, "service": ["bins"]}}
OFTEN = {"repeat": {"within_days": 14, "at_least": 2}}
MIXED = Circumstances(recent=(("bins", NOON), ("graffiti", NOON)))

HELD: list[tuple[dict[str, Any], datetime, Circumstances, str | None, str]] = [
    ({"open": ["office"]}, NOON, NOBODY, None, "open:office"),
    ({"open": ["office", "late"]}, EVENING, NOBODY, None, "open:late"),
    ({"closed": ["office"]}, EVENING, NOBODY, None, "closed"),
    ({"closed": ["office", "late"]}, NIGHT, NOBODY, None, "closed"),
    ({"open_case": ["bins", "graffiti"]}, NOON, Circumstances(open_cases=("graffiti",)), None, "open_case"),
    ({"open_case": ["*"]}, NOON, Circumstances(open_cases=("other",)), None, "open_case"),
    (THRICE, NOON, cases(1, 2), None, "repeat"),
    (THRICE, NOON, cases(14, 13), None, "repeat"),
    (THRICE, NOON, cases(-1, 0), None, "repeat"),  # taken in out of order: they are no less contacts of theirs
    (OFTEN, NOON, MIXED, None, "repeat"),
    ({"needs": ["bsl", "braille"]}, NOON, Circumstances(needs=frozenset({"bsl"})), None, "needs"),
    ({"language": ["cy"]}, NOON, NOBODY, "cy-GB", "language=cy"),
    ({"language": ["CY-gb"]}, NOON, NOBODY, "cy-GB-x-north", "language=CY-gb"),
    ({"language": ["*"]}, NOON, NOBODY, "pl", "language=*"),
    ({"language": ["cy"]}, NOON, Circumstances(language="cy"), None, "recorded_language=cy"),
]
FAILED: list[tuple[dict[str, Any], datetime, Circumstances, str | None]] = [
    ({"open": ["office"]}, EVENING, NOBODY, None),
    ({"closed": ["office", "late"]}, EVENING, NOBODY, None),
    ({"open_case": ["bins"]}, NOON, Circumstances(open_cases=("graffiti",)), None),
    ({"open_case": ["*"]}, NOON, NOBODY, None),
    (THRICE, NOON, cases(1), None),
    (THRICE, NOON, cases(1, 15), None),
    (THRICE, NOON, MIXED, None),
    ({"needs": ["bsl"]}, NOON, Circumstances(needs=frozenset({"braille"})), None),
    ({"language": ["cy-GB"]}, NOON, NOBODY, "cy"),
    ({"language": ["cy"]}, NOON, NOBODY, "cym"),
    ({"language": ["*"]}, NOON, NOBODY, None),
    ({"language": ["cy"]}, NOON, Circumstances(language="cy"), "en"),  # what they write in outranks the record
]


@pytest.mark.parametrize(("when", "at", "known", "language", "fact"), HELD)
def test_a_condition_that_holds_leaves_its_fact(
    when: dict[str, Any], at: datetime, known: Circumstances, language: str | None, fact: str
) -> None:
    decision = decide(when, at, known, language)

    assert decision.service == "found"
    assert decision.used[0].facts == (fact,)


@pytest.mark.parametrize(("when", "at", "known", "language"), FAILED)
def test_a_condition_that_does_not_hold_leaves_the_enquiry_to_others(
    when: dict[str, Any], at: datetime, known: Circumstances, language: str | None
) -> None:
    decision = decide(when, at, known, language)

    assert decision.service == "triage"


@pytest.mark.parametrize("hour", range(24))
def test_of_open_and_closed_one_holds_at_every_hour(hour: int) -> None:
    at = MONDAY + timedelta(hours=hour)

    found = [decide({key: ["office", "late"]}, at, NOBODY, None).service for key in ("open", "closed")]

    assert sorted(found) == ["found", "triage"]


def test_a_rule_on_needs_that_is_not_used_tells_nothing_of_the_need() -> None:
    when = {"needs": ["bsl"], "channel": ["email"]}

    decisions = [decide(when, NOON, Circumstances(needs=frozenset(needs)), None) for needs in (["bsl"], [])]

    assert decisions[0] == decisions[1]
    assert list(KINDS)[-1] == "needs"


def test_a_rule_set_says_what_its_rules_ask_so_that_nothing_else_is_looked_up() -> None:
    rule = Rule.model_validate(
        {"id": "r", "band": "topic", "when": {"needs": ["bsl"], "attachments": False}, "then": {}}
    )

    assert RuleSet([rule], ("topic",), [], "triage").asks == {"needs", "attachments"}
