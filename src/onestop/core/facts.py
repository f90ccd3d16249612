"""
What conditions are made of: the facts that they ask, what they may look up, and what every one of them has.

A condition narrows the search for rules when an enquiry must have one of its keys for it to hold. `Kind.has` gives what
an enquiry has of that sort; a rule is filed under the keys of its condition with the lowest rank.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from onestop.core.areas import NOWHERE, PlaceFacts
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.words import Text

__all__ = ["NOBODY", "Circumstances", "Condition", "Facts", "Hours", "Kind", "Lookups"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a sender beside what the enquiry says; of nobody in particular, nothing."""

    open_cases: tuple[str, ...] = ()  # the services of their open cases
    recent: tuple[tuple[str, datetime], ...] = ()  # their latest cases, closed ones too: service, when it was opened
    needs: frozenset[str] = frozenset()  # recorded needs
    language: str | None = None  # their recorded language


NOBODY = Circumstances()


class Hours(Protocol):
    """When somebody is there."""

    def is_open(self, moment: datetime) -> bool:
        """Say whether somebody is there at a moment."""
        ...


class Facts:
    """What the conditions ask of an enquiry, worked out once."""

    __slots__ = ("answers", "circumstances", "enquiry", "files", "place", "sender", "subject", "text", "to", "whole")

    def __init__(self, enquiry: Enquiry, circumstances: Circumstances = NOBODY, place: PlaceFacts = NOWHERE) -> None:
        self.enquiry = enquiry
        self.place = place
        self.circumstances = circumstances
        self.sender = Text(enquiry.sender_name or "")
        self.subject = Text(enquiry.subject or "")
        self.text = Text(enquiry.text[:TEXT_LIMIT])
        self.whole = Text.both(self.subject, self.text)
        self.to = frozenset(urn.key for urn in (*enquiry.recipients, *enquiry.cc))
        self.files = [a.media_type for a in enquiry.attachments if not a.inline]
        self.answers = {name: (a,) if isinstance(a, str) else a for name, a in enquiry.answers.items()}

    def words(self) -> frozenset[str]:
        """Give every word that a rule may look for."""
        return self.whole.words | self.sender.words if self.sender.words else self.whole.words

    def of_part(self, text: str) -> Facts:
        """Give the same facts with a part of the words in place of them all."""
        part = copy(self)
        part.subject, part.text = Text(""), Text(text)
        part.whole = part.text
        return part


class Lookups(NamedTuple):
    """What the policy has that conditions name."""

    lists: Mapping[str, tuple[tuple[str, ...], ...]]  # the folded entries of each word list
    calendars: Mapping[str, Hours] = MappingProxyType({})


class Condition(Protocol):
    """One condition of one rule, compiled; safe to share between threads."""

    @property
    def name(self) -> str:
        """What the trace says where it does not hold, in the words of the policy."""
        ...

    @property
    def keys(self) -> Sequence[Hashable]:
        """What an enquiry must have one of for it to hold; empty where nothing narrows it."""
        ...

    def holds(self, facts: Facts) -> str | None:
        """Give the fact that shows it to hold, never in the citizen's words; None when it does not."""
        ...


class Kind(NamedTuple):
    """What a field of `When` compiles to, and what an enquiry has that rules with it are filed under."""

    build: Callable[[Any, Lookups], Iterable[Condition]]  # not called where the rule leaves the field out
    rank: int = 0  # of those that narrow, the lowest files the rule
    has: Callable[[Facts], Iterable[Hashable]] | None = None  # None: nothing narrows it
    # Of a key: what it is filed under, and what an enquiry must have beside it. None: the key itself, and nothing.
    under: Callable[[Hashable], tuple[Hashable, frozenset[Hashable]]] | None = None
