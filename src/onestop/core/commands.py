"""
Commands by text: stop, start, help, and nothing else.

    STOP                      opt_out
    Stop. Thank you           opt_out
    STOP 12345                opt_out of what 12345 stands for
    STOPIO os gwelwch yn dda  opt_out
    START ALL                 opt_in to everything
    please stop the dumping   no command: an enquiry

A command is a text that is nothing but a keyword, what it is about (its scope), and politeness. In a council's mail
people ask all day long for things to be stopped, so whatever says one word more is an enquiry, which a person reads.
The words are data, in English and Welsh (`policy/commands.toml`), and a council can have its own.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Literal, NamedTuple

from onestop.core.model import Frozen, FrozenMap
from onestop.core.reference import find_references
from onestop.core.words import fold, fold_entries

__all__ = ["Command", "CommandKind", "Vocabulary", "VocabularyData", "read_command"]

CommandKind = Literal["opt_out", "opt_in", "help"]

_LONGEST = 160  # characters: one text message; nobody needs more to say stop
# What a scope looks like that nobody declared: a subject's number, as on a poster or in a message. With fewer digits it
# is something else that people want to stop: 5G, HS2, the M25.
_CODE = re.compile(r"(?=(?:\D*\d){3})[a-z0-9]{3,20}\Z", re.ASCII)

_FLAGS: dict[CommandKind, str] = {"opt_out": "opt_out", "opt_in": "opt_in", "help": "help_wanted"}

Words = FrozenMap[str, tuple[str, ...]]  # language → words and phrases, as written


class Command(NamedTuple):
    """What a text tells us to do, and about what."""

    kind: CommandKind
    scope: str | None = None  # `all`; a case's reference; a code or topic in small letters; None: not said

    @property
    def flag(self) -> str:
        """The flag that a case gets by it."""
        return _FLAGS[self.kind]


class VocabularyData(Frozen):
    """The words of commands by language, as `commands.toml` has them; all languages are looked for at once."""

    opt_out: Words = FrozenMap()
    opt_out_alone: Words = FrozenMap()  # an opt-out only without a scope: "cancel 12345" cancels what 12345 is
    opt_in: Words = FrozenMap()
    help: Words = FrozenMap()
    everything: Words = FrozenMap()  # the scope `all`
    topics: Words = FrozenMap()  # scopes of the council's own
    polite: Words = FrozenMap()  # says nothing, wherever it stands


class Vocabulary:
    """The words of commands, folded once and asked often."""

    __slots__ = ("alone", "everything", "keywords", "longest", "polite", "topics")

    def __init__(self, data: VocabularyData) -> None:
        self.alone = _folded(data.opt_out_alone)
        self.everything = _folded(data.everything)
        self.topics = _folded(data.topics)
        self.polite = _folded(data.polite)
        kinds: tuple[tuple[CommandKind, frozenset[tuple[str, ...]]], ...] = (
            ("help", _folded(data.help)),
            ("opt_in", _folded(data.opt_in)),
            ("opt_out", _folded(data.opt_out) | self.alone),
        )
        self.keywords = {entry: kind for kind, entries in kinds for entry in entries}
        self.longest = max(map(len, (*self.keywords, *self.polite)), default=0)


def read_command(text: str, vocabulary: Vocabulary) -> Command | None:
    """Give the command that a text is; None: it is an enquiry, whatever keyword stands in it."""
    if len(text) > _LONGEST:
        return None
    words = _without_politeness(tuple(fold(text)), vocabulary)
    keyword = _prefix(words, vocabulary.keywords, vocabulary.longest)
    if not keyword:
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
        return "all"
    if words in vocabulary.topics:
        return " ".join(words)
    if references := find_references("".join(words)):  # however it was written: np-049n-3021, NP 049N 3021
        return references[0]
    return words[0] if len(words) == 1 and _CODE.match(words[0]) else None


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


def _folded(words: Words) -> frozenset[tuple[str, ...]]:
    return frozenset(fold_entries(entry for entries in words.values() for entry in entries))
