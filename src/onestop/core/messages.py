"""
Messages to the citizen: a worker's answer, and what is told without being asked.

What somebody stated decides how they are told; where they stated nothing, a worker's answer goes wherever the worker
says. What goes out by itself is more careful: only to an address that is proved, by the way the citizen wrote
themselves, and never where the service answers nobody by itself, since whoever harms a person may read their telephone.
"""

from __future__ import annotations

from collections.abc import Mapping

from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import Case, Draft
from onestop.core.choice import Choice
from onestop.core.contact import Urn, number_kind
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.model import FrozenMap
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, Plan
from onestop.core.policy import Policy, Wording
from onestop.core.purposes import Purpose, law_of, purpose_of
from onestop.core.queueing import Outgoing, Say, put, said_by
from onestop.core.reaching import Addressee, answered_by, choose_for, written_to
from onestop.core.representing import told_instead
from onestop.errors import ContactPointError, RequestError

__all__ = ["Addressee", "how_told", "plan_reply", "tell", "utf8"]

# How they wrote → what an automatic message may go by. Who rang is rung: the telephone may be anybody's.
_ANSWERED_BY: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("sms",),
    "chat": ("chat",),
    "web": ("email", "sms"),
}
NO_VALUES: Mapping[str, Mapping[str, str]] = FrozenMap()
_NEVER_TEXTED = frozenset({"premium", "emergency", "short"})


def plan_reply(
    facts: CaseFacts,
    to: Addressee,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    text: str | None,
    template: str | None,
    purpose: str,
    further: Mapping[str, Mapping[str, str]] = NO_VALUES,
) -> Plan:
    """
    Put a message to a party into the outbox, in a worker's words or a template's.

    Where they stated nothing it goes to the party's contact point: a telephone number that last wrote on a chat channel
    is answered there, and texted otherwise. `further` has variables of the template's own, by language.

    Raises:
        ContactPointError: the party's number is a premium or emergency number.
        NotFoundError: there is no such template.
        RequestError: there are no words, no such purpose, or no contact point that a message can go to; or the words
            are longer than the channel takes.
    """
    wanted = purpose_of(purpose)
    if (text is None) == (template is None) or (text is not None and not text.strip()):
        raise RequestError("a reply has either text or a template")
    to, denial = told_instead(facts.case, to, wanted, context.now)
    if to.party.urn is None:
        raise RequestError("this party has no contact point: they withheld it, or it was erased")
    channel = _channel_of(to.party.urn, to.wrote_on)
    choice = Choice("denied", denial) if denial else _chosen(facts.case, to, wanted, channel, policy, context)
    assert choice is not None
    say = _plain(text) if text is not None else said_by(template or "", facts.case, policy, context, further=further)
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    put(draft, gather, to, choice, Outgoing(say, wanted, str(by), template), policy, context)
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
    )


def _plain(text: str) -> Say:
    """Give what says a worker's own words, whatever the channel."""
    return lambda channel, languages: Wording(subject="", text=utf8(text).decode(), language=languages[0])


def _chosen(
    case: Case, to: Addressee, purpose: Purpose, used: Channel | None, policy: Policy, context: Context
) -> Choice | None:
    """Choose by what was stated; where nothing was, by `used`: the way that they wrote. None: there is no such way."""
    if to.reach is not None and (to.reach.says_how or law_of(purpose).needs_consent):
        return choose_for(case, to, purpose, policy, context.now, used=used)
    if law_of(purpose).needs_consent:
        return Choice("denied", "no_consent")
    return answered_by(to, used) if used is not None else None


def how_told(case: Case, to: Addressee | None, purpose: Purpose, policy: Policy, context: Context) -> Choice | None:
    """Give how a citizen is told a thing without a person looking; None: not at all, a person has to."""
    if to is None:
        return None
    to, denial = told_instead(case, to, purpose, context.now)
    if to.party.urn is None or not to.party.proved or SET_ASIDE in case.flags:
        return None
    if policy.service(case.service).acknowledge is False:
        return None
    if denial is not None:
        return Choice("denied", denial)
    stated = to.reach is not None and to.reach.says_how
    used = to.wrote_on if stated and to.wrote_on == "phone" else _automatic_channel(to, to.party.urn)
    return _chosen(case, to, purpose, used, policy, context)


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
    purpose: Purpose = "service_update",
    further: Mapping[str, Mapping[str, str]] = NO_VALUES,
) -> bool:
    """
    Put a template's message to the citizen into the outbox; False where none may go out by itself.

    `further` has variables of the template's own, by language.

    Raises:
        WordingError: the words are longer than the channel takes.
    """
    case = draft.case
    assert case is not None
    choice = how_told(case, to, purpose, policy, context)
    if choice is None or template not in policy.templates:
        return False
    assert to is not None
    to, _ = told_instead(case, to, purpose, context.now)
    say = said_by(template, case, policy, context, text=text, further=further)
    put(draft, gather, to, choice, Outgoing(say, purpose, by, template, automatic=True), policy, context)
    return True


def _automatic_channel(to: Addressee, urn: Urn) -> Channel | None:
    """Give the channel of an automatic message to who stated nothing; None where none may go."""
    if urn.scheme == "tel" and number_kind(urn) in _NEVER_TEXTED:
        return None
    channel = written_to(urn, to.wrote_on)
    return channel if channel in _ANSWERED_BY.get(to.wrote_on or "", ()) else None


def _channel_of(urn: Urn, wrote_on: Channel | None) -> Channel:
    """Give the channel on which a contact point can be written to."""
    if urn.scheme == "tel" and number_kind(urn) in ("premium", "emergency"):
        raise ContactPointError("a message cannot go to a premium or emergency number")
    channel = written_to(urn, wrote_on)
    if channel is None:
        raise RequestError("a message goes to a telephone number or an e-mail address")
    return channel


def utf8(text: str) -> bytes:
    """Give a text's bytes; half a surrogate pair, which UTF-8 cannot carry, is a question mark."""
    return text.encode("utf-8", "replace")
