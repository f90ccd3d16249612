"""
Settling: what becomes of a case whose service, provider or state today's policy has no longer.

    the policy maps the name        → the case goes on under the new one, and what was to happen by itself still does
    it says nothing of a state      → the lifecycle's first state
    … of a service                  → the fallback service
    … of a provider                 → whoever delivers the service there today

Where the policy says nothing, the case has the flag `policy_review`, and a person looks at it. A case that is closed
stays closed, and no mapping closes one that is not. The next change of a case settles it first, by an event; whoever
reads it before sees it settled already.
"""

from __future__ import annotations

from typing import NamedTuple

from onestop.core.actor import SYSTEM
from onestop.core.case import Case, Draft
from onestop.core.context import Context
from onestop.core.effects import set_again
from onestop.core.events import BY_FALLBACK, BY_MAPPING, FlagsChanged, Rerouted, StateChanged, StateTimer, TimerSet
from onestop.core.lifecycle import RESUME, Lifecycle, StateType, WaitingOn
from onestop.core.plan import CaseChange, CaseFacts, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises

__all__ = [
    "POLICY_REVIEW",
    "Settled",
    "as_of_today",
    "named_today",
    "plan_settle",
    "settle",
    "settled",
    "state_of_today",
]

POLICY_REVIEW = "policy_review"  # flag: the policy changed, and nobody said what becomes of this case
_BY = str(SYSTEM)


class Settled(NamedTuple):
    """Where a case stands under today's policy, and whether the policy says so (otherwise a person looks)."""

    service: str
    provider: str | None
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None
    mapped: bool


def settled(case: Case, policy: Policy) -> Settled | None:
    """Give where a case stands under today's policy; None where all that it names is still there."""
    service, service_said = _service(case, policy)
    lifecycle = policy.lifecycle(service)
    state, state_said = state_of_today(case.state, case.state_type, lifecycle, policy)
    declared = lifecycle.data.states[state]
    if declared.on == "until" and case.waiting_until is None:  # until when, nobody has said
        state, state_said, declared = lifecycle.initial, False, lifecycle.data.states[lifecycle.initial]
    provider, provider_said = _provider(case, service, policy)
    today = Settled(service, provider, state, declared.type, declared.on, service_said and state_said and provider_said)
    is_now = (case.service, case.provider, case.state, case.state_type, case.waiting_on)
    return None if today[:5] == is_now else today


def named_today(service: str, provider: str | None, state: str, state_type: StateType, policy: Policy) -> bool:
    """Say whether today's policy has a service, provider and state, without a look at the case itself."""
    directory = policy.directory
    if service not in directory.services or (provider is not None and provider not in directory.providers):
        return False
    declared = policy.lifecycle(service).data.states.get(state)
    return declared is not None and declared.type == state_type


def _service(case: Case, policy: Policy) -> tuple[str, bool]:
    if case.service in policy.directory.services:
        return case.service, True
    mapped = policy.mappings.services.get(case.service)
    return mapped or policy.council.fallback_service, mapped is not None


def _provider(case: Case, service: str, policy: Policy) -> tuple[str | None, bool]:
    """Give who delivers it: whoever did, as long as there is such a provider and the service is the same."""
    gone = case.provider is not None and case.provider not in policy.directory.providers
    if not gone and service == case.service:
        return case.provider, True
    mapped = policy.mappings.providers.get(case.provider or "")
    if mapped is not None:
        return mapped, True
    provider, _ = policy.provider_for(service, policy.areas.remembered(case.areas))
    return provider, not gone


def state_of_today(state: str, state_type: StateType, lifecycle: Lifecycle, policy: Policy) -> tuple[str, bool]:
    """Give the state of a lifecycle in which a case goes on, and whether the policy says so."""
    states = lifecycle.data.states
    found = state if state in states else policy.mappings.state(lifecycle.name, state)
    closed = next((name for name, declared in states.items() if declared.type == "closed"), None)
    if state_type == "closed":
        stays = found is not None and states[found].type == "closed"
        return (found if stays and found else closed or found or lifecycle.initial), found is not None
    if found is None or (states[found].type == "closed" and state_type != "resolved"):
        return lifecycle.initial, False
    return found, True


def as_of_today(case: Case, policy: Policy) -> Case:
    """Give a case as it stands under today's policy, whether or not an event has said so yet."""
    today = settled(case, policy)
    if today is None:
        return case
    flags = case.flags if today.mapped else tuple(sorted({*case.flags, POLICY_REVIEW}))
    return case.model_copy(
        update={
            "service": today.service,
            "provider": today.provider,
            "state": today.state,
            "state_type": today.state_type,
            "waiting_on": today.waiting_on,
            "waiting_until": case.waiting_until if today.waiting_on == "until" else None,
            "flags": flags,
        }
    )


def plan_settle(facts: CaseFacts, policy: Policy, context: Context) -> Plan | None:
    """Give what settles a case; None where there is nothing to settle."""
    draft = Draft(facts.case, facts.head)
    timers = settle(draft, policy, context)
    if not draft.events:
        return None
    timers += keep_promises(draft, policy, context, _BY)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), timers=timers)


def settle(draft: Draft, policy: Policy, context: Context) -> tuple[TimerRow, ...]:
    """
    Add to a draft what settles its case, before anything else is done with it; nothing where all is as it was.

    The promise follows with `keep_promises`, which ends every plan.
    """
    was = draft.case
    assert was is not None
    today = settled(was, policy)
    if today is None:
        return ()
    rule = BY_MAPPING if today.mapped else BY_FALLBACK
    if (today.service, today.provider) != (was.service, was.provider):
        draft.add(_rerouted(was, today, rule, policy, context))
    else:
        draft.add(_state_changed(was, today, rule, context))
    timers, lost = _timers(draft, was, today, policy, context)
    if (not today.mapped or lost) and POLICY_REVIEW not in was.flags:
        draft.add(FlagsChanged(at=context.now, by=_BY, added=(POLICY_REVIEW,)))
    return timers


def _rerouted(was: Case, today: Settled, rule: str, policy: Policy, context: Context) -> Rerouted:
    return Rerouted(
        at=context.now,
        by=_BY,
        service=today.service,
        was=was.service,
        rule=rule,
        state=today.state,
        state_type=today.state_type,
        waiting_on=today.waiting_on,
        policy=policy.hash,
        provider=today.provider,
    )


def _state_changed(was: Case, today: Settled, rule: str, context: Context) -> StateChanged:
    closed = today.state_type == "closed"
    return StateChanged(
        at=context.now,
        by=_BY,
        action=rule,
        state=today.state,
        state_type=today.state_type,
        waiting_on=today.waiting_on,
        closing_reason=(was.closing_reason or "done") if closed else None,
        until=was.waiting_until,
    )


def _timers(
    draft: Draft, was: Case, today: Settled, policy: Policy, context: Context
) -> tuple[tuple[TimerRow, ...], bool]:
    """Set what was to happen by itself once more: (the timers, whether one of them has no action any longer)."""
    case = draft.case
    assert case is not None
    rows: tuple[TimerRow, ...] = ()
    if case.waiting_until is not None:
        timer, due_at = context.mint.id("t"), case.waiting_until
        draft.add(TimerSet(at=context.now, by=_BY, timer=timer, kind=RESUME, due_at=due_at))
        rows = (TimerRow(timer, case.id, RESUME, due_at, case.state_version),)
    if was.timer is None:
        return rows, False
    action = policy.mappings.action(policy.lifecycle(today.service).name, was.timer.action)
    again = set_again(draft, StateTimer(action=action, due_at=was.timer.due_at), policy, context)
    return (*rows, *again), not again
