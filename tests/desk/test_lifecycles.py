"""Guards, effects and mappings at the desk: what is missing is shown, what is due happens, no case is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from onestop import Actor, Desk, Policy
from onestop.desk.against import unmapped
from onestop.errors import GuardError
from onestop.policy import compile_policy
from onestop.stores import Store

from .payloads import Clock, Payloads


def changed(policy: Policy, **files: Any) -> Policy:
    """Give the policy with other files."""
    return compile_policy(json.loads(policy.source) | files)


def acting(policy: Policy) -> Policy:
    """Give the policy in which a case must have somebody to be resolved, and closes by itself then."""
    default = json.loads(policy.source)["default"]
    default["actions"]["resolve"] |= {
        "guards": ["has_assignee"],
        "effects": {"timer": {"action": "close", "after": "28 days"}},
    }
    default["actions"]["wait_for_citizen"]["effects"] = {"ask": "acknowledgement"}
    return changed(policy, default=default)


def renaming(policy: Policy, **mappings: Any) -> Policy:
    """Give the policy in which resolved cases are called fixed, and are finished."""
    text = json.dumps(json.loads(acting(policy).source)["default"])
    words = {'"resolved"': '"fixed"', '"close"': '"finish"'}
    for old, new in words.items():
        text = text.replace(old, new)
    default = json.loads(text)
    default["states"]["fixed"]["type"] = "resolved"
    return changed(policy, default=default, mappings=mappings)


@pytest.fixture
def today(make_desk: Callable[..., Desk], policy: Policy) -> Desk:
    return make_desk(policy=acting(policy))


@pytest.fixture
def reference(today: Desk, payloads: Payloads) -> str:
    return str(today.receive(*payloads.text("There is a hole in the road"))[0].reference)


@pytest.fixture
def resolved(today: Desk, reference: str, alice: Actor) -> str:
    today.act(reference, "assign", by=alice, assignee="alice")
    return today.act(reference, "resolve", by=alice).reference


def test_an_action_that_a_case_is_not_ready_for_is_shown_with_what_is_missing(
    today: Desk, reference: str, alice: Actor
) -> None:
    case = today.case(reference)

    with pytest.raises(GuardError):
        today.act(case, "resolve", by=alice)

    assert "resolve" not in case.actions(by=alice)
    assert case.blocked(by=alice) == {"resolve": ("somebody who works on it",)}
    assert today.case(reference).version == case.version


def test_a_question_waits_in_the_outbox(today: Desk, reference: str, alice: Actor) -> None:
    asked = today.act(reference, "wait_for_citizen", by=alice)

    message, state = asked.messages()[-1]
    assert message is not None
    assert (message.purpose, message.automatic, state) == ("question", True, "queued")


def test_a_stop_that_a_person_must_look_at_keeps_no_question_from_the_citizen(
    today: Desk, reference: str, payloads: Payloads, alice: Actor
) -> None:
    today.receive(*payloads.text("STOP 99999"))

    asked = today.act(reference, "wait_for_citizen", by=alice)

    message, state = asked.messages()[-1]
    assert message is not None
    assert "opt_out" in asked.flags
    assert (message.purpose, message.automatic, state) == ("question", True, "queued")


def test_a_resolved_case_closes_by_itself_when_its_time_has_come(today: Desk, resolved: str, clock: Clock) -> None:
    clock.pass_time(days=27)
    today.run_due()
    before = today.case(resolved).state
    clock.pass_time(days=2)

    today.run_due()

    assert (before, today.case(resolved).state) == ("resolved", "closed")


def test_a_policy_with_other_words_is_held_against_the_cases_that_are_open(
    today: Desk, resolved: str, store: Store, policy: Policy
) -> None:
    states, actions = {"default": {"resolved": "fixed"}}, {"default": {"close": "finish"}}

    with store.read() as reader:
        nothing = list(unmapped(reader, renaming(policy)))
        half = list(unmapped(reader, renaming(policy, states=states)))
        whole = list(unmapped(reader, renaming(policy, states=states, actions=actions)))

    assert [each[:3] for each in nothing] == [("states.default", "resolved", 1), ("actions.default", "close", 1)]
    assert [each[:3] for each in half] == [("actions.default", "close", 1)]
    assert nothing[0].references == (resolved,)
    assert whole == []


def test_listings_see_a_case_under_todays_names_and_the_earlier_ones(
    today: Desk, make_desk: Callable[..., Desk], resolved: str, policy: Policy
) -> None:
    tomorrow = make_desk(policy=renaming(policy, states={"default": {"resolved": "fixed"}}))

    found = [[(case.reference, case.state) for case in tomorrow.cases(state=name)] for name in ("fixed", "resolved")]

    assert found == [[(resolved, "fixed")]] * 2
    assert tomorrow.case(resolved).state == "fixed"


def test_settling_shows_a_person_what_the_policy_says_nothing_of(
    today: Desk, make_desk: Callable[..., Desk], resolved: str, policy: Policy, store: Store
) -> None:
    tomorrow = make_desk(policy=renaming(policy))

    counts = (tomorrow.settle(), tomorrow.settle())

    case = tomorrow.case(resolved)
    assert counts == (1, 0)
    assert (case.state, "policy_review" in case.flags) == ("new", True)
    assert [each.reference for each in tomorrow.cases(flag="policy_review")] == [resolved]
    with store.read() as reader:
        assert list(reader.verify()) == []


def test_what_was_due_under_the_earlier_name_is_done_under_todays(
    today: Desk, make_desk: Callable[..., Desk], resolved: str, policy: Policy, clock: Clock
) -> None:
    mapped = {"states": {"default": {"resolved": "fixed"}}, "actions": {"default": {"close": "finish"}}}
    tomorrow = make_desk(policy=renaming(policy, **mapped))
    tomorrow.settle()
    clock.pass_time(days=29)

    tomorrow.run_due()

    assert tomorrow.case(resolved).state_type == "closed"
