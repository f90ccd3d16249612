"""
Questions with closed answers: which of your cases, yes or no, one of these.

A question is put to one contact point about one case. Its options are numbered as it is shown there, and no two
questions that may still be answered share a number, so that "5" says which question it answers, too. The words of a
question may name somebody, so they stand in a row that can be erased; events say codes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from onestop.core.directory import Localised, localise
from onestop.core.model import Frozen, FrozenMap, UtcDatetime, shifted
from onestop.core.plan import QuestionRow
from onestop.errors import RequestError, StoreError

__all__ = [
    "ANOTHER",
    "MOST_OPTIONS",
    "NO",
    "QUESTION",
    "YES",
    "About",
    "Option",
    "Question",
    "QuestionKind",
    "asked_since",
    "lines",
    "may_be_answered",
    "numbered",
    "options_of",
    "read_question",
    "row_of",
]

QuestionKind = Literal["choice", "yes_no"]
About = Literal["match", "worker", "action"]

YES: Final = "yes"
NO: Final = "no"
ANOTHER: Final = "another"
"""Codes of options that have words of their own: `answers.toml` has them."""

QUESTION = (
    "question:"  # how the kind of the timer begins that ends the waiting for an answer; the question's id follows
)

MOST_OPTIONS = 9
_HIGHEST = 20  # the numbers that have words; more are no help to anybody


class Option(Frozen):
    """One answer that a question takes."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Localised  # what it is called when we ask, by language; its words name it
    number: int | None = None  # None: it was shown without one
    case: str | None = None  # the id of the case that it stands for …
    reference: str | None = None  # … and its reference


class Question(Frozen):
    """A question to a contact point about a case, as it was asked."""

    id: str
    kind: QuestionKind
    about: About  # `match`: which case is this; asked by a `worker`, or as the effect of a lifecycle's `action`
    case: str  # the id of the case it is asked of
    reference: str  # that case's
    party: str  # the alias of who was asked
    options: tuple[Option, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    asked_at: UtcDatetime
    until: UtcDatetime  # a person looks when nobody answered by then
    generation: int  # the case's `state_version` when it was asked
    message: str | None = None  # that carries it; None: it was asked in another way
    actions: FrozenMap[str, str] = FrozenMap()  # option → the lifecycle action that it takes
    again: bool = False  # an answer was not understood, and it was asked once more
    answer: str | None = None  # the code of the option that it was answered by
    unseen: bool = False  # it was taken back before it left

    def option(self, code: str) -> Option | None:
        """Give an option by its code."""
        return next((option for option in self.options if option.code == code), None)

    def is_late(self, now: datetime) -> bool:
        """Say whether the time to answer has passed."""
        return now >= self.until


def numbered(
    options: Sequence[Option], kind: QuestionKind, others: Iterable[Question] = ()
) -> tuple[Option, ...] | None:
    """
    Give the options with numbers that no other question at the contact point has; None where there is none left.

    `others` are those that may still be answered. A yes or no is asked without numbers as long as none of them is one.
    """
    others = tuple(others)
    if kind == "yes_no" and not any(other.kind == "yes_no" for other in others):
        return tuple(options)
    used = (option.number for other in others for option in other.options if option.number)
    first = max(used, default=0) + 1
    if first + len(options) - 1 > _HIGHEST:
        return None
    return tuple(option.model_copy(update={"number": first + place}) for place, option in enumerate(options))


def lines(options: Sequence[Option], language: str, default: str) -> str:
    """
    Give the options as a citizen reads them, a line for each; what has no numbers stands in one line.

    >>> lines([Option(code="bins", label={"en": "Missed bin"}, number=1, reference="NP-049N-3021")], "cy", "en")
    '1: Missed bin, NP-049N-3021'
    """
    between = "\n" if any(option.number for option in options) else " / "
    return between.join(_line(option, language, default) for option in options)


def _line(option: Option, language: str, default: str) -> str:
    label = localise(option.label, language, default)
    named = f"{label}, {option.reference}" if option.reference else label
    return named if option.number is None else f"{option.number}: {named}"


def row_of(question: Question, key: str, state: Literal["open", "answered", "lapsed", "withdrawn"]) -> QuestionRow:
    """Give the row by which a question is kept."""
    return QuestionRow(
        key=key,
        id=question.id,
        case=question.case,
        party=question.party,
        asked_at=question.asked_at,
        until=question.until,
        state=state,
        document=question.model_dump_json(exclude_defaults=True),
    )


def read_question(row: QuestionRow) -> Question:
    """
    Give the question that a row keeps.

    Raises:
        StoreError: its document is damaged.
    """
    try:
        return Question.model_validate_json(row.document)
    except ValueError:
        raise StoreError("a stored question cannot be read: its document is damaged") from None


def asked_since(rows: Iterable[QuestionRow], since: datetime) -> int:
    """Give how many of the questions were asked since a moment."""
    return sum(row.asked_at > since for row in rows)


def may_be_answered(row: QuestionRow, now: datetime, grace: timedelta) -> bool:
    """Say whether an answer to a question that nobody answered still says something: in time, or not much later."""
    return row.state in ("open", "lapsed") and now < shifted(row.until, grace)


def options_of(labels: Mapping[str, Localised]) -> tuple[Option, ...]:
    """
    Give options of labels by their codes.

    Raises:
        RequestError: there are fewer than two or too many, a code is no short word, or a label has no words.
    """
    if not 2 <= len(labels) <= MOST_OPTIONS:
        raise RequestError(f"a question has 2 to {MOST_OPTIONS} options")
    if not all(any(text.strip() for text in label.values()) for label in labels.values()):
        raise RequestError("each option has a label: what the citizen reads")
    try:
        return tuple(Option(code=code, label=label) for code, label in labels.items())
    except ValueError:
        raise RequestError("an option's code is a short word of a-z, 0-9 and _") from None
