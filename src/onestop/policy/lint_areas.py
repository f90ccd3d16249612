"""
Tables of areas that surround land which is in none of them.

The land of a table is looked at point by point, on a net of 120 by 120 over all that it covers. Points that are in no
area and cannot be reached from outside without crossing one are a hole. A hole smaller than the net's meshes is found
only by luck; one as narrow as a metre is none, since a place there belongs to the area beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from onestop.core.areas import Areas
from onestop.core.enquiry import Location
from onestop.core.geometry import DEGREE, Box
from onestop.core.policy import Policy
from onestop.policy.lint_finding import Finding

__all__ = ["holes"]

_NET = 120
_Cell = tuple[int, int]


def holes(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give the holes of tables with at least two drawn areas, each by a place in it."""
    for table, box in _tables(policy.areas).items():
        for size, place in _holes(table, box, policy.areas):
            problem = (
                f"surrounds land that is in none of its areas, at {place} ({size} of {_NET * _NET} points looked at)"
            )
            yield Finding("area_hole", "areas.toml", f"areas.{table}", problem)


def _tables(areas: Areas) -> dict[str, Box]:
    """Give what each table of at least two drawn areas covers."""
    boxes: dict[str, list[Box]] = {}
    for area in areas:
        if area.polygons:
            boxes.setdefault(area.table, []).append(_around([polygon.box for polygon in area.polygons]))
    return {table: _around(every) for table, every in boxes.items() if len(every) > 1}


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.south for box in boxes),
        min(box.west for box in boxes),
        max(box.north for box in boxes),
        max(box.east for box in boxes),
    )


def _holes(table: str, box: Box, areas: Areas) -> Iterator[tuple[int, str]]:
    """Fill the net from outside; what is left uncovered is a hole."""
    uncovered = {
        (row, column)
        for row in range(_NET)
        for column in range(_NET)
        if not _covered(table, _place(box, row, column), areas)
    }
    for cell in [cell for cell in uncovered if 0 in cell or _NET - 1 in cell]:
        _fill(cell, uncovered)
    while uncovered:
        first = min(uncovered)
        found = _fill(first, uncovered)
        middle = sorted(found)[len(found) // 2]
        lat, lon = _place(box, *middle)
        yield len(found), f"{lat:.5f}, {lon:.5f}"


def _place(box: Box, row: int, column: int) -> tuple[float, float]:
    """Give the middle of a mesh, in degrees."""
    lat = box.south + (box.north - box.south) * (row + 0.5) / _NET
    lon = box.west + (box.east - box.west) * (column + 0.5) / _NET
    return lat / DEGREE, lon / DEGREE


def _covered(table: str, place: tuple[float, float], areas: Areas) -> bool:
    found = areas.of(Location(lat=place[0], lon=place[1])).found
    return any(each.area.table == table for each in found)


def _fill(start: _Cell, uncovered: set[_Cell]) -> list[_Cell]:
    """Take a cell and all that hang together with it out of the uncovered ones; give them."""
    taken, waiting = [], [start]
    while waiting:
        cell = waiting.pop()
        if cell not in uncovered:
            continue
        uncovered.remove(cell)
        taken.append(cell)
        row, column = cell
        waiting += ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return taken
