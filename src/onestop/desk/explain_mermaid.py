"""
The way of a case as a Mermaid state diagram (`stateDiagram-v2`).

States are `s1`, `s2`, … and their names stand in quotes, so that a policy may call them what it likes. What Mermaid
would read as its own is written as an entity (`#59;`). The steps that were taken are numbered in their labels, since
styles do not reach into composite states; where there is one lifecycle, they are coloured, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from onestop.core.model import local_time
from onestop.desk.explain_data import Explained, Leg, Taken

__all__ = ["mermaid"]

_LONGEST = 60  # characters of a name or label
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,/()+'")
_STYLES = (
    "classDef taken fill:#dbeafe,stroke:#1d4ed8,color:#111827",
    "classDef now fill:#1d4ed8,stroke:#1e3a8a,color:#ffffff",
)


def mermaid(explained: Explained) -> str:
    """Give the case's way through its lifecycle: every state, the steps taken numbered, with time and kind of actor."""
    zone = ZoneInfo(explained.time_zone)
    legs = [_Drawn(leg, number, zone) for number, leg in enumerate(explained.way, 1)]
    lines = ["stateDiagram-v2"]
    if len(legs) == 1:
        lines += [f"    {line}" for line in legs[0].lines()]
    else:
        for leg in legs:
            lines.append(f'    state "{_name(leg.title)}" as {leg.id} {{')
            lines += [f"        {line}" for line in leg.lines()]
            lines.append("    }")
        for before, after in pairwise(legs):
            lines.append(f"    {before.id} --> {after.id}: {_taken(after.leg.taken[0], zone)}")
    lines += [f"    {style}" for style in _STYLES]
    now = legs[-1].ids.get(explained.case.state)
    for state in dict.fromkeys(leg.ids[taken.state] for leg in legs for taken in leg.leg.taken):
        lines.append(f"    class {state} {'now' if state == now else 'taken'}")
    return "\n".join(lines)


class _Drawn:
    """One leg, with the ids that its states have in the diagram."""

    __slots__ = ("_zone", "id", "ids", "leg", "title")

    def __init__(self, leg: Leg, number: int, zone: tzinfo) -> None:
        self.leg = leg
        self.id = f"leg{number}"
        self.title = f"{leg.service} (lifecycle {leg.lifecycle})"
        self.ids = {name: f"s{number}_{place}" for place, name in enumerate(leg.states, 1)}
        self._zone = zone

    def lines(self) -> Iterator[str]:
        """Give the leg's states, then its edges: those taken one by one, the others together by where they lead."""
        for name, state in self.ids.items():
            yield f'state "{_name(name)}" as {state}'
        gone: set[tuple[str, str, str]] = set()
        for taken in self.leg.taken:
            source = self.ids.get(taken.source or "", "[*]")
            # Between composites the arrow says what was taken: inside, the first state is only where it begins.
            label = f": {_taken(taken, self._zone)}" if taken.source or taken.number == 1 else ""
            yield f"{source} --> {self.ids[taken.state]}{label}"
            gone.add((taken.source or "", taken.state, taken.action))
        others: dict[tuple[str, str], list[str]] = {}
        for source, state, action in self.leg.edges:
            if (source, state, action) not in gone:
                others.setdefault((source, state), []).append(action)
        for (source, state), actions in others.items():
            yield f"{self.ids[source]} --> {self.ids[state]}: {_name(' / '.join(actions))}"
        for name, kind in self.leg.states.items():
            if kind == "closed":
                yield f"{self.ids[name]} --> [*]"


def _taken(taken: Taken, zone: tzinfo) -> str:
    return f"{taken.number}. {_name(taken.action)}, {_when(taken.at, zone)}, {_name(taken.by)}"


def _when(at: datetime, zone: tzinfo) -> str:
    """Give a time without a colon, with which a label would end in older releases of Mermaid."""
    local = local_time(at, zone)
    return f"{local.day} {local:%b %Y %H.%M}"


def _name(text: str) -> str:
    """Give a text as it may stand in quotes and labels: what could mean something to Mermaid becomes an entity."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(mark if mark in _PLAIN else f"#{ord(mark)};" for mark in cut.strip()) or "-"
