"""Effects of actions: flags, a question, a timer; with the action or not at all, and void once the case moves on."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onestop.policy
from onestop.core.actions import plan_action, plan_flags, plan_note, plan_reroute, plan_timer
from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import UNTOLD, rebuild
from onestop.core.effects import TIMER_REFUSED
from onestop.core.events import FlagsChanged, MessageQueued, StateChanged, StateTimer, TimerSet
from onestop.core.linking import History
from onestop.core.merging import plan_unmerge
from onestop.core.messages import Addressee
from onestop.core.plan import CaseFacts, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.errors import OnestopError, PolicyError
from onestop.policy import compile_policy

from .world import ALICE, START, World, events_of

POLICY: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "policy.toml").read_text("utf-8"))
DEFAULT: dict[str, Any] = tomllib.loads((Path(onestop.policy.__file__).parent / "default.toml").read_text("utf-8"))
SECOND_BINS = {"name": "Bins of flats", "provider": "council"}
WEEKDAYS = {
    "hours": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def document() -> dict[str, Any]:
    """Give the small council's policy with a lifecycle that does things by itself."""
    made = deepcopy(POLICY)
    actions = deepcopy(DEFAULT["actions"])
    actions["resolve"]["effects"] = {"timer": {"action": "close", "after": "28 days"}}
    actions["wait_for_citizen"]["effects"] = {
        "flags": ["asked"],
        "unflag": ["road"],
        "ask": "fixed",
        "timer": {"action": "no_answer", "after": "10 days"},
    }
    actions["no_answer"] = {
        "from": ["waiting_on_citizen"],
        "to": "in_progress",
        "roles": ["system"],
        "effects": {"flags": ["no_answer"], "unflag": ["asked"]},
    }
    actions["resume"]["effects"] = {"unflag": ["asked", "no_answer"]}
    made["default"] = {**DEFAULT, "actions": actions}
    made["services"]["services"]["flats"] = SECOND_BINS
    return made


@pytest.fixture(scope="session")
def effects() -> Policy:
    return compile_policy(document())


@pytest.fixture
def world(effects: Policy) -> World:
    return World(effects)


@pytest.fixture
def case(world: World) -> CaseFacts:
    return world.again(world.receive("my bin"))


def addressee(world: World, case: CaseFacts) -> Addressee:
    return Addressee(world.rows[world.again(case).parties[0].alias], wrote_on="sms")


def ask(world: World, case: CaseFacts, *, to: Addressee | None) -> Plan:
    return world.save(
        plan_action(world.again(case), "wait_for_citizen", {}, ALICE, world.policy, world.context(), to=to)
    )


def fire(world: World, case: CaseFacts | Plan, timer: TimerRow) -> Plan:
    return world.save(
        plan_timer(world.again(case), timer.kind, timer.generation, world.policy, world.context(), open_children=())
    )


def acting(plan: Plan) -> TimerRow:
    return next(timer for timer in plan.timers if timer.kind.startswith("act:"))


def test_effects_follow_the_change_of_state_in_their_order_and_are_the_systems(world: World, case: CaseFacts) -> None:
    plan = ask(world, case, to=addressee(world, case))

    made = [
        (event.type, event.by)
        for event in events_of(plan)
        if isinstance(event, StateChanged | FlagsChanged | MessageQueued | TimerSet)
    ]
    assert made[:4] == [
        ("state_changed", "worker:alice"),
        ("flags_changed", "system:onestop"),
        ("message_queued", "system:onestop"),
        ("timer_set", "system:onestop"),
    ]


def test_a_question_goes_to_the_citizen_as_one(world: World, case: CaseFacts) -> None:
    plan = ask(world, case, to=addressee(world, case))

    (message,) = plan.messages
    assert (message.purpose, message.channel, message.recipient.key) == ("question", "sms", "tel:+447700900123")
    assert plan.case is not None
    assert plan.case.flags == ("asked",)


def test_a_question_that_may_not_go_out_by_itself_is_a_persons_to_ask(world: World, case: CaseFacts) -> None:
    plan = ask(world, case, to=None)

    assert plan.messages == ()
    assert plan.case is not None
    assert (plan.case.state, plan.case.flags) == ("waiting_on_citizen", ("asked", UNTOLD))


def test_a_flag_that_is_there_is_not_put_on_again(world: World, case: CaseFacts) -> None:
    world.save(plan_flags(world.again(case), ("asked",), (), ALICE, world.policy, world.context()))

    plan = ask(world, case, to=addressee(world, case))

    assert not any(isinstance(event, FlagsChanged) for event in events_of(plan))


def test_a_resolved_case_closes_by_itself(world: World, case: CaseFacts) -> None:
    resolved = world.act(case, "resolve")
    timer = acting(resolved)
    world.later(days=28)

    plan = fire(world, case, timer)

    # The end of the 28th day in Saltmarsh, where summer time has come.
    assert (timer.kind, timer.due_at) == ("act:close", START.replace(day=30, hour=22, minute=59, second=59))
    assert resolved.case is not None
    assert resolved.case.timer == StateTimer(action="close", due_at=timer.due_at)
    assert plan.case is not None
    assert (plan.case.state, plan.case.closing_reason, plan.case.timer) == ("closed", "done", None)
    assert {event.by for event in events_of(plan)} == {"system:onestop"}


def test_a_case_that_was_reopened_is_not_closed_by_its_old_timer(world: World, case: CaseFacts) -> None:
    timer = acting(world.act(case, "resolve"))
    world.act(case, "reopen")
    world.act(case, "resolve")

    plan = fire(world, case, timer)

    assert plan == Plan("recorded", case=world.again(case).case)


def test_who_does_not_answer_is_looked_at_by_a_person(world: World, case: CaseFacts) -> None:
    timer = acting(ask(world, case, to=addressee(world, case)))
    world.later(days=10)

    plan = fire(world, case, timer)

    assert plan.case is not None
    assert (plan.case.state, plan.case.flags) == ("in_progress", ("no_answer",))


def test_an_answer_takes_the_effects_of_the_action_that_it_takes(world: World, case: CaseFacts) -> None:
    timer = acting(ask(world, case, to=addressee(world, case)))
    answered = world.receive("it is number 4", thread={"token": case.case.reference})

    plan = fire(world, case, timer)

    assert answered.case is not None
    assert (answered.case.state, answered.case.flags) == ("in_progress", ())
    assert plan.changes == ()


def test_working_days_are_those_of_the_services_calendar() -> None:
    made = document()
    made["calendars"] = {"calendars": {"office": WEEKDAYS}}
    made["services"]["services"]["bins"]["standard"]["calendar"] = "office"
    made["default"]["actions"]["resolve"]["effects"]["timer"]["after"] = "5 working days"
    world = World(compile_policy(made))  # START is a Monday

    timer = acting(world.act(world.receive("my bin"), "resolve"))

    assert timer.due_at == START.replace(day=9, hour=17, minute=0)


def test_an_action_that_is_not_allowed_when_its_time_comes_is_a_persons_to_look_at() -> None:
    made = document()
    made["default"]["actions"]["close"]["guards"] = ["citizen_told"]
    world = World(compile_policy(made))
    case = world.again(world.receive("my bin"))
    timer = acting(world.act(case, "resolve"))

    first, second = fire(world, case, timer), fire(world, case, timer)

    assert first.case is not None
    assert (first.case.state, first.case.flags) == ("resolved", (TIMER_REFUSED,))
    assert second.changes == ()


def test_a_case_that_keeps_its_state_on_its_way_keeps_what_was_to_happen(world: World, case: CaseFacts) -> None:
    first = acting(world.act(case, "resolve"))
    world.later(days=3)

    moved = world.save(plan_reroute(world.again(case), "flats", None, ALICE, world.policy, world.context()))
    again = acting(moved)
    void, closed = fire(world, case, first), fire(world, case, again)

    assert (again.kind, again.due_at) == (first.kind, first.due_at)
    assert void.changes == ()
    assert closed.case is not None
    assert closed.case.state == "closed"


def test_a_case_that_begins_anew_elsewhere_has_nothing_to_happen(world: World, case: CaseFacts) -> None:
    world.act(case, "resolve")

    moved = world.save(plan_reroute(world.again(case), "holes", None, ALICE, world.policy, world.context()))

    assert not [timer for timer in moved.timers if timer.kind.startswith("act:")]
    assert moved.case is not None
    assert moved.case.timer is None


def test_a_merge_that_is_undone_brings_back_what_was_to_happen(world: World, case: CaseFacts) -> None:
    due_at = acting(world.act(case, "resolve")).due_at
    other = world.again(world.receive("a hole", sender="tel:07700900002"))
    world.merge(case, other)
    both = [History(world.again(each), world.events(each)) for each in (case, other)]

    plan = world.save(plan_unmerge(both[0], both[1], ALICE, world.policy, world.context()))

    assert (acting(plan).kind, acting(plan).due_at) == ("act:close", due_at)
    assert rebuild(world.events(case)) == world.again(case).case
    closed = fire(world, case, acting(plan)).case
    assert closed is not None
    assert closed.state == "closed"


def test_timers_that_set_each_other_for_ever_are_a_mistake() -> None:
    made = document()
    made["default"]["actions"]["close"]["effects"] = {"timer": {"action": "reopen", "after": "1 day"}}
    made["default"]["actions"]["reopen"]["effects"] = {"timer": {"action": "resolve", "after": "1 day"}}
    made["default"]["actions"]["resolve"]["roles"] = ["system"]

    with pytest.raises(PolicyError) as caught:
        compile_policy(made)

    circle = [each.where for each in caught.value.mistakes if each.problem == "is part of a circle of timers"]
    assert circle == [f"actions.{name}.effects.timer" for name in ("resolve", "close", "reopen")]


STEPS = st.sampled_from(
    [
        "resolve",
        "reopen",
        "wait_for_citizen",
        "resume",
        "start_work",
        "close",
        "note",
        "enquiry",
        "flats",
        "holes",
        "fire",
    ]
)


@given(steps=st.lists(STEPS, min_size=2, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_timer_does_something_only_in_the_state_it_was_set_in(effects: Policy, steps: list[str]) -> None:
    world = World(effects)
    case = world.again(world.receive("my bin"))
    timers: list[TimerRow] = []
    for step in steps:
        facts, context = world.again(case), world.later(days=1).context()
        try:
            if step == "note":
                plan = world.save(plan_note(facts, "a note", ALICE, context))
            elif step == "enquiry":
                plan = world.receive("again", thread={"token": case.case.reference})
            elif step in ("flats", "holes"):
                plan = world.save(plan_reroute(facts, step, None, ALICE, world.policy, context))
            elif step == "fire" and timers:
                plan = fire(world, case, timers[-1])
            else:
                plan = world.act(case, step, by=SYSTEM if step == "close" else ALICE)
        except OnestopError:
            continue
        timers += [timer for timer in plan.timers if timer.kind.startswith("act:")]

    now = world.again(case).case
    live = []
    for timer in timers:
        plan = plan_timer(world.again(case), timer.kind, timer.generation, effects, world.context())
        assert (plan.changes == ()) == (timer.generation != now.state_version)
        live += [timer] if plan.changes else []
    assert len(live) == (now.timer is not None)
    assert rebuild(world.events(case)) == now


def test_nobody_but_the_system_takes_an_action_that_is_the_systems(world: World, case: CaseFacts) -> None:
    ask(world, case, to=None)

    shown = [
        world.policy.lifecycles["default"].allowed("waiting_on_citizen", by)
        for by in (ALICE, Actor(kind="citizen", id="p1"))
    ]

    assert all("no_answer" not in actions for actions in shown)
