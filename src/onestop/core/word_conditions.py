"""Conditions on the words of an enquiry."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from pydantic import Field

from onestop.core.facts import Condition, Facts, Lookups
from onestop.core.model import Frozen
from onestop.core.words import Text, fold_entries

__all__ = ["Words", "filed_under", "word_conditions"]

_Where = Literal["subject", "text", "both", "sender"]


class Words(Frozen):
    """Conditions on the words of an enquiry; an entry `@name` stands for a word list."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    phrase: tuple[str, ...] = ()
    in_: _Where = Field(default="both", alias="in")


class _Entry(NamedTuple):
    """Words of one condition: how the trace names them, and the folded entries; words and phrases apart."""

    fact: str
    entries: tuple[tuple[str, ...], ...]
    words: frozenset[str]
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]  # by their longest word: most texts have none of them
    longest: frozenset[str]

    def stands_in(self, text: Text) -> bool:
        """Say whether one of the entries stands in a text."""
        if not self.words.isdisjoint(text.words):
            return True
        # Only phrases whose longest word is there are looked for: a list of a hundred costs as much as one of two.
        return any(text.has(phrase) for word in self.longest & text.words for phrase in self.phrases[word])


class _Any(NamedTuple):
    name: str
    keys: tuple[Hashable, ...]
    where: _Where
    parts: tuple[_Entry, ...]

    def holds(self, facts: Facts) -> str | None:
        """Name the first entry that stands in the text."""
        text = _text(facts, self.where)
        return next((part.fact for part in self.parts if part.stands_in(text)), None)


class _All(NamedTuple):
    name: str
    keys: tuple[Hashable, ...]
    where: _Where
    parts: tuple[_Entry, ...]

    def holds(self, facts: Facts) -> str | None:
        """Hold when every entry stands in the text."""
        text = _text(facts, self.where)
        return self.name if all(part.stands_in(text) for part in self.parts) else None


class _None(NamedTuple):
    name: str
    where: _Where
    parts: tuple[_Entry, ...]
    keys: tuple[Hashable, ...] = ()

    def holds(self, facts: Facts) -> str | None:
        """Hold when no entry stands in the text."""
        text = _text(facts, self.where)
        return None if any(part.stands_in(text) for part in self.parts) else self.name


def word_conditions(words: Words, lookups: Lookups) -> Iterator[Condition]:
    """Give one condition for each list of words that a rule has."""
    where = words.in_
    for key, entries in (("any", words.any), ("phrase", words.phrase)):
        if entries:
            parts = _entries(key, entries, lookups)
            yield _Any("words.any", _keys(entry for part in parts for entry in part.entries), where, parts)
    if words.all:
        parts = _entries("all", words.all, lookups)
        yield _All("words.all", _keys(min(parts, key=lambda part: len(part.entries)).entries), where, parts)
    if words.none:
        yield _None("words.none", where, _entries("none", words.none, lookups))


def _text(facts: Facts, where: _Where) -> Text:
    match where:
        case "both":
            return facts.whole
        case "text":
            return facts.text
        case "subject":
            return facts.subject
        case "sender":  # the name that they write under
            return facts.sender


def _entries(key: str, entries: tuple[str, ...], lookups: Lookups) -> tuple[_Entry, ...]:
    return tuple(_entry(key, number, entry, lookups) for number, entry in enumerate(entries))


def _entry(key: str, number: int, entry: str, lookups: Lookups) -> _Entry:
    fact, entries = (
        (f"words.{key}:{entry}", lookups.lists[entry[1:]])
        if entry.startswith("@")
        else (f"words.{key}[{number}]", fold_entries([entry]))
    )
    phrases: dict[str, tuple[tuple[str, ...], ...]] = {}
    for one in entries:
        if len(one) > 1:
            word = max(one, key=len)
            phrases[word] = (*phrases.get(word, ()), one)
    return _Entry(
        fact,
        entries,
        words=frozenset(one[0] for one in entries if len(one) == 1),
        phrases=phrases,
        longest=frozenset(phrases),
    )


def _keys(entries: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Give the entries by which a rule is filed, each as its words."""
    return tuple(dict.fromkeys(entries))


def filed_under(entry: Hashable) -> tuple[Hashable, frozenset[Hashable]]:
    """Give what an entry is filed under: its longest word, the rarest more often than not, and the others beside it."""
    assert isinstance(entry, tuple)
    longest = max(entry, key=len)
    return longest, frozenset(entry) - {longest}
