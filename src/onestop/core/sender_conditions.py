"""
Conditions on who writes: their language, their cases, their needs.

All but the language of the enquiry are circumstances, which are known of a sender only where a contact point is theirs
alone and was not forged. A fact in the trace never says more than the condition's name: which services somebody has a
case with, and what they need, is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import Field

from onestop.core.facts import Condition, Facts, Lookups
from onestop.core.model import Frozen, shifted

__all__ = [
    "ANY",
    "ASKED_OF_SENDERS",
    "MOST_RECENT",
    "NEED",
    "NEED_WORD",
    "Repeat",
    "known_language",
    "language_condition",
    "needs_condition",
    "open_case_condition",
    "open_services",
    "recent_services",
    "repeat_condition",
]

ANY = "*"
ASKED_OF_SENDERS = frozenset({"language", "open_case", "repeat", "needs"})  # conditions by circumstances
NEED = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
NEED_WORD = "must be a word of yours: 1 to 40 small letters, digits, - and _, a letter first"
MOST_RECENT = 50  # of somebody's cases that `repeat` looks at


class Repeat(Frozen):
    """A condition on how often a sender came lately: cases that were opened before this enquiry."""

    within_days: int = Field(ge=1, le=366)
    at_least: int = Field(ge=1, le=MOST_RECENT)
    service: tuple[str, ...] = ()  # of these services; empty: of any


# -- language, by the basic filtering of RFC 4647, section 3.3.1 -------------------------------------------------------


class _Language(NamedTuple):
    """The language is in one of some ranges: `cy` has `cy-GB` in it."""

    ranges: tuple[str, ...]
    keys: tuple[Hashable, ...]
    name: str = "language"

    def holds(self, facts: Facts) -> str | None:
        """Name the range, and whether the language is the recorded one since the enquiry says none."""
        language = (facts.enquiry.language or facts.circumstances.language or "").lower()
        found = next((one for one in self.ranges if _includes(one.lower(), language)), None)
        if found is None:
            return None
        return f"language={found}" if facts.enquiry.language else f"recorded_language={found}"


def _includes(language_range: str, language: str) -> bool:
    if not language or language_range == ANY:
        return bool(language)
    return language == language_range or language.startswith(f"{language_range}-")


def language_condition(ranges: tuple[str, ...], _: Lookups) -> Iterator[Condition]:
    """Give the condition that the language is in one of these ranges, filed under what they begin with."""
    yield _Language(ranges, tuple(dict.fromkeys(one.partition("-")[0].lower() for one in ranges)))


def known_language(facts: Facts) -> tuple[str, ...]:
    """Give what the language of an enquiry, or of its sender, begins with."""
    language = facts.enquiry.language or facts.circumstances.language
    return (language.partition("-")[0].lower(), ANY) if language else ()


# -- cases -------------------------------------------------------------------------------------------------------------


class _OpenCase(NamedTuple):
    """The sender has an open case at one of some services."""

    keys: tuple[Hashable, ...]
    name: str = "open_case"

    def holds(self, facts: Facts) -> str | None:
        """Hold when one of the services has one, or any has where any will do."""
        return None if open_services(facts).isdisjoint(self.keys) else "open_case"


def open_case_condition(services: tuple[str, ...], _: Lookups) -> Iterator[Condition]:
    """Give the condition that the sender has an open case at one of these services; `*` stands for all."""
    yield _OpenCase(services)


def open_services(facts: Facts) -> frozenset[str]:
    """Give where the sender has open cases."""
    services = facts.circumstances.open_cases
    return frozenset((*services, ANY)) if services else frozenset()


class _Repeat(NamedTuple):
    """The sender came often lately."""

    within: timedelta
    at_least: int
    services: frozenset[str]
    keys: tuple[Hashable, ...]
    name: str = "repeat"

    def holds(self, facts: Facts) -> str | None:
        """Count the cases opened within the time; those of a backlog that was taken in later count, too."""
        since = shifted(facts.enquiry.received_at, -self.within)
        count = sum(self._counts(service, at, since) for service, at in facts.circumstances.recent)
        return "repeat" if count >= self.at_least else None

    def _counts(self, service: str, opened_at: datetime, since: datetime) -> bool:
        return opened_at >= since and (not self.services or service in self.services)


def repeat_condition(wanted: Repeat, _: Lookups) -> Iterator[Condition]:
    """Give the condition that the sender came often lately."""
    within = timedelta(days=wanted.within_days)
    yield _Repeat(within, wanted.at_least, frozenset(wanted.service), wanted.service or (ANY,))


def recent_services(facts: Facts) -> frozenset[str]:
    """Give where the sender has had cases lately."""
    recent = facts.circumstances.recent
    return frozenset((*(service for service, _ in recent), ANY)) if recent else frozenset()


# -- needs -------------------------------------------------------------------------------------------------------------


class _Needs(NamedTuple):
    """A need is recorded of the sender."""

    wanted: frozenset[str]
    name: str = "needs"
    keys: tuple[Hashable, ...] = ()

    def holds(self, facts: Facts) -> str | None:
        """Hold when one of the needs is recorded; it is never said which."""
        return None if self.wanted.isdisjoint(facts.circumstances.needs) else "needs"


def needs_condition(wanted: tuple[str, ...], _: Lookups) -> Iterator[Condition]:
    """Give the condition that one of these needs is recorded of the sender."""
    yield _Needs(frozenset(wanted))
