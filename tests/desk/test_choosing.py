"""Choosing: a host asks how somebody would be told a thing, and nothing is queued by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from onestop import Desk, open_store
from onestop.channels.email import Email
from onestop.channels.sms import TwilioSms
from onestop.core.actor import Actor
from onestop.errors import NotFoundError, RequestError
from onestop.policy import compile_policy
from onestop.testing.stores.bench import POLICY, Bench

ALICE = Actor(kind="worker", id="alice")
MARY, MARY_MAIL, NOBODY = "tel:+447700900101", "mailto:mary@mail.example", "tel:+447700900199"

ADAPTERS = {
    "email": Email(reply_key="a key of the council", from_address="contact@saltmarsh.example"),
    "sms": TwilioSms(auth_token="token", account_sid="AC1", from_number="+441632960100"),
}


@pytest.fixture
def bench() -> Iterator[Bench]:
    store = open_store("sqlite://")
    bench = Bench(store)
    bench.take_in(bench.text("Graffiti", sender=MARY))
    yield bench
    store.close()


@pytest.fixture
def desk(bench: Bench) -> Desk:
    desk = Desk(bench.store, compile_policy(POLICY), ADAPTERS, clock=lambda: bench.now)
    desk.citizens.add_contact_point(MARY, MARY_MAIL, by=ALICE)
    for urn in (MARY, MARY_MAIL):
        desk.citizens.verify(urn, by=ALICE)
    return desk


def test_what_was_stated_is_chosen_and_why_is_said(desk: Desk) -> None:
    desk.citizens.prefer(MARY, ["email", "sms"], by=ALICE)

    choice = desk.citizens.choose(MARY, "service_update")

    assert (choice.kind, choice.channel, choice.because) == ("send", "email", "general_preference")
    assert choice.contact_point is not None
    assert choice.contact_point.urn == MARY_MAIL
    assert [way.channel for way in choice.fallback[:1]] == ["sms"]


def test_of_a_case_where_they_last_wrote_about_it_counts(desk: Desk) -> None:
    (case,) = desk.cases(contact_point=MARY)

    choice = desk.citizens.choose(MARY, "service_update", case=case.reference.lower())

    assert (choice.channel, choice.because) == ("sms", "last_used")


def test_a_preference_of_the_case_or_its_service_counts(desk: Desk) -> None:
    (case,) = desk.cases(contact_point=MARY)
    desk.citizens.prefer(MARY, ["email"], service=case.service, by=ALICE)

    of_case = desk.citizens.choose(MARY, "service_update", case=case.reference)
    of_service = desk.citizens.choose(MARY, "service_update", service=case.service)

    assert (of_case.channel, of_case.because) == ("email", "service_preference")
    assert (of_service.channel, of_service.because) == ("email", "service_preference")


def test_quiet_hours_say_until_when_and_urgent_does_not_wait(desk: Desk, bench: Bench) -> None:
    start, end = (bench.now + timedelta(hours=each) for each in (-1, 2))
    desk.citizens.prefer(MARY, ["sms"], by=ALICE)
    desk.citizens.quiet_hours(MARY, {"mon": [(f"{start:%H:%M}", f"{end:%H:%M}")]}, by=ALICE)

    waits = desk.citizens.choose(MARY, "service_update")
    urgent = desk.citizens.choose(MARY, "urgent")

    assert waits.not_before == end
    assert urgent.not_before is None


def test_asking_changes_nothing(desk: Desk) -> None:
    before = desk.counts(), desk.changes()

    desk.citizens.choose(MARY, "marketing")

    assert (desk.counts(), desk.changes()) == before


def test_of_a_number_nobody_is_known_by_no_more_is_known_than_the_number(desk: Desk) -> None:
    choice = desk.citizens.choose(NOBODY, "marketing")

    assert choice.kind == "denied"


@pytest.mark.parametrize(
    ("who", "asked", "error"),
    [
        (MARY, {"purpose": "gossip"}, RequestError),
        (MARY, {"purpose": "alert", "service": "moon"}, NotFoundError),
        (MARY, {"purpose": "alert", "case": "NP-0000-0000"}, NotFoundError),
        (MARY, {"purpose": "alert", "service": "graffiti", "case": "NP-0000-0000"}, RequestError),
        ("nobody", {"purpose": "alert"}, NotFoundError),
    ],
)
def test_what_is_not_there_is_a_clear_error(
    desk: Desk, who: str, asked: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.citizens.choose(who, **asked)
