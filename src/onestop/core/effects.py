"""
Effects: what an action does beside leading to another state. Flags, a question to the citizen, and a timer.

They are part of the action's own plan: the state and what follows from it are written together or not at all. The
system is who does them, whoever took the action, since the policy says so.
"""

from __future__ import annotations

from onestop.core.actor import SYSTEM
from onestop.core.case import UNTOLD, Case, Draft
from onestop.core.context import Context
from onestop.core.events import ACT, FlagsChanged, StateTimer, TimerSet
from onestop.core.lifecycle import RESUME, ActionTimer, Effects
from onestop.core.messages import Addressee, tell
from onestop.core.plan import Gatherer, TimerRow
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose
from onestop.core.worktime import due
from onestop.errors import RequestError

__all__ = ["TIMERS", "TIMER_REFUSED", "kept_timer", "set_again", "take_effects", "timed_action"]

TIMERS = (RESUME, ACT)  # the kinds of timers that take an action; one that ends in `:` means all that begin so
TIMER_REFUSED = "timer_refused"  # flag: what should have happened by itself was not allowed then: a person looks

QUESTION: Purpose = "question"  # the purpose of a message that asks the citizen something
_BY = str(SYSTEM)


def take_effects(
    draft: Draft, gather: Gatherer, effects: Effects, policy: Policy, context: Context, to: Addressee | None
) -> tuple[TimerRow, ...]:
    """
    Add an action's effects to a draft that has its change of state: first the flags, then the question, then the timer.

    `to` is whom the question goes to. Where none may go out by itself (`messages.how_told`), or its words are too many,
    the case says so to a person.
    """
    _change_flags(draft, set(effects.flags), set(effects.unflag), context)
    if effects.ask is not None and not _ask(draft, gather, to, effects.ask, policy, context):
        _change_flags(draft, {UNTOLD}, set(), context)
    if effects.timer is None:
        return ()
    return _set(draft, _timer_of(draft, effects.timer, policy, context), context)


def _change_flags(draft: Draft, add: set[str], remove: set[str], context: Context) -> None:
    case = _case(draft)
    has = set(case.flags)
    added, removed = tuple(sorted(add - has)), tuple(sorted(remove & has))
    if added or removed:
        draft.add(FlagsChanged(at=context.now, by=_BY, added=added, removed=removed))


def _ask(draft: Draft, gather: Gatherer, to: Addressee | None, template: str, policy: Policy, context: Context) -> bool:
    try:
        return tell(draft, gather, to, template, policy, context, purpose=QUESTION)
    except RequestError:  # more words than a message holds: the action is taken all the same, and a person asks
        return False


def _timer_of(draft: Draft, timer: ActionTimer, policy: Policy, context: Context) -> StateTimer:
    standard = policy.service(_case(draft).service).standard
    calendar = policy.calendars[(standard and standard.calendar) or policy.council.calendar]
    return StateTimer(action=timer.action, due_at=due(context.now, timer.after, calendar).at)


def _set(draft: Draft, timer: StateTimer, context: Context) -> tuple[TimerRow, ...]:
    case, kind, identifier = _case(draft), f"{ACT}{timer.action}", context.mint.id("t")
    draft.add(TimerSet(at=context.now, by=_BY, timer=identifier, kind=kind, due_at=timer.due_at))
    return (TimerRow(identifier, case.id, kind, timer.due_at, case.state_version),)


def set_again(draft: Draft, timer: StateTimer | None, policy: Policy, context: Context) -> tuple[TimerRow, ...]:
    """
    Set the timer of a state once more, which the case kept, or was put back into.

    The one it had is void. Nothing is set where the lifecycle has no such action in this state for the system.
    """
    case = _case(draft)
    if timer is None or timer.action not in policy.lifecycle(case.service).allowed(case.state, SYSTEM):
        return ()
    return _set(draft, timer, context)


def kept_timer(draft: Draft, was: Case, policy: Policy, context: Context) -> tuple[TimerRow, ...]:
    """Set the timer of its state once more for a case that was sent to another service and kept its state."""
    kept = (was.state, was.state_type) == (_case(draft).state, _case(draft).state_type)
    return set_again(draft, was.timer, policy, context) if kept else ()


def timed_action(kind: str) -> str | None:
    """
    Give the action that a timer of a kind takes; None for timers that are about something else.

    >>> timed_action("act:close"), timed_action("resume"), timed_action("media:fetch")
    ('close', 'resume', None)
    """
    if kind == RESUME:
        return RESUME
    return kind.removeprefix(ACT) if kind.startswith(ACT) else None


def _case(draft: Draft) -> Case:
    assert draft.case is not None
    return draft.case
