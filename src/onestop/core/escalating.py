"""
What happens when a promise comes near or is missed, and when a person makes another: the plans of both.

A step is taken at most once for each deadline. A timer that was set for an earlier one, for a target that is met or
paused, or for a case that is done does nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import REASSIGNED, UNTOLD, Case, Draft
from onestop.core.context import Context
from onestop.core.effects import kept_timer
from onestop.core.escalation import Escalation
from onestop.core.events import BY_ESCALATION, Escalated, FlagsChanged, PromiseChanged, TargetBreached
from onestop.core.messages import Addressee, how_told, tell, utf8
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import ESCALATE, Aim, aim_of, keep_promises
from onestop.core.rerouting import rerouted
from onestop.core.targets import ENDED
from onestop.errors import NotFoundError, RequestError

__all__ = ["DELAYED", "plan_escalation", "plan_promise"]

DELAYED = "delayed"  # the template by which a citizen is told of another date
_BY = str(SYSTEM)


def plan_escalation(
    facts: CaseFacts, kind: str, generation: int, policy: Policy, context: Context, *, to: Addressee | None
) -> Plan:
    """
    Fire a timer of escalation: take its step, and set the timer of the next.

    `to` is whom the citizen's message would go to; where none can be told by itself, the case says so to a person.
    """
    case = facts.case
    name, _, at = kind.removeprefix(ESCALATE).partition(":")
    aim = aim_of(case, name, policy)
    live = aim is not None and aim.generation == generation and at not in aim.escalated
    fired = f"{kind}@{generation}"
    if not live and fired != case.escalation:
        return Plan("recorded", case=case)
    gather, draft = Gatherer(context), Draft(case, facts.head)
    step = next((each for each in policy.escalation_of(case.service) if each.key == f"{name}:{at}"), None)
    timers: tuple[TimerRow, ...] = ()
    # Another policy, or a clock set back, may have made it too early: it is set once more.
    if live and aim is not None and step is not None and step.at.moment(aim.span) <= context.now:
        _take(draft, gather, step, aim, policy, context, to)
        if draft.case is not None and draft.case.service != case.service:
            timers = kept_timer(draft, case, policy, context)
    timers += keep_promises(draft, policy, context, _BY, fired=fired)
    return _plan(draft, gather, timers)


def _take(
    draft: Draft,
    gather: Gatherer,
    step: Escalation,
    aim: Aim,
    policy: Policy,
    context: Context,
    to: Addressee | None,
) -> None:
    case, now = draft.case, context.now
    assert case is not None
    if step.at.is_late and not aim.breached:
        draft.add(TargetBreached(at=now, by=_BY, name=step.target, due_at=aim.span.due_at))
    service = _sent_to(case, step)
    flags = [step.flag] if step.flag else []
    if step.reassign and service is None and step.reassign != case.service:
        flags.append(REASSIGNED)
    if step.tell and (_is_unheard_of(case) or not tell(draft, gather, to, step.tell, policy, context)):
        flags.append(UNTOLD)
    taken = Escalated(
        at=now,
        by=_BY,
        target=step.target,
        step=str(step.at),
        flags=tuple(sorted(flags)),
        priority=step.priority,
        assignee=step.assignee,
    )
    case = draft.add(taken)
    if service is not None:
        draft.add(rerouted(case, service, _BY, policy, now, rule=BY_ESCALATION))


def _is_unheard_of(case: Case) -> bool:
    """Say whether the citizen knows nothing of a case: it was opened beside theirs, and nobody wrote to them of it."""
    return case.origin is not None and not case.heard.told


def _sent_to(case: Case, step: Escalation) -> str | None:
    """Give where a step sends the case; nowhere twice, or two services would send it to each other for ever."""
    if step.reassign is None or step.reassign == case.service or step.reassign in case.escalated_to:
        return None
    return step.reassign


def plan_promise(
    facts: CaseFacts,
    expected_at: datetime,
    reason: str,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    to: Addressee | None,
    telling: bool,
) -> Plan:
    """
    Promise the citizen another date, and tell them by the template `delayed`, whose `text` is the reason.

    Where nothing may go out by itself, the case gets a flag, so that a person tells them.

    Raises:
        NotFoundError: they are to be told, and the policy has no such template.
        RequestError: the date has no zone or is past, there is no reason, the case is done, or this is no worker.
    """
    case = facts.case
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker can promise a date")
    if expected_at.tzinfo is None:
        raise RequestError("a time needs a zone: 2026-03-02T09:00:00+00:00")
    if expected_at <= context.now:
        raise RequestError("a promise lies in the future")
    if not reason.strip():
        raise RequestError("another date has a reason: the citizen may be told it")
    if case.state_type in ENDED:
        raise RequestError("the case is done: reopen it first")
    if telling and DELAYED not in policy.templates:
        raise NotFoundError(f"the policy has no template {DELAYED!r} to tell the citizen by")
    gather, draft = Gatherer(context), Draft(case, facts.head)
    how = how_told(case, to, "service_update", policy, context) if telling else None
    told = how is not None and how.kind in ("send", "task")
    draft.add(
        PromiseChanged(
            at=context.now,
            by=str(by),
            expected_at=_in_utc(expected_at),
            was=case.expected_at,
            because="by_hand",
            told=told,
            reason=gather.content("reason", utf8(reason), case=case.id, media_type="text/plain").ref,
        )
    )
    if how is not None:
        tell(draft, gather, to, DELAYED, policy, context, text=utf8(reason).decode(), by=str(by))
    elif telling and UNTOLD not in case.flags:
        draft.add(FlagsChanged(at=context.now, by=str(by), added=(UNTOLD,)))
    return _plan(draft, gather, keep_promises(draft, policy, context, str(by)))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RequestError("a promise lies in the years of the calendar") from None


def _plan(draft: Draft, gather: Gatherer, timers: tuple[TimerRow, ...]) -> Plan:
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),) if draft.events else (),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        timers=timers,
    )
