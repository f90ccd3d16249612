"""
The acknowledgement: what goes back by itself for an enquiry, the way it came.

Never to a machine, to a forged sender, to a number that answers would be charged to us for, or where the service
answers nobody by itself, since whoever harms a person may read their telephone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from onestop.core.actor import SYSTEM
from onestop.core.case import Draft
from onestop.core.contact import Urn, number_kind
from onestop.core.context import Context
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.plan import Gatherer, PartyRow
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose
from onestop.core.queueing import Outgoing, put, said_by
from onestop.core.reaching import Addressee, Reach, answered_by, choose_for, written_to
from onestop.core.rules import Decision

__all__ = ["acknowledge", "answer", "speaking"]

# Answers that would be charged to us, or read by a machine. A sender's number is easily forged, and a form takes any.
_NEVER_TEXTED = frozenset({"premium", "emergency", "short"})


def acknowledge(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    decision: Decision,
    alias: str,
    policy: Policy,
    context: Context,
    *,
    beside: Sequence[Draft] = (),
    reach: Reach | None = None,
) -> None:
    """Queue what a rule tells the sender, or their service's acknowledgement; nothing where none may go by itself."""
    assert draft.case is not None
    template = decision.tell or policy.service(draft.case.service).acknowledge  # who is in danger is told in any case
    if template:
        purpose: Purpose = "urgent" if decision.tell else "acknowledgement"
        answer(draft, gather, enquiry, template, purpose, alias, policy, context, beside=beside, reach=reach)


def answer(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    template: str,
    purpose: Purpose,
    alias: str,
    policy: Policy,
    context: Context,
    *,
    beside: Sequence[Draft] = (),
    further: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    reach: Reach | None = None,
) -> None:
    """
    Queue a template's words the way an enquiry came, or as its sender stated; nothing where none may go by itself.

    `reach` is how the sender wants to be reached, where they stated something; `further` has variables by language
    beside what every template may use.
    """
    case = draft.case
    assert case is not None
    channel = _answer_channel(enquiry)
    if channel is None or enquiry.sender is None or template not in policy.templates:
        return
    to = Addressee(
        PartyRow(case.id, alias, None, enquiry.sender, None),
        enquiry.channel,
        enquiry.language,
        enquiry.thread.message_id,
        _thread(enquiry),
        enquiry.received_at,
        reach,
    )
    if reach is not None and reach.says_how:
        choice = choose_for(case, to, purpose, policy, context.now, used=channel)
    else:
        choice = answered_by(to, channel)
    say = said_by(
        template,
        case,
        policy,
        context,
        beside=tuple(other.case for other in beside if other.case),
        further=further,
    )
    outgoing = Outgoing(say, purpose, str(SYSTEM), template, automatic=True)
    put(draft, gather, to, choice, outgoing, policy, context)


def speaking(enquiry: Enquiry, stated: str | None) -> Enquiry:
    """Give an enquiry as it is answered: in the language that its sender stated, whatever they wrote it in."""
    if stated is None or stated == enquiry.language:
        return enquiry
    return enquiry.model_copy(update={"language": stated})


def _answer_channel(enquiry: Enquiry) -> Channel | None:
    """Give the channel that an acknowledgement goes by; None where none may be sent."""
    sender: Urn | None = enquiry.sender
    if sender is None or enquiry.kind != "message":
        return None
    if not enquiry.proved and enquiry.gateway_meta.get("auth") != "none":
        return None  # a forged sender never wrote; one whose domain proves nothing for anybody may have
    if sender.scheme == "tel" and number_kind(sender) in _NEVER_TEXTED:
        return None
    if enquiry.channel == "chat":
        return "chat" if sender.scheme == "tel" else None
    channel = written_to(sender, None)
    return channel if enquiry.channel in ("web", channel) else None


def _thread(enquiry: Enquiry) -> tuple[str, ...]:
    """Give the References of an answer (RFC 5322, section 3.6.4)."""
    own = (enquiry.thread.message_id,) if enquiry.thread.message_id else ()
    return (*enquiry.thread.references[-20:], *own)
