"""What is written when a question is asked: an event, a row of its words, and the timer that ends the waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from onestop.core.case import Draft
from onestop.core.context import Context
from onestop.core.events import AskedOption, QuestionAsked
from onestop.core.model import FrozenMap
from onestop.core.plan import QuestionRow, TimerRow
from onestop.core.policy import Policy
from onestop.core.questions import (
    QUESTION,
    About,
    Option,
    Question,
    QuestionKind,
    lines,
    may_be_answered,
    read_question,
    row_of,
)

__all__ = ["Asked", "note_asked", "options_said", "others_open"]


class Asked(NamedTuple):
    """What is written when a question is asked."""

    row: QuestionRow
    timer: TimerRow


def others_open(rows: Sequence[QuestionRow], policy: Policy, context: Context) -> list[Question]:
    """
    Give the questions at a contact point that an answer may still come to, so that their numbers are not used again.

    One that was taken back after it had left is among them: who reads it does not know that.
    """
    grace, now = policy.council.questions.grace, context.now
    read = ((row, read_question(row)) for row in rows if row.state != "answered")
    return [
        question
        for row, question in read
        if may_be_answered(row, now, grace)
        or (row.state == "withdrawn" and not question.unseen and not question.is_late(now))
    ]


def options_said(options: Sequence[Option], policy: Policy) -> Mapping[str, Mapping[str, str]]:
    """Give a template's variable `options`, by language: a line for each option."""
    languages = policy.council.languages
    return {each: {"options": lines(options, each, languages[0])} for each in languages}


def note_asked(
    draft: Draft,
    key: str,
    alias: str,
    kind: QuestionKind,
    about: About,
    options: tuple[Option, ...],
    context: Context,
    *,
    by: str,
    until: datetime,
    message: str | None = None,
    actions: Mapping[str, str] = FrozenMap(),
) -> Asked:
    """Add to a draft that a party was asked; give the question's row, and the timer that ends the waiting."""
    case = draft.case
    assert case is not None
    question = Question(
        id=context.mint.id("q"),
        kind=kind,
        about=about,
        case=case.id,
        reference=case.reference,
        party=alias,
        options=options,
        asked_at=context.now,
        until=until,
        generation=case.state_version,
        message=message,
        actions=FrozenMap(actions),
    )
    draft.add(
        QuestionAsked(
            at=context.now,
            by=by,
            question=question.id,
            kind=kind,
            about=about,
            party=alias,
            options=tuple(
                AskedOption(code=option.code, case=option.case, reference=option.reference) for option in options
            ),
            until=question.until,
            message=message,
        )
    )
    timer = TimerRow(context.mint.id("t"), case.id, f"{QUESTION}{question.id}", question.until, question.generation)
    return Asked(row_of(question, key, "open"), timer)
