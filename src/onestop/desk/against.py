"""
A policy held against a store: the names that its open cases use, that the policy has no longer, and maps to none.

Counted by groups of cases with the same names, so that it takes the same memory for ten cases and for ten million.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from onestop.core.events import ACT
from onestop.core.policy import Policy
from onestop.core.settling import state_of_today
from onestop.stores.base import CaseFilter, Reader, Tally

__all__ = ["Unmapped", "unmapped"]

_SHOWN = 5  # references of each
_PAGE = 200


class Unmapped(NamedTuple):
    """A name that today's policy lacks, where in mappings.toml it would be mapped, and the open cases that use it."""

    table: str  # services, providers, states.LIFECYCLE or actions.LIFECYCLE
    name: str
    cases: int
    references: tuple[str, ...]  # of at most five

    def __str__(self) -> str:
        few = ", ".join(self.references) + (" …" if self.cases > len(self.references) else "")
        count = f"{self.cases:,} open case{'' if self.cases == 1 else 's'}"
        return f"mappings.toml: {self.table}: {self.name!r} must lead to a name of today: {count}: {few}"


def unmapped(reader: Reader, policy: Policy) -> Iterator[Unmapped]:
    """Give every name that open cases use and that the policy neither has nor maps, by table and name."""
    found: dict[tuple[str, str], list[Tally]] = {}
    for tally in reader.tallies():
        for key in _missing(tally, policy):
            found.setdefault(key, []).append(tally)
    for (table, name), tallies in sorted(found.items()):
        yield Unmapped(table, name, sum(tally.cases for tally in tallies), _references(reader, tallies))
    yield from _timers(reader, policy)


def _missing(tally: Tally, policy: Policy) -> Iterator[tuple[str, str]]:
    services, mappings = policy.directory.services, policy.mappings
    if tally.service not in services and tally.service not in mappings.services:
        yield "services", tally.service
        return  # in which lifecycle its state would be looked for, nobody can know
    lifecycle = policy.lifecycle(tally.service)
    if not state_of_today(tally.state, tally.state_type, lifecycle, policy)[1]:
        yield f"states.{lifecycle.name}", tally.state
    gone = tally.provider is not None and tally.provider not in policy.directory.providers
    if gone and tally.provider is not None and tally.provider not in mappings.providers:
        yield "providers", tally.provider


def _references(reader: Reader, tallies: list[Tally]) -> tuple[str, ...]:
    found: list[str] = []
    for tally in tallies:
        if len(found) < _SHOWN:
            page = reader.cases(tally.filter(), after=None, limit=_SHOWN - len(found))
            found += [case.reference for case in page.cases]
    return tuple(found)


def _timers(reader: Reader, policy: Policy) -> Iterator[Unmapped]:
    """
    Look at the actions that timers wait to take.

    The timers' own rows say which there are; whether one is still to be fired, its case says. Only the cases of
    services and states in which an action is gone are read.
    """
    counts: dict[tuple[str, str], int] = {}
    shown: dict[tuple[str, str], list[str]] = {}
    waiting = (each for each in reader.timer_tallies(ACT) if _lacks(each.kind.removeprefix(ACT), each.service, policy))
    for service, state in dict.fromkeys((each.service, each.state) for each in waiting):
        for action, reference in _waiting(reader, service, state):
            if _lacks(action, service, policy):
                key = (f"actions.{policy.lifecycle(service).name}", action)
                counts[key] = counts.get(key, 0) + 1
                if len(few := shown.setdefault(key, [])) < _SHOWN:
                    few.append(reference)
    for key, count in sorted(counts.items()):
        yield Unmapped(*key, count, tuple(shown[key]))


def _lacks(action: str, service: str, policy: Policy) -> bool:
    lifecycle = policy.lifecycle(service)
    return policy.mappings.action(lifecycle.name, action) not in lifecycle.data.actions


def _waiting(reader: Reader, service: str, state: str) -> Iterator[tuple[str, str]]:
    after: str | None = None
    while True:
        page = reader.cases(CaseFilter(services=(service,), states=(state,)), after=after, limit=_PAGE)
        yield from ((case.timer.action, case.reference) for case in page.cases if case.timer is not None)
        if page.next is None:
            return
        after = page.next
