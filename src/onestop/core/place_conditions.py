"""Conditions on the place: in an area, under a postcode, near a point, of what the host's maps say."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from onestop.core.areas import Near, Where
from onestop.core.facts import Condition, Facts, Lookups
from onestop.core.geometry import cells_at, cells_of
from onestop.core.model import FrozenMap

__all__ = [
    "UNKNOWN",
    "PlaceCondition",
    "area_condition",
    "area_names",
    "cells",
    "near_condition",
    "place_conditions",
    "postcode_condition",
    "prefixes",
    "said",
]

UNKNOWN: Final = "?"
"""The key of rules about a place where nobody knows the place: a few are looked at, so that the trace says so."""


class PlaceCondition(NamedTuple):
    """One condition on the place."""

    name: str
    where: Where
    keys: tuple[Hashable, ...]

    def holds(self, facts: Facts) -> str | None:
        """Give the fact in the words of the policy."""
        held = facts.place.holds(self.where)
        return None if isinstance(held, str) else held[0]

    def unmet(self, facts: Facts) -> str:
        """Say why it does not hold: because it is false, or because nobody knows."""
        held = facts.place.holds(self.where)
        return held if isinstance(held, str) else self.name


def area_condition(names: tuple[str, ...], _: Lookups) -> Iterator[Condition]:
    """Give the condition that the place is in one of these areas, or in any of a table."""
    yield PlaceCondition("area", Where(area=names), (*names, UNKNOWN))


def area_names(facts: Facts) -> Iterable[Hashable]:
    """Give the areas and tables that the place is in."""
    return facts.place.names if facts.place.known else (UNKNOWN,)


def postcode_condition(wanted: tuple[str, ...], _: Lookups) -> Iterator[Condition]:
    """Give the condition that the postcode begins with one of these."""
    where = Where(postcode=wanted)
    yield PlaceCondition("postcode", where, (*where.postcode, UNKNOWN))


def prefixes(facts: Facts) -> Iterable[Hashable]:
    """Give each beginning of the postcode."""
    return facts.place.prefixes or (UNKNOWN,)


def near_condition(near: Near, _: Lookups) -> Iterator[Condition]:
    """Give the condition that the place lies in a circle, which is filed under the cells of the grid that it needs."""
    yield PlaceCondition("near", Where(near=near), (*cells_of(near.box), UNKNOWN))


def cells(facts: Facts) -> Iterable[Hashable]:
    """Give the cells of the grid that the place lies in."""
    point = facts.place.point
    return cells_at(point) if point else (UNKNOWN,)


def place_conditions(wanted: Mapping[str, tuple[str, ...]], _: Lookups) -> Iterator[Condition]:
    """Give a condition for each thing that the host's maps are asked."""
    for name, accepted in wanted.items():
        keys = tuple((name, value.strip().casefold()) for value in accepted)
        where = Where(place=FrozenMap({name: accepted}))
        yield PlaceCondition(f"place.{name}", where, (*keys, UNKNOWN))


def said(facts: Facts) -> Iterable[Hashable]:
    """Give what the host's maps say of the place."""
    return facts.place.said or (UNKNOWN,)
