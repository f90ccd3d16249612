"""
Putting a message into the outbox as it was chosen: sent by a gateway, done by a person, or not at all.

    send      it waits for its time, and a gateway carries it
    task      a person rings, writes or meets them: the message is what they say, and the case is flagged
    muted     they do not want to hear of it; the words are kept, and nobody is disturbed
    denied    nothing may go; the words are kept, and the case is flagged, so that a person looks

Whatever it is, it stands in the case's history with the ways that were weighed: codes, and nothing of who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from onestop.core.acting import AUTHORITY_REVIEW
from onestop.core.actor import SYSTEM
from onestop.core.authority import Denial
from onestop.core.case import UNTOLD, Case, Draft
from onestop.core.choice import Choice, ChoiceKind
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.events import FlagsChanged, MessageQueued, MessageUpdated
from onestop.core.gateway import Message
from onestop.core.plan import Gatherer
from onestop.core.policy import Policy, Wording
from onestop.core.purposes import Purpose, law_of
from onestop.core.reaching import Addressee, written_to
from onestop.errors import NotFoundError

__all__ = ["INTERPRETER_WANTED", "TASK", "TASK_FLAGS", "Outgoing", "put", "said_by", "task_flags"]

TASK = "task"  # the state of a message that a person carries
CALL_BACK = "call_back"  # flag: somebody is to be rung
LETTER_WANTED = "letter_wanted"  # flag: somebody is to be written to by hand
MEETING_WANTED = "meeting_wanted"  # flag: somebody is to be met, or found another way to
INTERPRETER_WANTED = "interpreter_wanted"  # flag: a communication professional is to be booked

TASK_FLAGS: Mapping[str, str] = {"phone": CALL_BACK, "post": LETTER_WANTED, "in_person": MEETING_WANTED}
"""The flag that shows a task of each channel to a person."""

_CARRIERS = {"phone": "call_back", "post": "letter"}  # templates around words that are not made for the channel
_RELAY_CALL = "relay_call"  # a task; and the template around whatever is said so: how it is dialled and spoken

Say = Callable[[str, tuple[str, ...]], Wording]
"""Gives the words for a channel, in languages."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be said, before it is known how."""

    say: Say
    purpose: Purpose
    by: str
    template: str | None = None
    automatic: bool = False  # no person wrote it
    replaces: str | None = None  # the message that did not reach them


def said_by(
    template: str,
    case: Case,
    policy: Policy,
    context: Context,
    *,
    text: str = "",
    beside: tuple[Case, ...] = (),
    further: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Say:
    """
    Give what says a template's words; `further` has variables by language beside what every template may use.

    Raises:
        NotFoundError: the policy has no such template.
    """
    if template not in policy.templates:
        raise NotFoundError(f"the policy has no template {template!r}")

    def say(channel: str, languages: tuple[str, ...]) -> Wording:
        values = {
            each: policy.values(case, each, context.now, beside) | {"text": text} | dict(further.get(each, {}))
            for each in languages
        }
        return policy.templates[template].render(channel=channel, languages=languages, values=values)

    return say


def put(
    draft: Draft, gather: Gatherer, to: Addressee, choice: Choice, outgoing: Outgoing, policy: Policy, context: Context
) -> ChoiceKind:
    """
    Add a message to a draft, and to what is written with it, as it was chosen; give what it became.

    Raises:
        WordingError: the words are longer than the channel takes.
    """
    assert draft.case is not None
    assert to.party.urn is not None
    # What is not sent is worded for how they wrote: whoever looks at it sees what would have gone.
    channel = choice.channel or written_to(to.party.urn, to.wrote_on) or "email"
    recipient = choice.contact_point.urn if choice.contact_point else to.party.urn
    languages = (choice.language,) if choice.language else policy.languages_for(to.speaks)
    wording = _worded(outgoing.say, channel, languages, draft.case, policy, context)
    if choice.task == _RELAY_CALL:
        wording = _carried(_RELAY_CALL, wording, channel, draft.case, policy, context)
    message = _message(draft.case, to, choice, channel, recipient, wording, outgoing, context)
    state = {"send": "queued", "task": TASK}.get(choice.kind, choice.kind)
    content = gather.message(
        message,
        case=draft.case.id,
        party=to.party.alias,
        due_at=choice.not_before,
        state=state,
        code=None if choice.kind == "send" else choice.because,
    )
    draft.add(
        MessageQueued(
            at=context.now,
            by=outgoing.by,
            message=message.id,
            party=to.party.alias,
            channel=channel,
            purpose=outgoing.purpose,
            template=outgoing.template,
            content=content.ref,
            not_before=choice.not_before,
            weighed=choice.weighed(),
            replaces=outgoing.replaces,
            manner=choice.kind,
        )
    )
    _show(draft, choice, message.id, context)
    return choice.kind


def _worded(
    say: Say, channel: Channel, languages: tuple[str, ...], case: Case, policy: Policy, context: Context
) -> Wording:
    """Give the words for a channel; those that are not made for being said or printed stand within ones that are."""
    wording = say(channel, languages)
    carrier = _CARRIERS.get(channel)
    if carrier is None or wording.form != "text":
        return wording
    return _carried(carrier, wording, channel, case, policy, context)


def _carried(carrier: str, wording: Wording, channel: Channel, case: Case, policy: Policy, context: Context) -> Wording:
    """Give words within those of a template, where the policy has it."""
    if carrier not in policy.templates:
        return wording
    return said_by(carrier, case, policy, context, text=wording.text)(channel, (wording.language,))


def _message(
    case: Case,
    to: Addressee,
    choice: Choice,
    channel: Channel,
    recipient: Urn,
    wording: Wording,
    outgoing: Outgoing,
    context: Context,
) -> Message:
    threaded = to.party.urn is not None and recipient.key == to.party.urn.key
    return Message(
        id=context.mint.id("m"),
        channel=channel,
        recipient=recipient,
        purpose=outgoing.purpose,
        subject=wording.subject or None,
        text=wording.text,
        html=wording.html,
        format=choice.format,
        task=choice.task,
        professionals=choice.professionals,
        language=wording.language,
        stoppable=law_of(outgoing.purpose).stoppable,
        reference=case.reference,
        in_reply_to=to.in_reply_to if threaded else None,
        references=to.references if threaded else (),
        created_at=context.now,
        automatic=outgoing.automatic,
    )


def _show(draft: Draft, choice: Choice, message: str, context: Context) -> None:
    """Note that a message is not sent, and show the case to a person where one has to do something."""
    by = str(SYSTEM)
    if choice.kind in ("muted", "denied"):
        state = choice.kind
        draft.add(MessageUpdated(at=context.now, by=by, message=message, state=state, code=choice.because))
    flags = task_flags(choice) if choice.kind == "task" else _denied_flags(choice) if choice.kind == "denied" else ()
    assert draft.case is not None
    if added := tuple(sorted(set(flags) - set(draft.case.flags))):
        draft.add(FlagsChanged(at=context.now, by=by, added=added))


def _denied_flags(choice: Choice) -> tuple[str, ...]:
    """Give the flags that show a person that nobody was told."""
    return (UNTOLD, AUTHORITY_REVIEW) if choice.because in get_args(Denial) else (UNTOLD,)


def task_flags(choice: Choice) -> tuple[str, ...]:
    """Give the flags that show a task to a person."""
    booked = (INTERPRETER_WANTED,) if choice.professionals else ()
    return (TASK_FLAGS[choice.channel or "in_person"], *booked)
