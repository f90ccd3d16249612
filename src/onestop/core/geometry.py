"""
Land on a map: polygons with holes, circles, and which of very many a point lies in.

Points are whole microdegrees of WGS 84 (0.11 m from south to north, and less from west to east), so that every test is
exact: two areas that share a border agree on each point of it, and a point on the border is known to be on it. What
lies inside is told by the even-odd rule, which has one answer even for rings that touch themselves.

Distances are along the sphere of the earth's mean radius, at most 0.6 % off the true ones. Nothing here crosses the
180th meridian: a polygon that does is read the long way round.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Generic, Literal, NamedTuple, TypeVar

from onestop.errors import RequestError

__all__ = [
    "Box",
    "Grid",
    "Point",
    "Polygon",
    "Ring",
    "cells_at",
    "cells_of",
    "circle_box",
    "crossing",
    "distance_m",
    "read_ring",
    "widened",
]

Side = Literal["inside", "border", "outside"]
T = TypeVar("T")

EARTH_M = 6_371_008.8  # the mean radius (IUGG)
DEGREE = 1_000_000
METRES = EARTH_M * math.pi / 180 / DEGREE  # of a microdegree from south to north

_PER_BAND = 4  # edges of a polygon per band of latitude …
_MOST_ENTRIES = 3  # … and how often an edge may stand in bands, beyond once, on average
_ROUNDED = 2  # microdegrees: rings that cross no deeper than this may have been made to by rounding
_PAIRS = 60  # pairs of edges that are compared for each edge, on average, before a polygon is too tangled to be checked


class Point(NamedTuple):
    """A place in microdegrees."""

    lat: int
    lon: int

    @classmethod
    def of(cls, lat: float, lon: float) -> Point:
        """
        Give the point of degrees.

        Raises:
            RequestError: they are no place on earth.
        """
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # which NaN is not either
            raise RequestError("a place has a latitude of -90 to 90 and a longitude of -180 to 180 degrees")
        return cls(round(lat * DEGREE), round(lon * DEGREE))

    def __str__(self) -> str:
        return f"{self.lat / DEGREE:.6f}, {self.lon / DEGREE:.6f}"


class Box(NamedTuple):
    """All from one corner to the other, in microdegrees; the edges are in it."""

    south: int
    west: int
    north: int
    east: int

    def has(self, point: Point) -> bool:
        """Say whether a point lies in the box."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


class Ring(NamedTuple):
    """A closed line by its corners, the first of which is not said again at the end."""

    lats: Sequence[int]
    lons: Sequence[int]

    @classmethod
    def of(cls, points: Iterable[Point]) -> Ring:
        """Give the ring through some points; those that say the one before again are left out."""
        kept: list[Point] = []
        for point in points:
            if not kept or point != kept[-1]:
                kept.append(point)
        while len(kept) > 1 and kept[0] == kept[-1]:
            kept.pop()
        return cls(array("i", [point.lat for point in kept]), array("i", [point.lon for point in kept]))

    @property
    def flat(self) -> bool:
        """Whether all corners lie on one line, so that there is no land inside."""
        corners = list(zip(self.lats, self.lons, strict=True))
        first, second = corners[0], corners[1] if len(corners) > 1 else corners[0]
        return not any(_turn((*first, *second), lat, lon) for lat, lon in corners)

    def edges(self) -> Iterator[_Edge]:
        """Give each side, from corner to corner."""
        lats, lons = self.lats, self.lons
        return zip(lats, lons, chain(lats[1:], lats[:1]), chain(lons[1:], lons[:1]), strict=True)

    def text(self) -> str:
        """
        Give the ring as text: the first corner's latitude and longitude, then what each further one differs by.

        >>> Ring.of([Point(51_500_000, -33_000), Point(51_500_100, -33_000), Point(51_500_100, -33_050)]).text()
        '51500000 -33000 100 0 0 -50'
        """
        corners = list(zip(self.lats, self.lons, strict=True))
        steps = [corners[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(corners))]
        return " ".join(f"{lat} {lon}" for lat, lon in steps)


_Edge = tuple[int, int, int, int]  # latitude and longitude of one end, then of the other


def read_ring(text: str) -> Ring:
    """
    Give the ring that `Ring.text` wrote.

    Raises:
        RequestError: the text is no ring with land inside.
    """
    try:
        steps = [int(number) for number in text.split()]
        ring = Ring(array("i", accumulate(steps[0::2])), array("i", accumulate(steps[1::2])))
    except (ValueError, OverflowError) as exc:
        raise RequestError("a ring is written as whole numbers of microdegrees") from exc
    if len(ring.lats) != len(ring.lons) or len(ring.lats) < 3 or ring.flat:
        raise RequestError("a ring has at least three corners, with land between them")
    if max(map(abs, ring.lats)) > 90 * DEGREE or max(map(abs, ring.lons)) > 180 * DEGREE:
        raise RequestError("a ring lies on earth: -90 to 90, -180 to 180 degrees")
    return ring


class Polygon:
    """
    Land inside an outer ring and outside the holes; safe to share between threads.

    The sides are filed by bands of latitude when the first point is looked for, so that a point is held against few of
    them however many there are.
    """

    __slots__ = ("_bands", "box", "rings")

    def __init__(self, rings: Sequence[Ring]) -> None:
        self.rings = tuple(rings)
        outer = self.rings[0]
        self.box = Box(min(outer.lats), min(outer.lons), max(outer.lats), max(outer.lons))
        self._bands: _Bands | None = None

    def side(self, point: Point) -> Side:
        """Say where a point lies; the edge of a hole is border, too."""
        if not self.box.has(point):
            return "outside"
        lat, lon = point
        inside = False
        for lat1, lon1, lat2, lon2 in self._filed().at(lat):
            if lat1 == lat and (lon1 == lon or (lat2 == lat and (lon1 > lon) != (lon2 > lon))):
                return "border"
            if (lat1 > lat) != (lat2 > lat):
                turn = (lon2 - lon1) * (lat - lat1) - (lon - lon1) * (lat2 - lat1)
                if turn == 0:
                    return "border"
                inside ^= (turn > 0) == (lat2 > lat1)
        return "inside" if inside else "outside"

    def near(self, point: Point, within_m: float) -> bool:
        """Say whether the border comes within some metres of a point: for a few metres, on a plane laid there."""
        reach = math.ceil(within_m / METRES)
        wide = METRES * math.cos(math.radians(point.lat / DEGREE))
        return any(_from_edge_m(point, edge, wide) <= within_m for edge in self._filed().reached(point.lat, reach))

    def _filed(self) -> _Bands:
        if self._bands is None:
            self._bands = _Bands(self)
        return self._bands


class _Bands:
    """
    The sides of a polygon by the bands of latitude that they reach into, those that only touch one included.

    A band is one run of numbers, so that looking into one of ten thousand polygons reads memory that lies together.
    """

    __slots__ = ("_bands", "_south", "_step")

    def __init__(self, polygon: Polygon) -> None:
        edges = [edge for ring in polygon.rings for edge in ring.edges()]
        south = min(min(ring.lats) for ring in polygon.rings)
        north = max(max(ring.lats) for ring in polygon.rings)
        # A polygon of long sides would stand in every band with every one of them: then the bands are fewer.
        rise = sum(abs(edge[2] - edge[0]) for edge in edges)
        count = max(1, len(edges) // _PER_BAND)
        self._south = south
        self._step = max((north - south) // count, rise // (_MOST_ENTRIES * len(edges))) + 1
        bands = [array("i") for _ in range((north - south) // self._step + 1)]
        for edge in edges:
            low, high = (edge[0], edge[2]) if edge[0] < edge[2] else (edge[2], edge[0])
            for number in range((low - south) // self._step, (high - south) // self._step + 1):
                bands[number].extend(edge)
        self._bands = bands

    def at(self, lat: int) -> Iterator[_Edge]:
        """Give the sides that may reach a latitude."""
        number = (lat - self._south) // self._step
        return _edges(self._bands[number]) if 0 <= number < len(self._bands) else iter(())

    def reached(self, lat: int, reach: int) -> Iterator[_Edge]:
        """Give the sides that may come that near to a latitude; one that stands in two bands comes twice."""
        first = max(0, (lat - reach - self._south) // self._step)
        last = min(len(self._bands) - 1, (lat + reach - self._south) // self._step)
        for number in range(first, last + 1):
            yield from _edges(self._bands[number])

    def all(self) -> Iterator[Iterator[_Edge]]:
        """Give the sides of each band."""
        return map(_edges, self._bands)


def _edges(band: array[int]) -> Iterator[_Edge]:
    numbers = iter(band)
    return zip(numbers, numbers, numbers, numbers, strict=True)


def crossing(polygon: Polygon) -> Point | None:
    """
    Give a place where the sides of a polygon cross; None where they do not.

    Rings may touch themselves and each other, and may cross by two microdegrees, as rounding makes valid ones do.

    Raises:
        RequestError: the sides lie over each other so much that the answer would take too long.
    """
    left = _PAIRS * sum(len(ring.lats) for ring in polygon.rings) + 10_000
    for band in _Bands(polygon).all():
        by_west = sorted(band, key=_west)
        for number, edge in enumerate(by_west):
            east = max(edge[1], edge[3])
            for place in range(number + 1, len(by_west)):
                other = by_west[place]
                if _west(other) > east:
                    break
                if _cross(edge, other):
                    return _meeting(edge, other)
                left -= 1
            if left < 0:
                raise RequestError("the sides of a polygon are too tangled to be checked")
    return None


def _west(edge: _Edge) -> int:
    return min(edge[1], edge[3])


def _turn(edge: _Edge, lat: int, lon: int) -> int:
    """Give on which side of an edge a point lies, as twice the area between them: 0 is on its line."""
    return (edge[3] - edge[1]) * (lat - edge[0]) - (lon - edge[1]) * (edge[2] - edge[0])


def _cross(one: _Edge, other: _Edge) -> bool:
    """Say whether two sides cross, each end farther from the other side's line than rounding moves it."""
    a, b = _turn(one, other[0], other[1]), _turn(one, other[2], other[3])
    if (a > 0) == (b > 0) or not (a and b):
        return False
    c, d = _turn(other, one[0], one[1]), _turn(other, one[2], one[3])
    if (c > 0) == (d > 0) or not (c and d):
        return False
    limit_one, limit_other = _limit(one), _limit(other)
    return min(a * a, b * b) > limit_one and min(c * c, d * d) > limit_other


def _limit(edge: _Edge) -> int:
    return _ROUNDED**2 * ((edge[2] - edge[0]) ** 2 + (edge[3] - edge[1]) ** 2)


def _meeting(one: _Edge, other: _Edge) -> Point:
    c, d = _turn(other, one[0], one[1]), _turn(other, one[2], one[3])
    part = c / (c - d)
    return Point(round(one[0] + part * (one[2] - one[0])), round(one[1] + part * (one[3] - one[1])))


def _from_edge_m(point: Point, edge: _Edge, wide: float) -> float:
    """Give the metres from a point to a side, on a plane where a microdegree of longitude is `wide` metres."""
    north, east = (edge[2] - edge[0]) * METRES, (edge[3] - edge[1]) * wide
    up, right = (point.lat - edge[0]) * METRES, (point.lon - edge[1]) * wide
    length = north * north + east * east
    along = min(1.0, max(0.0, (up * north + right * east) / length)) if length else 0.0
    return math.hypot(up - along * north, right - along * east)


def distance_m(one: Point, other: Point) -> float:
    """
    Give the metres between two points by the haversine formula.

    >>> round(distance_m(Point.of(51.5, 0.0), Point.of(51.5, 0.01)))
    692
    """
    lat1, lat2 = math.radians(one.lat / DEGREE), math.radians(other.lat / DEGREE)
    half = math.radians((other.lon - one.lon) / DEGREE) / 2
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, chord)))


def circle_box(centre: Point, within_m: float) -> Box:
    """Give a box that holds a circle; all longitudes where it holds a pole or crosses the 180th meridian."""
    high = math.ceil(within_m / METRES) + 1
    south, north = centre.lat - high, centre.lat + high
    farthest = max(abs(south), abs(north)) / DEGREE
    if farthest < 89:
        wide = math.ceil(within_m / METRES / math.cos(math.radians(farthest))) + 1
        west, east = centre.lon - wide, centre.lon + wide
        if west >= -180 * DEGREE and east <= 180 * DEGREE:
            return Box(south, west, north, east)
    return Box(south, -180 * DEGREE, north, 180 * DEGREE)


def widened(box: Box, by_m: float) -> Box:
    """
    Give a box that is wider by some metres on each side.

    >>> widened(Box(51_500_000, 0, 51_500_000, 0), 1.0)
    Box(south=51499991, west=-15, north=51500009, east=15)
    """
    high = math.ceil(by_m / METRES)
    farthest = min(89.0, max(abs(box.south), abs(box.north)) / DEGREE)
    wide = math.ceil(by_m / METRES / math.cos(math.radians(farthest)))
    return Box(box.south - high, box.west - wide, box.north + high, box.east + wide)


Cell = tuple[int, int, int]  # of the grid of a power of two: the power, then its place from south and from west


def cells_of(box: Box) -> Iterator[Cell]:
    """Give the cells that a box reaches into, of the power of two that it just fits: four at the most."""
    size = max(box.north - box.south, box.east - box.west).bit_length()
    for lat in range(box.south >> size, (box.north >> size) + 1):
        for lon in range(box.west >> size, (box.east >> size) + 1):
            yield size, lat, lon


def cells_at(point: Point, sizes: Iterable[int] = range(30)) -> Iterator[Cell]:
    """Give the cells of each size that a point lies in; 30 sizes are all there are on earth."""
    return ((size, point.lat >> size, point.lon >> size) for size in sizes)


class Grid(Generic[T]):
    """
    Things by the box they lie in: which boxes hold a point is found in the same time however many there are.

    Each thing is filed in the cells that its box reaches into; a point is looked for in one cell of each size there is.
    """

    __slots__ = ("_cells", "_sizes")

    def __init__(self, things: Iterable[tuple[Box, T]] = ()) -> None:
        cells: dict[Cell, list[tuple[Box, T]]] = {}
        for box, thing in things:
            for cell in cells_of(box):
                cells.setdefault(cell, []).append((box, thing))
        self._cells = cells
        self._sizes = sorted({size for size, _, _ in cells})

    def at(self, point: Point) -> Iterator[T]:
        """Give what lies in a box that holds the point, each once, in no order that means anything."""
        for cell in cells_at(point, self._sizes):
            for box, thing in self._cells.get(cell, ()):
                if box.has(point):
                    yield thing
