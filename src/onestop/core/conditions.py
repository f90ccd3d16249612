"""
The conditions of rules: what a rule can ask, and how each question is compiled.

A condition is a field of `When` and an entry of `KINDS` under the same name; nothing else knows what conditions there
are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from onestop.core.areas import Near, Prefix
from onestop.core.contact import Urn
from onestop.core.facts import NOBODY, Circumstances, Condition, Facts, Kind, Lookups
from onestop.core.model import Frozen, FrozenMap
from onestop.core.place_conditions import (
    UNKNOWN,
    PlaceCondition,
    area_condition,
    area_names,
    cells,
    near_condition,
    place_conditions,
    postcode_condition,
    prefixes,
    said,
)
from onestop.core.sender_conditions import (
    Repeat,
    known_language,
    language_condition,
    needs_condition,
    open_case_condition,
    open_services,
    recent_services,
    repeat_condition,
)
from onestop.core.time_conditions import closed_condition, open_condition
from onestop.core.word_conditions import Words, filed_under, word_conditions

__all__ = ["KINDS", "NOBODY", "UNKNOWN", "Circumstances", "Repeat", "When", "Words", "compiled", "unmet"]


class When(Frozen):
    """The conditions of a rule: all that are given must hold."""

    channel: tuple[str, ...] = ()
    adapter: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    to: tuple[Urn, ...] = ()
    service: tuple[str, ...] = ()
    words: Words | None = None
    attachments: bool | tuple[str, ...] | None = None
    answers: FrozenMap[str, tuple[str, ...]] = FrozenMap()
    area: tuple[str, ...] = ()
    postcode: tuple[Prefix, ...] = ()
    near: Near | None = None
    place: FrozenMap[str, tuple[str, ...]] = FrozenMap()
    open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    open_case: tuple[str, ...] = ()
    repeat: Repeat | None = None
    needs: tuple[str, ...] = ()

    def given(self) -> Iterator[str]:
        """Give the names of the conditions that the rule has, in the order of the trace."""
        for name in KINDS:
            wanted = getattr(self, name)
            if wanted or wanted is False:  # `attachments = false` asks for something; what is empty was left out
                yield name


class _OneOf(NamedTuple):
    """A value of the enquiry is one of some."""

    name: str
    attribute: str
    wanted: frozenset[str]
    keys: tuple[Hashable, ...]

    def holds(self, facts: Facts) -> str | None:
        """Hold when the enquiry has one of the values, which are the policy's own."""
        value = getattr(facts.enquiry, self.attribute)
        return f"{self.name}={value}" if value in self.wanted else None


def _one_of(name: str, attribute: str) -> Kind:
    """Give a kind that nothing narrows: every enquiry has one of a few values."""
    return Kind(lambda values, _: (_OneOf(name, attribute, frozenset(values), ()),))


class _To(NamedTuple):
    """The enquiry went to one of some addresses and numbers."""

    wanted: frozenset[str]
    keys: tuple[Hashable, ...]
    name: str = "to"

    def holds(self, facts: Facts) -> str | None:
        """Hold when a recipient, or one who got a copy, is among them."""
        return None if self.wanted.isdisjoint(facts.to) else "to"


def _to(urns: tuple[Urn, ...], _: Lookups) -> Iterator[Condition]:
    keys = tuple(dict.fromkeys(urn.key for urn in urns))
    yield _To(frozenset(keys), keys)


class _Attachments(NamedTuple):
    """There are files of some types, or any, or none."""

    wanted: bool | tuple[str, ...]
    name: str = "attachments"
    keys: tuple[Hashable, ...] = ()

    def holds(self, facts: Facts) -> str | None:
        """Hold by the files that are not inline."""
        wanted, files = self.wanted, facts.files
        if isinstance(wanted, bool):
            found = bool(files) == wanted
        else:
            found = any(_media_matches(pattern, media) for pattern in wanted for media in files)
        return "attachments" if found else None


def _media_matches(pattern: str, media: str) -> bool:
    return media.startswith(pattern[:-1]) if pattern.endswith("/*") else media == pattern


class _Answer(NamedTuple):
    """The answer of a question is one of some."""

    name: str
    question: str
    accepted: frozenset[str]
    keys: tuple[Hashable, ...]

    def holds(self, facts: Facts) -> str | None:
        """Hold when one of the answers is accepted."""
        return None if self.accepted.isdisjoint(facts.answers.get(self.question, ())) else self.name


def _answers(wanted: Mapping[str, tuple[str, ...]], _: Lookups) -> Iterator[Condition]:
    for question, accepted in wanted.items():
        keys = tuple((question, value) for value in accepted)
        yield _Answer(f"answers.{question}", question, frozenset(accepted), keys)


def _answered(facts: Facts) -> Iterator[Hashable]:
    return ((question, value) for question, values in facts.answers.items() for value in values)


# By the fields of `When`, in the order of the trace.
KINDS: Mapping[str, Kind] = {
    "channel": _one_of("channel", "channel"),
    "adapter": _one_of("adapter", "adapter"),
    "kind": _one_of("kind", "kind"),
    "language": Kind(language_condition, rank=9, has=known_language),
    "service": Kind(
        lambda codes, _: (_OneOf("service", "service_code", frozenset(codes), codes),),
        rank=1,
        has=lambda facts: (facts.enquiry.service_code,),
    ),
    "to": Kind(_to, rank=2, has=attrgetter("to")),
    "words": Kind(word_conditions, rank=3, has=Facts.words, under=filed_under),
    "attachments": Kind(lambda wanted, _: (_Attachments(wanted),)),
    "answers": Kind(_answers, rank=4, has=_answered),
    "area": Kind(area_condition, rank=7, has=area_names),
    "postcode": Kind(postcode_condition, rank=8, has=prefixes),
    "near": Kind(near_condition, rank=8, has=cells),
    "place": Kind(place_conditions, rank=10, has=said),
    "open": Kind(open_condition),
    "closed": Kind(closed_condition),
    "open_case": Kind(open_case_condition, rank=6, has=open_services),
    "repeat": Kind(repeat_condition, rank=5, has=recent_services),
    # Last, and nothing narrows it: so a rule that was not used says at most that somebody has none of its needs.
    "needs": Kind(needs_condition),
}


def compiled(when: When, lookups: Lookups) -> Iterator[tuple[str, Condition]]:
    """Give the conditions that a rule has, each with the name of its kind, in the order of the trace."""
    for name in when.given():
        for condition in KINDS[name].build(getattr(when, name), lookups):
            yield name, condition


def unmet(condition: Condition, facts: Facts) -> str:
    """Give what the trace says of a condition that does not hold."""
    return condition.unmet(facts) if isinstance(condition, PlaceCondition) else condition.name
