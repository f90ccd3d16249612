"""Rerouting: what becomes of a case's state when it goes to another service."""

from __future__ import annotations

from datetime import datetime

from onestop.core.case import Case
from onestop.core.enquiry import Location
from onestop.core.events import BY_HAND, ContentRef, Rerouted
from onestop.core.lifecycle import Lifecycle
from onestop.core.policy import Policy

__all__ = ["rerouted"]


def rerouted(
    case: Case,
    service: str,
    by: str,
    policy: Policy,
    now: datetime,
    *,
    rule: str = BY_HAND,
    reason: ContentRef | None = None,
    location: Location | None = None,
) -> Rerouted:
    """
    Give the event that sends a case to a service of the directory.

    It goes on in the state that the policy's mappings name. Without one it keeps its state where the other lifecycle
    has one of that name and type, and starts at that lifecycle's beginning otherwise; so does a case that waits until a
    date, since the timer that would end its wait is void.

    Who delivers the service there is told by the location; without one, by the areas that the case remembers.
    """
    lifecycle = policy.lifecycle(service)
    place = policy.areas.of(location) if location else policy.areas.remembered(case.areas)
    provider, facts = policy.provider_for(service, place)
    state = policy.mappings.on_reroute(policy.lifecycle(case.service).name, lifecycle.name, case.state)
    if state is None:
        state = _kept(case, lifecycle)
    declared = lifecycle.data.states[state]
    return Rerouted(
        at=now,
        by=by,
        service=service,
        was=case.service,
        rule=rule,
        state=state,
        state_type=declared.type,
        waiting_on=declared.on,
        policy=policy.hash,
        provider=provider,
        provider_facts=facts,
        reason=reason,
    )


def _kept(case: Case, lifecycle: Lifecycle) -> str:
    """Give the state of a case where the lifecycle has one of its name and type, or else the lifecycle's first."""
    declared = lifecycle.data.states.get(case.state)
    if declared is None or declared.type != case.state_type or "until" in (declared.on, case.waiting_on):
        return lifecycle.initial
    return case.state
