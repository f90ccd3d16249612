"""
Why a deadline is what it is: the arithmetic of each target, counted again under the policy that set it.

A deadline is set by the event that gave it the moment it has; the case as it was then (service, flags, waits) and the
policy of that event give it again. What comes out is held against what is stored, and where the two differ the steps
are left out: a wrong account is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from onestop.core.case import Case
from onestop.core.events import CaseOpened, MessageQueued, PromiseChanged, StateChanged, TargetsChanged
from onestop.core.policy import Policy
from onestop.core.standards import Target, targets_of
from onestop.core.targets import ENDED, LEGAL, CaseTarget, Wait
from onestop.core.trail import Step, said
from onestop.core.worktime import resume
from onestop.desk.explain_data import Counted, Promised, TargetChange, TargetReason
from onestop.desk.past import KeptPolicies, Moment

__all__ = ["promises_of", "target_changes", "target_reasons"]


def target_reasons(past: tuple[Moment, ...], policies: KeptPolicies, now: datetime) -> Iterator[TargetReason]:
    """Give each target that the case has, with the arithmetic of its deadline, and how it stands now."""
    case = past[-1].after
    for target in case.targets:
        setter = _set_by(target, past)
        digest = _policy_of(setter)
        reason = TargetReason(
            name=target.name,
            within=target.within,
            calendar=target.calendar,
            started_at=target.started_at,
            due_at=target.due_at,
            state=_stands(target, case, now),
            paused_at=target.paused_at,
            met_at=target.met_at,
            met_by=_met_by(target, past),
            breached_at=target.breached_at,
            policy=digest,
            policy_state=policies.state(digest),
        )
        policy = policies.of(digest)
        yield reason if policy is None else _counted(reason, target, setter.after, policy, case)


def _set_by(target: CaseTarget, past: tuple[Moment, ...]) -> Moment:
    """Give the moment from which on the target has had the deadline that it has."""
    setter = past[-1]
    for moment in reversed(past):
        known = moment.after.target(target.name)
        if known is None or (known.basis, known.due_at) != (target.basis, target.due_at):
            break
        setter = moment
    return setter


def _policy_of(moment: Moment) -> str:
    event = moment.event
    if isinstance(event, CaseOpened):
        return event.decision.policy
    if isinstance(event, TargetsChanged) and event.policy:
        return event.policy
    return moment.after.policy  # an earlier release did not note it: the case's own is the likeliest


def _stands(
    target: CaseTarget, case: Case, now: datetime
) -> Literal["runs", "paused", "met", "met_late", "missed", "stopped"]:
    if target.met_at is not None:
        return "met" if target.met_at <= target.due_at else "met_late"
    if case.state_type in ENDED:
        return "stopped"
    if target.paused_at is not None:
        return "paused"
    return "missed" if target.breached_at is not None or target.due_at < now else "runs"


def _met_by(target: CaseTarget, past: tuple[Moment, ...]) -> str | None:
    if target.met_at is None:
        return None
    for event, before, after in past:
        if target.name in after.met and (before is None or target.name not in before.met):
            found = event.action if isinstance(event, StateChanged) else "message"
            if event.at == target.met_at and isinstance(event, StateChanged | MessageQueued):
                return found
    return None


def _counted(reason: TargetReason, target: CaseTarget, then: Case, policy: Policy, case: Case) -> TargetReason:
    service = policy.service(then.service)
    asked = next(
        (each for each in targets_of(service, then.flags, target.started_at, policy) if each.name == target.name), None
    )
    if asked is None or (str(asked.within), asked.calendar.name) != (target.within, target.calendar):
        return reason.model_copy(update={"differs": True})
    pausing = service.standard.pauses if service.standard and target.name != LEGAL else ()
    waits = tuple(wait for wait in then.waits if wait.on in pausing and _moves(wait, target))
    due_at, steps = _again(asked, target.started_at, waits)
    differs = due_at != target.due_at
    zone = asked.calendar.zone
    return reason.model_copy(
        update={
            "flag": asked.flag or None,
            "time_zone": str(zone),
            "differs": differs,
            "steps": () if differs else tuple(_step(step, said(step, zone)) for step in steps),
            "pauses": tuple(wait for wait in case.waits if wait.on in pausing and _moves(wait, target)),
        }
    )


def _moves(wait: Wait, target: CaseTarget) -> bool:
    """Say whether a wait stopped the clock: one that began once the target was met, or was over before, did not."""
    if target.met_at is not None and max(wait.since, target.started_at) >= target.met_at:
        return False
    return wait.until is None or wait.until > max(wait.since, target.started_at)


def _again(asked: Target, started_at: datetime, waits: tuple[Wait, ...]) -> tuple[datetime, list[Step]]:
    """Give the deadline after the waits that ended, and every step to it."""
    due_at, steps = asked.due_at, list(asked.deadline.steps)
    for wait in waits:
        if wait.until is not None:
            moved = resume(due_at, max(wait.since, started_at), wait.until, asked.calendar, asked.within.unit)
            due_at, steps = moved.at, [*steps, *moved.steps]
    return due_at, steps


def _step(step: Step, words: str) -> Counted:
    return Counted(
        kind=step.kind,
        said=words,
        at=step.at,
        first=step.first,
        last=step.last,
        days=step.days,
        seconds=int(step.time.total_seconds()),
        why=step.why,
        name=step.name,
    )


# -- how they became others --------------------------------------------------------------------------------------------


def target_changes(past: tuple[Moment, ...]) -> Iterator[TargetChange]:
    """Give each change of a target since the case was opened, in order; what stayed as it was is left out."""
    for event, before, after in past:
        if before is None or not isinstance(event, TargetsChanged):
            continue
        names = dict.fromkeys(target.name for target in (*before.targets, *after.targets))
        for name in names:
            was, now = before.target(name), after.target(name)
            if was and now and (was.basis, was.due_at, was.paused_at) == (now.basis, now.due_at, now.paused_at):
                continue
            yield TargetChange(
                name=name,
                at=event.at,
                by=event.by,
                because=event.because,
                was=was.due_at if was else None,
                due_at=now.due_at if now else None,
                within=now.within if now else None,
                paused=now is not None and now.paused_at is not None,
            )


def promises_of(past: tuple[Moment, ...]) -> Iterator[Promised]:
    """Give every date that the citizen was promised, in order, and each time that it was taken back."""
    for event, _, after in past:
        if isinstance(event, CaseOpened) and event.expected_at is not None:
            yield Promised(at=event.at, by=event.by, expected_at=after.expected_at, because="opened")
        elif isinstance(event, PromiseChanged):
            yield Promised(
                at=event.at,
                by=event.by,
                expected_at=event.expected_at,
                was=event.was,
                because=event.because,
                told=event.told,
            )
