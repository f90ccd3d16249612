"""What becomes of a case whose service, state or provider is gone: it goes on where the policy says, or to a person."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onestop.policy
from onestop.core.actions import plan_reroute, plan_timer
from onestop.core.actor import SYSTEM
from onestop.core.case import Case, rebuild
from onestop.core.events import FlagsChanged, Rerouted, StateChanged
from onestop.core.mappings import circles, followed
from onestop.core.plan import CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.core.settling import POLICY_REVIEW, as_of_today, plan_settle, settled
from onestop.errors import PolicyError
from onestop.policy import compile_policy

from .world import ALICE, START, World, events_of

POLICY: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "policy.toml").read_text("utf-8"))
DEFAULT: dict[str, Any] = tomllib.loads((Path(onestop.policy.__file__).parent / "default.toml").read_text("utf-8"))
TOMORROW = (START + timedelta(days=1)).isoformat()


def document() -> dict[str, Any]:
    """Give the small council's policy, in which a resolved case closes by itself."""
    made = deepcopy(POLICY)
    made["default"] = deepcopy(DEFAULT)
    made["default"]["actions"]["resolve"]["effects"] = {"timer": {"action": "close", "after": "28 days"}}
    return made


def renamed(made: dict[str, Any], **mappings: Any) -> dict[str, Any]:
    """Give a policy whose default lifecycle has other words for some states and actions."""
    words = {"in_progress": "under_way", "resolved": "fixed", "waiting_until": "parked"}
    lifecycle = made["default"]
    lifecycle["states"] = {words.get(name, name): state for name, state in lifecycle["states"].items()}
    for action in lifecycle["actions"].values():
        action["from"] = [words.get(name, name) for name in action["from"]]
        action["to"] = words.get(action["to"], action["to"])
    lifecycle["on_enquiry"] = {words.get(name, name): taken for name, taken in lifecycle["on_enquiry"].items()}
    lifecycle["actions"]["finish"] = lifecycle["actions"].pop("close")
    lifecycle["actions"]["resolve"]["effects"]["timer"]["action"] = "finish"
    return made | ({"mappings": mappings} if mappings else {})


WORDS = {"in_progress": "under_way", "resolved": "fixed", "waiting_until": "parked"}


@pytest.fixture(scope="session")
def before() -> Policy:
    return compile_policy(document())


@pytest.fixture(scope="session")
def mapped() -> Policy:
    return compile_policy(renamed(document(), states={"default": WORDS}, actions={"default": {"close": "finish"}}))


@pytest.fixture
def world(before: Policy) -> World:
    return World(before)


@pytest.fixture
def case(world: World) -> CaseFacts:
    return world.again(world.receive("my bin"))


def settle(world: World, case: CaseFacts | Plan, policy: Policy) -> Plan:
    """Let the policy change, and the case be changed next."""
    world.policy = policy
    plan = plan_settle(world.again(case), policy, world.context())
    return world.save(plan) if plan else Plan("recorded", case=world.again(case).case)


def now(world: World, case: CaseFacts) -> Case:
    return world.again(case).case


def without_bins(**mappings: Any) -> Policy:
    made = document()
    del made["services"]["services"]["bins"]
    made["services"]["services"]["refuse"] = {"name": "Refuse", "provider": "council"}
    made["rules"]["rules"] = [rule for rule in made["rules"]["rules"] if rule["id"] != "bin-words"]
    return compile_policy(made | ({"mappings": mappings} if mappings else {}))


# -- from one policy to the next ---------------------------------------------------------------------------------------


def test_a_case_whose_names_are_all_there_is_left_alone(world: World, case: CaseFacts, before: Policy) -> None:
    assert settled(case.case, before) is None
    assert settle(world, case, before).changes == ()
    assert as_of_today(case.case, before) is case.case


def test_a_state_with_another_name_goes_on_under_it(world: World, case: CaseFacts, mapped: Policy) -> None:
    world.act(case, "start_work")

    plan = settle(world, case, mapped)

    (event,) = (each for each in events_of(plan) if isinstance(each, StateChanged))
    assert (event.action, event.state, event.state_type, event.by) == ("mapping", "under_way", "open", "system:onestop")
    assert POLICY_REVIEW not in now(world, case).flags


def test_a_state_of_which_the_policy_says_nothing_begins_anew_before_a_person(world: World, case: CaseFacts) -> None:
    world.act(case, "start_work")

    plan = settle(world, case, compile_policy(renamed(document())))

    assert [each.added for each in events_of(plan) if isinstance(each, FlagsChanged)] == [(POLICY_REVIEW,)]
    assert (now(world, case).state, now(world, case).flags) == ("new", (POLICY_REVIEW,))


def test_what_was_to_happen_by_itself_still_does(world: World, case: CaseFacts, mapped: Policy) -> None:
    due_at = world.act(case, "resolve").timers[0].due_at
    world.later(days=2)

    plan = settle(world, case, mapped)
    (timer,) = (each for each in plan.timers if each.kind.startswith("act:"))
    fired = world.save(plan_timer(world.again(case), timer.kind, timer.generation, mapped, world.context()))

    assert (timer.kind, timer.due_at) == ("act:finish", due_at)
    assert fired.case is not None
    assert fired.case.state_type == "closed"


def test_an_action_that_nothing_took_the_place_of_is_a_persons_to_take(world: World, case: CaseFacts) -> None:
    world.act(case, "resolve")

    plan = settle(world, case, compile_policy(renamed(document(), states={"default": WORDS})))

    assert not [each for each in plan.timers if each.kind.startswith("act:")]
    assert (now(world, case).state, now(world, case).flags) == ("fixed", (POLICY_REVIEW,))


def test_a_wait_until_a_moment_ends_as_it_would_have(world: World, case: CaseFacts, mapped: Policy) -> None:
    world.act(case, "wait_until", until=TOMORROW)

    plan = settle(world, case, mapped)
    (timer,) = (each for each in plan.timers if each.kind == "resume")
    fired = world.save(plan_timer(world.again(case), "resume", timer.generation, mapped, world.context()))

    assert timer.due_at == START + timedelta(days=1)
    assert fired.case is not None
    assert (fired.case.state, fired.case.waiting_until) == ("under_way", None)


@pytest.mark.parametrize("policy", ["mapped", "unmapped"])
def test_a_closed_case_stays_closed_since_when_it_was(world: World, case: CaseFacts, policy: str) -> None:
    closed_at = world.act(case, "no_action").case
    world.later(days=9)
    made = document()
    made["default"] = {
        "initial": "new",
        "states": {"new": {"type": "new"}, "over": {"type": "closed"}},
        "actions": {"end": {"from": ["new"], "to": "over", "closing_reason": "done"}},
    }
    if policy == "mapped":
        made["mappings"] = {"states": {"default": {"closed": "over"}}}

    settle(world, case, compile_policy(made))

    assert closed_at is not None
    assert (now(world, case).state, now(world, case).state_type) == ("over", "closed")
    assert (now(world, case).closing_reason, now(world, case).closed_at) == ("no_action", closed_at.closed_at)
    assert (POLICY_REVIEW in now(world, case).flags) == (policy == "unmapped")


def test_no_mapping_closes_what_is_open(world: World, case: CaseFacts) -> None:
    made = renamed(document(), states={"default": {**WORDS, "in_progress": "closed"}})
    world.act(case, "start_work")

    settle(world, case, compile_policy(made))

    assert (now(world, case).state, now(world, case).flags) == ("new", (POLICY_REVIEW,))


def test_a_service_that_is_gone_leads_to_the_one_that_took_its_place(world: World, case: CaseFacts) -> None:
    world.act(case, "start_work")

    plan = settle(world, case, without_bins(services={"bins": "waste", "waste": "refuse"}))

    event = events_of(plan)[0]
    assert isinstance(event, Rerouted)
    assert (event.was, event.service, event.rule, event.state) == ("bins", "refuse", "mapping", "in_progress")
    assert now(world, case).targets == ()  # which have followed: the new service promises nothing
    assert now(world, case).expected_at is None
    assert POLICY_REVIEW not in now(world, case).flags


def test_a_service_that_was_deleted_while_cases_are_open_leaves_them_with_a_person(
    world: World, case: CaseFacts
) -> None:
    settle(world, case, without_bins())

    assert (now(world, case).service, now(world, case).state) == ("triage", "new")
    assert now(world, case).flags == (POLICY_REVIEW,)


@pytest.mark.parametrize(("mappings", "provider"), [({"providers": {"council": "works"}}, "works"), ({}, "north")])
def test_a_provider_that_is_gone_is_the_one_in_its_place_or_whoever_delivers_it_today(
    world: World, case: CaseFacts, mappings: dict[str, Any], provider: str
) -> None:
    made = document()
    made["providers"]["providers"] = {name: {"name": name, "kind": "team"} for name in ("north", "works")}
    for service in made["services"]["services"].values():
        service["provider"] = "north"

    settle(world, case, compile_policy(made | ({"mappings": mappings} if mappings else {})))

    assert now(world, case).provider == provider
    assert (POLICY_REVIEW in now(world, case).flags) == (not mappings)


def test_who_reads_a_case_before_it_is_changed_sees_it_settled(world: World, case: CaseFacts, mapped: Policy) -> None:
    world.act(case, "wait_until", until=TOMORROW)
    read = as_of_today(now(world, case), mapped)

    settle(world, case, mapped)

    after = now(world, case)
    assert (read.service, read.state, read.state_type, read.waiting_on, read.waiting_until, read.flags) == (
        (after.service, after.state, after.state_type, after.waiting_on, after.waiting_until, after.flags)
    )
    assert read.version < after.version


def test_an_enquiry_settles_the_case_that_it_joins(world: World, case: CaseFacts, mapped: Policy) -> None:
    world.act(case, "resolve")
    world.policy = mapped

    joined = world.receive("it is back", thread={"token": case.case.reference})

    taken = [each.action for each in events_of(joined) if isinstance(each, StateChanged)]
    assert taken == ["mapping", "reopen"]
    assert now(world, case).state == "under_way"
    assert rebuild(world.events(case)) == now(world, case)


# -- from one service to another ---------------------------------------------------------------------------------------


def rerouting(**table: str) -> Policy:
    return compile_policy(document() | {"mappings": {"reroute": {"default": {"roads": table}}}})


@pytest.mark.parametrize(
    ("action", "fields", "state"),
    [
        ("resolve", {}, "in_progress"),  # which without a mapping would begin at the beginning
        ("wait_for_citizen", {}, "in_progress"),  # although the other has a state of this name and type
        ("wait_until", {"until": TOMORROW}, "in_progress"),  # the wait ends
        ("assign", {"assignee": "bob"}, "reported"),  # not mapped: as ever
    ],
)
def test_a_case_that_is_sent_on_goes_on_in_the_state_that_is_mapped(
    action: str, fields: dict[str, str], state: str
) -> None:
    names = dict.fromkeys(("resolved", "waiting_on_citizen", "waiting_until"), "in_progress")
    world = World(rerouting(**names))
    case = world.receive("my bin")
    world.act(case, action, **fields)

    plan = plan_reroute(world.again(case), "holes", None, ALICE, world.policy, world.context())

    assert plan.case is not None
    assert (plan.case.state, plan.case.waiting_until) == (state, None)
    assert plan.case.state_type == world.policy.lifecycle("holes").state_type(state)


# -- what is told when a policy is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mappings", "where", "problem"),
    [
        ({"services": {"tips": "lost"}}, "services.tips", "names no service: 'lost'"),
        ({"services": {"bins": "holes"}}, "services.bins", "is a service of today"),
        ({"services": {"a": "b", "b": "a"}}, "services.a", "leads back to itself"),
        ({"services": {"a": "a"}}, "services.a", "leads back to itself"),
        ({"services": {"a": 5}}, "services.a", "must be text"),
        ({"providers": {"old": "lost"}}, "providers.old", "names no provider"),
        ({"states": {"rivers": {"a": "b"}}}, "states.rivers", "names no lifecycle: 'rivers'"),
        ({"states": {"roads": {"a": "dug"}}}, "states.roads.a", "names no state: 'dug'"),
        ({"states": {"roads": {"mended": "reported"}}}, "states.roads.mended", "is a state of today"),
        ({"actions": {"roads": {"a": "dig"}}}, "actions.roads.a", "names no action: 'dig'"),
        ({"reroute": {"rivers": {}}}, "reroute.rivers", "names no lifecycle"),
        ({"reroute": {"roads": {"rivers": {}}}}, "reroute.roads.rivers", "names no lifecycle"),
        ({"reroute": {"roads": {"roads": {}}}}, "reroute.roads.roads", "leads to itself"),
        ({"reroute": {"default": {"roads": {"lost": "reported"}}}}, "reroute.default.roads.lost", "names no state"),
        ({"reroute": {"default": {"roads": {"new": "dug"}}}}, "reroute.default.roads.new", "names no state: 'dug'"),
        ({"reroute": {"default": {"roads": {"new": "mended"}}}}, "reroute.default.roads.new", "closes nothing"),
        ({"reroute": {"default": {"roads": {"new": "on_hold"}}}}, "reroute.default.roads.new", "until a moment"),
        ({"colours": {}}, "colours", "known are reroute, services, providers, states, actions"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_a_mistake(mappings: dict[str, Any], where: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(document() | {"mappings": mappings})

    told = [(each.file, each.where) for each in caught.value.mistakes if problem in each.problem]
    assert ("mappings.toml", where) in told


def test_every_mistake_of_the_mappings_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(document() | {"mappings": {"services": {"a": "b", "c": "d"}, "states": {"x": {}}}})

    assert len(caught.value.mistakes) == 3


NAMES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghxyz"), max_size=8)


@given(names=NAMES)
def test_a_chain_is_followed_to_its_end_and_a_circle_is_told(names: dict[str, str]) -> None:
    ends = followed(names)
    circling = set(circles(names))

    for name in names:
        seen, at = [name], names[name]
        while at in names and at not in seen:
            seen.append(at)
            at = names[at]
        assert (name in circling) == (at == name)
        if at not in names:
            assert ends[name] == at


# -- any two policies --------------------------------------------------------------------------------------------------

STATES = [*DEFAULT["states"]]
ACTED = ["triage", "start_work", "wait_for_citizen", "wait_for_partner", "wait_until", "resolve", "no_action", "close"]


@st.composite
def next_policies(draw: st.DrawFn) -> Policy:
    """Give a policy after some states, services and the provider were renamed or taken out; some of it is mapped."""
    made = document()
    gone = draw(st.lists(st.sampled_from([name for name in STATES if name != "new"]), unique=True, max_size=6))
    kinds: dict[str, Any] = {f"next_{name}": DEFAULT["states"][name] for name in gone}
    states = {name: state for name, state in DEFAULT["states"].items() if name not in gone} | kinds
    made["default"] = {
        "initial": "new",
        "states": states,
        "actions": {
            f"go_{name}": {
                "from": ["*"],
                "to": name,
                "roles": ["worker", "system"],
                **({"closing_reason": "done"} if state["type"] == "closed" else {}),
            }
            for name, state in states.items()
        },
    }
    targets = st.sampled_from(sorted(states))
    mappings: dict[str, Any] = {"states": {"default": {name: draw(targets) for name in gone if draw(st.booleans())}}}
    if draw(st.booleans()):
        del made["services"]["services"]["bins"]
        made["rules"]["rules"] = [rule for rule in made["rules"]["rules"] if rule["id"] != "bin-words"]
        if draw(st.booleans()):
            mappings["services"] = {"bins": draw(st.sampled_from(["holes", "graffiti", "mailroom"]))}
    return compile_policy(made | {"mappings": mappings})


@given(policy=next_policies(), acted=st.lists(st.sampled_from(ACTED), max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_two_policies_leave_a_case_without_a_state_that_its_lifecycle_has(
    before: Policy, policy: Policy, acted: list[str]
) -> None:
    world = World(before)
    case = world.again(world.receive("my bin"))
    for action in acted:
        if action in before.lifecycles["default"].allowed(now(world, case).state, ALICE):
            world.act(case, action, **({"until": TOMORROW} if action == "wait_until" else {}))
    was = now(world, case)
    read = as_of_today(was, policy)

    settle(world, case, policy)

    today = now(world, case)
    declared = policy.lifecycle(today.service).data.states[today.state]
    assert today.service in policy.directory.services
    assert (today.state_type, today.waiting_on) == (declared.type, declared.on)
    assert (today.waiting_until is None) == (declared.on != "until")
    assert (today.state_type == "closed") <= (was.state_type in ("closed", "resolved"))
    assert settled(today, policy) is None
    assert (read.service, read.state, read.flags) == (today.service, today.state, today.flags)
    assert rebuild(world.events(case)) == today


def test_the_system_does_what_it_may_and_no_more(before: Policy, mapped: Policy) -> None:
    names = [
        policy.lifecycles["default"].allowed(state, SYSTEM)
        for policy, state in ((before, "resolved"), (mapped, "fixed"))
    ]

    assert names == [("close", "reopen"), ("reopen", "finish")]


def test_a_chain_of_any_length_is_followed_in_one_pass_however_its_names_stand() -> None:
    length = 50_000
    chain = {str(number): str(number + 1) for number in range(length)}

    forwards, backwards = followed(chain), followed(dict(reversed(chain.items())))

    assert forwards == backwards
    assert set(forwards.values()) == {str(length)}


def test_a_circle_at_the_end_of_a_long_chain_is_found_whole_and_the_chain_is_not_in_it() -> None:
    chain = {str(number): str(number + 1) for number in range(20_000)} | {"20000": "19998"}

    found = set(circles(chain))

    assert found == {"19998", "19999", "20000"}
