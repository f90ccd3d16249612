"""
Delivery: what becomes of a message once it is in the outbox, and what follows from it.

    queued → sending → sent → delivered → read            as it should be
    sending → queued                                      it is tried again, or waits for its time
    sending → in_doubt                                    nobody knows whether it was sent
    sent → temporary_failure                              its gateway gave up: another takes its place, the same way
    queued, sending, sent → permanent_failure             it did not reach them
    queued, sending → denied                              it must not reach them so
    queued, in_doubt → cleared                            a person took it back

docs/explanation/delivery.md has the words of other systems beside ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from onestop.core.acting import AUTHORITY_REVIEW
from onestop.core.actor import SYSTEM
from onestop.core.after_all import ONCE_MORE, once_more, same_words
from onestop.core.authority import Denial
from onestop.core.case import UNTOLD, Draft
from onestop.core.choice import Choice
from onestop.core.citizen_events import ContactPointFailing
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.enquiry import Channel
from onestop.core.events import Event, FlagsChanged, MessageQueued, MessageState, MessageUpdated, NoteAdded
from onestop.core.gateway import Message
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseChange, CaseFacts, Gatherer, MessageChange, Plan, ProfileFacts
from onestop.core.policy import Policy, Wording
from onestop.core.profile import ContactPoint, Failure
from onestop.core.purposes import Purpose, law_of
from onestop.core.queueing import Outgoing, Say, put, said_by
from onestop.core.reaching import Addressee, choose_for, way_of, written_to
from onestop.core.representing import told_instead
from onestop.core.stating import plan_statements
from onestop.errors import RequestError

__all__ = [
    "UNDER_WAY",
    "Undelivered",
    "is_late",
    "kept_code",
    "plan_doubt",
    "plan_message_result",
    "plan_undelivered",
    "undelivered",
]

UNDER_WAY = frozenset({"queued", "sending", "in_doubt"})  # no gateway has said anything of it yet
# Such as 5.1.1, 30003, permanent-failure. Seven digits in a row may be a telephone number, and are no gateway's code.
_CODE = re.compile(r"(?![A-Za-z0-9._\-]*[0-9]{7})[A-Za-z0-9][A-Za-z0-9._\-]{0,39}\Z")
_GENERATIONS = 12  # of messages that take each other's place: more ways than anybody has
_ATTENTION = frozenset({"permanent_failure", "in_doubt"})


def kept_code(code: object) -> str | None:
    """Give a code as it may stand in the history for good; None for what is no code, whatever a sender gave as one."""
    return code if isinstance(code, str) and _CODE.match(code) else None


def plan_message_result(
    facts: CaseFacts,
    message: str,
    state: MessageState,
    code: str | None,
    context: Context,
    *,
    by: str = str(SYSTEM),
    attention: bool | None = None,
) -> Plan:
    """Note what became of a message; a person must look at what failed for good or is in doubt, unless told not to."""
    draft = Draft(facts.case, facts.head)
    draft.add(
        MessageUpdated(
            at=context.now,
            by=by,
            message=message,
            state=state,
            code=code,
            attention=state in _ATTENTION if attention is None else attention,
        )
    )
    change = MessageChange(message, state, code)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), message_changes=(change,))


def plan_doubt(facts: CaseFacts, message: str, code: str | None, context: Context, *, again: bool) -> Plan:
    """Note that nobody knows whether a message was sent: it is sent again, or a person must look."""
    draft, by = Draft(facts.case, facts.head), str(SYSTEM)
    draft.add(MessageUpdated(at=context.now, by=by, message=message, state="in_doubt", code=code, attention=not again))
    changes: tuple[MessageChange, ...] = (MessageChange(message, "in_doubt", code),)
    if again:  # when it is tried next, its row says: the store was told
        draft.add(MessageUpdated(at=context.now, by=by, message=message, state="queued", code="sent_again"))
        changes = ()
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), message_changes=changes)


def is_late(known: str, told: MessageState) -> bool:
    """Say whether a report tells less than is known: they overtake each other, and history goes on only."""
    if known == told:
        return True
    if known == "read":
        return told in ("delivered", "temporary_failure")
    return known in ("delivered", "permanent_failure") and told == "temporary_failure"


# -- what did not reach them -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that did not reach somebody, and what is needed to choose anew."""

    message: str  # its id
    state: Literal["permanent_failure", "temporary_failure", "denied"]
    code: str | None
    channel: Channel
    recipient: Urn | None  # None: erased
    purpose: Purpose
    words: Message | None = None  # None: erased
    to: Addressee | None = None  # None: erased
    template: str | None = None
    tried: tuple[tuple[Channel, str | None], ...] = ()  # ways that were tried before, as `Way.key` has them
    replaced: bool = False  # another one has taken its place already
    address_fails: bool = False  # the contact point cannot be reached on the channel
    known: ProfileFacts | None = None  # of whom it was for
    by: str = str(SYSTEM)
    note: str | None = None  # a person's, for colleagues
    shown_by: tuple[str, ...] = ()  # flags that showed it to a person, and show no other message


def undelivered(found: Undelivered, events: Iterable[Event]) -> Undelivered:
    """Give what did not reach somebody with what the case's history says of it: its template, and what it replaces."""
    queued = {event.message: event for event in events if isinstance(event, MessageQueued)}
    own = queued.get(found.message)
    tried: list[tuple[Channel, str | None]] = []
    before = own.replaces if own else None
    while before in queued and len(tried) < _GENERATIONS:
        tried.append((cast(Channel, queued[before].channel), None))
        before = queued[before].replaces
    replaced = any(event.replaces == found.message for event in queued.values())
    return replace(found, template=own.template if own else None, tried=tuple(tried), replaced=replaced)


def plan_undelivered(facts: CaseFacts, found: Undelivered, policy: Policy, context: Context) -> Plan:
    """
    Note that a message did not reach somebody, and tell them by the next way that they allow.

    Where there is none, or it would go out by itself to who may not be told so, a person looks. An address that cannot
    be reached is noted as failing on the channel, so that no further message is sent there.
    """
    found = _failing(found, context)
    own = found
    found, denial = _addressed(facts, found, context)
    choice = None if denial else _next(facts, found, policy, context)
    again = None if denial else _again_the_same_way(own, context)
    if again is not None and (choice is None or law_of(found.purpose).waits):  # who is in danger is told another way
        found, choice = own, again
    try:
        draft, gather = _noted(facts, found, choice, policy, context)
    except RequestError:  # the words are longer than the next channel takes
        draft, gather = _noted(facts, found, None, policy, context)
    stated = _stated(found, context)
    return Plan(
        "recorded",
        case=draft.case,
        changes=(CaseChange.of(draft),),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        message_changes=(MessageChange(found.message, found.state, found.code),),
        citizens=stated.citizens,
        contact_points=stated.contact_points,
    )


def _stated(found: Undelivered, context: Context) -> Plan:
    """Give what is written of the address, and into the history of whose it is."""
    point, known = _point(found), found.known
    holder = known.holders.get(point.urn.key) if known and point else None
    if not found.address_fails or point is None or known is None or holder is None:
        return Plan("recorded")
    if known.citizen is None:  # several people use it
        return Plan("recorded", contact_points=((holder, point),))
    event = ContactPointFailing(at=context.now, by=found.by, urn=point.urn, on=found.channel, code=found.code)
    return plan_statements(known, [event], points=((holder, point),))


def _failing(found: Undelivered, context: Context) -> Undelivered:
    """Give it with the contact point as failing in the profile, where the gateway says so."""
    point = _point(found)
    if not found.address_fails or point is None or found.to is None or found.to.reach is None:
        return found
    kept = tuple(each for each in point.failures if each.channel != found.channel)
    failure = Failure(channel=found.channel, at=context.now, code=found.code)
    failed = point.model_copy(update={"failures": (*kept, failure)})
    profile = found.to.reach.profile
    points = tuple(failed if each is point else each for each in profile.contact_points)
    reach = replace(found.to.reach, profile=profile.model_copy(update={"contact_points": points}))
    return replace(found, to=replace(found.to, reach=reach))


def _again_the_same_way(found: Undelivered, context: Context) -> Choice | None:
    """Give the same way once more, where it failed for now and nothing has taken its place."""
    if found.state != "temporary_failure" or found.replaced or found.words is None or found.to is None:
        return None
    return once_more(found.words, found.tried, context.now)


def _addressed(facts: CaseFacts, found: Undelivered, context: Context) -> tuple[Undelivered, str | None]:
    """Give it with who is told in the end, and why nobody may be."""
    if found.to is None:
        return found, None
    to, denial = told_instead(facts.case, found.to, found.purpose, context.now)
    if denial is None and to is not found.to and found.words is not None and not found.words.automatic:
        return found, "no_authority"  # a worker wrote it for somebody else's eyes
    return replace(found, to=to), denial


def _point(found: Undelivered) -> ContactPoint | None:
    if found.to is None or found.to.reach is None or found.recipient is None:
        return None
    key = found.recipient.key
    return next((each for each in found.to.reach.profile.contact_points if each.urn.key == key), None)


def _next(facts: CaseFacts, found: Undelivered, policy: Policy, context: Context) -> Choice | None:
    """Choose among the ways that are left; None: a person has to."""
    to, case = found.to, facts.case
    if to is None or to.reach is None or to.party.urn is None or found.words is None or found.replaced:
        return None
    if not to.party.proved or SET_ASIDE in case.flags or policy.service(case.service).acknowledge is False:
        return None
    if len(found.tried) >= _GENERATIONS:
        return None
    excluded = {*_tried(found, to)}
    if (found.state, found.code) != ("denied", "need"):  # else it was made before a need, and may go so as is needed
        excluded |= {way_of(found.channel, found.recipient), (found.channel, None)}
    used = written_to(to.party.urn, to.wrote_on)
    choice = choose_for(case, to, found.purpose, policy, context.now, used=used, excluded=excluded)
    known = to.reach.says_how or choice.kind == "send"
    # Of who stated nothing no person is told to ring them by itself: the flag has a person look.
    return choice if choice.kind in ("send", "task") and known else None


def _tried(found: Undelivered, to: Addressee) -> Iterable[tuple[Channel, str | None]]:
    """Give the ways of the channels that were tried before: to any contact point of theirs."""
    points = to.reach.profile.contact_points if to.reach else ()
    for channel, _ in found.tried:
        yield channel, None
        yield from (way_of(channel, point.urn) for point in points)
        if to.party.urn is not None:
            yield way_of(channel, to.party.urn)


def _noted(
    facts: CaseFacts, found: Undelivered, choice: Choice | None, policy: Policy, context: Context
) -> tuple[Draft, Gatherer]:
    draft, gather = Draft(facts.case, facts.head), Gatherer(context)
    failed = found.state != "denied"
    draft.add(
        MessageUpdated(
            at=context.now,
            by=found.by,
            message=found.message,
            state=found.state,
            code=found.code,
            attention=failed and choice is None and not found.replaced,
        )
    )
    if found.note is not None:
        body = found.note.encode("utf-8", "replace")
        content = gather.content("note", body, case=facts.case.id, media_type="text/plain")
        draft.add(NoteAdded(at=context.now, by=found.by, content=content.ref))
    if removed := tuple(sorted(set(found.shown_by) & set(facts.case.flags))):
        draft.add(FlagsChanged(at=context.now, by=found.by, removed=removed))
    if choice is not None:
        assert found.to is not None
        assert found.words is not None
        outgoing = Outgoing(
            _again(found, choice, policy, facts, context),
            found.purpose,
            str(SYSTEM),
            found.template,
            found.words.automatic,
            found.message,
        )
        put(draft, gather, found.to, choice, outgoing, policy, context)
    elif not failed and draft.case is not None and UNTOLD not in draft.case.flags:
        flags = (UNTOLD, AUTHORITY_REVIEW) if found.code in get_args(Denial) else (UNTOLD,)
        draft.add(FlagsChanged(at=context.now, by=str(SYSTEM), added=flags))
    return draft, gather


def _again(found: Undelivered, choice: Choice, policy: Policy, facts: CaseFacts, context: Context) -> Say:
    """
    Give what says it once more: the template in the form of the next channel where that says the same, else the words.

    It says the same where it still gives, for the channel that failed, the words that it gave.
    """
    words = found.words
    assert words is not None
    if choice.because == ONCE_MORE:
        return lambda channel, languages: same_words(words)
    if found.template is not None and found.template in policy.templates:
        say = said_by(found.template, facts.case, policy, context)
        languages = policy.languages_for(found.to.speaks if found.to else None)
        try:
            if say(words.channel, languages).text == words.text:
                return say
        except RequestError:
            pass
    return lambda channel, languages: Wording(subject=words.subject or "", text=words.text, language=words.language)
