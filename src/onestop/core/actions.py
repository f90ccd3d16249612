"""
What people and timers do to a case: lifecycle actions, rerouting, notes, links, other systems' ids.

Each function gives a plan, or raises what a caller must mend; none changes anything itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.effects import TIMER_REFUSED, kept_timer, take_effects, timed_action
from onestop.core.events import (
    ContentRef,
    ExternalRefAdded,
    FlagsChanged,
    NoteAdded,
    StateChanged,
    TimerSet,
)
from onestop.core.guards import unmet
from onestop.core.lifecycle import RESUME, Step
from onestop.core.linking import CLOSING_LINKS, tie
from onestop.core.messages import Addressee, utf8
from onestop.core.plan import CaseChange, CaseFacts, ExternalRefRow, Gatherer, Plan, TimerRow
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.core.rerouting import rerouted
from onestop.errors import FieldsError, NotFoundError, RequestError

__all__ = [
    "plan_action",
    "plan_external_ref",
    "plan_flags",
    "plan_note",
    "plan_reroute",
    "plan_timer",
]

_FLAG = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")

_LONGEST_ID = 200  # characters of what others call a worker or a case


def plan_action(
    facts: CaseFacts,
    action: str,
    fields: Mapping[str, str],
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    into: CaseFacts | None = None,
    open_children: Collection[str] | None = None,
    to: Addressee | None = None,
) -> Plan:
    """
    Take a lifecycle action, with its effects. `into` is the case that an action with the field `into` names, `to` is
    whom a question would go to; `open_children` are the references of the case's children that are not closed: left
    out, every child counts as open.

    Raises:
        ActionError: not allowed now, or not to this actor.
        GuardError: the case lacks what the action asks of it.
        FieldsError: a required field is missing or cannot be read.
        RequestError: a case would be merged into itself, into one that was merged, or an emergency into a closed one.
    """
    given = {name: value for name, value in fields.items() if value.strip()}  # nothing but blanks is nothing given
    lifecycle = policy.lifecycle(facts.case.service)
    wanting = unmet(facts.case, open_children) if lifecycle.is_guarded else frozenset()
    step = lifecycle.take(action, state=facts.case.state, by=by, fields=given, unmet=wanting)
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    others: list[Draft] = []
    draft.add(_state_changed(step, given, by, context, gather, facts.case.id))
    link = CLOSING_LINKS.get(step.closing_reason or "")
    if link is not None:
        if into is None:
            raise FieldsError(f"the action {action!r} needs the other case's reference in into", fields=["into"])
        others.append(Draft(into.case, into.head))
        tie(draft, others[0], link, by, context, closing=policy)
    timers = _timer(draft, by, context) if step.waiting_on == "until" else ()
    timers += take_effects(draft, gather, step.effects, policy, context, to)
    for each in (draft, *others):
        timers += keep_promises(each, policy, context, str(by))
    return Plan(
        "recorded",
        case=draft.case,
        changes=tuple(CaseChange.of(each) for each in (draft, *others)),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        timers=timers,
        questions=tuple(gather.questions),
    )


def _state_changed(
    step: Step, fields: Mapping[str, str], by: Actor, context: Context, gather: Gatherer, case: str
) -> StateChanged:
    known = {"until", "assignee", "into"}
    further = {name: value for name, value in fields.items() if name not in known}
    kept: ContentRef | None = None
    if further:
        kept = gather.content("fields", json.dumps(further, sort_keys=True).encode(), case=case).ref
    return StateChanged(
        at=context.now,
        by=str(by),
        action=step.action,
        state=step.state,
        state_type=step.state_type,
        waiting_on=step.waiting_on,
        closing_reason=step.closing_reason,
        until=_until(fields["until"], context.now) if "until" in fields else None,
        assignee=_assignee(fields),
        meets=step.meets,
        fields=kept,
    )


def _assignee(fields: Mapping[str, str]) -> str | None:
    """Give the worker's id, which stands in the history for good."""
    assignee = fields.get("assignee")
    if assignee is not None and not (assignee.isprintable() and len(assignee) <= _LONGEST_ID):
        raise FieldsError(f"assignee is a worker's id of at most {_LONGEST_ID} visible characters", fields=["assignee"])
    return assignee


def _until(text: str, now: datetime) -> datetime:
    try:
        until = datetime.fromisoformat(text.strip())
        if until.tzinfo is None:
            raise FieldsError("until needs a time zone: 2026-03-02T09:00:00+00:00", fields=["until"])
        until = until.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC the year may be no year; Python's error quotes what was typed
        raise FieldsError("until is a moment as 2026-03-02T09:00:00+00:00", fields=["until"]) from None
    if until <= now:
        raise FieldsError("until lies in the future", fields=["until"])
    return until


def _timer(draft: Draft, by: Actor, context: Context) -> tuple[TimerRow, ...]:
    case = draft.case
    assert case is not None
    if case.waiting_until is None:
        raise FieldsError("waiting until needs the moment in until", fields=["until"])
    timer, due = context.mint.id("t"), case.waiting_until
    draft.add(TimerSet(at=context.now, by=str(by), timer=timer, kind=RESUME, due_at=due))
    return (TimerRow(timer, case.id, RESUME, due, case.state_version),)


def plan_timer(
    facts: CaseFacts,
    kind: str,
    generation: int,
    policy: Policy,
    context: Context,
    *,
    open_children: Collection[str] | None = None,
    to: Addressee | None = None,
) -> Plan:
    """
    Fire a timer that takes an action: nothing when the case has moved on since it was set.

    Where the action is not allowed now, the case gets the flag `timer_refused`, so that a person sees it. Raised, it
    would be fired for ever.
    """
    action = timed_action(kind)
    if action is None or facts.case.state_version != generation:
        return Plan("recorded", case=facts.case)
    try:
        return plan_action(facts, action, {}, SYSTEM, policy, context, open_children=open_children, to=to)
    except RequestError:
        if TIMER_REFUSED in facts.case.flags:
            return Plan("recorded", case=facts.case)
        return plan_flags(facts, (TIMER_REFUSED,), (), SYSTEM, policy, context)


def plan_reroute(
    facts: CaseFacts, service: str, reason: str | None, by: Actor, policy: Policy, context: Context
) -> Plan:
    """
    Send a case to another service. It keeps its state where the other lifecycle has one of that name and type, and
    starts at that lifecycle's beginning otherwise; so does a case that waits until a date, since the timer that would
    end its wait is void. A closed case must be reopened first.

    Raises:
        NotFoundError: there is no such service.
        RequestError: the case is closed or there already, or the actor is neither worker nor system.
    """
    case = facts.case
    if service not in policy.directory.services:
        raise NotFoundError(f"the directory has no service {service!r}")
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker can reroute a case")
    if case.state_type == "closed":
        raise RequestError("a closed case cannot be rerouted: reopen it first")
    if case.service == service:
        raise RequestError(f"the case is at {service!r} already")
    gather, draft = Gatherer(context), Draft(case, facts.head)
    content = gather.content("reason", utf8(reason), case=case.id, media_type="text/plain") if reason else None
    draft.add(rerouted(case, service, str(by), policy, context.now, reason=content.ref if content else None))
    timers = kept_timer(draft, case, policy, context)
    return _plan(draft, gather, (*timers, *keep_promises(draft, policy, context, str(by))))


def plan_note(facts: CaseFacts, text: str, by: Actor, context: Context) -> Plan:
    """
    Add a note for colleagues.

    Raises:
        RequestError: the note is empty.
    """
    if not text.strip():
        raise RequestError("a note has words")
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    content = gather.content("note", utf8(text), case=facts.case.id, media_type="text/plain")
    draft.add(NoteAdded(at=context.now, by=str(by), content=content.ref))
    return _plan(draft, gather)


def plan_flags(
    facts: CaseFacts, add: Collection[str], remove: Collection[str], by: Actor, policy: Policy, context: Context
) -> Plan:
    """
    Put flags on a case, or take them off: a failed message was dealt with, a case is not to be set aside after all.

    Raises:
        RequestError: nothing would change, a flag is no short word, or the actor is neither worker nor system.
    """
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker can change a case's flags")
    wrong = [flag for flag in add if not _FLAG.match(flag)]
    if wrong:
        raise RequestError("a flag is a short word of a-z, 0-9 and _")
    has = set(facts.case.flags)
    added, removed = tuple(sorted(set(add) - has)), tuple(sorted((set(remove) & has) - set(add)))
    if not added and not removed:
        raise RequestError("the case's flags would stay as they are")
    draft = Draft(facts.case, facts.head)
    draft.add(FlagsChanged(at=context.now, by=str(by), added=added, removed=removed))
    timers = keep_promises(draft, policy, context, str(by))
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), timers=timers)


def plan_external_ref(facts: CaseFacts, system: str, ref: str, by: Actor, context: Context) -> Plan:
    """
    Note another system's id of the case.

    Raises:
        RequestError: the system or the id is empty, longer than 200 characters or not visible.
    """
    if not all(part.isprintable() and 0 < len(part.strip()) <= len(part) <= _LONGEST_ID for part in (system, ref)):
        raise RequestError("an external reference is a system's name and its id, 1 to 200 visible characters each")
    draft = Draft(facts.case, facts.head)
    draft.add(ExternalRefAdded(at=context.now, by=str(by), system=system, ref=ref))
    row = ExternalRefRow(facts.case.id, system, ref)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), external_refs=(row,))


def _plan(draft: Draft, gather: Gatherer, timers: tuple[TimerRow, ...] = ()) -> Plan:
    changes, contents = (CaseChange.of(draft),), tuple(gather.contents)
    return Plan("recorded", case=draft.case, changes=changes, contents=contents, timers=timers)
