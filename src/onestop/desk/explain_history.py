"""Why a case has its priority, flags and links, what was done and told: read from its history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from onestop.core.actor import SYSTEM
from onestop.core.case import Case
from onestop.core.directory import localise
from onestop.core.escalation import Escalation
from onestop.core.events import (
    BY_ESCALATION,
    CaseLinked,
    CaseOpened,
    CaseUnlinked,
    EnquiryReceived,
    EnquiryUpdated,
    Escalated,
    Event,
    FileFetched,
    FileScanned,
    FlagsChanged,
    Match,
    MessageUpdated,
    QuestionAnswered,
    QuestionAsked,
    QuestionLapsed,
    Rerouted,
    StateChanged,
    StateRestored,
    TargetBreached,
    TimerSet,
)
from onestop.core.lifecycle import RESUME
from onestop.core.policy import Policy
from onestop.core.promise import ESCALATE, aim_of
from onestop.core.rules import Decision, Rule, RuleUse
from onestop.desk.explain_data import (
    NOTED,
    Arrival,
    Cause,
    Move,
    Raised,
    Ranked,
    StepTaken,
    Tie,
    Upcoming,
)
from onestop.desk.past import KeptPolicies, Moment, decision_of
from onestop.desk.views import flag_words
from onestop.stores.base import Reader

__all__ = [
    "arrivals_of",
    "escalation_of",
    "flags_of",
    "links_of",
    "moves_of",
    "priorities_of",
    "provider_name",
    "upcoming_of",
]

_ACT = "act:"  # how the timers of actions that a lifecycle takes by itself begin


def provider_name(code: str | None, policy: Policy) -> str:
    """Give what a provider is called, in the council's first language; its code where the policy has it no more."""
    provider = policy.directory.providers.get(code or "")
    return localise(provider.name, policy.council.languages[0]) if provider else code or ""


# -- enquiries ---------------------------------------------------------------------------------------------------------


def arrivals_of(past: tuple[Moment, ...]) -> Iterator[Arrival]:
    """Give each enquiry, and each time that more became known of one."""
    opening: Decision | None = None
    came_by: dict[str, EnquiryReceived] = {}
    for event, _, _ in past:
        if isinstance(event, CaseOpened):
            opening = event.decision
        elif isinstance(event, EnquiryUpdated) and (first := came_by.get(event.enquiry)):
            yield Arrival(
                at=event.at,
                channel=first.channel,
                adapter=first.adapter,
                match=Match(how="call"),
                decision=event.decision,
                defects=event.defects,
                adds=True,
            )
        elif isinstance(event, EnquiryReceived):
            yield Arrival(
                at=event.at,
                channel=event.channel,
                adapter=event.adapter,
                match=event.match,
                decision=event.decision or opening,
                opens=opening is not None,
                defects=event.defects,
                authority=event.authority,
            )
            opening = None
            came_by[event.enquiry] = event


# -- priority and flags ------------------------------------------------------------------------------------------------


class _Why(NamedTuple):
    cause: Cause
    detail: str = ""


def _why(event: Event) -> _Why:
    """Give what of an event that raises something raises it, the rules apart."""
    match event:
        case FlagsChanged():
            return _Why("system" if event.by == str(SYSTEM) else "person")
        case Escalated():
            return _Why("escalation", f"{event.target}:{event.step}")
        case CaseLinked() | CaseUnlinked():
            return _Why("link", event.reference)
        case MessageUpdated():
            return _Why("message")
        case FileFetched() | FileScanned():
            return _Why("file")
        case StateRestored():
            return _Why("restored")
    return _Why("intake")


def _uses(event: Event, policies: KeptPolicies) -> Iterator[tuple[RuleUse, Rule]]:
    """Give the rules of an event's decision, as the policy that decided has them."""
    decision = decision_of(event)
    if decision is not None:
        rules = policies.rules(decision.policy)
        yield from ((use, rules[use.rule]) for use in decision.used if use.rule in rules)


def priorities_of(past: tuple[Moment, ...], policies: KeptPolicies) -> Iterator[Ranked]:
    """Give each priority that the case has had, and what gave it."""
    for event, before, after in past:
        if before is not None and before.priority == after.priority:
            continue
        uses = tuple(use for use, rule in _uses(event, policies) if rule.then.priority == after.priority)
        why = _Why("rules") if decision_of(event) else _why(event)
        yield Ranked(priority=after.priority, at=event.at, by=event.by, cause=why.cause, rules=uses, detail=why.detail)


def flags_of(past: tuple[Moment, ...], policies: KeptPolicies) -> tuple[Raised, ...]:
    """Give the flags that the case has, each with what raised it last, in the order of their names."""
    found: dict[str, Raised] = {}
    for event, before, after in past:
        had = before.flags if before else ()
        for flag in set(after.flags).difference(had):
            found[flag] = _raised(flag, event, policies)
    return tuple(found[flag] for flag in past[-1].after.flags if flag in found)


def _raised(flag: str, event: Event, policies: KeptPolicies) -> Raised:
    policy = policies.current
    decision = decision_of(event)
    uses = tuple(use for use, rule in _uses(event, policies) if flag in rule.then.flags)
    # Of a decision whose policy is gone, nobody can say which of its rules it was.
    by_rules = bool(uses) or (decision is not None and flag in decision.flags and policies.of(decision.policy) is None)
    why = _Why("rules") if by_rules else _why(event)
    declared = policy.flags.by_code.get(flag)
    queue = next(iter(policy.flags.queues((flag,))), None)
    return Raised(
        flag=flag,
        name=localise(declared.name, policy.council.languages[0]) if declared else "",
        at=event.at,
        by=event.by,
        cause=why.cause,
        rules=uses,
        detail=why.detail,
        queue=queue,
        queue_name=provider_name(queue, policy),
    )


# -- links -------------------------------------------------------------------------------------------------------------


def links_of(past: tuple[Moment, ...], reader: Reader) -> Iterator[Tie]:
    """Give the cases that this one is tied to, each with who tied them, and the rule that made it two."""
    made = {(event.case, event.kind): event for event, _, _ in past if isinstance(event, CaseLinked)}
    decisions = [decision for event, _, _ in past if (decision := decision_of(event))]
    for link in past[-1].after.links:
        event = made.get((link.case, link.kind))
        if event is None:
            continue
        other = reader.case(link.reference)
        service = other.case.service if other else None
        also = [each for decision in decisions for each in decision.also if each.service == service]
        rule = also[0] if also and link.kind in ("child", "related") else None
        yield Tie(
            reference=link.reference,
            kind=link.kind,
            at=event.at,
            by=event.by,
            service=service,
            state_type=other.case.state_type if other else None,
            same_enquiry=link.case == past[-1].after.origin or rule is not None,
            rule=rule.rule if rule else None,
            facts=rule.facts if rule else (),
        )


# -- what happens by itself --------------------------------------------------------------------------------------------


def escalation_of(past: tuple[Moment, ...]) -> Iterator[StepTaken]:
    """Give the steps of escalation that were taken, and the breaches that were noted, in order."""
    taken: StepTaken | None = None
    for event, _, _ in past:
        if taken is not None and isinstance(event, Rerouted) and event.rule == BY_ESCALATION:
            taken = taken.model_copy(update={"sent_to": event.service})
        if taken is not None:
            yield taken
            taken = None
        if isinstance(event, TargetBreached):
            yield StepTaken(at=event.at, target=event.name, step=NOTED)
        elif isinstance(event, Escalated):
            taken = StepTaken(
                at=event.at,
                target=event.target,
                step=event.step,
                flags=event.flags,
                priority=event.priority,
                assignee=event.assignee,
            )
    if taken is not None:
        yield taken


def upcoming_of(past: tuple[Moment, ...], policy: Policy) -> tuple[Upcoming, ...]:
    """Give what happens by itself next, the first first: the step of escalation, and what the state waits for."""
    case = past[-1].after
    found = {}
    for event, _, after in past:
        if not isinstance(event, TimerSet):
            continue
        if event.kind.startswith(ESCALATE):
            if case.escalation == f"{event.kind}@{event.generation}" and (step := _step_ahead(event, case, policy)):
                found["escalation"] = step
        elif after.version > case.state_version and event.kind.startswith((_ACT, RESUME)):
            action = event.kind.removeprefix(_ACT)
            found[event.kind] = Upcoming(at=event.due_at, kind=event.kind, action=action)
    return tuple(sorted(found.values(), key=lambda each: each.at))


def _step_ahead(event: TimerSet, case: Case, policy: Policy) -> Upcoming | None:
    """Give the step that a timer waits for; None where it was taken, or what it is about has changed."""
    target, _, step = event.kind.removeprefix(ESCALATE).partition(":")
    declared = next((each for each in policy.escalation_of(case.service) if each.key == f"{target}:{step}"), None)
    aim = aim_of(case, target, policy)
    if declared is None or aim is None or aim.generation != event.generation or step in aim.escalated:
        return None
    return Upcoming(at=event.due_at, kind=event.kind, target=target, step=step, does=tuple(_effects(declared)))


def _effects(step: Escalation) -> Iterator[str]:
    if step.flag:
        yield f"flag {step.flag}"
    if step.priority:
        yield f"priority at least {step.priority}"
    if step.assignee:
        yield f"given to {step.assignee}"
    if step.reassign:
        yield f"sent to {step.reassign}"
    if step.tell:
        yield f"the citizen told by the template {step.tell}"


# -- what was done -----------------------------------------------------------------------------------------------------


def moves_of(past: tuple[Moment, ...]) -> Iterator[Move]:
    """Give what changed state, service, flags and links, in order."""
    for event, before, _ in past:
        if before is not None and (what := _done(event, before)):
            yield Move(at=event.at, by=event.by, what=what)


_LAPSED = {"time": "the time is up", "withdrawn": "it was taken back", "overtaken": "it was decided"}


def _done(event: Event, before: Case) -> str | None:
    match event:
        case StateChanged():
            reason = f" ({event.closing_reason})" if event.closing_reason else ""
            return f"{event.action}: {event.state}{reason}"
        case Rerouted():
            stays = f"it stays {event.state}" if event.state == before.state else f"it is {event.state} there"
            return f"sent on from {event.was} to {event.service}; {stays}"
        case FlagsChanged():
            return f"flags {flag_words(event)}"
        case CaseLinked():
            return f"linked: {event.kind} {event.reference}"
        case CaseUnlinked():
            return f"no longer linked: {event.kind} {event.reference}"
        case QuestionAsked():
            about = {"match": "which case it is", "worker": "by a worker", "action": "by the lifecycle"}[event.about]
            codes = ", ".join(option.reference or option.code for option in event.options)
            return f"the citizen was asked ({about}): {codes}"
        case QuestionAnswered():
            return f"the question was answered: {event.option}{', late' if event.late else ''}"
        case QuestionLapsed():
            return f"nobody waits for the answer any more: {_LAPSED[event.because]}"
        case StateRestored():
            return f"closing it in favour of another case was undone: {event.standing.state}"
    return None
