"""
Which area a place is in, among 100 to 10,000 areas.

    python benchmarks/areas.py

The areas are a grid of wards with bent borders over the same land, so that more areas are smaller ones, as a council
has them; the places are the same, spread over all of it.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from functools import partial

from harness import Spread, interleave, ratio, table, timed
from onestop.core.areas import Area, Areas
from onestop.core.enquiry import Location
from onestop.core.geometry import Point, Polygon, Ring
from onestop.policy.areas import tangled

COUNTS = (100, 1_000, 10_000)
SOUTH, WEST, NORTH, EAST = 53_300_000, -3_100_000, 53_500_000, -2_800_000
SEED = 20260302


def areas(count: int, *, corners: int = 40) -> list[Area]:
    """Give so many wards that part the land of a council between them, each with so many corners."""
    columns = next(n for n in range(math.isqrt(count), 0, -1) if count % n == 0)
    rows = count // columns
    side = max(1, corners // 4)

    def joint(row: float, column: float) -> Point:
        bend = 0.15 * math.sin(2 * row + 3 * column)
        lat = SOUTH + (NORTH - SOUTH) * (row + bend * min(1, row, rows - row)) / rows
        lon = WEST + (EAST - WEST) * (column + bend * min(1, column, columns - column)) / columns
        return Point(round(lat), round(lon))

    def ring(row: int, column: int) -> Ring:
        steps = [step / side for step in range(side)]
        return Ring.of(
            [joint(row, column + step) for step in steps]
            + [joint(row + step, column + 1) for step in steps]
            + [joint(row + 1, column + 1 - step) for step in steps]
            + [joint(row + 1 - step, column) for step in steps]
        )

    return [
        Area(f"wards/W{n}", "wards", "ward", f"Ward {n}", polygons=(Polygon([ring(*divmod(n, columns))]),))
        for n in range(count)
    ]


def places(count: int) -> list[Location]:
    """Give so many places on the land of the wards, the same ones every time."""
    chance = random.Random(SEED)
    return [
        Location(lat=chance.uniform(SOUTH + 1, NORTH - 1) / 1e6, lon=chance.uniform(WEST + 1, EAST - 1) / 1e6)
        for _ in range(count)
    ]


def find_all(known: Areas, wanted: list[Location]) -> int:
    for place in wanted:
        known.of(place)
    return len(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description="Places a second among 100 to 10,000 areas.")
    parser.add_argument("--places", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    wanted, rounds = (places(50), 1) if options.quick else (places(options.places), options.rounds)
    drawn = {count: areas(count) for count in (COUNTS[:2] if options.quick else COUNTS)}
    known = {f"{count:,} areas": Areas(each) for count, each in drawn.items()}
    for each in known.values():
        if any(not each.of(place).codes for place in wanted):
            raise SystemExit("a place falls between the areas: there is nothing to compare")
    rates = interleave({name: timed(partial(find_all, it, wanted)) for name, it in known.items()}, rounds=rounds)
    fewest = next(iter(known))
    rows = [
        [name, f"{Spread.of(each):,.0f}", f"{1e6 / Spread.of(each).median:.1f}", f"{ratio(rates, name, fewest):.2f}"]
        for name, each in rates.items()
    ]
    print(f"{len(wanted)} places, {rounds} rounds\n")
    print(table(["", "places a second: median (min–max)", "µs", f"to {fewest}"], rows))
    polygons = [polygon for area in list(drawn.values())[-1] for polygon in area.polygons]
    for name, shapely in (("own code", False), ("the extra geo, where installed", True)):
        began = time.perf_counter()
        found = sum(1 for _ in tangled(polygons, shapely=shapely))
        print(f"{len(polygons):,} polygons checked by {name}: {time.perf_counter() - began:.2f} s, {found} cross")


if __name__ == "__main__":
    main()
