"""
Asking: a question with closed answers is put to a contact point, by a message or by whoever speaks with them.

By itself a citizen is asked one thing: which of their cases is this text about? Only somebody whose contact point is
their own, of cases that were opened from there; never a machine, never who is in danger, never where the service
answers nobody by itself, and at most so many times a day, so that two machines do not ask each other. Where nobody can
be asked, a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from onestop.core.acknowledging import answer
from onestop.core.actor import SYSTEM, Actor
from onestop.core.asked import Asked, note_asked, options_said, others_open
from onestop.core.case import Case, Draft
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import MessageQueued
from onestop.core.linking import must_be_allowed
from onestop.core.matching import Verdict
from onestop.core.messages import plan_reply
from onestop.core.model import shifted
from onestop.core.nuisance import SET_ASIDE
from onestop.core.plan import CaseChange, CaseFacts, ContactFacts, Gatherer, Plan, QuestionRow
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose
from onestop.core.questions import (
    ANOTHER,
    Option,
    Question,
    QuestionKind,
    asked_since,
    lines,
    numbered,
    row_of,
)
from onestop.core.reaching import Addressee
from onestop.errors import RequestError

__all__ = [
    "NOT_UNDERSTOOD",
    "WHICH_CASE",
    "ask_again",
    "ask_which",
    "plan_ask",
]

WHICH_CASE = "which_case"  # the template by which they are asked …
NOT_UNDERSTOOD = "not_understood"  # … and asked once more

_IN_DOUBT = frozenset({"several_open", "open_or_another", "same_or_another"})  # only the citizen's own cases are meant
_CONVERSATIONS = frozenset({"sms", "chat"})
_PURPOSE: Purpose = "question"  # of the messages
_MOST_CASES = 4  # that a text can name; who has more open is rung
_OPTED_OUT = "opt_out"  # flag
_WITHHELD = ("muted", "denied")  # states of messages that never leave
_DAY = timedelta(days=1)


def plan_ask(
    facts: CaseFacts,
    to: Addressee,
    options: Sequence[Option],
    kind: QuestionKind,
    rows: Sequence[QuestionRow],
    until: datetime,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    text: str | None,
    template: str | None,
) -> Plan:
    """
    Put a worker's question to a party, the way that they want to be reached: words, or a template's, and the options.

    `rows` are the questions that were put to the party's contact points before.

    Raises:
        NotFoundError: there is no such template.
        RequestError: there are no words, or nobody can be reached with them now; too many questions are open there, the
            time is past, the case is closed, or the actor is neither worker nor system.
    """
    must_be_allowed(by)
    if facts.case.state_type == "closed":
        raise RequestError("a closed case asks nothing: reopen it first")
    until = _ahead(until, context.now)
    shown = numbered(options, kind, others_open(rows, policy, context))
    if shown is None:
        raise RequestError("too many questions wait for an answer there: wait for one, or take one back")
    language, further = policy.languages_for(to.speaks)[0], options_said(shown, policy)
    words = f"{text}\n{lines(shown, language, policy.council.languages[0])}" if text and text.strip() else text
    plan = plan_reply(facts, to, by, policy, context, text=words, template=template, purpose=_PURPOSE, further=further)
    (change,), message = plan.changes, plan.messages[-1]
    if message.state in _WITHHELD:
        raise RequestError(f"they cannot be asked by a message ({message.code}): ask another way, and note the answer")
    draft = Draft(change.case, change.head)
    asked = note_asked(
        draft,
        message.recipient.key,
        to.party.alias,
        kind,
        "worker",
        shown,
        context,
        by=str(by),
        until=until,
        message=message.id,
    )
    whole = CaseChange(change.before, _case(draft), draft.head, (*change.events, *draft.events))
    return replace(plan, case=draft.case, changes=(whole,), timers=(*plan.timers, asked.timer), questions=(asked.row,))


def _ahead(until: datetime, now: datetime) -> datetime:
    if until.tzinfo is None or until <= now:
        raise RequestError("until lies in the future, and has a time zone: 2026-03-02T09:00:00+00:00")
    try:
        return until.astimezone(UTC)
    except OverflowError:
        raise RequestError("until lies in the years of the calendar") from None


def ask_which(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    alias: str,
    verdict: Verdict,
    contact: ContactFacts,
    rows: Sequence[QuestionRow],
    policy: Policy,
    context: Context,
) -> Asked | None:
    """Ask which of their cases a text is about that opened a case of its own; None where a person has to decide."""
    if enquiry.sender is None or not _may_be_asked(_case(draft), enquiry, verdict, contact, rows, policy, context):
        return None
    key = enquiry.sender.key
    cases = _cases(verdict, contact, key, policy)
    options = cases and numbered(
        [
            *(
                Option(
                    code=f"case_{number}",
                    label=policy.service(facts.case.service).name,
                    case=facts.case.id,
                    reference=facts.case.reference,
                )
                for number, facts in enumerate(cases, 1)
            ),
            Option(code=ANOTHER, label=policy.answers.label(ANOTHER)),
        ],
        "choice",
        others_open(rows, policy, context),
    )
    if not options:
        return None
    message = _sent(draft, gather, enquiry, WHICH_CASE, options, alias, policy, context)
    if message is None:
        return None
    until, by = shifted(context.now, policy.council.questions.wait), str(SYSTEM)
    return note_asked(draft, key, alias, "choice", "match", options, context, by=by, until=until, message=message)


def _may_be_asked(
    case: Case,
    enquiry: Enquiry,
    verdict: Verdict,
    contact: ContactFacts,
    rows: Sequence[QuestionRow],
    policy: Policy,
    context: Context,
) -> bool:
    own = contact.citizen is not None and not contact.shared and enquiry.proved and not enquiry.entered_by
    wrote = enquiry.kind == "message" and enquiry.channel in _CONVERSATIONS
    answered = policy.service(case.service).acknowledge is not False
    # Who is in danger is not asked about their other cases.
    never = {SET_ASIDE, _OPTED_OUT, *policy.council.nuisance.never}
    may = own and wrote and answered and never.isdisjoint(case.flags)
    lately = asked_since(rows, shifted(context.now, -_DAY))
    return may and verdict.how in _IN_DOUBT and lately < policy.council.questions.daily


def _cases(verdict: Verdict, contact: ContactFacts, key: str, policy: Policy) -> list[CaseFacts] | None:
    """
    Give the cases to choose from; None where one of them is not to be named there, or they are too many.

    Whoever reads this telephone may read the names: so all were opened from it, and none is of a service that answers
    nobody by itself.
    """
    known = {facts.case.id: facts for facts in contact.cases}
    found = [known.get(candidate.case) for candidate in verdict.candidates]
    cases = [
        facts
        for facts in found
        if facts and facts.opened_by(key) and policy.service(facts.case.service).acknowledge is not False
    ]
    return cases if len(cases) == len(found) and 0 < len(cases) <= _MOST_CASES else None


def ask_again(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    question: Question,
    alias: str,
    policy: Policy,
    context: Context,
) -> QuestionRow | None:
    """Ask the same once more, since an answer was not understood; None where it was done, or cannot be."""
    if question.again or enquiry.sender is None or _OPTED_OUT in _case(draft).flags:
        return None
    if _sent(draft, gather, enquiry, NOT_UNDERSTOOD, question.options, alias, policy, context) is None:
        return None
    return row_of(question.model_copy(update={"again": True}), enquiry.sender.key, "open")


def _sent(
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    template: str,
    options: Sequence[Option],
    alias: str,
    policy: Policy,
    context: Context,
) -> str | None:
    """Queue the message that asks; give its id, or None where none may go out by itself."""
    before = len(draft.events)
    try:
        further = options_said(options, policy)
        answer(draft, gather, enquiry, template, _PURPOSE, alias, policy, context, further=further)
    except RequestError:  # more words than a message holds
        return None
    queued = [sealed.event for sealed in draft.events[before:] if isinstance(sealed.event, MessageQueued)]
    return queued[-1].message if queued else None


def _case(draft: Draft) -> Case:
    assert draft.case is not None
    return draft.case
