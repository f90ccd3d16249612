"""Delivery reports: what a gateway tells of our messages becomes an event of the case that they belong to."""

from __future__ import annotations

from onestop.core.actor import SYSTEM
from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.delivery import is_late, kept_code
from onestop.core.enquiry import DeliveryReport
from onestop.core.events import MessageState, MessageUpdated
from onestop.core.opting import stopped_by_report
from onestop.core.plan import (
    Answers,
    Ask,
    CaseChange,
    FindMessage,
    FindProfile,
    IntakeRow,
    MessageChange,
    MessageFacts,
    Plan,
)
from onestop.core.policy import Policy
from onestop.core.repeats import repeat_query

__all__ = ["plan_report"]

_STOPS = frozenset({"opt_out", "feedback_report"})  # they told their gateway so, or called it spam
_PERMANENT = frozenset({"failed", "bounce"})


def plan_report(
    report: DeliveryReport, answers: Answers, policy: Policy, context: Context, *, raw: str | None = None
) -> Plan | Ask:
    """
    Give what becomes of a delivery report: an event of the case whose message it is about.

    One that says that its recipient wants no more such messages is written into the ledger.
    """
    repeat = repeat_query(report, policy, context)
    message_query = FindMessage(report.message_id or "", report.recipient.key if report.recipient else None)
    if missing := tuple(query for query in (repeat, message_query) if query not in answers):
        return Ask(missing)
    if (same := answers.intake(repeat).same) is not None:
        return Plan("repeat", intake=same)
    found = answers.message(message_query)
    if found is None:
        return Plan("rejected", code="unmatched_report")
    ledger = _ledger(report, found)
    if ledger is not None and ledger not in answers:
        return Ask((ledger,))
    draft = Draft(found.case.case, found.case.head)
    state = _message_state(report)
    changes: tuple[MessageChange, ...] = ()
    code = kept_code(report.status)
    if state is not None and not is_late(found.state, state):
        fails = state == "permanent_failure" and report.address_fails
        changes = (MessageChange(found.id, state, code, address_fails=fails),)
        draft.add(
            MessageUpdated(
                at=context.now,
                by=str(SYSTEM),
                message=found.id,
                state=state,
                code=code,
                attention=state == "permanent_failure",
            )
        )
    intake = IntakeRow(
        id=context.mint.identity,
        adapter=report.adapter,
        source_id=report.source_id,
        digest=report.digest,
        received_at=report.received_at,
        outcome="recorded",
        case=found.case.case.id,
        enquiry=None,
        raw=raw,
    )
    written = (CaseChange.of(draft),) if draft.events else ()
    case = written[0].case if written else found.case.case
    said = stopped_by_report(report, found, answers.profile(ledger).profile.consents, context) if ledger else ()
    return Plan("recorded", case=case, changes=written, message_changes=changes, consents=said, intake=intake)


def _ledger(report: DeliveryReport, found: MessageFacts) -> FindProfile | None:
    """Ask for the ledger where the report stops something: that of the contact point the message went to."""
    return FindProfile(key=found.key) if report.kind in _STOPS and found.key is not None else None


def _message_state(report: DeliveryReport) -> MessageState | None:
    if report.kind == "delivered":
        return "delivered"
    if report.kind == "read":
        return "read"
    if report.kind in _PERMANENT:
        return "temporary_failure" if report.permanent is False else "permanent_failure"
    return None
