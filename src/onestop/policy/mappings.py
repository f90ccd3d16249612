"""Reading mappings.toml: what takes the place of names that are gone, and in which state a case goes on elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from onestop.core.lifecycle import LifecycleData
from onestop.core.mappings import Mappings, circles, followed
from onestop.core.model import FrozenMap
from onestop.policy.mistakes import Mistakes, Place, one_of

__all__ = ["check_mappings", "with_chains_followed"]

_FILE = "mappings"


def with_chains_followed(mappings: Mappings) -> Mappings:
    """Give mappings in which each name leads to the one of today at once."""
    return mappings.model_copy(
        update={
            "services": followed(mappings.services),
            "providers": followed(mappings.providers),
            "states": FrozenMap({name: followed(names) for name, names in mappings.states.items()}),
            "actions": FrozenMap({name: followed(names) for name, names in mappings.actions.items()}),
        }
    )


def check_mappings(
    mappings: Mappings,
    names: Mapping[str, Collection[str]],
    lifecycles: Mapping[str, LifecycleData],
    mistakes: Mistakes,
) -> None:
    """
    Note what leads nowhere, round in circles, or away from a name that is there.

    `names` has the names that each file declares: of a file that could not be read, nothing can be said.
    """
    for key, noun in (("services", "service"), ("providers", "provider")):
        if key in names:
            _check_successors(getattr(mappings, key), names[key], noun, (key,), mistakes)
    known = names.get("lifecycles", lifecycles.keys())
    for key in ("states", "actions"):
        for name, table in getattr(mappings, key).items():
            if name not in known:
                _no_lifecycle(name, known, (key, name), mistakes)
            elif name in lifecycles:
                has = lifecycles[name].states if key == "states" else lifecycles[name].actions
                _check_successors(table, has, key[:-1], (key, name), mistakes)
    for source, targets in mappings.reroute.items():
        if source not in known:
            _no_lifecycle(source, known, ("reroute", source), mistakes)
        for target, table in targets.items():
            place = ("reroute", source, target)
            if target not in known:
                _no_lifecycle(target, known, place, mistakes)
            elif target == source:
                mistakes.add(_FILE, place, "leads to itself: within a lifecycle a case keeps its state")
            elif source in lifecycles and target in lifecycles:
                _check_reroute(table, lifecycles[source], lifecycles[target], place, mistakes)


def _no_lifecycle(name: str, known: Collection[str], place: Place, mistakes: Mistakes) -> None:
    mistakes.add(_FILE, place, f"names no lifecycle: {name[:100]!r}; there are {one_of(sorted(known))}")


def _check_successors(
    table: Mapping[str, str], known: Collection[str], noun: str, place: Place, mistakes: Mistakes
) -> None:
    """A name that is there stands for itself; any other leads to one that is there, by as many steps as it takes."""
    circling = set(circles(table))
    for old, new in table.items():
        if old in known:
            mistakes.add(_FILE, (*place, old), f"is a {noun} of today: only names that are gone lead to others")
        elif old in circling:
            mistakes.add(_FILE, (*place, old), "leads back to itself")
        elif new not in known and new not in table:
            problem = f"names no {noun}: {new[:100]!r}; there are {one_of(sorted(known))}"
            mistakes.add(_FILE, (*place, old), problem)


def _check_reroute(
    table: Mapping[str, str], source: LifecycleData, target: LifecycleData, place: Place, mistakes: Mistakes
) -> None:
    for old, new in table.items():
        if old not in source.states:
            mistakes.add(_FILE, (*place, old), f"names no state: there are {one_of(sorted(source.states))}")
        declared = target.states.get(new)
        if declared is None:
            problem = f"names no state: {new[:100]!r}; there are {one_of(sorted(target.states))}"
            mistakes.add(_FILE, (*place, old), problem)
        elif declared.type == "closed":
            mistakes.add(
                _FILE, (*place, old), "leads to a state that is closed: whoever sends a case on closes nothing"
            )
        elif declared.on == "until":
            mistakes.add(_FILE, (*place, old), "leads to a wait until a moment, which nobody has named")
