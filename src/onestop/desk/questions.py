"""Questions with closed answers, as workers ask them, note their answers, take them back and decide without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from onestop.core.actor import Actor
from onestop.core.answering import plan_answer, plan_lapse
from onestop.core.asking import plan_ask
from onestop.core.case import Case, Draft
from onestop.core.contact import Urn
from onestop.core.context import Context
from onestop.core.events import QuestionAnswered, QuestionAsked, QuestionLapsed
from onestop.core.linking import must_be_allowed
from onestop.core.model import FrozenMap, shifted
from onestop.core.plan import CaseChange, CaseFacts, Plan, QuestionRow
from onestop.core.questions import NO, QUESTION, YES, Option, Question, QuestionKind, options_of, read_question
from onestop.core.resolving import plan_resolve, withdraw
from onestop.desk.addressing import log_queued, party_of, questions_of, reached
from onestop.desk.log import log
from onestop.desk.session import Session, must_find
from onestop.desk.views import CaseView, view, written
from onestop.errors import NotFoundError, RequestError
from onestop.stores.base import Reader, TimerRecord, Transaction

__all__ = ["QuestionDesk"]

_Decide = Callable[[Transaction, CaseFacts, Context], Plan]
Labels = Mapping[str, str | Mapping[str, str]]


class QuestionDesk:
    """
    The part of the desk that asks citizens what has closed answers: reached as `desk.questions`.

    What a citizen answers by text, e-mail or form is understood when it is taken in; here is what people do.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def timers(self) -> Mapping[str, Callable[[TimerRecord], None]]:
        """What fires the timers that end the waiting for an answer."""
        return {QUESTION: self._lapse}

    def ask(
        self,
        case: str | CaseView | Case,
        text: str | None = None,
        *,
        by: Actor,
        template: str | None = None,
        options: Labels | None = None,
        until: datetime | None = None,
        to: str | None = None,
    ) -> Question:
        """
        Put a question to the citizen of a case, in your words or a template's; give the question.

        `options` are labels by their codes, in one language or several; left out, it is a yes or no. The options are
        put below your words; a template shows them by its variable `options`. It goes to who wrote last, or to the
        party with the alias `to`, the way they want to be reached. Nobody having answered by `until` (left out: the
        council's `questions.wait_hours`), the case is flagged `question_unanswered`.

        Raises:
            NotFoundError: there is no such case, party or template.
            ConflictError: the case has changed since it was read.
            RequestError: there are no words, or nobody can be reached with them now; an option has no label; too many
                questions are open there; `until` is past; the case is closed; or this is no worker.
        """
        kind: QuestionKind = "choice" if options is not None else "yes_no"
        offered = self._options(options)
        policy = self._session.policy
        asked: list[QuestionRow] = []

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            whom = reached(tx, facts, party_of(tx, facts, to), self._session)
            rows = questions_of(tx, whom)
            wait = until or shifted(context.now, policy.council.questions.wait)
            plan = plan_ask(facts, whom, offered, kind, rows, wait, by, policy, context, text=text, template=template)
            asked[:] = plan.questions
            return plan

        plan = self._change(case, decide, by)
        assert plan.case is not None
        log_queued(plan.case.reference, plan.messages, by=str(by))
        return read_question(asked[0])

    def _options(self, options: Labels | None) -> tuple[Option, ...]:
        policy = self._session.policy
        if options is None:
            return tuple(Option(code=code, label=policy.answers.label(code)) for code in (YES, NO))
        language = policy.council.languages[0]
        return options_of(
            {
                code: FrozenMap({language: label}) if isinstance(label, str) else FrozenMap(label)
                for code, label in options.items()
            }
        )

    def open(
        self, case: str | CaseView | Case | None = None, *, contact_point: str | None = None
    ) -> tuple[Question, ...]:
        """
        Give the questions of a case, or at a contact point, that wait for an answer, the one asked first in front.

        Raises:
            ContactPointError: `contact_point` is no URN.
            NotFoundError: there is no such case.
            RequestError: neither was given, or both.
        """
        if (case is None) == (contact_point is None):
            raise RequestError("questions are looked up by their case, or by a contact point")
        with self._session.store.read() as reader:
            if case is not None:
                rows = reader.questions_of(must_find(reader, _reference(case)).case.id)
            else:
                urn = Urn.parse(contact_point or "", region=self._session.policy.council.region)
                rows = list(reversed(reader.questions(urn.key)))
        return tuple(read_question(row) for row in rows if row.state == "open")

    def answer(
        self,
        case: str | CaseView | Case,
        question: str | Question,
        option: str,
        *,
        by: Actor,
        enquiry: str | None = None,
    ) -> CaseView:
        """
        Note what a citizen told you, and do what a text with the same answer would; `enquiry` is your note of it.

        Raises:
            NotFoundError: there is no such case, no such question or enquiry of it, or no such option.
            ConflictError: the case has changed since it was read.
            RequestError: nobody waits for the answer any more, the case cannot go where it says, or this is no worker.
        """
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            row = _row(tx, facts, question)
            read = read_question(row)
            if enquiry is not None and all(record.id != enquiry for record in tx.enquiries(facts.case.id)):
                raise NotFoundError("the case has no such enquiry")
            chosen = read.option(option)
            target = _found(tx, chosen.case) if chosen is not None and chosen.case else None
            apart = _candidates(tx, facts)
            return plan_answer(facts, row, option, by, policy, context, target=target, apart=apart, enquiry=enquiry)

        return self._shown(self._change(case, decide, by))

    def withdraw(self, case: str | CaseView | Case, question: str | Question, *, by: Actor) -> CaseView:
        """
        Take a question back: nobody waits for its answer, and its message does not leave if it has not yet.

        Raises:
            NotFoundError: there is no such case, or no such question of it.
            ConflictError: the case has changed since it was read.
            RequestError: it is open no longer, or this is no worker.
        """

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            must_be_allowed(by)
            row = _row(tx, facts, question)
            if row.state != "open":
                raise RequestError("this question is open no longer")
            draft = Draft(facts.case, facts.head)
            rows, cleared = withdraw(draft, [row], "withdrawn", by, context, waiting=_waiting(tx, [row]))
            return Plan(
                "recorded",
                case=draft.case,
                changes=(CaseChange.of(draft),),
                questions=rows,
                message_changes=cleared,
            )

        return self._shown(self._change(case, decide, by))

    def resolve(self, case: str | CaseView | Case, *, belongs_to: str | CaseView | Case | None, by: Actor) -> CaseView:
        """
        Decide what a case in doubt (`match_review`) belongs to: another case, into which it goes, or None of those.

        It does what the citizen's answer would; a question that asks for it is taken back. `unmerge` undoes it.

        Raises:
            NotFoundError: there is no such case.
            ConflictError: the case has changed since it was read.
            RequestError: nobody doubts what it belongs to, it cannot go there, or this is no worker.
        """
        policy = self._session.policy

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            target = must_find(tx, _reference(belongs_to)) if belongs_to is not None else None
            rows = tx.questions_of(facts.case.id)
            return plan_resolve(
                facts, target, _candidates(tx, facts), rows, by, policy, context, waiting=_waiting(tx, rows)
            )

        plan = self._change(case, decide, by)
        assert plan.case is not None
        other = None if belongs_to is None else _reference(belongs_to)
        log("case.resolved", case=plan.case.reference, other=other, by=str(by))
        return self._shown(plan)

    def _lapse(self, timer: TimerRecord) -> None:
        """End the waiting for an answer."""
        question = timer.kind.removeprefix(QUESTION)

        def decide(tx: Transaction, facts: CaseFacts, context: Context) -> Plan:
            tx.timer_done(timer.id)
            rows = tx.questions_of(facts.case.id)
            return plan_lapse(facts, next((row for row in rows if row.id == question), None), question, context)

        plan = self._session.change(timer.case, decide)
        assert plan.case is not None
        log_questions(plan)
        log("timer.fired" if plan.changes else "timer.void", case=plan.case.reference, kind=QUESTION)

    def _change(self, case: str | CaseView | Case, decide: _Decide, by: Actor) -> Plan:
        version = None if isinstance(case, str) else case.version
        plan = self._session.change(_reference(case), decide, version=version)
        log_questions(plan)
        return plan

    def _shown(self, plan: Plan) -> CaseView:
        assert plan.case is not None
        return view(self._session.store, self._session.policy, plan.case.id)


def log_questions(plan: Plan) -> None:
    """Log what a plan says of questions."""
    for change in plan.changes:
        reference = change.case.reference
        for sealed in change.events:
            match sealed.event:
                case QuestionAsked() as asked:
                    log("question.asked", case=reference, question=asked.question, about=asked.about, by=asked.by)
                case QuestionAnswered() as answered:
                    log("question.answered", case=reference, question=answered.question, by=answered.by)
                case QuestionLapsed() as lapsed:
                    log("question.lapsed", case=reference, question=lapsed.question, because=lapsed.because)


def _row(reader: Reader, facts: CaseFacts, question: str | Question) -> QuestionRow:
    wanted = question if isinstance(question, str) else question.id
    row = next((row for row in reader.questions_of(facts.case.id) if row.id == wanted), None)
    if row is None:
        raise NotFoundError("the case has no such question, or it was erased")
    return row


def _candidates(reader: Reader, facts: CaseFacts) -> list[CaseFacts]:
    """Give the cases that a case may belong to, as far as they are there."""
    found = (reader.case(candidate.case) for candidate in facts.case.candidates)
    return [each for each in found if each is not None]


def _found(reader: Reader, case: str) -> CaseFacts | None:
    """Give a case, or the one that took its place."""
    seen: set[str] = set()
    facts = reader.case(case)
    while facts is not None and (into := facts.case.merged_into) and into not in seen:
        seen.add(into)
        facts = reader.case(into)
    return facts


def _waiting(reader: Reader, rows: Collection[QuestionRow]) -> frozenset[str]:
    """Give the ids of the messages of open questions that have not left yet."""
    messages = [message for row in rows if row.state == "open" and (message := read_question(row).message)]
    found = ((message, reader.message(message)) for message in messages)
    return frozenset(message for message, record in found if record is not None and record.state == "queued")


def _reference(case: str | CaseView | Case) -> str:
    return written(case) if isinstance(case, str) else case.reference
