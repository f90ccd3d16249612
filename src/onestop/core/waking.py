"""Waking: the action that a further enquiry takes, such as the reopening of a case that was closed."""

from __future__ import annotations

from onestop.core.actor import Actor
from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.effects import take_effects
from onestop.core.events import StateChanged
from onestop.core.guards import unmet
from onestop.core.plan import Gatherer, TimerRow
from onestop.core.policy import Policy
from onestop.errors import RequestError

__all__ = ["wake"]


def wake(draft: Draft, gather: Gatherer, alias: str, policy: Policy, context: Context) -> tuple[TimerRow, ...]:
    """
    Take the action that the lifecycle has for an enquiry in the case's state, as the party who wrote; give its timers.

    Nothing where there is none, or the case is not ready for it: the enquiry is taken in all the same.
    """
    case = draft.case
    assert case is not None
    lifecycle = policy.lifecycle(case.service)
    action = lifecycle.on_enquiry(case.state)
    if action is None:
        return ()
    citizen = Actor(kind="citizen", id=alias, roles=frozenset({"system"}))
    try:
        step = lifecycle.take(action, state=case.state, by=citizen, unmet=unmet(case))
    except RequestError:
        return ()
    draft.add(
        StateChanged(
            at=context.now,
            by=str(citizen),
            action=action,
            state=step.state,
            state_type=step.state_type,
            waiting_on=step.waiting_on,
            closing_reason=step.closing_reason,
            meets=step.meets,
        )
    )
    # A question would be no answer to an enquiry: no action that enquiries take asks one.
    return take_effects(draft, gather, step.effects, policy, context, None)
