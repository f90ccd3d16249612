"""
Mappings: what becomes of a case's state on its way between services, and of names that today's policy has no longer.

This is the data of mappings.toml with its chains followed; `settling` and `rerouting` say what is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onestop.core.model import Frozen, FrozenMap

__all__ = ["Mappings", "Names", "circles", "followed"]

Names = FrozenMap[str, str]  # an earlier name → the one that took its place

_NOTHING: Names = FrozenMap()
_NOWHERE: FrozenMap[str, Names] = FrozenMap()


class Mappings(Frozen):
    """Names for names; `states` and `actions` by the lifecycle of today."""

    reroute: FrozenMap[str, FrozenMap[str, Names]] = FrozenMap()  # from this lifecycle, to that one: state → state
    services: Names = FrozenMap()
    providers: Names = FrozenMap()
    states: FrozenMap[str, Names] = FrozenMap()
    actions: FrozenMap[str, Names] = FrozenMap()  # that timers wait to take

    def on_reroute(self, source: str, target: str, state: str) -> str | None:
        """Give the state in which a case goes on that leaves one lifecycle for another; None where none is named."""
        return self.reroute.get(source, _NOWHERE).get(target, _NOTHING).get(state)

    def state(self, lifecycle: str, name: str) -> str | None:
        """Give the state that took the place of one; None where none is named."""
        return self.states.get(lifecycle, _NOTHING).get(name)

    def action(self, lifecycle: str, name: str) -> str:
        """Give the action that took the place of one, or that one itself."""
        return self.actions.get(lifecycle, _NOTHING).get(name, name)


def followed(names: Mapping[str, str]) -> Names:
    """
    Give each name's last successor: a policy that changed twice may say so in two steps.

    >>> followed({"tips": "dumps", "dumps": "recycling"})["tips"]
    'recycling'
    """
    return FrozenMap(_ends(names))


def circles(names: Mapping[str, str]) -> Iterator[str]:
    """Give the names whose successors lead back to themselves."""
    return (name for name, end in _ends(names).items() if name == end)


def _ends(names: Mapping[str, str]) -> dict[str, str]:
    """
    Follow each name to its end; in a circle, to where the circle was entered.

    No step is taken twice, however long the chains are.
    """
    ends: dict[str, str] = {}
    for start in names:
        way: dict[str, None] = {}
        name = start
        while name in names and name not in ends and name not in way:
            way[name] = None
            name = names[name]
        end, circling = ends.get(name, name), False
        for each in way:
            circling = circling or each == name
            ends[each] = each if circling else end
    return ends
