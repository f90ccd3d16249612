"""
Cases as they stand under today's policy: listings that see them so, and the settling of all that needs it.

Stored rows keep the names under which they were written until the case is changed. Who asks for a service finds the
cases of those that it took the place of, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from onestop.core.case import Case
from onestop.core.policy import Policy
from onestop.core.settling import as_of_today, named_today
from onestop.stores.base import CaseFilter, Page, Reader, Tally

__all__ = ["page_of_today", "unsettled"]

_PAGE = 100


def page_of_today(reader: Reader, wanted: CaseFilter, policy: Policy, *, after: str | None, limit: int) -> Page:
    """
    Give a page of cases as they stand today; a name of today and the names it took the place of find the same cases.

    A page can be shorter than asked for although there is more: its `next` says whether there is.
    """
    page = reader.cases(_widened(wanted, policy), after=after, limit=limit)
    pairs = ((case, as_of_today(case, policy)) for case in page.cases)
    return Page(tuple(today for case, today in pairs if _fits(case, wanted) or _fits(today, wanted)), page.next)


def _widened(wanted: CaseFilter, policy: Policy) -> CaseFilter:
    mappings = policy.mappings
    return replace(
        wanted,
        services=(*wanted.services, *_led_to(mappings.services, wanted.services)),
        providers=(*wanted.providers, *_led_to(mappings.providers, wanted.providers)),
        states=(
            *wanted.states,
            *dict.fromkeys(old for names in mappings.states.values() for old in _led_to(names, wanted.states)),
        ),
    )


def _led_to(names: Mapping[str, str], wanted: tuple[str, ...]) -> Iterator[str]:
    return (old for old, new in names.items() if new in wanted)


def _fits(case: Case, wanted: CaseFilter) -> bool:
    pairs = ((case.service, wanted.services), (case.state, wanted.states), (case.provider, wanted.providers))
    return all(not names or name in names for name, names in pairs)


def unsettled(reader: Reader, policy: Policy, limit: int) -> list[str]:
    """Give the ids of at most so many cases that are not closed and name what the policy has no longer."""
    found: list[str] = []
    for tally in reader.tallies():
        if len(found) >= limit:
            break
        if not named_today(tally.service, tally.provider, tally.state, tally.state_type, policy):
            found += _of_tally(reader, tally, limit - len(found))
    return found


def _of_tally(reader: Reader, tally: Tally, limit: int) -> Iterator[str]:
    return (case.id for case in reader.cases(tally.filter(), after=None, limit=limit).cases)
