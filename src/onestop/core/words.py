"""
Words as rules compare them: whole, without case and accents, in English and Welsh alike.

Apostrophes inside a word are dropped (`don't` and `dont` are one word), but for the Welsh words that lean on the one
before (`biniau'n` is `biniau` and `n`); so are soft hyphens and other marks that nobody sees. Everything else that is
no letter or digit parts two words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from onestop.core.model import Frozen, FrozenMap

__all__ = ["Phrases", "Text", "WordList", "fold", "fold_entries", "spans"]

_APOSTROPHES = "'’‘ʼ`´\u1fef\u1ffd"  # the last two are canonically equal to ` and ´
_LEANING = re.compile(rf"[{_APOSTROPHES}](?=(?:r|n|i|u|w|ch|th)\b)")
_LEANING_ASCII = re.compile(r"'(?=(?:r|n|i|u|w|ch|th)\b)")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"\S+")
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]+")  # what decomposing the letters of Europe's languages leaves behind
_OTHER_SCRIPTS = re.compile(r"[\u0483-\U0010ffff]")

# Nearly every letter has one of these, and is ASCII without them: then it is folded in a third of the time.
_UNSEEN = "\u00ad\u200c\u200d\u2060\ufeff"  # within words: where a line may break, how letters join
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
        text = _replaced(text, _UNSEEN, "")
    if text.isascii():
        return _ascii_words(text.lower())
    text = _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    if text.isascii():  # Welsh, and most of Europe
        return _ascii_words(text)
    if _OTHER_SCRIPTS.search(text):  # looked at one by one only where it may be needed: that costs ten times as much
        text = "".join(mark for mark in text if not unicodedata.combining(mark))
    return _WORD.findall(_parted(text))


def _ascii_words(text: str) -> list[str]:
    text = _replaced(text, "`", "'")
    if "'" in text:
        text = _LEANING_ASCII.sub(" ", text).replace("'", "")
    return text.encode().translate(_BLANKED).decode().split()


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

    __slots__ = ("_joined", "_parts", "_words", "source")

    def __init__(self, text: str) -> None:
        self.source = text
        self._parts: tuple[list[str], ...] = (fold(text),)
        self._words: frozenset[str] | None = None
        self._joined: str | None = None

    @classmethod
    def both(cls, one: Text, other: Text) -> Text:
        """Give two texts as one that no phrase reaches across."""
        made = cls.__new__(cls)
        made.source = f"{one.source}\n{other.source}"
        made._parts = (*one._parts, *other._parts)
        made._words = made._joined = None
        return made

    @property
    def words(self) -> frozenset[str]:
        """The words, each once; few rules ask for those of the subject alone, or of the text alone."""
        if self._words is None:
            self._words = frozenset(chain.from_iterable(self._parts))
        return self._words

    @property
    def joined(self) -> str:
        """The words in order, a blank on either side of each; only phrases ask for it, and most texts have none."""
        if self._joined is None:
            self._joined = "\n".join(f" {' '.join(words)} " for words in self._parts)
        return self._joined

    def has(self, entry: tuple[str, ...]) -> bool:
        """Say whether a folded word or phrase stands in the text."""
        if len(entry) == 1:
            return entry[0] in self.words
        return entry[0] in self.words and f" {' '.join(entry)} " in self.joined


class Phrases:
    """
    Folded words and phrases, filed so that one walk over a text finds every place where one of them stands.

    >>> list(Phrases([("gas",), ("gas", "leak")]).places(fold("Gas! A gas leak.")))
    [(0, 1), (2, 4)]
    """

    __slots__ = ("_entries", "_sizes")

    def __init__(self, entries: Iterable[tuple[str, ...]]) -> None:
        self._entries = frozenset(entries)
        sizes: dict[str, set[int]] = {}
        for entry in self._entries:
            sizes.setdefault(entry[0], set()).add(len(entry))
        self._sizes = {first: sorted(found, reverse=True) for first, found in sizes.items()}

    def __contains__(self, entry: tuple[str, ...]) -> bool:
        return entry in self._entries

    def places(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Give where entries begin and end, in order; the longest at each place, and none inside another."""
        place = 0
        while place < len(words):
            size = self._at(words, place)
            if size:
                yield place, place + size
            place += size or 1

    def _at(self, words: Sequence[str], place: int) -> int:
        for size in self._sizes.get(words[place], ()):
            if place + size <= len(words) and tuple(words[place : place + size]) in self._entries:
                return size
        return 0


def spans(text: str, phrases: Phrases, around: int = 0) -> list[tuple[int, int]]:
    """
    Give where a text, as it was written, has phrases: whole words, with so many more words on either side.

    >>> text = "There's a smell of GAS, and nobody came."
    >>> [text[a:b] for a, b in spans(text, Phrases([("smell", "of", "gas")]), around=1)]
    ['a smell of GAS, and']
    """
    written = [match.span() for match in _WRITTEN.finditer(text)]
    words, owners = [], []
    for number, (start, end) in enumerate(written):
        folded = fold(text[start:end])
        words += folded
        owners += [number] * len(folded)
    found = []
    for first, last in phrases.places(words):
        begin, end = max(0, owners[first] - around), min(len(written) - 1, owners[last - 1] + around)
        found.append((written[begin][0], written[end][1]))
    return found


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
