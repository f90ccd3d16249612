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

_APOSTROPHES = "'’‘ʼ`´\u1fef\u1ffd"  # the last two are canonically equal to ` and ´
_LEANING = re.compile(rf"[{_APOSTROPHES}](?=(?:r|n|i|u|w|ch|th)\b)")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_WORD = re.compile(r"[^\W_]+")
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]+")  # what decomposing the letters of Europe's languages leaves behind
_OTHER_SCRIPTS = re.compile(r"[\u0483-\U0010ffff]")

# Nearly every letter has one of these, and is ASCII without them: then it is folded in a third of the time.
_PARTING = "–—£€“”„…•·\u00a0"
_BLANKED = bytes(code if chr(code).isalnum() and code < 128 else ord(" ") for code in range(256))


def fold(text: str) -> list[str]:
    """
    Give the words of a text, folded, in order.

    >>> fold("Mae'r Tŷ'n oer, isn't it: BIN heb ei gasglu!")
    ['mae', 'r', 'ty', 'n', 'oer', 'isnt', 'it', 'bin', 'heb', 'ei', 'gasglu']
    """
    if not text.isascii():
        # Apostrophes first: decomposing makes a blank of ´, and shows the one that some letters hold (ŉ).
        text = _replaced(text, _APOSTROPHES, "'")
        text = _replaced(text, _PARTING, " ")
    if text.isascii():
        return _parted(text.lower()).encode().translate(_BLANKED).decode().split()
    text = _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    if _OTHER_SCRIPTS.search(text):  # looked at one by one only where it may be needed: that costs ten times as much
        text = "".join(mark for mark in text if not unicodedata.combining(mark))
    return _WORD.findall(_parted(text))


def _replaced(text: str, marks: str, by: str) -> str:
    for mark in marks:
        if mark in text:
            text = text.replace(mark, by)
    return text


def _parted(text: str) -> str:
    """Part the words that lean, and drop all other apostrophes; without accents, which must not count here either."""
    return _APOSTROPHE.sub("", _LEANING.sub(" ", text)) if _APOSTROPHE.search(text) else text


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
