"""Conditions on the time: whether the calendars of the policy are open when an enquiry is received."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from onestop.core.facts import Condition, Facts, Hours, Lookups

__all__ = ["closed_condition", "open_condition"]


class _Open(NamedTuple):
    """At least one of some calendars is open."""

    calendars: tuple[tuple[str, Hours], ...]
    name: str = "open"
    keys: tuple[Hashable, ...] = ()

    def holds(self, facts: Facts) -> str | None:
        """Name the first calendar that is open."""
        at = facts.enquiry.received_at
        return next((f"open:{name}" for name, hours in self.calendars if hours.is_open(at)), None)


class _Closed(NamedTuple):
    """None of some calendars is open."""

    calendars: tuple[tuple[str, Hours], ...]
    name: str = "closed"
    keys: tuple[Hashable, ...] = ()

    def holds(self, facts: Facts) -> str | None:
        """Hold when all of them are closed."""
        at = facts.enquiry.received_at
        return None if any(hours.is_open(at) for _, hours in self.calendars) else "closed"


def open_condition(names: tuple[str, ...], lookups: Lookups) -> Iterator[Condition]:
    """Give the condition that one of these calendars is open."""
    yield _Open(tuple((name, lookups.calendars[name]) for name in names))


def closed_condition(names: tuple[str, ...], lookups: Lookups) -> Iterator[Condition]:
    """Give the condition that none of these calendars is open: of `open` and `closed`, always exactly one holds."""
    yield _Closed(tuple((name, lookups.calendars[name]) for name in names))
