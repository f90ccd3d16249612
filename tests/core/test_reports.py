"""What becomes of a delivery report: an event of the case whose message it is about, or a rejection."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.core.case import MESSAGE_FAILED
from onestop.core.enquiry import DeliveryReport
from onestop.core.events import MessageUpdated
from onestop.core.opting import Kind
from onestop.core.plan import MessageChange, Plan
from onestop.core.policy import Policy

from .world import World, events_of

AT = "2026-03-02T10:00:00Z"


def report(world: World, **fields: Any) -> DeliveryReport:
    """Give a report about the last message of the world."""
    given_fields = {"channel": "sms", "adapter": "test", "received_at": AT, "message_id": list(world.messages)[-1]}
    return DeliveryReport.model_validate({"kind": "delivered"} | given_fields | fields)


@pytest.fixture
def wrote(world: World) -> World:
    """Give a world with one case, whose acknowledgement was sent."""
    world.receive("a bin")
    return world.send()


@pytest.mark.parametrize(
    ("fields", "state", "flagged"),
    [
        ({"kind": "delivered"}, "delivered", False),
        ({"kind": "read"}, "read", False),
        ({"kind": "bounce", "permanent": True}, "permanent_failure", True),
        ({"kind": "bounce", "permanent": None}, "permanent_failure", True),
        ({"kind": "bounce", "permanent": False}, "temporary_failure", False),
        ({"kind": "failed"}, "permanent_failure", True),
        ({"kind": "failed", "permanent": False}, "temporary_failure", False),
    ],
    ids=str,
)
def test_a_report_tells_what_became_of_a_message(
    wrote: World, fields: dict[str, Any], state: str, flagged: bool
) -> None:
    plan = wrote.take(report(wrote, **fields, status="5.1.1"))

    (told,) = events_of(plan)
    assert isinstance(told, MessageUpdated)
    assert (told.state, told.code, told.attention, told.by) == (state, "5.1.1", flagged, "system:onestop")
    fails = state == "permanent_failure"
    assert plan.message_changes == (MessageChange(told.message, state, "5.1.1", address_fails=fails),)
    assert plan.case is not None
    assert (MESSAGE_FAILED in plan.case.flags) is flagged
    assert plan.intake is not None
    assert (plan.outcome, plan.intake.outcome, plan.intake.enquiry) == ("recorded", "recorded", None)


@pytest.mark.parametrize(
    ("kind", "fields", "closed"),
    [
        ("opt_out", {}, Kind("sms")),
        ("feedback_report", {}, Kind("sms")),
        ("opt_out", {"channel": "email"}, Kind("email", "acknowledgement")),
        ("feedback_report", {"channel": "email"}, Kind("email", "acknowledgement")),
    ],
)
def test_a_report_that_they_want_no_more_is_written_into_the_ledger_once(
    world: World, kind: str, fields: dict[str, Any], closed: Kind
) -> None:
    sender = {"sender": "mailto:jo@example.org"} if fields else {}
    world.receive("a bin", **fields, **sender)
    world.send()

    first = world.take(report(world, kind=kind, source_id="1", **fields))
    other = world.take(report(world, kind=kind, source_id="2", **fields))

    (entry,) = first.consents
    assert (Kind.of(entry), entry.given, entry.key) == (
        closed,
        False,
        next(iter(world.messages.values())).recipient.key,
    )
    assert (entry.source.proof.case, entry.source.by) == (first.case and first.case.id, "system:onestop")
    assert (other.outcome, other.consents) == ("recorded", ())


@pytest.mark.parametrize("kind", ["opt_out", "feedback_report", "unknown"])
def test_a_report_that_tells_nothing_of_a_message_s_fate_is_recorded_and_changes_no_case(
    wrote: World, kind: str
) -> None:
    plan = wrote.take(report(wrote, kind=kind))

    assert (plan.outcome, plan.changes, plan.message_changes) == ("recorded", (), ())
    assert plan.case is not None
    assert plan.intake in wrote.intakes


@pytest.mark.parametrize("message_id", [None, "", "nobody's@example.org", "\ud800"])
def test_a_report_about_no_message_of_ours_is_rejected(wrote: World, message_id: str | None) -> None:
    plan = wrote.take(report(wrote, message_id=message_id))

    assert plan == Plan("rejected", code="unmatched_report")


def test_the_same_report_twice_is_a_repeat(wrote: World) -> None:
    first = wrote.take(report(wrote, source_id="1"))

    again, other = wrote.take(report(wrote, source_id="1")), wrote.take(report(wrote, source_id="1", kind="read"))

    assert again == Plan("repeat", intake=first.intake)
    assert other.outcome == "recorded"


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([("delivered", None), ("bounce", False)], "delivered"),
        ([("read", None), ("delivered", None)], "read"),
        ([("read", None), ("bounce", False)], "read"),
        ([("bounce", True), ("bounce", False)], "permanent_failure"),
        ([("bounce", False), ("delivered", None)], "delivered"),
        ([("delivered", None), ("bounce", True)], "permanent_failure"),
        ([("delivered", None), ("read", None)], "read"),
    ],
)
def test_a_report_that_was_overtaken_takes_nothing_back(
    wrote: World, kinds: list[tuple[str, bool | None]], state: str
) -> None:
    for kind, permanent in kinds:
        plan = wrote.take(report(wrote, kind=kind, permanent=permanent))

    assert list(wrote.states.values()) == [state]
    assert [event.state for event in events_of(plan) if isinstance(event, MessageUpdated)] in ([], [state])


@pytest.mark.parametrize(
    "status", ["jo@example.org", "5.1.1 Jo Bloggs unknown", "x" * 41, "", "\ud800", "5.1.1\n", "<5>"]
)
def test_a_status_that_is_no_code_does_not_get_into_the_history(wrote: World, status: str) -> None:
    plan = wrote.take(report(wrote, kind="bounce", status=status))

    (told,) = events_of(plan)
    assert isinstance(told, MessageUpdated)
    assert told.code is None
    assert plan.message_changes[0].code is None


@given(st.fixed_dictionaries({}, optional={
    "kind": st.sampled_from(["delivered", "failed", "bounce", "read", "opt_out", "feedback_report", "unknown"]),
    "status": st.text(), "message_id": st.text(), "source_id": st.one_of(st.none(), st.text()),
    "permanent": st.one_of(st.none(), st.booleans()), "recipient": st.sampled_from(["tel:999", None]),
}))  # fmt: skip
def test_any_report_is_recorded_or_rejected(policy: Policy, fields: dict[str, Any]) -> None:
    world = World(policy)
    world.receive("a bin")

    plan = world.take(report(world, **fields))

    assert plan.outcome in ("recorded", "rejected")
