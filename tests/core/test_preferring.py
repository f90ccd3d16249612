"""How somebody wants to be reached, said in few words from a contact point of their own."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from onestop.core.citizen import Citizen
from onestop.core.contact import Urn
from onestop.core.enquiry import UNPROVED
from onestop.core.events import MessageQueued
from onestop.core.plan import ContactFacts, Plan
from onestop.core.profile import ContactPoint, Verification

from .world import World, events_of

NUMBER, MAIL = "tel:+447700900123", "mailto:jo@example.org"
SEEN = Verification(how="agent", by="worker:alice", at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def known(world: World) -> World:
    """Give a world that knows somebody's telephone and e-mail address."""
    points = (ContactPoint(urn=Urn.parse(NUMBER)), ContactPoint(urn=Urn.parse(MAIL), verified=SEEN))
    world.profiles[NUMBER] = (Citizen(id="z1"), b"", points)
    world.contacts[NUMBER] = ContactFacts(citizen="z1")
    return world


def citizen(plan: Plan) -> Citizen:
    (change,) = plan.citizens
    return change.citizen


def answers(plan: Plan) -> list[str | None]:
    return [event.template for event in events_of(plan) if isinstance(event, MessageQueued)]


@pytest.mark.parametrize(
    ("text", "channel", "flags"),
    [
        ("EMAIL ME", "email", ()),
        ("tecstiwch fi", "sms", ()),
        ("ring me", "phone", ("preference_stated",)),
    ],
)
def test_a_channel_is_preferred_for_everything(known: World, text: str, channel: str, flags: tuple[str, ...]) -> None:
    plan = known.receive(text)

    (stated,) = citizen(plan).preferences
    assert (stated.channels, stated.purpose, stated.service, stated.case) == ((channel,), None, None, None)
    assert (stated.source.channel, stated.source.proof.case) == ("sms", plan.case and plan.case.id)
    assert answers(plan) == ["preference_noted"]
    assert plan.case is not None
    assert plan.case.flags == flags


def test_whoever_asks_for_the_channel_they_use_names_the_address_they_use(known: World) -> None:
    (texts,) = citizen(known.receive("TEXT ME")).preferences
    *_, mails = citizen(known.later(minutes=2).receive("EMAIL ME")).preferences

    assert (texts.contact_point, mails.contact_point) == (NUMBER, None)


def test_of_two_wishes_the_later_holds_and_the_first_can_be_said_again(known: World) -> None:
    said = [known.later(minutes=2).receive(text) for text in ("TEXT ME", "EMAIL ME", "TEXT ME", "TEXT ME")]

    last = [citizen(plan).preferences[-1].channels if plan.citizens else None for plan in said]
    assert last == [("sms",), ("email",), ("sms",), None]


def test_an_address_that_nothing_shows_to_be_theirs_is_for_a_person(known: World) -> None:
    points = tuple(ContactPoint(urn=Urn.parse(urn)) for urn in (NUMBER, MAIL))
    known.profiles[NUMBER] = (Citizen(id="z1"), b"", points)

    plan = known.receive("EMAIL ME")

    assert plan.citizens == ()
    assert plan.case is not None
    assert "preference_stated" in plan.case.flags


def test_quiet_hours_are_those_of_every_day_until_they_are_off(known: World) -> None:
    quiet = citizen(known.receive("QUIET 21-8"))
    off = citizen(known.later(minutes=2).receive("tawel i ffwrdd"))

    (hours,) = quiet.quiet_hours
    assert {(span.start, span.end) for spans in hours.spans.values() for span in spans} == {(time(21), time(8))}
    assert len(hours.spans) == 7
    assert off.quiet_hours == ()


@pytest.mark.parametrize(("text", "language"), [("CYMRAEG", "cy"), ("Welsh please", "cy"), ("Saesneg", "en")])
def test_a_language_is_stated_by_its_name(known: World, text: str, language: str) -> None:
    assert citizen(known.receive(text)).language == language


@pytest.mark.parametrize("text", ["EMAIL ME", "QUIET 21:30-7:00", "CYMRAEG"])
def test_what_was_stated_is_not_stated_or_confirmed_again(known: World, text: str) -> None:
    known.receive(text)

    again = known.later(minutes=2).receive(text)

    assert (again.citizens, answers(again)) == ((), [])
    assert again.case is not None
    assert again.case.flags == ()


@pytest.mark.parametrize(
    ("fields", "contact"),
    [
        ({"text": "write to me"}, ContactFacts(citizen="z1")),
        ({"text": "EMAIL ME"}, ContactFacts(shared=True)),
        ({"text": "EMAIL ME", "defects": (UNPROVED,)}, ContactFacts(citizen="z1")),
        ({"text": "EMAIL ME", "sender": "tel:07700900999"}, ContactFacts(citizen="z1")),
        ({"text": "EMAIL ME", "sender": None}, ContactFacts(citizen="z1")),
    ],
    ids=["no postal address", "shared", "may be forged", "nobody known", "withheld"],
)
def test_where_it_cannot_be_known_whose_it_is_a_person_looks(
    known: World, fields: dict[str, Any], contact: ContactFacts
) -> None:
    known.contacts[NUMBER] = contact

    plan = known.receive(**fields)

    assert (plan.citizens, answers(plan)) == ((), [])
    assert plan.case is not None
    assert "preference_stated" in plan.case.flags
    assert plan.case.state_type == "new"
