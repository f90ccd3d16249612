"""
Messages to the citizen: a worker's answer, what is told without being asked, and what became of either.

A worker's answer goes wherever the worker says. What goes out by itself is more careful: only to an address that is
proved, by the way the citizen wrote themselves, and never where the service answers nobody by itself, since whoever
harms a person may read their telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import Case, Draft
from onestop.core.contact import Urn, number_kind
from onestop.core.context import Context
from onestop.core.events import MessageQueued
from onestop.core.gateway import Message
from onestop.core.model import FrozenMap
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, PartyRow, Plan
from onestop.core.policy import Policy, Wording
from onestop.errors import ContactPointError, NotFoundError, RequestError

__all__ = ["Addressee", "can_tell", "plan_reply", "tell", "utf8"]

_OPTED_OUT = "opt_out"  # flag: they asked for no more texts
# How they wrote → what an automatic message may go by. Who rang is rung: the telephone may be anybody's.
_ANSWERED_BY = {"email": ("email",), "sms": ("sms",), "chat": ("chat",), "web": ("email", "sms")}
_NEVER_TEXTED = frozenset({"premium", "emergency", "short"})
NO_VALUES: Mapping[str, Mapping[str, str]] = FrozenMap()


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message goes to, and how they wrote last."""

    party: PartyRow
    wrote_on: str | None = None  # the channel
    language: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


def plan_reply(
    facts: CaseFacts,
    party: PartyRow,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    text: str | None,
    template: str | None,
    purpose: str,
    language: str | None,
    in_reply_to: str | None,
    references: tuple[str, ...],
    wrote_on: str | None = None,
) -> Plan:
    """
    Put a message to a party into the outbox, in a worker's words or a template's.

    A telephone number that last wrote on a chat channel (`wrote_on`) is answered there, and texted otherwise.

    Raises:
        ContactPointError: the party's number is a premium or emergency number.
        NotFoundError: there is no such template.
        RequestError: there are no words, or no contact point that a message can go to.
    """
    if (text is None) == (template is None) or (text is not None and not text.strip()):
        raise RequestError("a reply has either text or a template")
    if party.urn is None:
        raise RequestError("this party has no contact point: they withheld it, or it was erased")
    channel = _channel_of(party.urn)
    if wrote_on == "chat" and channel == "sms":
        channel = wrote_on
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    languages = policy.languages_for(language)
    if template is None:
        wording = Wording(subject="", text=utf8(text or "").decode(), language=languages[0])
    else:
        wording = _wording(facts.case, channel, policy, context, template=template, language=language)
    to = Addressee(party, wrote_on, language, in_reply_to, references)
    message = _message(facts.case, to, party.urn, channel, wording, purpose, context)
    _queue(draft, gather, message, party.alias, str(by), template)
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
    )


def can_tell(case: Case, to: Addressee | None, policy: Policy) -> bool:
    """Say whether a message to the citizen may go out without a person looking."""
    return _automatic_channel(case, to, policy) is not None


def tell(
    draft: Draft,
    gather: Gatherer,
    to: Addressee | None,
    template: str,
    policy: Policy,
    context: Context,
    *,
    text: str = "",
    by: str = str(SYSTEM),
    purpose: str = "service_update",
    values: Mapping[str, Mapping[str, str]] = NO_VALUES,
) -> bool:
    """
    Put a template's message to the citizen into the outbox; False where none may go out by itself.

    `values` are, by language, those of the template's variables that not every template may use.
    """
    case = draft.case
    assert case is not None
    channel = _automatic_channel(case, to, policy)
    if channel is None or template not in policy.templates:
        return False
    assert to is not None
    assert to.party.urn is not None
    wording = _wording(
        case, channel, policy, context, template=template, language=to.language, text=text, further=values
    )
    message = _message(case, to, to.party.urn, channel, wording, purpose, context, automatic=True)
    _queue(draft, gather, message, to.party.alias, by, template)
    return True


def _automatic_channel(case: Case, to: Addressee | None, policy: Policy) -> str | None:
    """Give the channel by which a citizen can be told without a person looking; None: a person has to."""
    if to is None or to.party.urn is None or not to.party.proved or SET_ASIDE in case.flags:
        return None
    if policy.service(case.service).acknowledge is False:
        return None
    urn = to.party.urn
    if urn.scheme == "tel":
        channel = "chat" if to.wrote_on == "chat" else "sms"
        if number_kind(urn) in _NEVER_TEXTED or _OPTED_OUT in case.flags:
            return None
    else:
        channel = "email" if urn.scheme == "mailto" else ""
    return channel if channel in _ANSWERED_BY.get(to.wrote_on or "", ()) else None


def _message(
    case: Case,
    to: Addressee,
    recipient: Urn,
    channel: str,
    wording: Wording,
    purpose: str,
    context: Context,
    *,
    automatic: bool = False,
) -> Message:
    return Message(
        id=context.mint.id("m"),
        channel=channel,
        recipient=recipient,
        purpose=purpose,
        subject=wording.subject or None,
        text=wording.text,
        html=wording.html,
        language=wording.language,
        reference=case.reference,
        in_reply_to=to.in_reply_to,
        references=to.references,
        created_at=context.now,
        automatic=automatic,
    )


def _queue(draft: Draft, gather: Gatherer, message: Message, alias: str, by: str, template: str | None) -> None:
    assert draft.case is not None
    content = gather.message(message, case=draft.case.id, party=alias)
    draft.add(
        MessageQueued(
            at=message.created_at,
            by=by,
            message=message.id,
            party=alias,
            channel=message.channel,
            purpose=message.purpose,
            template=template,
            content=content.ref,
        )
    )


def _wording(
    case: Case,
    channel: str,
    policy: Policy,
    context: Context,
    *,
    template: str,
    language: str | None,
    text: str = "",
    further: Mapping[str, Mapping[str, str]] = NO_VALUES,
) -> Wording:
    """Give a template's words."""
    languages = policy.languages_for(language)
    if template not in policy.templates:
        raise NotFoundError(f"the policy has no template {template!r}")
    values = {
        each: policy.values(case, each, context.now) | {"text": text} | dict(further.get(each, {}))
        for each in languages
    }
    return policy.templates[template].render(channel=channel, languages=languages, values=values)


def _channel_of(urn: Urn) -> str:
    """Give the channel on which a contact point can be written to."""
    if urn.scheme == "mailto":
        return "email"
    if urn.scheme == "tel":
        if number_kind(urn) in ("premium", "emergency"):
            raise ContactPointError("a message cannot go to a premium or emergency number")
        return "sms"
    raise RequestError("a message goes to a telephone number or an e-mail address")


def utf8(text: str) -> bytes:
    """Give a text's bytes; half a surrogate pair, which UTF-8 cannot carry, is a question mark."""
    return text.encode("utf-8", "replace")
