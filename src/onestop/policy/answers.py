"""What the words of answers must be like, so that no word answers a question in two ways."""

from __future__ import annotations

from collections.abc import Iterator

from onestop.core.reading import AnswerData
from onestop.core.words import fold
from onestop.policy.mistakes import Mistakes, Place

__all__ = ["check_answers"]

_TABLES = ("yes", "no", "another", "before", "after", "empty")
_ANSWERS = ("yes", "no", "another")  # a word of one of these is in no other


def check_answers(data: AnswerData, mistakes: Mistakes) -> None:
    """Note words that are none, words that would be two answers, and labels that say nothing."""
    said: dict[tuple[str, ...], str] = {}
    for place, word in _words(data):
        folded, meaning = tuple(fold(word)), _meaning(place)
        if not folded:
            mistakes.add("answers", place, "holds no word: a word is made of letters or digits")
        elif meaning is not None and said.setdefault(folded, meaning) != meaning:
            mistakes.add("answers", place, f"is a word of {said[folded]}, too")
    for code, label in data.labels.items():
        for language, text in label.items():
            if not text.strip():
                mistakes.add("answers", ("labels", code, language), "must not be empty")


def _words(data: AnswerData) -> Iterator[tuple[Place, str]]:
    for table in _TABLES:
        for language, words in getattr(data, table).items():
            yield from (((table, language, number), word) for number, word in enumerate(words))
    for language, counted in data.numbers.items():
        for number, words in enumerate(counted):
            yield from ((("numbers", language, number, place), word) for place, word in enumerate(words))


def _meaning(place: Place) -> str | None:
    """Give what a word means where it stands; None: it answers nothing by itself."""
    if place[0] == "numbers":
        number = place[2]
        assert isinstance(number, int)
        return f"the number {number + 1}"
    return str(place[0]) if place[0] in _ANSWERS else None
