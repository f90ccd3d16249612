"""
Reading answers: which question a text answers, and how.

    1                            the first option
    The second one please        the second
    Bins                         the option whose label has that word, when no other's has
    3021                         the case whose reference ends so
    yes / ydw / oes              yes
    1 but also the lamp is out   an answer and more: a person reads it
    1?                           the same: who asks back is not sure
    working                      no answer to "the lamp is not working": what turns a label has to be said

An answer is a text that is nothing but an answer and politeness, and that fits one option of one question alone.
Whatever says one word more is no answer, since the word may be what matters. The words are data, in English and Welsh
(`policy/answers.toml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from onestop.core.commands import VocabularyData
from onestop.core.directory import Localised
from onestop.core.model import Frozen, FrozenMap
from onestop.core.questions import ANOTHER, NO, YES, Option, Question
from onestop.core.words import fold, fold_entries

__all__ = ["AnswerData", "AnswerWords", "Fit", "Reading", "read_answer"]

_LONGEST = 160  # characters: one text message; nobody needs more to say which
_MOST_WORDS = 40
_SHORTEST_END = 4  # characters of a reference's end that name it
_UNSEPARATED = re.compile(r"[^A-Za-z0-9]")

Words = FrozenMap[str, tuple[str, ...]]  # language → words and phrases, as written
Entry = tuple[str, ...]


class AnswerData(Frozen):
    """The words of answers by language, as `answers.toml` has them; all languages are looked for at once."""

    yes: Words = FrozenMap()
    no: Words = FrozenMap()
    another: Words = FrozenMap()  # none of the cases asked about
    before: Words = FrozenMap()  # may stand before what names an option
    after: Words = FrozenMap()  # … and after it
    empty: Words = FrozenMap()  # words of labels that name nothing
    turning: Words = FrozenMap()  # words of labels without which they would say the opposite
    numbers: FrozenMap[str, tuple[tuple[str, ...], ...]] = FrozenMap()  # the words of 1, of 2 …
    labels: FrozenMap[Literal["yes", "no", "another"], Localised] = FrozenMap()  # what we call these options


class AnswerWords:
    """The words of answers, folded once and asked often; politeness is that of commands."""

    __slots__ = ("after", "before", "codes", "empty", "labels", "longest", "numbers", "polite", "turning")

    def __init__(self, data: AnswerData, commands: VocabularyData) -> None:
        named = ((YES, data.yes), (NO, data.no), (ANOTHER, data.another))
        self.codes: dict[Entry, frozenset[str]] = {}
        for code, words in named:
            for entry in _folded(words):
                self.codes[entry] = self.codes.get(entry, frozenset()) | {code}
        self.numbers: dict[Entry, int] = {
            entry: number
            for counted in data.numbers.values()
            for number, words in enumerate(counted, 1)
            for entry in fold_entries(words)
        }
        said = {*self.codes, *self.numbers}
        # "no thanks" is polite, and an answer: what answers is never taken off.
        self.polite = frozenset(entry for entry in _folded(commands.polite) if entry not in said)
        self.before, self.after = _folded(data.before), _folded(data.after)
        self.empty = frozenset(_singular(word) for entry in _folded(data.empty) for word in entry)
        self.turning = frozenset(_singular(word) for entry in _folded(data.turning) for word in entry)
        self.labels = data.labels
        self.longest = max(map(len, (*said, *self.polite, *self.before, *self.after)), default=0)

    def label(self, code: Literal["yes", "no", "another"]) -> Localised:
        """Give what one of the options that every question may have is called."""
        return self.labels.get(code) or FrozenMap({"en": code})


class Fit(NamedTuple):
    """An option of a question that a text may mean."""

    question: str  # its id
    option: str  # its code


class Reading(NamedTuple):
    """
    What a text says to the questions that are open.

    `certain`: it is an answer and nothing else; `several`: it would answer in more than one way; `partly`: it begins
    like an answer and says more, or asks back; `unclear`: it is no answer.
    """

    how: Literal["certain", "several", "partly", "unclear"]
    fits: tuple[Fit, ...] = ()


_UNCLEAR = Reading("unclear")


def read_answer(text: str, questions: Sequence[Question], words: AnswerWords) -> Reading:
    """Give what a text answers of these questions; the same whatever their order."""
    if not questions or len(text) > _LONGEST:
        return _UNCLEAR
    said = tuple(fold(_in_our_digits(text)))
    if not said or len(said) > _MOST_WORDS:
        return _UNCLEAR
    return _Reader(questions, words).read(said, sure="?" not in text)


class _Reader:
    """The questions that are open, and what their options are called."""

    def __init__(self, questions: Sequence[Question], words: AnswerWords) -> None:
        self._words = words
        self._options = [
            (Fit(question.id, option.code), option) for question in questions for option in question.options
        ]
        self._labels = [(fit, label) for fit, option in self._options for label in _labels_of(option)]
        self._asked_of = [
            (_compact(question.reference), {Fit(question.id, option.code) for option in question.options})
            for question in questions
        ]

    def read(self, said: Entry, *, sure: bool) -> Reading:
        """Give what the words say; who is not `sure` asks back."""
        bare = self._polished(said)
        whole = self._fits(said) or self._fits(bare) or self._in_two(bare)
        if len(whole) == 1:
            return Reading("certain" if sure else "partly", tuple(whole))
        if whole:
            return Reading("several", tuple(sorted(whole)))
        begun = self._begins(bare)
        return Reading("partly", tuple(sorted(begun))) if begun else _UNCLEAR

    def _polished(self, said: Entry) -> Entry:
        """Take polite words and phrases off both ends."""
        return _stripped(said, self._words.polite, self._words.polite, self._words.longest)

    def _fits(self, said: Entry) -> set[Fit]:
        """Give every option that words name which are nothing but a name."""
        if not said:
            return set()
        found = self._spoken(said)
        named = said
        while named := _beheaded(named, self._words.before, self._words.longest):
            found |= self._spoken(named)
        bare = _stripped(said, self._words.before, self._words.after, self._words.longest)
        return found | self._ending(bare) | self._labelled(said) | self._labelled(bare)

    def _spoken(self, said: Entry) -> set[Fit]:
        """Give the options that a number, a yes, a no or the like names."""
        codes, number = self._words.codes.get(said, frozenset()), self._words.numbers.get(said)
        return {
            fit
            for fit, option in self._options
            if option.code in codes or (number is not None and option.number == number)
        }

    def _ending(self, said: Entry) -> set[Fit]:
        """Give the options whose case's reference is written, or its end."""
        end = _compact("".join(said))
        if len(end) < _SHORTEST_END:
            return set()
        return {fit for fit, option in self._options if option.reference and _compact(option.reference).endswith(end)}

    def _labelled(self, said: Entry) -> set[Fit]:
        """Give the options whose label has all of these words, one of them at least a word that names something."""
        names = {_singular(word) for word in said}
        if names <= self._words.empty or said in self._words.codes:  # "no" names no option that begins "no heating"
            return set()
        found = {fit for fit, label in self._labels if names <= label and label & self._words.turning <= names}
        # A number is the number that we gave; where a label has it too, nobody can say which was meant.
        return found if said not in self._words.numbers or self._spoken(said) else set()

    def _in_two(self, said: Entry) -> set[Fit]:
        """
        Give what words name that say it twice: "1, bins", or the case that was asked about and the answer.

        Two names of different options contradict each other: all of them are given.
        """
        found: set[Fit] = set()
        for cut in range(1, len(said)):
            first, second = self._part(said[:cut]), self._part(said[cut:])
            if first and second:
                found |= first & second or first | second
        return found

    def _part(self, said: Entry) -> set[Fit]:
        said = self._polished(said)
        found = self._fits(said)
        end = _compact("".join(said))
        for reference, fits in self._asked_of:
            if len(end) >= _SHORTEST_END and reference.endswith(end):
                found |= fits
        return found

    def _begins(self, said: Entry) -> set[Fit]:
        """Give what the words begin with, where that would be an answer by itself."""
        for cut in range(min(len(said) - 1, self._words.longest + 1), 0, -1):
            head = said[:cut]
            if found := self._spoken(head) | self._spoken(_beheaded(head, self._words.before, self._words.longest)):
                return found
        return set()


def _labels_of(option: Option) -> list[frozenset[str]]:
    """Give the words of an option's label, by language."""
    return [frozenset(_singular(word) for word in fold(text)) for text in option.label.values()]


def _in_our_digits(text: str) -> str:
    """Give a text whose numbers are written as ours are, whatever the script of the keyboard."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(mark, mark)) for mark in text)


def _singular(word: str) -> str:
    """Give a word without the s of the English plural, so that bins are a bin."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _compact(reference: str) -> str:
    return _UNSEPARATED.sub("", reference).upper()


def _stripped(said: Entry, before: Collection[Entry], after: Collection[Entry], longest: int) -> Entry:
    while shorter := _beheaded(said, before, longest):
        said = shorter
    if said in before:
        return ()
    while found := next((size for size in _sizes(said, longest) if said[-size:] in after), 0):
        said = said[:-found]
    return said


def _beheaded(said: Entry, before: Collection[Entry], longest: int) -> Entry:
    """Give what follows an entry that the words begin with; empty where there is none, or nothing follows."""
    size = next((size for size in _sizes(said, longest) if said[:size] in before), 0)
    return said[size:] if size else ()


def _sizes(said: Entry, longest: int) -> range:
    return range(min(longest, len(said)), 0, -1)


def _folded(words: Words) -> frozenset[Entry]:
    return frozenset(fold_entries(entry for entries in words.values() for entry in entries))
