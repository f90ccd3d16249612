"""
Commands by text: stop, start, help, and how somebody wants to be reached.

    STOP                      opt_out
    Stop. Thank you           opt_out
    STOP 12345                opt_out of what 12345 stands for
    STOPIO os gwelwch yn dda  opt_out
    START ALL                 opt_in to everything
    EMAIL ME                  prefer email
    QUIET 21-8                quiet 21:00-08:00
    CYMRAEG                   language cy
    please stop the dumping   no command: an enquiry

A command is a text that is nothing but a keyword, what it is about (its scope), and politeness. In a council's mail
people ask all day long for things to be stopped, so whatever says one word more is an enquiry, which a person reads.
The words are data, in English and Welsh (`policy/commands.toml`), and a council can have its own.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Literal, NamedTuple

from onestop.core.enquiry import Channel
from onestop.core.model import Frozen, FrozenMap
from onestop.core.purposes import Purpose
from onestop.core.reference import find_references
from onestop.core.words import fold, fold_entries

__all__ = ["ALL", "OFF", "Command", "CommandKind", "Topic", "Vocabulary", "VocabularyData", "read_command"]

CommandKind = Literal["opt_out", "opt_in", "help", "prefer", "quiet", "language"]

ALL = "all"  # the scope of everything
OFF = "off"  # quiet hours that are none

_LONGEST = 160  # characters: one text message; nobody needs more to say stop
# What a scope looks like that nobody declared: a subject's number, as on a poster or in a message. With fewer digits it
# is something else that people want to stop: 5G, HS2, the M25.
_CODE = re.compile(r"(?=(?:\D*\d){3})[a-z0-9]{3,20}\Z", re.ASCII)

Words = FrozenMap[str, tuple[str, ...]]  # language → words and phrases, as written

_DAY = 24 * 60  # minutes
_TIME = re.compile(r"\d{1,2}\Z", re.ASCII)

_STATED = "preference_stated"
_FLAGS: dict[CommandKind, str] = {
    "opt_out": "opt_out",
    "opt_in": "opt_in",
    "help": "help_wanted",
    "prefer": _STATED,
    "quiet": _STATED,
    "language": _STATED,
}


class Command(NamedTuple):
    """What a text tells us to do, and about what."""

    kind: CommandKind
    # Of opt_out and opt_in: `all`; a case's reference; the name of a topic; a code in small letters; None: not said.
    # Of prefer: a channel. Of language: its tag. Of quiet: `21:00-08:00`, or `off`.
    scope: str | None = None

    @property
    def flag(self) -> str:
        """The flag that a case gets by it where a person must look."""
        return _FLAGS[self.kind]


class Topic(Frozen):
    """A scope of the council's own: the words for it, and what it stands for."""

    words: Words
    purpose: Purpose | None = None  # None: messages for all purposes …
    service: str | None = None  # … of this service


class VocabularyData(Frozen):
    """The words of commands by language, as `commands.toml` has them; all languages are looked for at once."""

    opt_out: Words = FrozenMap()
    opt_out_alone: Words = FrozenMap()  # an opt-out only without a scope: "cancel 12345" cancels what 12345 is
    opt_in: Words = FrozenMap()
    help: Words = FrozenMap()
    everything: Words = FrozenMap()  # the scope `all`
    topics: FrozenMap[str, Topic] = FrozenMap()  # scopes of the council's own
    prefer: FrozenMap[Channel, Words] = FrozenMap()  # by this channel
    language: FrozenMap[str, Words] = FrozenMap()  # in this language
    quiet: Words = FrozenMap()  # two times of the day follow …
    quiet_off: Words = FrozenMap()  # … or one of these
    polite: Words = FrozenMap()  # says nothing, wherever it stands

    def tables(self) -> Iterator[tuple[tuple[str, ...], Words]]:
        """Give every table of words with its place in the file."""
        for name in ("opt_out", "opt_out_alone", "opt_in", "help", "everything", "quiet", "quiet_off", "polite"):
            yield (name,), getattr(self, name)
        yield from ((("topics", name, "words"), topic.words) for name, topic in self.topics.items())
        yield from ((("prefer", channel), words) for channel, words in self.prefer.items())
        yield from ((("language", tag), words) for tag, words in self.language.items())


class Vocabulary:
    """The words of commands, folded once and asked often."""

    __slots__ = (
        "_data",
        "alone",
        "everything",
        "keywords",
        "longest",
        "polite",
        "quiet",
        "quiet_off",
        "said",
        "topics",
        "words",
    )

    def __init__(self, data: VocabularyData) -> None:
        self._data = data
        self.alone = _folded(data.opt_out_alone)
        self.everything = _folded(data.everything)
        self.topics = data.topics
        self.words = {entry: name for name, topic in data.topics.items() for entry in _folded(topic.words)}
        self.quiet = _folded(data.quiet)
        self.quiet_off = _folded(data.quiet_off)
        self.said = {entry: Command("prefer", to) for to, words in data.prefer.items() for entry in _folded(words)}
        self.said |= {
            entry: Command("language", tag) for tag, words in data.language.items() for entry in _folded(words)
        }
        self.polite = _folded(data.polite)
        kinds: tuple[tuple[CommandKind, frozenset[tuple[str, ...]]], ...] = (
            ("help", _folded(data.help)),
            ("opt_in", _folded(data.opt_in)),
            ("opt_out", _folded(data.opt_out) | self.alone),
        )
        self.keywords = {entry: kind for kind, entries in kinds for entry in entries}
        self.longest = max(map(len, (*self.keywords, *self.polite, *self.quiet)), default=0)

    def shown(self, table: str, language: str) -> str:
        """Give the first word of a table in a language, as it is shown to somebody who may use it."""
        return _first(getattr(self._data, table), language)

    def shown_topics(self, language: str) -> Iterator[str]:
        """Give the first words for each topic in a language."""
        return (_first(topic.words, language) for topic in self.topics.values())


def read_command(text: str, vocabulary: Vocabulary, *, texted: bool = True) -> Command | None:
    """
    Give the command that a text is; None: it is an enquiry, whatever keyword stands in it.

    What is an opt-out for the carriers alone (`opt_out_alone`) is one only where it was `texted`.
    """
    if len(text) > _LONGEST:
        return None
    words = _without_politeness(tuple(fold(text)), vocabulary)
    if words in vocabulary.said:
        return vocabulary.said[words]
    if quiet := _prefix(words, vocabulary.quiet, vocabulary.longest):
        return _quiet(words[len(quiet) :], vocabulary)
    keyword = _prefix(words, vocabulary.keywords, vocabulary.longest)
    if not keyword:
        return None
    if keyword in vocabulary.alone and not texted:
        return None
    kind, rest = vocabulary.keywords[keyword], words[len(keyword) :]
    while rest[: len(keyword)] == keyword:  # who is angry says it more than once
        rest = rest[len(keyword) :]
    rest = _without_politeness(rest, vocabulary)
    if not rest:
        return Command(kind)
    scope = None if keyword in vocabulary.alone else _scope(rest, vocabulary)
    return Command(kind, scope) if scope else None


def _scope(words: tuple[str, ...], vocabulary: Vocabulary) -> str | None:
    """Give what a command is about; None where the words are no scope."""
    if words in vocabulary.everything:
        return ALL
    if words in vocabulary.words:
        return vocabulary.words[words]
    if references := find_references("".join(words)):  # however it was written: np-049n-3021, NP 049N 3021
        return references[0]
    return words[0] if len(words) == 1 and _CODE.match(words[0]) else None


def _quiet(words: tuple[str, ...], vocabulary: Vocabulary) -> Command | None:
    """Give quiet hours: `21 8`, `21 30 07 00`, or off; anything else may be about noise."""
    if words in vocabulary.quiet_off:
        return Command("quiet", OFF)
    if len(words) not in (2, 4) or not all(map(_TIME.match, words)):
        return None
    hours = [int(word) for word in words]
    first, minute, last, until = hours if len(hours) == 4 else (hours[0], 0, hours[1], 0)
    start, end = first * 60 + minute, last * 60 + until
    if max(minute, until) > 59 or max(start, end) > _DAY or start % _DAY == end % _DAY:
        return None
    return Command("quiet", f"{_clock(start)}-{_clock(end)}")


def _clock(minutes: int) -> str:
    return f"{minutes % _DAY // 60:02}:{minutes % 60:02}"


def _without_politeness(words: tuple[str, ...], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Take polite words and phrases off both ends; "now then" in the middle is no politeness."""
    while found := _prefix(words, vocabulary.polite, vocabulary.longest):
        words = words[len(found) :]
    while found := _suffix(words, vocabulary.polite, vocabulary.longest):
        words = words[: -len(found)]
    return words


def _prefix(words: tuple[str, ...], entries: Container[tuple[str, ...]], longest: int) -> tuple[str, ...]:
    """Give the longest entry that the words begin with; empty where there is none."""
    sizes = range(min(longest, len(words)), 0, -1)
    return next((words[:size] for size in sizes if words[:size] in entries), ())


def _suffix(words: tuple[str, ...], entries: Container[tuple[str, ...]], longest: int) -> tuple[str, ...]:
    sizes = range(min(longest, len(words)), 0, -1)
    return next((words[-size:] for size in sizes if words[-size:] in entries), ())


def _first(words: Words, language: str) -> str:
    return next(iter(words.get(language) or next(filter(None, words.values()), ())), "")


def _folded(words: Words) -> frozenset[tuple[str, ...]]:
    return frozenset(fold_entries(entry for entries in words.values() for entry in entries))
