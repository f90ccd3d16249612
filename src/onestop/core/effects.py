"""
Effects: what an action does beside leading to another state. Flags, a question to the citizen, and a timer.

They are part of the action's own plan: the state and what follows from it are written together or not at all. The
system is who does them, whoever took the action, since the policy says so.
"""

from __future__ import annotations

from onestop.core.actor import SYSTEM
from onestop.core.asked import note_asked, options_said, others_open
from onestop.core.case import UNTOLD, Case, Draft
from onestop.core.context import Context
from onestop.core.events import ACT, FlagsChanged, StateTimer, TimerSet
from onestop.core.lifecycle import RESUME, ActionTimer, Asking, Effects
from onestop.core.messages import Addressee, tell
from onestop.core.model import shifted
from onestop.core.plan import Gatherer, TimerRow
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose
from onestop.core.questions import NO, YES, Option, numbered
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
    timers: tuple[TimerRow, ...] = ()
    if effects.ask is not None:
        asked = _ask(draft, gather, to, effects.ask, policy, context)
        timers = asked or ()
        if asked is None:
            _change_flags(draft, {UNTOLD}, set(), context)
    if effects.timer is None:
        return timers
    return (*timers, *_set(draft, _timer_of(draft, effects.timer, policy, context), context))


def _change_flags(draft: Draft, add: set[str], remove: set[str], context: Context) -> None:
    case = _case(draft)
    has = set(case.flags)
    added, removed = tuple(sorted(add - has)), tuple(sorted(remove & has))
    if added or removed:
        draft.add(FlagsChanged(at=context.now, by=_BY, added=added, removed=removed))


def _ask(
    draft: Draft, gather: Gatherer, to: Addressee | None, ask: str | Asking, policy: Policy, context: Context
) -> tuple[TimerRow, ...] | None:
    """Ask the citizen; give the timers of a question with closed answers, or None where nobody can be asked."""
    options = _options(ask, to, policy, context) if isinstance(ask, Asking) else ()
    template = ask.template if isinstance(ask, Asking) else ask
    if options is None:
        return None
    further = options_said(options, policy)
    try:
        if not tell(draft, gather, to, template, policy, context, purpose=QUESTION, further=further):
            return None
    except RequestError:  # more words than a message holds: the action is taken all the same, and a person asks
        return None
    message = gather.messages[-1]
    if isinstance(ask, str) or message.state in ("muted", "denied"):
        return ()
    asked = note_asked(
        draft,
        message.recipient.key,
        message.party,
        "choice" if ask.options else "yes_no",
        "action",
        options,
        context,
        by=_BY,
        until=shifted(context.now, policy.council.questions.wait),
        message=message.id,
        actions=ask.answers,
    )
    gather.questions.append(asked.row)
    return (asked.timer,)


def _options(ask: Asking, to: Addressee | None, policy: Policy, context: Context) -> tuple[Option, ...] | None:
    """Give the options of a question with the numbers that are free where it goes; None where none is left."""
    open_there = others_open(to.questions if to else (), policy, context)
    if ask.options:
        made = [Option(code=code, label=label) for code, label in ask.options.items()]
        return numbered(made, "choice", open_there)
    return numbered([Option(code=code, label=policy.answers.label(code)) for code in (YES, NO)], "yes_no", open_there)


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
