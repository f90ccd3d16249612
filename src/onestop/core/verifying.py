"""
Verifying: what shows that a contact point is its holder's.

A one-time code goes to a contact point in the course of a case: the one that the citizen is talking to us about. So it
stands in that case's history that a code was sent, and what became of the message; it goes to that contact point or
nowhere, and neither against an opt-out, a preference or a need, nor within quiet hours.

A reply token shows the same by itself: who answers, from the contact point that a message of the case went to last,
with the token that it had, reads what is sent there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from onestop.core.actor import SYSTEM, Actor
from onestop.core.case import Draft
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.events import MessageQueued
from onestop.core.gateway import Message
from onestop.core.one_time import LASTS, MARK, MOST_HOURLY, OneTimeCode, is_right
from onestop.core.plan import (
    CaseChange,
    CaseFacts,
    ContactFacts,
    FindProfile,
    Gatherer,
    PartyRow,
    Plan,
    ProfileFacts,
)
from onestop.core.policy import Policy
from onestop.core.profile import ContactPoint, Proof, Source
from onestop.core.purposes import Purpose
from onestop.core.queueing import said_by
from onestop.core.sendable import GO, check_send
from onestop.core.standing import Telling
from onestop.core.stating import plan_verified
from onestop.core.wishes import Matter
from onestop.errors import NotFoundError, RequestError

__all__ = ["TEMPLATE", "CodeWanted", "plan_code", "plan_code_said", "proved_by_token", "token_profile"]

TEMPLATE = "one_time_code"
_PURPOSE: Purpose = "question"
_HOUR = timedelta(hours=1)
_CHANNELS: dict[str, Channel] = {"tel": "sms", "mailto": "email"}


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """A code that is to be sent to a contact point, and what is known of it."""

    urn: Urn
    known: ProfileFacts
    parties: Sequence[PartyRow]  # of the case
    earlier: Sequence[OneTimeCode]  # that went to the contact point, the newest first
    channels: Collection[Channel]  # that a gateway carries

    @property
    def point(self) -> ContactPoint:
        """
        The contact point, as its holder's alone.

        Raises:
            NotFoundError: nobody is known by it.
            RequestError: several people use it.
        """
        if self.known.citizen is None and self.known.holders:
            raise RequestError("several people use this contact point: nothing shows that it is one's own")
        for point in self.known.profile.contact_points:
            if point.urn.key == self.urn.key and self.known.citizen is not None:
                return point
        raise NotFoundError("no citizen is known by this")

    @property
    def party(self) -> str:
        """
        The citizen's alias in the case.

        Raises:
            RequestError: they are no party of it.
        """
        assert self.known.citizen is not None
        ids = {self.known.citizen.id, *self.known.citizen.stands_for, *self.known.holders.values()}
        for row in self.parties:
            if row.proved and (row.citizen in ids or (row.urn is not None and row.urn.key in self.known.holders)):
                return row.alias
        raise RequestError("this citizen has no part in the case: a code goes out in the course of one of theirs")


def plan_code(facts: CaseFacts, wanted: CodeWanted, by: Actor, policy: Policy, context: Context) -> Plan:
    """
    Send a code to a contact point; the one before holds no longer.

    Raises:
        NotFoundError: nobody is known by the contact point, or the policy has no words for it.
        RequestError: several people use it; the citizen has no part in the case; no code can go there, or not now; too
            many went there within the hour; or the policy's words have no place for the code.
    """
    point, now = wanted.point, context.now
    channel = _way(facts, wanted, policy, now)
    if sum(now - _HOUR < code.issued_at for code in wanted.earlier) >= MOST_HOURLY:
        raise RequestError(f"at most {MOST_HOURLY} codes an hour go to one contact point: wait, or verify it otherwise")
    key = point.urn.key
    code = OneTimeCode(key, context.mint.id("o"), wanted.known.holders[key], context.mint.salt(), now, now + LASTS)
    draft, gather = Draft(facts.case, facts.head), Gatherer(context)
    message = _worded(facts, wanted, channel, code, policy, context)
    content = gather.message(message, case=facts.case.id, party=wanted.party)
    draft.add(
        MessageQueued(
            at=now,
            by=str(by),
            message=message.id,
            party=wanted.party,
            channel=channel,
            purpose=_PURPOSE,
            template=TEMPLATE,
            content=content.ref,
        )
    )
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        codes=(code,),
        code_changes=tuple((was, replace(was, state="void")) for was in wanted.earlier if was.state == "open"),
    )


def _way(facts: CaseFacts, wanted: CodeWanted, policy: Policy, now: datetime) -> Channel:
    """Give the channel that a code goes by, where it may."""
    urn, profile = wanted.urn, wanted.known.profile
    channel = _CHANNELS.get(urn.scheme)
    if channel is None:
        raise RequestError("a code goes to a telephone number by text, or to an e-mail address")
    if channel not in wanted.channels:
        raise RequestError(f"no adapter of this desk sends {channel}: a code would wait in vain")
    telling = Telling(_PURPOSE, matter=Matter(facts.case.service, facts.case.id), by_person=True)
    if check_send(profile, telling, channel, urn, now, policy.zones) is not GO:
        raise RequestError("no code may go there now: their number, or what they state, stands against it")
    return channel


def _worded(
    facts: CaseFacts, wanted: CodeWanted, channel: Channel, code: OneTimeCode, policy: Policy, context: Context
) -> Message:
    languages = policy.languages_for(wanted.known.profile.language)
    further = {language: {"code": MARK} for language in languages}
    wording = said_by(TEMPLATE, facts.case, policy, context, further=further)(channel, languages)
    if MARK not in wording.text or (wording.html is not None and MARK not in wording.html):
        raise RequestError(f"the template {TEMPLATE!r} has no {{{{ code }}}} in its words for {channel}")
    return Message(
        id=context.mint.id("m"),
        channel=channel,
        recipient=wanted.point.urn,
        purpose=_PURPOSE,
        subject=wording.subject or None,
        text=wording.text,
        html=wording.html,
        language=wording.language,
        reference=facts.case.reference,
        created_at=context.now,
        one_time_code=code.id,
    )


def plan_code_said(
    known: ProfileFacts, urn: Urn, said: str, codes: Sequence[OneTimeCode], secret: bytes, source: Source
) -> tuple[Plan, bool]:
    """
    Give what becomes of it that somebody said a code, and whether it was right.

    Wrong, too late, said once before, tried too often, the contact point somebody else's by now: nothing says which.
    """
    code = next((each for each in codes if each.holds(source.at)), None)
    if code is None:
        return Plan("recorded"), False
    right = is_right(code, said, secret)
    tried = replace(code, attempts=code.attempts + 1, state="used" if right else "open")
    written = Plan("recorded", code_changes=((code, tried),))
    point = next((each for each in known.profile.contact_points if each.urn.key == urn.key), None)
    held = known.citizen is not None and known.holders.get(urn.key) == code.citizen
    if not right or not held or point is None or point.shared is not None:
        return written, False
    verified = plan_verified(known, urn, "one_time_code", source)
    return replace(verified, code_changes=written.code_changes), True


# -- a reply token -----------------------------------------------------------------------------------------------------


def token_profile(enquiry: Enquiry, contact: ContactFacts, joined: CaseFacts | None, how: str) -> FindProfile | None:
    """
    Give what must be known where an enquiry shows that its sender reads their contact point; None: it shows nothing.

    Nearly all show nothing, and cost nothing: it was verified before, has no token of ours, or came from elsewhere.
    """
    if how != "token" or contact.verified or contact.shared or contact.citizen is None or joined is None:
        return None
    if enquiry.sender is None or not enquiry.proved or enquiry.kind != "message" or enquiry.entered_by is not None:
        return None
    # The last message that went there was of this case: the token was in it, and not in somebody else's copy.
    return FindProfile(key=enquiry.sender.key) if contact.last_message_case == joined.case.id else None


def proved_by_token(known: ProfileFacts, enquiry: Enquiry, identifier: str, case: str, now: datetime) -> Plan | None:
    """Note that the sender reads what is sent to them, as the enquiry with this id shows; None: they are gone."""
    if known.citizen is None or enquiry.sender is None:
        return None
    proof = Proof(case=case, enquiry=identifier)
    source = Source(by=str(SYSTEM), at=now, channel=enquiry.channel, proof=proof)
    return plan_verified(known, enquiry.sender, "reply_token", source)
