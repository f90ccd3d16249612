"""
Words as rules compare them: whole, without case and accents, in English and Welsh alike.

Apostrophes inside a word are dropped (`don't` and `dont` are one word), but for the Welsh words that lean on the one
before (`biniau'n` is `biniau` and `n`). Everything else that is no letter or digit parts two words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from onestop.core.model import Frozen, FrozenMap

__all__ = ["Text", "WordList", "fold"]

_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´\u1fef\u1ffd")  # the last two are canonically equal to ` and ´
_LEANING = re.compile(r"['’‘ʼ`´](?=(?:r|n|i|u|w|ch|th)\b)", re.IGNORECASE)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> list[str]:
    """
    Give the words of a text, folded, in order.

    >>> fold("Mae'r Tŷ'n oer, isn't it: BIN heb ei gasglu!")
    ['mae', 'r', 'ty', 'n', 'oer', 'isnt', 'it', 'bin', 'heb', 'ei', 'gasglu']
    """
    text = _LEANING.sub(" ", text).translate(_APOSTROPHES)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    # Again: some letters and wide forms hold an apostrophe that only decomposing shows (ŉ).
    decomposed = unicodedata.normalize("NFKD", text).translate(_APOSTROPHES).casefold()
    return _WORD.findall("".join(mark for mark in decomposed if not unicodedata.combining(mark)))


class Text:
    """A text, folded once and asked often."""

    __slots__ = ("_joined", "words")

    def __init__(self, text: str) -> None:
        words = fold(text)
        self.words = frozenset(words)
        self._joined = f" {' '.join(words)} "

    @classmethod
    def both(cls, one: Text, other: Text) -> Text:
        """Give two texts as one that no phrase reaches across."""
        made = cls.__new__(cls)
        made.words = one.words | other.words
        made._joined = f"{one._joined}\n{other._joined}"
        return made

    def has(self, entry: tuple[str, ...]) -> bool:
        """Say whether a folded word or phrase stands in the text."""
        if len(entry) == 1:
            return entry[0] in self.words
        return entry[0] in self.words and f" {' '.join(entry)} " in self._joined


class WordList(Frozen):
    """A named list of words and phrases, by language; all languages are looked for at once."""

    name: str
    entries: FrozenMap[str, tuple[str, ...]]  # language → words and phrases, as written

    def folded(self) -> tuple[tuple[str, ...], ...]:
        """Give every entry folded, each once, in the order of the file."""
        return fold_entries(entry for entries in self.entries.values() for entry in entries)


def fold_entries(entries: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Give words and phrases folded, each once, in order; those that hold no word are left out."""
    folded = dict.fromkeys(tuple(fold(entry)) for entry in entries)
    return tuple(entry for entry in folded if entry)
