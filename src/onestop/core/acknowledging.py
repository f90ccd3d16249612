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
from onestop.core.enquiry import Enquiry
from onestop.core.events import MessageQueued
from onestop.core.gateway import Message
from onestop.core.plan import Gatherer
from onestop.core.policy import Policy
from onestop.core.rules import Decision

__all__ = ["acknowledge", "answer"]

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
) -> None:
    """Queue what a rule tells the sender, or their service's acknowledgement; nothing where none may go by itself."""
    assert draft.case is not None
    template = decision.tell or policy.service(draft.case.service).acknowledge  # who is in danger is told in any case
    if template:
        purpose = "urgent" if decision.tell else "acknowledgement"
        answer(draft, gather, enquiry, template, purpose, alias, policy, context, beside=beside)


def answer(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    template: str,
    purpose: str,
    alias: str,
    policy: Policy,
    context: Context,
    *,
    beside: Sequence[Draft] = (),
    further: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """
    Queue a template's words the way an enquiry came; nothing where none may go by itself.

    `further` has variables by language beside what every template may use.
    """
    case = draft.case
    assert case is not None
    channel = _answer_channel(enquiry)
    if channel is None or enquiry.sender is None or template not in policy.templates:
        return
    languages = policy.languages_for(enquiry.language)
    others = [other.case for other in beside if other.case]
    wording = policy.templates[template].render(
        channel=channel,
        languages=languages,
        values={
            each: policy.values(case, each, context.now, others) | {"text": ""} | dict(further.get(each, {}))
            for each in languages
        },
    )
    message = Message(
        id=context.mint.id("m"),
        channel=channel,
        recipient=enquiry.sender,
        purpose=purpose,
        subject=wording.subject or None,
        text=wording.text,
        html=wording.html,
        language=wording.language,
        reference=case.reference,
        in_reply_to=enquiry.thread.message_id,
        references=_thread(enquiry),
        created_at=context.now,
        automatic=True,
    )
    content = gather.message(message, case=case.id, party=alias)
    draft.add(
        MessageQueued(
            at=context.now,
            by=str(SYSTEM),
            message=message.id,
            party=alias,
            channel=channel,
            purpose=purpose,
            template=template,
            content=content.ref,
        )
    )


def _answer_channel(enquiry: Enquiry) -> str | None:
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
    written_to = {"mailto": "email", "tel": "sms"}.get(sender.scheme)
    return written_to if enquiry.channel in ("web", written_to) else None


def _thread(enquiry: Enquiry) -> tuple[str, ...]:
    """Give the References of an answer (RFC 5322, section 3.6.4)."""
    own = (enquiry.thread.message_id,) if enquiry.thread.message_id else ()
    return (*enquiry.thread.references[-20:], *own)
