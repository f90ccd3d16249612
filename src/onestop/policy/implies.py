"""
Whether one rule's conditions hold whenever another's do: worked out from the conditions alone, for lint.

What cannot be shown to follow is taken not to: lint would rather miss a rule that is never used than blame one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from onestop.core.conditions import Repeat, When
from onestop.core.word_conditions import Words
from onestop.core.words import fold_entries

__all__ = ["Claims", "implies"]

Entry = tuple[str, ...]
Alternatives = frozenset[Entry]

_EVERY = ("every",)  # the token of a rule without conditions


@dataclass(frozen=True, slots=True)
class Claims:
    """A rule's conditions, with its words spelt out."""

    when: When
    groups: tuple[Alternatives, ...]  # of each, one entry stands in the words
    absent: Alternatives  # none of these does
    where: str

    @classmethod
    def of(cls, when: When, lists: Mapping[str, tuple[Entry, ...]]) -> Claims:
        """Spell out the words of a rule's conditions."""
        words = when.words or Words()
        groups = [_spelt(entries, lists) for entries in (words.any, words.phrase) if entries]
        groups += [_spelt((entry,), lists) for entry in words.all]
        return cls(when, tuple(groups), _spelt(words.none, lists), words.in_)

    @property
    def entries(self) -> Alternatives:
        """The entries of which one must stand in the words; of several such conditions, of the first."""
        return self.groups[0] if self.groups else frozenset()

    def tokens(self) -> Iterable[Hashable]:
        """Give what a narrower rule shares one of: the values of one condition, or `every` where there is none."""
        if self.groups:
            return [("words", entry) for entry in self.groups[0]]
        for field, value in _given(self.when):
            return [(field, each) for each in _parts(value)]
        return [_EVERY]

    def shared_tokens(self) -> Iterator[Hashable]:
        """Give the tokens that a wider rule may be found by."""
        yield _EVERY
        for group in self.groups:
            for entry in group:
                yield from (("words", part) for part in _runs(entry))
        for field, value in _given(self.when):
            yield from ((field, each) for each in _parts(value))

    def contradictions(self) -> Iterator[str]:
        """Give which of the conditions exclude each other; nothing where an enquiry may fulfil them all."""
        for group in self.groups:
            if all(not self.absent.isdisjoint(_runs(entry)) for entry in group):
                shown = " ".join(min(group))
                yield f"words.none has everything that another condition on words asks for, such as “{shown}”"
        if self.when.open and set(self.when.open) <= set(self.when.closed):
            yield "open and closed name the same calendars"

    def may_meet(self, other: Claims) -> bool:
        """Say whether nothing shows that an enquiry cannot match both."""
        for field in ("channel", "adapter", "kind", "service"):
            mine, its = getattr(self.when, field), getattr(other.when, field)
            if mine and its and set(mine).isdisjoint(its):
                return False
        for name, accepted in self.when.answers.items():
            if (its := other.when.answers.get(name)) and set(accepted).isdisjoint(its):
                return False
        return not (self.absent & other.entries or other.absent & self.entries)

    def same_words(self, other: Claims) -> bool:
        """Say whether a few words that both ask for are enough for all that either asks of the words."""
        return all(
            any(group & its for its in claims.groups)
            for groups, claims in ((self.groups, other), (other.groups, self))
            for group in groups
        )


def _spelt(entries: Iterable[str], lists: Mapping[str, tuple[Entry, ...]]) -> Alternatives:
    found: list[Entry] = []
    for entry in entries:
        found += lists[entry[1:]] if entry.startswith("@") else fold_entries([entry])
    return frozenset(found)


def _given(when: When) -> Iterator[tuple[str, Any]]:
    """Give the conditions that a rule has, but for its words."""
    for field in type(when).model_fields:
        value = getattr(when, field)
        if field != "words" and (value or value is False):
            yield field, value


def _parts(value: Any) -> Iterable[Hashable]:
    if isinstance(value, tuple):
        return value
    return tuple(value) if isinstance(value, Mapping) else ("",)


def _runs(entry: Entry) -> Iterator[Entry]:
    """Give every run of words in an entry: where it stands, each of them stands."""
    for start in range(len(entry)):
        for end in range(start + 1, len(entry) + 1):
            yield entry[start:end]


def implies(narrow: Claims, wide: Claims) -> bool:
    """Say whether every enquiry that the narrow conditions hold of is shown to fulfil the wide ones, too."""
    if not all(_words_follow(group, narrow, wide) for group in wide.groups):
        return False
    if wide.absent and not (wide.absent <= narrow.absent and _where_follows(wide.where, narrow.where)):
        return False
    for field, wanted in _given(wide.when):
        given = getattr(narrow.when, field)
        if not (given or given is False) or not _FOLLOWS.get(field, _same)(given, wanted):
            return False
    return True


def _words_follow(group: Alternatives, narrow: Claims, wide: Claims) -> bool:
    """Say whether one of the narrow rule's words always brings one of a group with it."""
    if not _where_follows(narrow.where, wide.where):
        return False
    return any(all(not group.isdisjoint(_runs(entry)) for entry in mine) for mine in narrow.groups)


def _where_follows(inner: str, outer: str) -> bool:
    """Say whether what stands in one place stands in the other, too."""
    return outer in ("both", inner)


def _subset(given: tuple[Hashable, ...], wanted: tuple[Hashable, ...]) -> bool:
    return set(given) <= set(wanted)


def _superset(given: tuple[Hashable, ...], wanted: tuple[Hashable, ...]) -> bool:
    return set(wanted) <= set(given)


def _same(given: Any, wanted: Any) -> bool:
    return bool(given == wanted)


def _language_follows(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return all(any(one == wide or one.startswith(f"{wide}-") for wide in wanted) for one in given)


def _files_follow(given: bool | tuple[str, ...], wanted: bool | tuple[str, ...]) -> bool:
    return given == wanted or (wanted is True and isinstance(given, tuple))


def _maps_follow(given: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]) -> bool:
    return all(name in given and set(given[name]) <= set(accepted) for name, accepted in wanted.items())


def _repeat_follows(given: Repeat, wanted: Repeat) -> bool:
    services = not wanted.service or (bool(given.service) and set(given.service) <= set(wanted.service))
    return services and given.within_days <= wanted.within_days and given.at_least >= wanted.at_least


# How a condition follows from another one of its field; where nothing is said, only from the same one.
_FOLLOWS: Mapping[str, Callable[[Any, Any], bool]] = {
    "channel": _subset,
    "adapter": _subset,
    "kind": _subset,
    "language": _language_follows,
    "to": _subset,
    "service": _subset,
    "attachments": _files_follow,
    "answers": _maps_follow,
    "area": _subset,
    "postcode": _subset,
    "place": _maps_follow,
    "open": _subset,
    "closed": _superset,
    "open_case": _subset,
    "repeat": _repeat_follows,
    "needs": _subset,
}
