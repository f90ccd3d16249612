"""What becomes of a case's state, target and rule when it goes to another service."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onestop.core.actions import plan_reroute
from onestop.core.rerouting import rerouted

from .world import ALICE, START, World


def test_the_target_of_the_other_service_counts_from_when_the_case_opened(world: World) -> None:
    opened = world.receive("A hole")
    world.later(hours=30)

    plan = plan_reroute(world.again(opened), "bins", None, ALICE, world.policy, world.context())

    assert plan.case is not None
    assert (plan.case.service, plan.case.target_at) == ("bins", START + timedelta(hours=48))


def test_a_service_without_a_target_takes_it_away(world: World) -> None:
    opened = world.receive("My bin")

    plan = plan_reroute(world.again(opened), "holes", None, ALICE, world.policy, world.context())

    assert opened.case is not None
    assert plan.case is not None
    assert (opened.case.target_at is None, plan.case.target_at) == (False, None)


def test_a_state_that_the_other_lifecycle_lacks_becomes_its_first_one(world: World) -> None:
    case = world.again(world.receive("My bin")).case

    event = rerouted(case, "holes", "system:onestop", world.policy, START)

    assert (case.state, event.state, event.state_type) == ("new", "reported", "new")


def test_a_state_of_the_same_name_and_another_type_is_another_state(world: World) -> None:
    first = world.receive("My bin")
    case = world.again(world.act(first, "start_work")).case

    event = rerouted(case, "holes", "system:onestop", world.policy, START)

    assert (case.state, case.state_type, event.state) == ("in_progress", "open", "reported")


def test_a_state_that_both_have_is_kept(world: World) -> None:
    first = world.receive("My bin")
    case = world.again(world.act(first, "wait_for_citizen")).case

    event = rerouted(case, "holes", "system:onestop", world.policy, START)

    assert (event.state, event.state_type, event.waiting_on) == ("waiting_on_citizen", "waiting", "citizen")


@pytest.mark.parametrize("service", ["holes", "graffiti"])
def test_a_wait_until_a_date_ends_since_its_timer_is_void(world: World, service: str) -> None:
    first = world.receive("My bin")
    case = world.again(world.act(first, "wait_until", until="2026-04-01T09:00:00+00:00")).case

    event = rerouted(case, service, "system:onestop", world.policy, START)

    assert (event.state_type, event.waiting_on) == ("new", None)
    assert case.apply(event).waiting_until is None
