"""Lifecycles: what may be done in which state and by whom, and that nothing else can."""

import itertools
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import onestop.policy
from onestop.core.actor import Actor, ActorKind
from onestop.core.lifecycle import Effects, Lifecycle, LifecycleData
from onestop.errors import ActionError, FieldsError

DEFAULT: dict[str, Any] = tomllib.loads((Path(onestop.policy.__file__).parent / "default.toml").read_text("utf-8"))
LIFECYCLE = Lifecycle("default", LifecycleData.model_validate(DEFAULT))
KINDS: tuple[ActorKind, ...] = ("citizen", "worker", "provider", "system")
WORKER = Actor(kind="worker", id="alice")
EVERY_FIELD = {"assignee": "bob", "until": "2026-04-01", "into": "NP-049N-3021"}

# What each kind of actor may do in each state of the default lifecycle, written by hand from the description:
# a worker may do all that leads on, a provider works and waits, a citizen answers, reopens and withdraws.
_WORK = "start_work wait_for_citizen wait_for_partner wait_until"
_ENDS = "withdraw merge duplicate not_ours no_action"
ALLOWED = {
    "worker": {
        "new": f"triage assign {_WORK} resolve {_ENDS}",
        "triaged": f"assign {_WORK} resolve {_ENDS}",
        "assigned": f"assign {_WORK} resolve {_ENDS}",
        "in_progress": f"assign wait_for_citizen wait_for_partner wait_until resolve {_ENDS}",
        "waiting_on_citizen": f"resume resolve {_ENDS}",
        "waiting_on_partner": f"resume resolve {_ENDS}",
        "waiting_until": f"resume resolve {_ENDS}",
        "resolved": f"close reopen {_ENDS}",
        "closed": "reopen",
    },
    "provider": {
        "new": "start_work wait_for_citizen wait_until resolve",
        "triaged": "start_work wait_for_citizen wait_until resolve",
        "assigned": "start_work wait_for_citizen wait_until resolve",
        "in_progress": "wait_for_citizen wait_until resolve",
        "waiting_on_citizen": "resume resolve",
        "waiting_on_partner": "resume resolve",
        "waiting_until": "resume resolve",
        "resolved": "",
        "closed": "",
    },
    "citizen": {
        "new": "withdraw",
        "triaged": "withdraw",
        "assigned": "withdraw",
        "in_progress": "withdraw",
        "waiting_on_citizen": "resume withdraw",
        "waiting_on_partner": "resume withdraw",
        "waiting_until": "resume withdraw",
        "resolved": "reopen withdraw",
        "closed": "reopen",
    },
    "system": {
        "new": "triage",
        "triaged": "",
        "assigned": "",
        "in_progress": "",
        "waiting_on_citizen": "resume",
        "waiting_on_partner": "resume",
        "waiting_until": "resume",
        "resolved": "close reopen",
        "closed": "reopen",
    },
}
LEADS_TO = {
    "triage": "triaged", "assign": "assigned", "start_work": "in_progress", "wait_for_citizen": "waiting_on_citizen",
    "wait_for_partner": "waiting_on_partner", "wait_until": "waiting_until", "resume": "in_progress",
    "resolve": "resolved", "close": "closed", "reopen": "in_progress", "withdraw": "closed", "merge": "closed",
    "duplicate": "closed", "not_ours": "closed", "no_action": "closed",
}  # fmt: skip
ROWS = list(itertools.product(KINDS, LIFECYCLE.data.states, LIFECYCLE.data.actions))


@pytest.mark.parametrize(("kind", "state", "action"), ROWS)
def test_the_default_lifecycle_allows_what_its_table_says(kind: ActorKind, state: str, action: str) -> None:
    actor = Actor(kind=kind, id="x")
    allowed = tuple(ALLOWED[kind][state].split())

    try:
        took = LIFECYCLE.take(action, state=state, by=actor, fields=EVERY_FIELD).state
    except ActionError as error:
        took = None
        assert error.allowed == allowed  # noqa: PT017  # the error is one of two outcomes of the row

    assert took == (LEADS_TO[action] if action in allowed else None)
    assert LIFECYCLE.allowed(state, actor) == allowed


def test_the_table_has_every_state_and_action() -> None:
    assert all(set(rows) == set(LIFECYCLE.data.states) for rows in ALLOWED.values())
    assert set(LEADS_TO) == set(LIFECYCLE.data.actions)


def test_a_step_says_all_about_where_it_leads() -> None:
    waiting = LIFECYCLE.take("wait_for_citizen", state="new", by=WORKER)
    closed = LIFECYCLE.take("merge", state="new", by=WORKER, fields=["into"])

    assert waiting == ("wait_for_citizen", "waiting_on_citizen", "waiting", "citizen", None, (), Effects())
    assert closed == ("merge", "closed", "closed", None, "merged", (), Effects())


@pytest.mark.parametrize(("action", "field"), [("assign", "assignee"), ("wait_until", "until"), ("merge", "into")])
def test_an_action_without_a_field_it_needs_is_refused_and_names_it(action: str, field: str) -> None:
    with pytest.raises(FieldsError, match=field) as caught:
        LIFECYCLE.take(action, state="new", by=WORKER, fields={"other": "x"})

    assert caught.value.fields == (field,)


def test_what_is_not_allowed_is_said_before_what_is_missing() -> None:
    with pytest.raises(ActionError):
        LIFECYCLE.take("merge", state="new", by=Actor(kind="citizen", id="c"))


@pytest.mark.parametrize("action", ["dance", "trigger", "state", "__init__", "to_closed", ""])
def test_an_action_that_no_lifecycle_has_is_refused(action: str) -> None:
    with pytest.raises(ActionError, match="has no action") as caught:
        LIFECYCLE.take(action, state="closed", by=WORKER)

    assert caught.value.allowed == ("reopen",)


def test_a_role_counts_as_the_kind_does() -> None:
    data = deepcopy(DEFAULT)
    data["actions"]["close"]["roles"] = ["supervisor"]
    lifecycle = Lifecycle("strict", LifecycleData.model_validate(data))

    plain = lifecycle.allowed("resolved", WORKER)
    supervisor = lifecycle.allowed("resolved", Actor.parse("worker:alice+supervisor"))

    assert "close" not in plain
    assert "close" in supervisor


def test_a_state_that_vanished_from_the_policy_is_open_and_leads_nowhere() -> None:
    assert LIFECYCLE.state_type("vanished") == "open"
    assert LIFECYCLE.allowed("vanished", WORKER) == ()
    assert LIFECYCLE.on_enquiry("vanished") is None


def test_a_further_enquiry_takes_the_action_of_its_state() -> None:
    taken = {state: LIFECYCLE.on_enquiry(state) for state in LIFECYCLE.data.states}

    assert {state: action for state, action in taken.items() if action} == {
        "waiting_on_citizen": "resume",
        "resolved": "reopen",
        "closed": "reopen",
    }
    assert all(action is None or action in ALLOWED["citizen"][state] for state, action in taken.items())


@given(st.lists(st.tuples(st.sampled_from([*LEADS_TO, "dance"]), st.sampled_from(KINDS), st.booleans()), max_size=30))
def test_no_sequence_of_actions_leaves_the_declared_states(steps: list[tuple[str, ActorKind, bool]]) -> None:
    state = LIFECYCLE.initial
    for action, kind, with_fields in steps:
        actor = Actor(kind=kind, id="x")
        before = LIFECYCLE.allowed(state, actor)

        try:
            step = LIFECYCLE.take(action, state=state, by=actor, fields=EVERY_FIELD if with_fields else {})
        except (ActionError, FieldsError):
            assert LIFECYCLE.allowed(state, actor) == before
        else:
            assert action in before
            assert step.state in LIFECYCLE.data.states
            assert step.state_type == LIFECYCLE.state_type(step.state)
            assert (step.closing_reason is None) == (step.state_type != "closed")
            state = step.state


MISTAKES: list[tuple[tuple[str, ...], Any, str]] = [
    (("initial",), "old", "initial"),
    (("states", "new", "on"), "citizen", "states.new.on"),
    (("states", "waiting_until"), {"type": "waiting"}, "states.waiting_until.on"),
    (("actions", "triage", "from"), ["old"], "actions.triage.from"),
    (("actions", "triage", "to"), "old", "actions.triage.to"),
    (("actions", "close"), {"from": ["resolved"], "to": "closed"}, "actions.close.closing_reason"),
    (("actions", "triage", "closing_reason"), "done", "actions.triage.closing_reason"),
    (("on_enquiry", "old"), "reopen", "on_enquiry.old"),
    (("on_enquiry", "new"), "reopen", "on_enquiry.new"),
    (("on_enquiry", "closed"), "withdraw", "on_enquiry.closed"),
    (("on_enquiry", "new"), "dance", "on_enquiry.new"),
    (("states", "island"), {"type": "open"}, "states.island"),
]


@pytest.mark.parametrize(("path", "value", "where"), MISTAKES, ids=lambda case: str(case))
def test_a_lifecycle_says_what_is_wrong_with_it(path: tuple[str, ...], value: Any, where: str) -> None:
    data: Any = deepcopy(DEFAULT)
    at = data
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value

    found = LifecycleData.model_validate(data).problems()

    assert where in [key for key, _ in found]


def test_the_shipped_lifecycle_has_no_mistake() -> None:
    assert LIFECYCLE.data.problems() == []


def test_the_diagram_has_every_state_and_way() -> None:
    lines = LIFECYCLE.mermaid().splitlines()
    ways = {
        f"    {state} --> {LEADS_TO[action]}: {action}"
        for kind in KINDS
        for state, actions in ALLOWED[kind].items()
        for action in actions.split()
        if LEADS_TO[action] != state
    }

    assert lines[:2] == ["stateDiagram-v2", "    [*] --> new"]
    assert lines[-1] == "    closed --> [*]"
    assert set(lines[2:-1]) == ways
    assert len(lines) == len(set(lines))
