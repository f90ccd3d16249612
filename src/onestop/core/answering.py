"""
Answering: what a text says to the questions that were put to its contact point, and what that does.

    an answer, and nothing else       → done: the case goes where it belongs, or the lifecycle's action is taken
    an answer and more, or to several → taken in as if nothing had been asked, and a person looks
    no answer, and no other matter    → kept with the case that the question is about; asked once more, then a person
    another matter                    → taken in as if nothing had been asked
    an answer that nobody waits for   → kept with that case; where it says another thing than was done, a person looks

Nothing is asked of the store for somebody who was never asked anything. Where several people use the contact point, or
another name writes, an answer is a hint for a person and does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from onestop.core.acknowledging import acknowledge
from onestop.core.actor import SYSTEM, Actor
from onestop.core.asking import ask_again
from onestop.core.case import Case, Draft
from onestop.core.context import Context
from onestop.core.enquiry import Enquiry
from onestop.core.events import Candidate, FlagsChanged, QuestionAnswered, QuestionLapsed
from onestop.core.linking import must_be_allowed
from onestop.core.matching import Clues, Verdict, held_by_another, joining, names_differ
from onestop.core.model import shifted
from onestop.core.plan import (
    Answers,
    Ask,
    CaseChange,
    CaseFacts,
    ContactFacts,
    FindCases,
    FindQuestions,
    Gatherer,
    Plan,
    QuestionRow,
    TimerRow,
)
from onestop.core.policy import Policy
from onestop.core.promise import keep_promises
from onestop.core.questions import QUESTION, Option, Question, may_be_answered, read_question, row_of
from onestop.core.reading import Fit, Reading, read_answer
from onestop.core.resolving import keep_apart, merge_into, resolve
from onestop.core.rules import FALLBACK, Decision
from onestop.core.settling import settle
from onestop.core.waking import act_as, wake
from onestop.errors import NotFoundError, RequestError

__all__ = [
    "ANSWER_REVIEW",
    "NOTHING_HEARD",
    "NOT_ANSWERED",
    "Answering",
    "Done",
    "carry_out",
    "hear",
    "plan_answer",
    "plan_lapse",
    "questions_to",
    "waits_for",
]

ANSWER_REVIEW = "answer_review"  # flag: a person reads what was answered to a question, since nothing was done by it
NOT_ANSWERED = "question_unanswered"  # flag: nobody answered a question in time: a person asks another way

_CONVERSATIONS = frozenset({"sms", "chat", "social"})

Effect = Literal["join", "apart", "act", "again", "none"]


class Done(NamedTuple):
    """What an answer did beside the enquiry's own case."""

    others: tuple[Draft, ...] = ()
    rows: tuple[QuestionRow, ...] = ()
    timers: tuple[TimerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Answering:
    """What an enquiry says to the questions at its contact point."""

    rows: tuple[QuestionRow, ...] = ()  # all that were put to it
    verdict: Verdict | None = None  # which case it belongs to; None: what it belongs to without any question
    effect: Effect = "none"
    question: Question | None = None
    option: Option | None = None
    asked: CaseFacts | None = None  # the case that the question is about
    apart: tuple[CaseFacts, ...] = ()  # cases that this is not
    flags: tuple[str, ...] = ()
    hints: tuple[Candidate, ...] = ()  # cases that a person may see it with

    def with_hints(self, verdict: Verdict) -> tuple[Verdict, Answering]:
        """Give what it belongs to so that a person sees what it may answer, and this with the flags for it."""
        if not self.hints:
            return verdict, self
        if verdict.joins is not None:
            return verdict, replace(self, flags=(*self.flags, ANSWER_REVIEW))
        known = {candidate.case for candidate in verdict.candidates}
        more = tuple(hint for hint in self.hints if hint.case not in known)
        how = verdict.how if verdict.candidates else "question_unsure"
        return Verdict(how, None, verdict.follows, (*verdict.candidates, *more), verdict.rejected), self


NOTHING_HEARD = Answering()


def questions_to(enquiry: Enquiry, contact: ContactFacts) -> FindQuestions | None:
    """Give what asks for the questions that an enquiry may answer; None for who was never asked anything."""
    if not contact.asked or enquiry.sender is None or not enquiry.proved or enquiry.kind == "auto_reply":
        return None
    return FindQuestions(enquiry.sender.key)


def hear(
    enquiry: Enquiry,
    clues: Clues,
    contact: ContactFacts,
    decision: Decision,
    answers: Answers,
    policy: Policy,
    context: Context,
) -> Answering | Ask:
    """
    Give what an enquiry says to the questions at its contact point, or which cases must be known first.

    What `questions_to` asks must have been answered.
    """
    find = questions_to(enquiry, contact)
    if find is None:
        return NOTHING_HEARD
    rows = answers.questions(find)
    if clues.command is not None:
        return Answering(rows)
    return _Hearing(enquiry, clues, contact, decision, answers, policy, context, rows).result()


class _Hearing:
    """One enquiry, and the questions that it may answer."""

    def __init__(
        self,
        enquiry: Enquiry,
        clues: Clues,
        contact: ContactFacts,
        decision: Decision,
        answers: Answers,
        policy: Policy,
        context: Context,
        rows: tuple[QuestionRow, ...],
    ) -> None:
        self._enquiry = enquiry
        self._contact = contact
        self._decision = decision
        self._answers = answers
        self._policy = policy
        self._now = context.now
        self._rows = rows
        self._quotes = clues.quoted is not None
        named = [*clues.by_token(answers), *clues.by_message_id(answers).values()]
        self._named = {facts.case.id for facts in named}

    def result(self) -> Answering | Ask:
        """Give what the enquiry says."""
        grace = self._policy.council.questions.grace
        live = self._questions([row for row in self._rows if may_be_answered(row, self._now, grace)])
        reading, found = self._read(live)
        if reading.how == "certain":
            return self._answer(found, reading)
        if reading.how == "unclear":
            past = [row for row in self._rows if row.state in ("answered", "withdrawn")]
            over = self._questions([row for row in past if self._now < shifted(row.until, grace)])
            again, found = self._read(over)
            if again.how == "certain":
                return self._answer(found, again)
        else:
            found = self._fitting(live, reading)
        return self._not_certain(live, found, reading)

    def _questions(self, rows: Sequence[QuestionRow]) -> list[tuple[QuestionRow, Question]]:
        """Read questions; a reply to a message of one case answers that case's questions alone."""
        read = [(row, read_question(row)) for row in rows]
        return [each for each in read if not self._named or each[1].case in self._named]

    def _read(
        self, questions: Sequence[tuple[QuestionRow, Question]]
    ) -> tuple[Reading, list[tuple[QuestionRow, Question]]]:
        """Give what the enquiry says to some of the questions, and those that it says it to."""
        if filled := self._filled_in(questions):
            return filled
        if self._enquiry.kind != "message" or self._enquiry.entered_by or not questions:
            return Reading("unclear"), []  # an agent's note says which by a field, or it is somebody's words
        reading = read_answer(self._enquiry.text, [question for _, question in questions], self._policy.answers)
        if reading.how == "certain" and (self._enquiry.attachments or self._enquiry.location):
            reading = Reading("partly", reading.fits)  # the picture says more than the words
        return reading, self._fitting(questions, reading)

    def _filled_in(
        self, questions: Sequence[tuple[QuestionRow, Question]]
    ) -> tuple[Reading, list[tuple[QuestionRow, Question]]] | None:
        """Give what a form's field, or an agent's note, says of a question by its id."""
        for row, question in questions:
            given = self._enquiry.answers.get(f"{QUESTION}{question.id}")
            for option in question.options:
                if given is not None and given in (option.code, str(option.number)):
                    return Reading("certain", (Fit(question.id, option.code),)), [(row, question)]
        return None

    def _fitting(
        self, questions: Sequence[tuple[QuestionRow, Question]], reading: Reading
    ) -> list[tuple[QuestionRow, Question]]:
        fits = {question for question, _ in reading.fits}
        return [each for each in questions if each[1].id in fits]

    # -- an answer --

    def _answer(self, found: Sequence[tuple[QuestionRow, Question]], reading: Reading) -> Answering | Ask:
        (row, question), (fit,) = found[0], reading.fits
        option = question.option(fit[1])
        assert option is not None
        cases = [each.case for each in question.options if each.case]
        find = FindCases((question.case, *([option.case] if option.case else cases)))
        if find not in self._answers:
            return Ask((find,))
        facts = {each.case.id: each for each in self._answers.cases(find)}
        asked = facts.get(question.case)
        if asked is None:
            return Answering(self._rows)
        if self._is_anothers(asked, question):
            return Answering(self._rows, hints=_hints(question, option))
        if waits_for(asked.case, row, question, option):
            return self._awaited(asked, question, option, facts)
        return self._overtaken(asked, question, option, facts)

    def _awaited(self, asked: CaseFacts, question: Question, option: Option, facts: dict[str, CaseFacts]) -> Answering:
        here = Verdict("question", joins=asked)
        if question.about != "match":
            return Answering(self._rows, here, "act", question, option, asked)
        if option.case is None:
            still = {candidate.case for candidate in asked.case.candidates}
            apart = tuple(each for case, each in facts.items() if case in still)
            return Answering(self._rows, here, "apart", question, option, asked, apart)
        target = _survivor(facts[option.case], facts) if option.case in facts else None
        if target is not None and target.case.id != asked.case.id and self._has_part_in(target):
            verdict = joining(target, "question", self._enquiry, self._policy, self._now)
            if verdict.joins is not None:  # otherwise it was closed too long ago to be opened again by a text
                return Answering(self._rows, verdict, "join", question, option, asked)
        return Answering(self._rows, here, "none", question, option, asked, flags=(ANSWER_REVIEW,))

    def _overtaken(
        self, asked: CaseFacts, question: Question, option: Option, facts: dict[str, CaseFacts]
    ) -> Answering:
        """Keep an answer that nobody waits for; where it says another thing than was done, a person looks."""
        survivor = _survivor(asked, facts)
        if not self._has_part_in(survivor):
            return Answering(self._rows, hints=_hints(question, option))
        same = question.answer == option.code or survivor.case.id == option.case
        verdict, flags = Verdict("question_again", joins=survivor), () if same else (ANSWER_REVIEW,)
        return Answering(self._rows, verdict, "none", question, option, asked, flags=flags)

    def _has_part_in(self, facts: CaseFacts) -> bool:
        return self._enquiry.sender is not None and facts.party_of(self._enquiry.sender.key) is not None

    # -- what is none for certain --

    def _not_certain(
        self,
        live: Sequence[tuple[QuestionRow, Question]],
        found: Sequence[tuple[QuestionRow, Question]],
        reading: Reading,
    ) -> Answering | Ask:
        if reading.how == "partly":
            return Answering(self._rows, hints=_all_hints([question for _, question in found], reading))
        waiting = [each for each in found or live if each[0].state == "open" and not each[1].is_late(self._now)]
        other = self._decision.rule != FALLBACK or self._quotes or self._enquiry.channel not in _CONVERSATIONS
        if not waiting or other or self._named or self._enquiry.kind != "message":
            return Answering(self._rows)
        row, question = waiting[0]  # the one that was asked last
        find = FindCases((question.case,))
        if find not in self._answers:
            return Ask((find,))
        facts = {each.case.id: each for each in self._answers.cases(find)}
        asked = facts.get(question.case)
        if asked is None or self._is_anothers(asked, question):
            return Answering(self._rows)
        if not waits_for(asked.case, row, question, None):
            return Answering(self._rows)
        # Who asked with care is not answered by a machine: the worker reads what the citizen says to it.
        effect: Effect = "none" if question.about == "worker" or question.again else "again"
        flags = () if effect == "again" or question.about == "match" else (ANSWER_REVIEW,)
        verdict = Verdict("question_unclear", joins=asked)
        return Answering(self._rows, verdict, effect, question, None, asked, flags=flags)

    def _is_anothers(self, asked: CaseFacts, question: Question) -> bool:
        party = next((each for each in asked.parties if each.alias == question.party), None)
        if self._contact.shared or party is None:
            return True
        return names_differ(party.name, self._enquiry.sender_name) or held_by_another(party, self._contact)


def waits_for(case: Case, row: QuestionRow, question: Question, option: Option | None) -> bool:
    """Say whether a case still waits for an answer, or for this one; None: for any."""
    if case.state_type == "closed" or row.state not in ("open", "lapsed"):
        return False
    if question.about == "match":
        candidates = {candidate.case for candidate in case.candidates}
        return bool(candidates) and (option is None or option.case is None or option.case in candidates)
    if row.state == "open":
        return question.id in case.questions
    return case.state_version == question.generation


def _survivor(facts: CaseFacts, known: dict[str, CaseFacts]) -> CaseFacts:
    seen = {facts.case.id}
    while (into := facts.case.merged_into) and into in known and into not in seen:
        facts = known[into]
        seen.add(into)
    return facts


def _hints(question: Question, option: Option | None = None) -> tuple[Candidate, ...]:
    """Give the cases that a person may see an uncertain answer with: the one asked about, and the one it names."""
    named = [(question.case, question.reference)]
    if option is not None and option.case and option.reference:
        named.append((option.case, option.reference))
    return tuple(Candidate(case=case, reference=reference, because="asked") for case, reference in named)


def _all_hints(questions: Sequence[Question], reading: Reading) -> tuple[Candidate, ...]:
    """Give the cases that a person may see an answer with that says more, or may be several."""
    found = [_hints(each, each.option(code)) for each in questions for asked, code in reading.fits if asked == each.id]
    return tuple({hint.case: hint for hints in found for hint in hints}.values())


# -- what it does ------------------------------------------------------------------------------------------------------


def carry_out(
    said: Answering,
    draft: Draft,
    gather: Gatherer,
    enquiry: Enquiry,
    identifier: str,
    alias: str,
    decision: Decision,
    policy: Policy,
    context: Context,
) -> Done:
    """
    Do what an answer says; `draft` is the case that the enquiry joined, in which it has this id and its sender's alias.

    An answer that cannot be carried out is noted, and its case stays in doubt, so that a person does it.
    """
    question, option, asked = said.question, said.option, said.asked
    if question is None or asked is None or enquiry.sender is None:
        return Done()
    key = enquiry.sender.key
    if option is None:
        if said.effect != "again":
            return Done(timers=wake(draft, gather, alias, policy, context) if question.about != "match" else ())
        row = ask_again(draft, gather, enquiry, question, alias, policy, context)
        return Done(rows=(row,) if row else ())
    if said.verdict is None or said.verdict.how == "question_again":
        return Done()
    same = draft.case is not None and draft.case.id == asked.case.id
    own = draft if same else Draft(asked.case, asked.head)
    timers = () if same else settle(own, policy, context)
    by = Actor(kind="citizen", id=question.party)
    own.add(
        QuestionAnswered(
            at=context.now,
            by=str(by),
            question=question.id,
            option=option.code,
            enquiry=identifier,
            late=question.is_late(context.now),
        )
    )
    answered = row_of(question.model_copy(update={"answer": option.code}), key, "answered")
    others: tuple[Draft, ...] = () if same else (own,)
    match said.effect:
        case "join":
            timers += _join(own, draft, gather, by, alias, policy, context)
        case "apart":
            apart = tuple(Draft(each.case, each.head) for each in said.apart)
            keep_apart(own, apart, by, context)
            others += apart
            acknowledge(own, gather, enquiry, decision, alias, policy, context)
        case "act":
            timers += _act(own, gather, question, option, alias, policy, context)
    if not same:
        timers += keep_promises(own, policy, context, str(by))
    return Done(others, (answered,), timers)


def plan_answer(
    facts: CaseFacts,
    row: QuestionRow,
    option: str,
    by: Actor,
    policy: Policy,
    context: Context,
    *,
    target: CaseFacts | None = None,
    apart: Sequence[CaseFacts] = (),
    enquiry: str | None = None,
) -> Plan:
    """
    Note what a citizen told a worker, and do it: what a text with the same answer would do.

    `target` is the case that the option stands for, `apart` the others; `enquiry` is the one in which they said so.

    Raises:
        NotFoundError: the question has no such option.
        RequestError: nobody waits for the answer any more, the case cannot go where it says, or the actor is neither
            worker nor system.
    """
    must_be_allowed(by)
    question = read_question(row)
    chosen = question.option(option)
    if chosen is None:
        raise NotFoundError(f"the question has no such option; it has {', '.join(o.code for o in question.options)}")
    if not may_be_answered(row, context.now, policy.council.questions.grace):
        raise RequestError("the question was answered or taken back, or it is too late to answer it")
    if not waits_for(facts.case, row, question, chosen):
        raise RequestError("nobody waits for the answer to this question any more: the case has moved on")
    gather, draft = Gatherer(context), Draft(facts.case, facts.head)
    late = question.is_late(context.now)
    draft.add(
        QuestionAnswered(at=context.now, by=str(by), question=question.id, option=option, enquiry=enquiry, late=late)
    )
    others: tuple[Draft, ...] = ()
    if question.about == "match":
        goes = target if chosen.case else None
        if chosen.case and goes is None:
            raise NotFoundError("the case that the option stands for is not there")
        others, timers = resolve(draft, gather, facts, goes, apart, by, policy, context)
    else:
        timers = _act(draft, gather, question, chosen, question.party, policy, context)
        timers += keep_promises(draft, policy, context, str(by))
    return Plan(
        "recorded",
        case=draft.case,
        changes=tuple(CaseChange.of(each) for each in (draft, *others)),
        contents=tuple(gather.contents),
        messages=tuple(gather.messages),
        timers=timers,
        questions=(row_of(question.model_copy(update={"answer": option}), row.key, "answered"),),
    )


def plan_lapse(facts: CaseFacts, row: QuestionRow | None, question: str, context: Context) -> Plan:
    """
    End the waiting for an answer: a person looks, unless it is known or nobody needs it any more.

    `row` is the question's; None: it was erased.
    """
    case = facts.case
    if question not in case.questions:
        return Plan("recorded", case=case)
    draft = Draft(case, facts.head)
    draft.add(QuestionLapsed(at=context.now, by=str(SYSTEM), question=question, because="time"))
    read = read_question(row) if row is not None else None
    # Which case it belongs to is in doubt until somebody decides: its flag is there.
    if case.state_type != "closed" and (read is None or read.about != "match") and NOT_ANSWERED not in case.flags:
        draft.add(FlagsChanged(at=context.now, by=str(SYSTEM), added=(NOT_ANSWERED,)))
    rows = (row_of(read, row.key, "lapsed"),) if row is not None and read is not None else ()
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft),), questions=rows)


def _join(
    own: Draft, target: Draft, gather: Gatherer, by: Actor, alias: str, policy: Policy, context: Context
) -> tuple[TimerRow, ...]:
    """Let a case go into the one that the citizen named; the further words wake that one once."""
    timers = wake(target, gather, alias, policy, context)
    try:
        merge_into(own, target, by, policy, context)
    except RequestError:
        own.add(FlagsChanged(at=context.now, by=str(SYSTEM), added=(ANSWER_REVIEW,)))
    return timers


def _act(
    draft: Draft, gather: Gatherer, question: Question, option: Option, alias: str, policy: Policy, context: Context
) -> tuple[TimerRow, ...]:
    """Take the action that the lifecycle has for an answer; without one, what a further enquiry does."""
    case = draft.case
    assert case is not None
    action = question.actions.get(option.code)
    if action is None:
        return wake(draft, gather, alias, policy, context)
    if case.state_version == question.generation:
        timers = act_as(draft, gather, alias, action, policy, context)
        if timers is not None:
            return timers
    draft.add(FlagsChanged(at=context.now, by=str(SYSTEM), added=(ANSWER_REVIEW,)))
    return wake(draft, gather, alias, policy, context)
