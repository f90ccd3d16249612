"""
The promise: what the service standard asks of a case now, what the citizen may expect, and what happens next by itself.

Every plan that changes a case ends with `keep_promises`. It works out from the case's history and the policy of today
what the targets are, and adds events where they are others than those that the case has. So one rule covers a case that
is sent on, reopened, paused, flagged, or that stays open while its policy changes, and a plan that changes nothing of
this adds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from onestop.core.calendars import Calendar
from onestop.core.case import Case, Draft
from onestop.core.context import Context
from onestop.core.durations import Duration, Unit
from onestop.core.escalation import Escalation, Span
from onestop.core.events import PromiseChanged, Rerouted, TargetsBecause, TargetsChanged, TimerSet
from onestop.core.plan import TimerRow
from onestop.core.policy import Policy
from onestop.core.standards import Target, targets_of
from onestop.core.targets import ENDED, INSPECT, LEGAL, PROMISE, RESOLVE, CaseTarget, Wait
from onestop.core.worktime import resume

__all__ = ["ESCALATE", "Aim", "aim_of", "first_promises", "keep_promises"]

ESCALATE = "escalate:"  # how the timers of escalation begin; target and moment of the step follow

_FLAGGING = frozenset({"flags_changed", "enquiry_received", "enquiry_updated", "escalated", "case_linked"})
_AGAIN = frozenset({INSPECT, RESOLVE})  # what is to be done once more when a case is reopened


def first_promises(
    service: str, flags: Collection[str], received_at: datetime, policy: Policy
) -> tuple[tuple[CaseTarget, ...], datetime | None]:
    """Give the targets of a case that opens, and what its citizen is promised."""
    targets = tuple(
        CaseTarget(
            name=asked.name,
            within=str(asked.within),
            calendar=asked.calendar.name,
            started_at=received_at,
            due_at=asked.due_at,
        )
        for asked in targets_of(policy.service(service), flags, received_at, policy)
    )
    return targets, _expected(targets, service, policy)


def keep_promises(
    draft: Draft, policy: Policy, context: Context, by: str, *, fired: str | None = None
) -> tuple[TimerRow, ...]:
    """
    Add what the change that a draft holds means for targets, promise and timers; nothing where it means nothing.

    `fired` is the timer of escalation (its kind and generation) that is done with: the next one is set.
    """
    case = draft.case
    assert case is not None
    if case.state_type in ENDED:
        return ()
    if draft.before:  # a case that opens brings its targets with it
        _keep_targets(draft, policy, context, by)
    return _set_timer(draft, policy, context, by, fired)


# -- targets -----------------------------------------------------------------------------------------------------------


def _keep_targets(draft: Draft, policy: Policy, context: Context, by: str) -> None:
    case = draft.case
    assert case is not None
    moved = any(isinstance(sealed.event, Rerouted) for sealed in draft.events)
    targets = tuple(_asked(case, policy, moved=moved))
    flagged = any(sealed.event.type in _FLAGGING for sealed in draft.events)
    because = _because(case, targets, moved=moved, flagged=flagged)
    if targets != case.targets:
        asked = TargetsChanged(at=context.now, by=by, targets=targets, because=because, policy=policy.hash)
        case = draft.add(asked)
    if case.promise.by_hand:
        return
    expected = _expected(targets, case.service, policy)
    if expected != case.expected_at:
        changed = PromiseChanged(at=context.now, by=by, expected_at=expected, was=case.expected_at, because=because)
        draft.add(changed)


def _asked(case: Case, policy: Policy, *, moved: bool) -> Iterator[CaseTarget]:
    """Give the targets as they should be: each is counted from its own start, and stops where the case waited."""
    service = policy.service(case.service)
    pauses = frozenset(service.standard.pauses) if service.standard else frozenset()
    by_start: dict[datetime, dict[str, Target]] = {}

    def counted(start: datetime) -> dict[str, Target]:
        if start not in by_start:
            by_start[start] = {each.name: each for each in targets_of(service, case.flags, start, policy)}
        return by_start[start]

    received = case.received_at or case.opened_at
    for name in counted(received):
        known = case.target(name)
        start = _start(case, name, known, received)
        asked = counted(start)[name]
        waits = [wait for wait in case.waits if wait.on in pauses and name != LEGAL]
        yield _stands(case, asked, start, known, waits, moved=moved)


def _start(case: Case, name: str, known: CaseTarget | None, received: datetime) -> datetime:
    """Give when a target began: at receipt; after a reopening; the law's clock with the enquiry that asks for it."""
    if name in _AGAIN and case.reopened_at is not None:
        return case.reopened_at
    if name == LEGAL:
        if known is not None:
            return known.started_at
        return case.last_enquiry_at if case.enquiries > 1 else received
    return received


def _stands(
    case: Case, asked: Target, start: datetime, known: CaseTarget | None, waits: list[Wait], *, moved: bool
) -> CaseTarget:
    """Give how a target stands after the waits that stop its clock."""
    met_at = case.met.get(asked.name)
    due_at, paused_at = asked.due_at, None
    for wait in waits:
        since = max(wait.since, start)
        if met_at is not None and since >= met_at:
            break
        if wait.until is not None:
            if wait.until > since:
                due_at = resume(due_at, since, wait.until, asked.calendar, asked.within.unit).at
        elif since < due_at and met_at is None:  # what is late already stays late
            paused_at = since
    target = CaseTarget(
        name=asked.name,
        within=str(asked.within),
        calendar=asked.calendar.name,
        started_at=start,
        due_at=due_at,
        paused_at=paused_at,
        met_at=met_at,
        generation=case.version + 1,
    )
    if known is None or known.basis != target.basis:
        return target
    if met_at is not None and known.met_at is not None:
        return known  # what was met is history: no later policy moves it
    same = (known.due_at, known.paused_at, known.met_at) == (target.due_at, target.paused_at, target.met_at)
    return target.model_copy(
        update={
            "generation": known.generation if same and not moved else target.generation,
            "breached_at": known.breached_at if known.due_at == target.due_at else None,
            # A pause leaves as much time as there was: what was done before it is not done once more.
            "escalated": () if moved else known.escalated,
        }
    )


def _because(case: Case, targets: tuple[CaseTarget, ...], *, moved: bool, flagged: bool) -> TargetsBecause:
    """Give why the targets are others; where several things happened at once, the one that moved most."""
    if moved:
        return "rerouted"
    pairs = [(case.target(target.name), target) for target in targets]
    if any(known and known.started_at != target.started_at for known, target in pairs):
        return "reopened"
    if any(known and target.paused_at and not known.paused_at for known, target in pairs):
        return "paused"
    if any(known and known.paused_at and not target.paused_at for known, target in pairs):
        return "resumed"
    asked = {(target.name, target.within) for target in targets}
    if flagged and asked != {(target.name, target.within) for target in case.targets}:
        return "flags"
    return "policy"


def _expected(targets: tuple[CaseTarget, ...], service: str, policy: Policy) -> datetime | None:
    """
    Give what the citizen is promised: when it should be resolved, or answered by law; None while that clock stands.

    A target to acknowledge or inspect is no date by which anything is done.
    """
    standard = policy.service(service).standard
    if standard is not None and not standard.promised:
        return None
    by_name = {target.name: target for target in targets}
    told = by_name.get(RESOLVE) or by_name.get(LEGAL)
    return told.due_at if told and not told.paused_at else None


# -- what happens next by itself ---------------------------------------------------------------------------------------


class Aim(NamedTuple):
    """What a step of escalation is about: a target whose clock runs, or the promise."""

    span: Span
    generation: int
    escalated: tuple[str, ...]
    breached: bool


def aim_of(case: Case, name: str, policy: Policy) -> Aim | None:
    """Give a target, or the promise, as escalation sees it; None while nothing can come of it."""
    if case.state_type in ENDED:
        return None
    target = case.target(RESOLVE if name == PROMISE else name)
    if name == PROMISE:
        return _promised(case, target, policy)
    if target is None or not target.runs:
        return None
    calendar = _calendar(case, target.calendar, policy)
    unit = Duration.parse(target.within).unit
    standard = policy.service(case.service).standard
    pauses = standard.pauses if standard and name != LEGAL else ()
    paused = tuple((wait.since, wait.until) for wait in case.waits if wait.on in pauses and wait.until is not None)
    span = Span(target.started_at, target.due_at, calendar, unit, paused)
    return Aim(span, target.generation, target.escalated, target.breached_at is not None)


def _promised(case: Case, resolve: CaseTarget | None, policy: Policy) -> Aim | None:
    promise = case.promise
    if promise.expected_at is None or (resolve is not None and resolve.met_at is not None):
        return None
    began = case.reopened_at or case.received_at or case.opened_at
    calendar = _calendar(case, resolve.calendar if resolve else "", policy)
    span = Span(began, promise.expected_at, calendar, Unit.WORKING_HOURS)
    return Aim(span, promise.generation, promise.escalated, any(_is_late(step) for step in promise.escalated))


def _calendar(case: Case, name: str, policy: Policy) -> Calendar:
    """Give a calendar by its name; one that the policy of today lacks is the service's, or the council's."""
    standard = policy.service(case.service).standard
    names = (name, (standard and standard.calendar) or "", policy.council.calendar)
    return next(policy.calendars[each] for each in names if each in policy.calendars)


def _is_late(step: str) -> bool:
    return step == "breach" or step.startswith("after ")


def _set_timer(draft: Draft, policy: Policy, context: Context, by: str, fired: str | None) -> tuple[TimerRow, ...]:
    """
    Set the timer of the step that comes next, unless it is set.

    One at a time: each sets its successor, so that a case that is opened costs one timer however many steps its service
    has.
    """
    case = draft.case
    assert case is not None
    coming = [(moment, number, step, aim) for number, (step, aim, moment) in enumerate(_coming(case, policy))]
    if not coming:
        return ()
    moment, _, step, aim = min(coming, key=lambda each: each[:2])
    kind = f"{ESCALATE}{step.key}"
    named = f"{kind}@{aim.generation}"
    if named == case.escalation and named != fired:
        return ()
    timer = context.mint.id("t")
    draft.add(
        TimerSet(at=context.now, by=by, timer=timer, kind=kind, due_at=moment, generation=aim.generation),
    )
    return (TimerRow(timer, case.id, kind, moment, aim.generation),)


def _coming(case: Case, policy: Policy) -> Iterator[tuple[Escalation, Aim, datetime]]:
    """Give the steps that were not taken, and when each is due."""
    aims: dict[str, Aim | None] = {}
    for step in policy.escalation_of(case.service):
        if step.target not in aims:
            aims[step.target] = aim_of(case, step.target, policy)
        aim = aims[step.target]
        if aim is not None and str(step.at) not in aim.escalated:
            yield step, aim, step.at.moment(aim.span)
