"""
Call events: a telephone system tells of one call several times, and all of it becomes one enquiry.

The first event that arrives opens the case, whichever it is, so that nothing is lost when the others never come. Each
later one makes the enquiry fuller (`calls.merge_calls`), is held against the rules again, and may raise flags and
priority; a case that no rule had claimed and nobody has touched goes where the fuller enquiry belongs, so that a
message about a smell of gas does not wait because its transcript came a minute late.
"""

from __future__ import annotations

from onestop.core.actor import SYSTEM
from onestop.core.calls import merge_calls
from onestop.core.case import Case, Draft
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import EnquiryUpdated
from onestop.core.plan import (
    Answers,
    Ask,
    CaseChange,
    EnquiryChange,
    EnquiryFacts,
    FindEnquiry,
    Gatherer,
    IntakeFacts,
    IntakeRow,
    Plan,
)
from onestop.core.policy import Policy
from onestop.core.rerouting import rerouted
from onestop.core.rules import FALLBACK

__all__ = ["is_call_event", "plan_call_event"]


def is_call_event(enquiry: Enquiry) -> bool:
    """Say whether this is one of several things that a telephone system tells of a call."""
    return enquiry.channel == "phone" and "call_event" in enquiry.gateway_meta and enquiry.source_id is not None


def plan_call_event(
    enquiry: Enquiry, earlier: IntakeFacts, answers: Answers, policy: Policy, context: Context, *, raw: str | None
) -> Plan | Ask | None:
    """Give what becomes of a further event of a call; None when it is the first one, or the call was erased."""
    other = earlier.other
    if other is None or other.case is None or other.enquiry is None:
        return None
    query = FindEnquiry(other.case, other.enquiry)
    if query not in answers:
        return Ask((query,))
    known = answers.enquiry(query)
    if known is None:
        return None
    return _updated(enquiry, known, other, policy, context, raw)


def _updated(
    event: Enquiry, known: EnquiryFacts, other: IntakeRow, policy: Policy, context: Context, raw: str | None
) -> Plan:
    assert other.enquiry is not None
    merged = merge_calls(known.enquiry, event)
    decision = policy.decide(merged)
    case = known.case.case
    gather, draft = Gatherer(context), Draft(case, known.case.head)
    body = merged.model_dump_json(exclude_defaults=True).encode()
    content = gather.content("enquiry", body, case=case.id)
    draft.add(
        EnquiryUpdated(
            at=context.now,
            by=str(SYSTEM),
            enquiry=other.enquiry,
            kind=merged.kind,
            content=content.ref,
            decision=decision,
            defects=merged.defects,
        )
    )
    if decision.rule != FALLBACK and _untouched(case, policy):
        draft.add(rerouted(case, decision.service, str(SYSTEM), policy, context.now))
    intake = IntakeRow(
        id=context.mint.identity,
        adapter=event.adapter,
        source_id=event.source_id,
        digest=event.digest,
        received_at=event.received_at,
        outcome="joined",
        case=case.id,
        enquiry=other.enquiry,
        raw=raw,
    )
    return Plan(
        "joined",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        enquiry_changes=(EnquiryChange(case.id, other.enquiry, content.id),),
        intake=intake,
    )


def _untouched(case: Case, policy: Policy) -> bool:
    """Say whether no rule has claimed the case and nobody has done anything with it."""
    return case.rule == FALLBACK and case.enquiries == 1 and case.state == policy.lifecycle(case.service).initial
