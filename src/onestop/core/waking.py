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

__all__ = ["act_as", "wake"]


def wake(draft: Draft, gather: Gatherer, alias: str, policy: Policy, context: Context) -> tuple[TimerRow, ...]:
    """
    Take the action that the lifecycle has for an enquiry in the case's state, as the party who wrote; give its timers.

    Nothing where there is none, or the case is not ready for it: the enquiry is taken in all the same.
    """
    case = draft.case
    assert case is not None
    action = policy.lifecycle(case.service).on_enquiry(case.state)
    # A question would be no answer to an enquiry: no action that enquiries take asks one.
    return () if action is None else act_as(draft, gather, alias, action, policy, context) or ()


def act_as(
    draft: Draft, gather: Gatherer, alias: str, action: str, policy: Policy, context: Context
) -> tuple[TimerRow, ...] | None:
    """
    Take a lifecycle action as a party of the case; give its timers, or None where it is not allowed now.

    For what the party does by writing to us, so that only actions that ask nothing in return are taken like this.
    """
    case = draft.case
    assert case is not None
    citizen = Actor(kind="citizen", id=alias, roles=frozenset({"system"}))
    try:
        step = policy.lifecycle(case.service).take(action, state=case.state, by=citizen, unmet=unmet(case))
    except RequestError:
        return None
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
    return take_effects(draft, gather, step.effects, policy, context, None)
