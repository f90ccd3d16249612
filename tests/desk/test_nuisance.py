"""Restrictions: a person's decision to set aside what comes from a contact point, until a date."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from onestop import Actor, Desk
from onestop.errors import ContactPointError, NotFoundError, RequestError
from onestop.gateways import CollectingSender

from .payloads import MARY, MARY_URN, TOM, TOM_URN, Clock, Payloads


@pytest.fixture
def tomorrow(clock: Clock) -> datetime:
    return clock.now + timedelta(days=1)


def test_what_a_restricted_sender_writes_is_kept_and_left_out_of_listings(
    desk: Desk, payloads: Payloads, alice: Actor, tomorrow: datetime, sender: CollectingSender
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Forty texts a day", by=alice)

    receipt = desk.receive(*payloads.text("A pothole"))[0]
    desk.run_due()

    assert (receipt.outcome, receipt.flags) == ("opened", ("restricted_sender", "set_aside"))
    assert list(desk.cases()) == []
    assert [case.reference for case in desk.cases(set_aside=True)] == [receipt.reference]
    assert sender.sent == []
    assert list(desk.verify()) == []


def test_a_restriction_is_listed_with_who_when_and_until(
    desk: Desk, alice: Actor, clock: Clock, tomorrow: datetime
) -> None:
    desk.restrict(f"tel:{MARY}", until=tomorrow, reason="Forty texts a day", by=alice)

    (record,) = desk.restrictions()

    assert (str(record.urn), record.set_at, record.set_by, record.until) == (
        MARY_URN,
        clock.now,
        "worker:alice",
        tomorrow,
    )


def test_a_restriction_ends_by_itself(
    desk: Desk, payloads: Payloads, alice: Actor, clock: Clock, tomorrow: datetime
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Threats", by=alice)

    clock.pass_time(days=1)

    assert desk.restrictions() == []
    assert desk.receive(*payloads.text("A pothole"))[0].flags == ()
    with pytest.raises(NotFoundError):
        desk.lift(MARY_URN, by=alice)


def test_a_restriction_that_was_lifted_is_over(
    desk: Desk, payloads: Payloads, alice: Actor, tomorrow: datetime
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Threats", by=alice)
    desk.restrict(MARY_URN, until=tomorrow + timedelta(days=1), reason="More threats", by=alice)

    desk.lift(MARY_URN, by=alice)

    assert desk.restrictions() == []
    assert desk.receive(*payloads.text("A pothole"))[0].flags == ()


def test_the_same_decision_may_be_taken_twice_in_one_moment(desk: Desk, alice: Actor, tomorrow: datetime) -> None:
    for _ in range(2):
        desk.restrict(MARY_URN, until=tomorrow, reason="Threats", by=alice)

    assert len(desk.restrictions()) == 2


def test_of_several_restrictions_the_latest_end_counts(
    desk: Desk, payloads: Payloads, alice: Actor, clock: Clock, tomorrow: datetime
) -> None:
    desk.restrict(MARY_URN, until=tomorrow + timedelta(days=2), reason="Threats", by=alice)
    desk.restrict(MARY_URN, until=tomorrow, reason="Again", by=alice)

    clock.pass_time(days=2)

    assert "set_aside" in desk.receive(*payloads.text("A pothole"))[0].flags


def test_words_that_may_not_wait_reach_people_from_a_restricted_sender(
    desk: Desk, payloads: Payloads, alice: Actor, tomorrow: datetime
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Threats", by=alice)

    receipt = desk.receive(*payloads.text("I smell gas"))[0]

    assert [case.reference for case in desk.cases(flag="emergency")] == [receipt.reference]
    assert receipt.flags == ("emergency",)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"contact_point": "Mary"}, ContactPointError),
        ({"until": datetime(2026, 3, 3)}, RequestError),  # noqa: DTZ001 — that is what is refused
        ({"reason": " "}, RequestError),
        ({"by": Actor(kind="provider", id="clear-streets")}, RequestError),
    ],
)
def test_a_restriction_needs_a_contact_point_an_end_a_reason_and_a_worker(
    desk: Desk, alice: Actor, tomorrow: datetime, given: dict[str, object], error: type[Exception]
) -> None:
    wanted = {"contact_point": MARY_URN, "until": tomorrow, "reason": "Threats", "by": alice} | given

    with pytest.raises(error):
        desk.restrict(wanted.pop("contact_point"), **wanted)  # type: ignore[arg-type]  # wrong on purpose


def test_a_restriction_cannot_have_ended_already(desk: Desk, alice: Actor, clock: Clock) -> None:
    with pytest.raises(RequestError):
        desk.restrict(MARY_URN, until=clock.now, reason="Threats", by=alice)


def test_who_was_restricted_is_not_in_the_logs(
    desk: Desk, alice: Actor, tomorrow: datetime, logs: list[dict[str, object]]
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Forty texts a day", by=alice)
    desk.lift(MARY_URN, by=alice)

    assert [log["event"] for log in logs] == ["sender.restricted", "sender.unrestricted"]
    assert "900101" not in repr(logs)
    assert "Forty" not in repr(logs)


def test_why_a_case_was_set_aside_is_explained(
    desk: Desk, payloads: Payloads, alice: Actor, tomorrow: datetime
) -> None:
    desk.restrict(MARY_URN, until=tomorrow, reason="Threats", by=alice)
    reference = desk.receive(*payloads.text("A pothole"))[0].reference
    assert reference is not None

    assert (
        "a person decided so for this contact point, until a date [restricted_sender]" in desk.explain(reference).text()
    )


def test_whoever_is_copied_into_a_flood_is_still_seen_and_answered(
    desk: Desk, payloads: Payloads, sender: CollectingSender
) -> None:
    for number in range(40):
        desk.receive(*payloads.mail(f"Matter {number}", sender=f"eve{number}@mail.example", name="Eve", Cc=TOM))

    receipt = desk.receive(*payloads.mail("There is graffiti on my house"))[0]
    desk.run_due()

    assert "set_aside" not in receipt.flags
    assert TOM_URN in [str(message.recipient) for message, _ in sender.sent]
