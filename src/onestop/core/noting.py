"""
What is noted beside a flag: that its words were negated, are of the past, or were asked.

    no smell of gas today, engineer came     negated
    smelt gas last year                      past
    is that not gas leaking?                 asked
    not only smell gas but hear it           nothing
    no smell of gas. Now a smell of gas!     nothing: it stands there plainly, too

A note is for the person who reads the flag; it takes nothing back. So it is made with care in one direction only: where
in doubt there is none. The windows stand below, and docs/explanation/flags.md says why they are as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from onestop.core.facts import Facts
from onestop.core.word_conditions import Words
from onestop.core.words import Phrases, Text, fold, fold_entries

__all__ = ["Noting", "notes"]

Folded = tuple[tuple[str, ...], ...]

NEGATION, REACH, HISTORY, PRESENT = "negation", "negation-reach", "history", "present"  # the word lists that it goes by

_REACH = 5  # words of `negation-reach` that may stand between a negation and the entry, in one clause
_NEAR = 8  # words between the entry and what says that it is past, in one sentence

# A comma ends a clause, so that "No, I smell gas" is no negation; a hyphen inside a word parts nothing.
_BREAK = re.compile(r"[.!?;\n]+|[:,()–—]+|\s-\s")
_SENTENCE = frozenset(".!?;\n")


class _Lists(NamedTuple):
    """The lists that notes are made by, as phrases."""

    negation: Phrases
    reach: frozenset[str]
    history: Phrases
    present: Phrases


class _Spoken:
    """A text in words, each with its clause and sentence, and where words of the lists stand in it."""

    __slots__ = (
        *("_first_negation", "_history", "_lists", "_negation_at"),
        *("asked", "clause", "present", "sentence", "words"),
    )

    def __init__(self, text: str, lists: _Lists) -> None:
        self.words: list[str] = []
        self.clause: list[int] = []
        self.sentence: list[int] = []
        self.asked: set[int] = set()  # sentences that are questions
        self._lists = lists
        self._part(text)
        self._negation_at: dict[int, int] = {}  # where a negation ends → where it begins
        self._first_negation: dict[int, int] = {}  # clause → where its first negation begins
        for start, end in lists.negation.places(self.words):
            self._negation_at[end] = start
            self._first_negation.setdefault(self.clause[start], start)
        self._history = list(lists.history.places(self.words))
        old = {place for start, end in self._history for place in range(start, end)}
        present = (start for start, _ in lists.present.places(self.words))
        self.present = {self.sentence[start] for start in present if start not in old}

    def _part(self, text: str) -> None:
        clause = sentence = begin = 0
        for mark in _BREAK.finditer(text):
            self._add(text[begin : mark.start()], clause, sentence)
            begin, clause = mark.end(), clause + 1
            if not _SENTENCE.isdisjoint(mark[0]):
                if "?" in mark[0]:
                    self.asked.add(sentence)
                sentence += 1
        self._add(text[begin:], clause, sentence)

    def _add(self, text: str, clause: int, sentence: int) -> None:
        words = fold(text)
        self.words += words
        self.clause += [clause] * len(words)
        self.sentence += [sentence] * len(words)

    def notes(self, start: int, end: int) -> frozenset[str]:
        """Give what is noted of an entry that stands at a place; nothing where it reaches over the end of a clause."""
        if self.clause[start] != self.clause[end - 1]:
            return frozenset()
        asked = self.sentence[start] in self.asked
        held = {
            "asked": asked,  # a question that negates asks for a yes: "is that not gas?"
            "negated": not asked and self._is_negated(start),
            "past": self._is_past(start, end),
        }
        return frozenset(note for note, holds in held.items() if holds)

    def _is_negated(self, start: int) -> bool:
        clause = self.clause[start]
        for place in range(start, max(start - _REACH, 0) - 1, -1):
            if place < start and (self.clause[place] != clause or self.words[place] not in self._lists.reach):
                return False
            negation = self._negation_at.get(place)
            if negation is not None and self.clause[negation] == clause:
                # An earlier one may turn it round: "I can't say there is no smell of gas".
                return self._first_negation[clause] == negation
        return False

    def _is_past(self, start: int, end: int) -> bool:
        sentence = self.sentence[start]
        if sentence in self.present:
            return False
        # The last phrase before the window may reach into it; those inside it are as few as the window is short.
        number = max(0, bisect_left(self._history, (start - _NEAR, 0)) - 1)
        while number < len(self._history):
            began, ended = self._history[number]
            if began > end + _NEAR:
                return False
            near = 0 <= start - ended <= _NEAR or 0 <= began - end <= _NEAR
            if near and self.sentence[began] == sentence == self.sentence[ended - 1]:
                return True
            number += 1
        return False


class Noting:
    """Makes the notes of the rules of a policy; safe to share between threads."""

    __slots__ = ("_lists", "_named")

    def __init__(self, lists: Mapping[str, Folded]) -> None:
        reach = frozenset(entry[0] for entry in lists.get(REACH, ()) if len(entry) == 1)
        self._lists = _Lists(
            Phrases(lists.get(NEGATION, ())),
            reach,
            Phrases(lists.get(HISTORY, ())),
            Phrases(lists.get(PRESENT, ())),
        )
        self._named = {f"@{name}": Phrases(entries) for name, entries in lists.items()}

    def parts(self, words: Words) -> Iterator[tuple[str, Phrases]]:
        """Give what a rule looks for, each under the name that its notes have."""
        for key, entries in (("any", words.any), ("phrase", words.phrase), ("all", words.all)):
            for number, entry in enumerate(entries):
                if entry.startswith("@"):
                    yield entry, self._named[entry]
                else:
                    yield f"{key}[{number}]", Phrases(fold_entries([entry]))

    def noted(self, words: Words, facts: Facts) -> tuple[str, ...]:
        """Give the notes of a rule that matched, as `negated:@smell-of-gas`, in order."""
        texts: tuple[Text, ...] = (facts.subject, facts.text) if words.in_ == "both" else (getattr(facts, words.in_),)
        spoken = [_Spoken(text.source, self._lists) for text in texts if text.words]
        return tuple(
            f"{note}:{name}" for name, phrases in dict(self.parts(words)).items() for note in notes(spoken, phrases)
        )


def notes(texts: Iterable[_Spoken], phrases: Phrases) -> list[str]:
    """Give what is noted of phrases wherever they stand; nothing once they stand somewhere plainly."""
    found: set[str] = set()
    for text in texts:
        for start, end in phrases.places(text.words):
            said = text.notes(start, end)
            if not said:
                return []
            found |= said
    return sorted(found)
