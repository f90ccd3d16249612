"""
Merging by name, and undoing what closed a case in favour of another one: merges, duplicates, splits.

A case that is put back stands as it stood before: state, what it waited for, its targets and their clocks. What the
other case was sent in the meantime stays there, and the one that is put back says how much that was, with a flag until
somebody has looked. The other case loses what the merge alone brought it.
"""

from __future__ import annotations

from collections.abc import Sequence

from onestop.core.actor import Actor
from onestop.core.case import Case, Draft, rebuild
from onestop.core.context import Context
from onestop.core.effects import set_again
from onestop.core.events import (
    CaseLinked,
    EnquiryReceived,
    EnquiryUpdated,
    Event,
    ExternalRefAdded,
    FlagsChanged,
    LinkKind,
    MessageQueued,
    NoteAdded,
    Rerouted,
    Standing,
    StateChanged,
    StateRestored,
    TimerSet,
)
from onestop.core.lifecycle import RESUME
from onestop.core.linking import BY_HAND, CLOSING_LINKS, INVERSE, History, must_be_allowed, tie, untie
from onestop.core.plan import CaseChange, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.errors import ActionError, RequestError

__all__ = [
    "UNSPLIT",
    "WRITTEN_ELSEWHERE",
    "closed_for",
    "closed_state",
    "merging_action",
    "plan_unmerge",
    "plan_unsplit",
]

WRITTEN_ELSEWHERE = "written_elsewhere"  # flag: while it was merged, the other case was sent what may be about this one
UNSPLIT = "unsplit"  # the action that puts a split-off case back

_ADDS = (EnquiryUpdated, ExternalRefAdded, FlagsChanged, MessageQueued, NoteAdded, Rerouted, StateChanged)


def merging_action(case: Case, by: Actor, policy: Policy) -> str:
    """
    Give the action of the case's lifecycle that merges it, now and by this actor.

    Raises:
        ActionError: there is none; it lists what is allowed.
    """
    lifecycle = policy.lifecycle(case.service)
    allowed = lifecycle.allowed(case.state, by)
    for action in allowed:
        if lifecycle.data.actions[action].closing_reason == "merged":
            return action
    raise ActionError(f"no action of the lifecycle {lifecycle.name!r} merges a case now", allowed=allowed)


def closed_for(case: Case) -> str:
    """
    Give the id of the case in favour of which this one was closed.

    Raises:
        RequestError: it was not, or is closed no longer.
    """
    kind = CLOSING_LINKS.get(case.closing_reason or "")
    for link in reversed(case.links):
        if link.kind == kind:
            return link.case
    raise RequestError("this case is not merged into another one")


def plan_unmerge(history: History, survivor: History, by: Actor, policy: Policy, context: Context) -> Plan:
    """
    Undo that a case was closed in favour of the survivor: as merged, as a duplicate, or as put back after a split.

    A state that its lifecycle has no longer is that lifecycle's first one. A wait until a moment goes on; one whose
    moment has passed ends with the next timers that are fired.

    Raises:
        RequestError: it was not closed in favour of that case, or the actor is neither worker nor system.
    """
    must_be_allowed(by)
    if closed_for(history.case) != survivor.case.id:
        raise RequestError("the case was merged into another one than this")
    kind = CLOSING_LINKS[history.case.closing_reason or ""]
    draft, second = history.draft(), survivor.draft()
    standing = _standing(history, policy)
    draft.add(StateRestored(at=context.now, by=str(by), standing=standing))
    since = _enquiries_since(survivor.events, history.case.id, kind)
    flags = (WRITTEN_ELSEWHERE,) if since else ()
    untie(draft, history.events, survivor.case, kind, by, context, enquiries=since, flags=flags)
    changed = [draft]
    if any((link.case, link.kind) == (history.case.id, INVERSE[kind]) for link in survivor.case.links):
        untie(second, survivor.events, history.case, INVERSE[kind], by, context)
        changed.append(second)
    timers = _wait_again(draft, by, context) + set_again(draft, standing.timer, policy, context)
    for each in changed:
        timers += keep_promises(each, policy, context, str(by))
    return Plan("recorded", case=draft.case, changes=tuple(CaseChange.of(each) for each in changed), timers=timers)


def _standing(history: History, policy: Policy) -> Standing:
    """Give how the case stood before it was closed."""
    reason = history.case.closing_reason
    closing = max(
        number
        for number, event in enumerate(history.events)
        if isinstance(event, StateChanged) and event.closing_reason == reason
    )
    before = rebuild(list(history.events[:closing]))
    standing = Standing(**{name: getattr(before, name) for name in Standing.model_fields})
    lifecycle = policy.lifecycle(history.case.service)
    declared = lifecycle.data.states.get(before.state)
    if declared is not None and declared.type == before.state_type:
        return standing
    first = lifecycle.data.states[lifecycle.initial]
    return standing.model_copy(
        update={
            "state": lifecycle.initial,
            "state_type": first.type,
            "waiting_on": first.on,
            "waiting_until": None,
            "timer": None,
            "closing_reason": None,
            "closed_at": None,
        }
    )


def _enquiries_since(events: Sequence[Event], case: str, kind: LinkKind) -> int:
    """Count what the survivor was sent since the case was tied to it."""
    count = 0
    for event in reversed(events):
        if isinstance(event, CaseLinked) and (event.case, event.kind) == (case, INVERSE[kind]):
            return count
        count += isinstance(event, EnquiryReceived)
    return 0


def _wait_again(draft: Draft, by: Actor, context: Context) -> tuple[TimerRow, ...]:
    case = draft.case
    assert case is not None
    if case.waiting_until is None:
        return ()
    timer, due = context.mint.id("t"), case.waiting_until
    draft.add(TimerSet(at=context.now, by=str(by), timer=timer, kind=RESUME, due_at=due))
    return (TimerRow(timer, case.id, RESUME, due, case.state_version),)


def plan_unsplit(history: History, origin: History, by: Actor, policy: Policy, context: Context) -> Plan:
    """
    Put a case that was split off, or opened beside another one, back into its origin.

    It is closed as merged. Where something was added to it, its origin says that it was merged and takes over its flags
    and priority; otherwise the origin is as if it had never been split.

    Raises:
        RequestError: the case is no split-off of that one, or closed, or the actor is neither worker nor system.
        ActionError: its lifecycle has no state that is closed.
    """
    must_be_allowed(by)
    case = history.case
    if case.origin is None or case.origin != origin.case.id:
        raise RequestError("this case was not split off from another one")
    if case.state_type == "closed":
        raise RequestError("a closed case cannot be put back: reopen it first")
    draft, second = history.draft(), origin.draft()
    draft.add(
        StateChanged(
            at=context.now,
            by=str(by),
            action=UNSPLIT,
            state=closed_state(case, policy),
            state_type="closed",
            closing_reason="merged",
        )
    )
    for link in case.links:
        if link.case == origin.case.id and link.kind in BY_HAND:
            untie(draft, history.events, origin.case, link.kind, by, context)
            untie(second, origin.events, case, INVERSE[link.kind], by, context)
    further = Draft(second.case, second.head)
    tie(draft, further, "merged_into", by, context, closing=policy)
    if _grown(history.events) or any(_brings(sealed.event) for sealed in further.events):
        for sealed in further.events:
            second.add(sealed.event)
    changed = [each for each in (draft, second) if each.events]
    timers = keep_promises(second, policy, context, str(by)) if second.events else ()
    return Plan("recorded", case=draft.case, changes=tuple(CaseChange.of(each) for each in changed), timers=timers)


def closed_state(case: Case, policy: Policy) -> str:
    """
    Give the state that merging leads to, or else the first that is closed.

    Raises:
        ActionError: the lifecycle has no state that is closed.
    """
    lifecycle = policy.lifecycle(case.service)
    merging = (action.to for action in lifecycle.data.actions.values() if action.closing_reason == "merged")
    closed = (name for name, state in lifecycle.data.states.items() if state.type == "closed")
    for state in (*merging, *closed):
        return state
    raise ActionError(f"the lifecycle {lifecycle.name!r} has no state that is closed", allowed=())


def _grown(events: Sequence[Event]) -> bool:
    """Say whether anything was added to a case beside what it was split off with."""
    return any(
        isinstance(event, _ADDS) or (isinstance(event, EnquiryReceived) and event.copy_of is None) for event in events
    )


def _brings(event: Event) -> bool:
    return isinstance(event, CaseLinked) and bool(event.flags or event.priority)
