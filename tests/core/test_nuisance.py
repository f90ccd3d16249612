"""What is set aside, what never is, and what brings a case back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onestop.core.actions import plan_flags
from onestop.core.case import rebuild
from onestop.core.enquiry import Thread
from onestop.core.events import FlagsChanged, MessageQueued
from onestop.core.nuisance import REASONS
from onestop.core.plan import Plan
from onestop.core.policy import Nuisance, Policy

from .world import ALICE, World, events_of

SENDER = "tel:+447700900123"
ANNOYING = {"sender": SENDER}


def limited(policy: Policy, **limits: Any) -> World:
    """Give a world whose council has other limits."""
    nuisance = Nuisance(**limits)
    return World(replace(policy, council=policy.council.model_copy(update={"nuisance": nuisance})))


def restrict(world: World, *, hours: float = 24) -> None:
    world.restricted["tel:+447700900123"] = world.now + timedelta(hours=hours)


def mail(world: World, text: str, **fields: Any) -> Plan:
    return world.receive(text, **({"channel": "email", "sender": "mailto:tom@example.org"} | fields))


def flags(world: World, plan: Plan) -> tuple[str, ...]:
    return world.again(plan).case.flags


def acknowledged(plan: Plan) -> bool:
    return any(isinstance(event, MessageQueued) for event in events_of(plan))


def test_what_the_receiving_server_calls_spam_is_a_case_that_is_set_aside(world: World) -> None:
    plan = mail(world, "My bin, and cheap pills", gateway_meta={"spam": "yes"})

    assert (plan.outcome, flags(world, plan)) == ("opened", ("set_aside", "spam"))
    assert world.again(plan).case.service == "bins"
    assert not acknowledged(plan)


@pytest.mark.parametrize("verdict", ["no", "", "YES?"])
def test_anything_but_yes_is_no_verdict(world: World, verdict: str) -> None:
    plan = mail(world, "My bin", gateway_meta={"spam": verdict})

    assert (flags(world, plan), acknowledged(plan)) == ((), True)


def test_what_a_restricted_sender_writes_is_set_aside(world: World) -> None:
    restrict(world)

    plan = world.receive("My bin")

    assert (flags(world, plan), acknowledged(plan)) == (("restricted_sender", "set_aside"), False)


def test_a_restriction_has_ended_at_its_end(world: World) -> None:
    restrict(world, hours=1)

    before = flags(world, world.later(hours=1, microseconds=-1).receive("My bin"))
    at_the_end = flags(world, world.later(microseconds=1).receive("A hole", sender=SENDER))

    assert ("set_aside" in before, "set_aside" in at_the_end) == (True, False)


def test_words_that_may_not_wait_reach_people_whoever_writes_them(world: World) -> None:
    restrict(world)

    plan = world.receive("There is a smell of gas", gateway_meta={"spam": "yes"})

    assert (flags(world, plan), acknowledged(plan)) == (("emergency",), True)


def test_the_council_says_what_may_not_wait(policy: Policy) -> None:
    world = limited(policy, never=("road",))
    restrict(world)

    road, gas = world.receive("A hole"), world.receive("Smell of gas")

    assert flags(world, road) == ("road",)
    assert set(flags(world, gas)) >= {"emergency", "set_aside"}


def test_as_many_cases_as_the_council_takes_within_an_hour_are_seen_and_the_next_is_not(policy: Policy) -> None:
    world = limited(policy, hourly=3)

    aside = ["set_aside" in flags(world, mail(world, f"Matter {number}")) for number in range(5)]

    assert aside == [False, False, False, True, True]


def test_a_limit_beyond_what_is_looked_at_otherwise_holds_as_well(policy: Policy) -> None:
    world = limited(policy, hourly=30)

    aside = ["set_aside" in flags(world, mail(world, f"Matter {number}")) for number in range(32)]

    assert aside == [False] * 30 + [True] * 2


def test_cases_that_came_more_than_an_hour_ago_do_not_count(policy: Policy) -> None:
    world = limited(policy, hourly=1)
    mail(world, "One")

    within = flags(world, world.later(hours=1) and mail(world, "Two"))
    beyond = flags(world, world.later(hours=1, microseconds=1) and mail(world, "Three"))

    assert ("too_many" in within, "too_many" in beyond) == (True, False)


def test_every_reason_is_told(policy: Policy) -> None:
    world = limited(policy, hourly=1)
    world.receive("A bin")
    restrict(world)

    plan = world.receive("A hole", gateway_meta={"spam": "yes"})

    assert set(flags(world, plan)) >= {"set_aside", *REASONS}


def test_what_a_worker_wrote_down_is_not_set_aside(world: World) -> None:
    restrict(world)

    plan = world.receive("My bin", channel="phone", kind="call", entered_by="bob")

    assert flags(world, plan) == ()


def test_nobody_is_told_apart_by_a_withheld_number(policy: Policy) -> None:
    world = limited(policy, hourly=1)

    aside = [flags(world, world.receive(f"Bin {n}", sender=None, channel="phone", kind="call")) for n in range(3)]

    assert aside == [(), (), ()]


def test_what_joins_a_case_is_not_set_aside(world: World) -> None:
    first = world.receive("My bin")
    restrict(world)

    second = world.receive("It is the green one")

    assert (second.outcome, flags(world, first)) == ("joined", ())


def test_a_case_set_aside_comes_back_when_what_joins_it_may_not_wait(world: World) -> None:
    restrict(world)
    first = world.receive("My bin")
    token = Thread(token=world.again(first).case.reference)

    world.receive("There is a smell of gas", thread=token)

    assert flags(world, first) == ("emergency",)
    assert rebuild(world.events(first)) == world.again(first).case


def test_a_case_set_aside_comes_back_with_what_its_sender_adds_once_the_restriction_was_lifted(world: World) -> None:
    restrict(world)
    first = world.receive("My bin")
    world.restricted.clear()

    second = world.receive("It is the green one")

    assert (second.outcome, flags(world, first)) == ("joined", ())
    (change,) = [event for event in events_of(second) if isinstance(event, FlagsChanged)]
    assert (change.removed, change.by) == (("restricted_sender", "set_aside"), "system:onestop")


def test_a_case_set_aside_stays_there_as_long_as_its_sender_is_restricted(world: World) -> None:
    restrict(world)
    first = world.receive("My bin")

    second = world.receive("It is the green one")

    assert (second.outcome, flags(world, first)) == ("joined", ("restricted_sender", "set_aside"))


def test_an_automatic_answer_brings_nothing_back(world: World) -> None:
    first = mail(world, "My bin", gateway_meta={"spam": "yes"})
    token = Thread(token=world.again(first).case.reference)

    mail(world, "I am away", kind="auto_reply", thread=token)

    assert "set_aside" in flags(world, first)


def test_what_a_person_set_aside_comes_back_only_for_what_may_not_wait(world: World) -> None:
    first = world.receive("My bin")
    world.save(plan_flags(world.again(first), ["set_aside"], [], ALICE, world.policy, world.context()))

    world.receive("It is the green one")
    before = flags(world, first)
    world.receive("Gas!", thread=Thread(token=world.again(first).case.reference))

    assert (before, flags(world, first)) == (("set_aside",), ("emergency",))
