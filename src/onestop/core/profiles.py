"""Reading a profile of several citizens who turned out to be one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from onestop.core.citizen import Citizen
from onestop.core.profile import Need, Profile

__all__ = ["united"]

_NEVER = datetime.max.replace(tzinfo=UTC)


def united(citizen: Citizen, merged: Sequence[Citizen]) -> Profile:
    """
    Give what a citizen, and those whom they stand for, state; their addresses and the ledger of these are not in it.

    Of two preferences or quiet hours alike the later one holds: the survivor's stand last. A need of any of them is a
    need; where several state it, it lasts as long as the longest.
    """
    everyone = (*reversed(merged), citizen)
    return Profile(
        citizen=citizen.id,
        kind=citizen.kind,
        language=citizen.language or next((each.language for each in merged if each.language), None),
        zone=citizen.zone or next((each.zone for each in merged if each.zone), None),
        preferences=tuple(preference for each in everyone for preference in each.preferences),
        quiet_hours=tuple(hours for each in everyone for hours in each.quiet_hours),
        needs=_longest(need for each in everyone for need in each.needs),
    )


def _longest(needs: Iterable[Need]) -> tuple[Need, ...]:
    found: dict[str, Need] = {}
    for need in needs:
        other = found.get(need.code)
        if other is None or (other.until or _NEVER) <= (need.until or _NEVER):
            found[need.code] = need
    return tuple(found.values())
