"""
Areas: what is known of the place an enquiry is about, and what rules ask of it.

An area is land of a policy: one feature of a table that was drawn (a ward), a circle, or some postcodes. It is named
`table/code` where its table has several areas, and by its table where the table is the area. Drawn land and circles are
found by the point of a location, postcodes by its postcode.

The areas of one table part the land between them, as wards do. So a point is in one area of a table at the most: on a
border, or where two overlap, in the one that the file has first; in a gap that drawing or rounding left, which is up to
a metre to each side, in the first one that is so near. The others are named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from onestop.core.enquiry import Location
from onestop.core.geometry import Box, Grid, Point, Polygon, circle_box, distance_m, widened
from onestop.core.model import Frozen, FrozenMap
from onestop.core.postcode import normalise_postcode

__all__ = [
    "NOWHERE",
    "Area",
    "Areas",
    "By",
    "Found",
    "Near",
    "PlaceFacts",
    "Where",
    "postcode_prefix",
    "prefixes_of",
]

By = Literal["point", "postcode"]

GAP_M = 1.0  # how far from a drawn border a place may lie that no area of the table has
FARTHEST_M = 100_000  # the radius of a circle at the most

_OUTWARD = re.compile(r"[A-Z]{1,2}(?:[0-9][0-9A-Z]?)?\Z")
_SECTOR = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) ([0-9])\Z")


def postcode_prefix(text: str) -> str | None:
    """
    Give a postcode's beginning as it is compared: area, district, sector or the whole; None when it is none.

    Without a blank, digits belong to the district: NP12 is no part of NP1.

    >>> [postcode_prefix(text) for text in ("np", "NP1", "np1  2", "np12ab", "NP1 2A", "12")]
    ['NP', 'NP1', 'NP1 2', 'NP1 2AB', None, None]
    """
    if (whole := normalise_postcode(text)) is not None:
        return whole
    prefix = " ".join(text.upper().split())
    if _OUTWARD.match(prefix):
        outward = prefix if prefix[-1].isdigit() or len(prefix) > 2 else f"{prefix}1"
        return prefix if normalise_postcode(f"{outward} 1AA") == f"{outward} 1AA" else None
    sector = _SECTOR.match(prefix)
    return prefix if sector and normalise_postcode(f"{prefix}AA") == f"{prefix}AA" else None


def prefixes_of(postcode: str | None) -> tuple[str, ...]:
    """
    Give every beginning that a postcode is filed under, the longest first; none when it is no postcode.

    >>> prefixes_of("np1 2ab")
    ('NP1 2AB', 'NP1 2', 'NP1', 'NP')
    """
    whole = normalise_postcode(postcode) if postcode else None
    if whole is None:
        return ()
    outward = whole.partition(" ")[0]
    return whole, whole[: len(outward) + 2], outward, outward[: 2 if outward[1:2].isalpha() else 1]


def _prefix(text: str) -> str:
    prefix = postcode_prefix(text)
    if prefix is None:
        raise PydanticCustomError("postcode_prefix", "not the beginning of a postcode")
    return prefix


Prefix = Annotated[str, AfterValidator(_prefix)]
Degrees = tuple[
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
]
Metres = Annotated[int, Field(gt=0, le=FARTHEST_M)]


# -- what is asked of a place ------------------------------------------------------------------------------------------


class Near(Frozen):
    """A circle that a place must lie in; its edge is in it."""

    point: Degrees  # latitude, longitude
    within_m: Metres

    @property
    def centre(self) -> Point:
        """The middle."""
        return Point.of(*self.point)

    @property
    def box(self) -> Box:
        """A box that holds the circle."""
        return circle_box(self.centre, self.within_m)

    def has(self, point: Point) -> bool:
        """Say whether a point lies in the circle."""
        return distance_m(self.centre, point) <= self.within_m


class Where(Frozen):
    """Conditions on the place of an enquiry: all that are given must hold."""

    area: tuple[str, ...] = ()  # areas, or tables for any area of theirs
    postcode: tuple[Prefix, ...] = ()
    near: Near | None = None
    place: FrozenMap[str, tuple[str, ...]] = FrozenMap()  # what the host's maps say: name → accepted values


# -- areas -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Area:
    """Land that a policy names: drawn, a circle or postcodes."""

    id: str  # table/code, or the table
    table: str
    kind: str  # the council's word, such as ward
    name: str
    polygons: tuple[Polygon, ...] = ()
    postcodes: tuple[str, ...] = ()  # as `postcode_prefix` gives them
    circle: Near | None = None

    @property
    def by(self) -> By:
        """What of a location tells whether it is here."""
        return "postcode" if self.postcodes else "point"

    def boxes(self) -> Iterable[Box]:
        """Give boxes that hold the land and the gap around it; none for postcodes."""
        if self.circle:
            yield self.circle.box
        for polygon in self.polygons:
            yield widened(polygon.box, GAP_M)

    def has(self, point: Point) -> bool:
        """Say whether a point lies in the land or on its border."""
        if self.circle:
            return self.circle.has(point)
        return any(polygon.side(point) != "outside" for polygon in self.polygons)

    def borders(self, point: Point) -> bool:
        """Say whether a point lies as near to the drawn border as a gap may be wide."""
        return any(polygon.near(point, GAP_M) for polygon in self.polygons)


class Found(NamedTuple):
    """The area of one table that a place is in."""

    area: Area
    also: tuple[str, ...] = ()  # others that the place is on the border of, or in: the file has them later


class Areas:
    """All areas of a policy, in the order of the files; safe to share between threads."""

    def __init__(self, areas: Iterable[Area] = ()) -> None:
        self._areas = tuple(areas)
        self._by_id = {area.id: area for area in self._areas}
        self._evidence: dict[str, frozenset[By]] = {}
        prefixes: dict[str, list[int]] = {}
        boxes: list[tuple[Box, int]] = []
        for number, area in enumerate(self._areas):
            for name in (area.table, area.id):
                self._evidence[name] = self._evidence.get(name, frozenset()) | {area.by}
            boxes += [(box, number) for box in area.boxes()]
            for prefix in area.postcodes:
                prefixes.setdefault(prefix, []).append(number)
        self._grid = Grid(boxes)
        self._prefixes = prefixes

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas)

    def __contains__(self, name: object) -> bool:
        """Say whether an area or a table has this name."""
        return name in self._evidence

    def __getitem__(self, area: str) -> Area:
        return self._by_id[area]

    def evidence(self, name: str) -> frozenset[By]:
        """Give what of a location tells whether it is in an area, or in any of a table."""
        return self._evidence.get(name, frozenset())

    def of(self, location: Location | None) -> PlaceFacts:
        """Give what is known of a location; the areas of several tables come in the order of the files."""
        if location is None:
            return NOWHERE
        point = None
        if location.lat is not None and location.lon is not None:
            point = Point.of(location.lat, location.lon)
        prefixes = prefixes_of(location.postcode)
        found = self._by_point(point) if point and len(self._areas) else {}
        for prefix in prefixes:
            for number in self._prefixes.get(prefix, ()):
                found[self._areas[number].table] = (number, Found(self._areas[number]))
        known: set[By] = {"point"} if point else set()
        if prefixes:
            known.add("postcode")
        said = {name: value.strip().casefold() for name, value in location.facts.items()}
        inside = tuple(each for _, each in sorted(found.values(), key=lambda entry: entry[0]))
        return PlaceFacts(inside, frozenset(known), point, prefixes, said, self)

    def remembered(self, areas: Iterable[str]) -> PlaceFacts:
        """Give what is known of a place by nothing but the areas it was in: those that this policy still has."""
        found = tuple(Found(self._by_id[area]) for area in areas if area in self._by_id)
        return PlaceFacts(found, frozenset({"point", "postcode"}) if found else frozenset(), None, (), {}, self)

    def _by_point(self, point: Point) -> dict[str, tuple[int, Found]]:
        inside: dict[str, list[int]] = {}
        close: list[int] = []
        for number in sorted(set(self._grid.at(point))):
            area = self._areas[number]
            if area.has(point):
                inside.setdefault(area.table, []).append(number)
            else:
                close.append(number)
        gaps: dict[str, list[int]] = {}
        for number in close:  # only where no area of the table has the place: this costs more
            area = self._areas[number]
            if area.table not in inside and area.borders(point):
                gaps.setdefault(area.table, []).append(number)
        inside |= gaps
        return {table: (numbers[0], self._first(numbers)) for table, numbers in inside.items()}

    def _first(self, numbers: list[int]) -> Found:
        return Found(self._areas[numbers[0]], tuple(self._areas[number].id for number in numbers[1:]))


class PlaceFacts:
    """What is known of one place; made by `Areas`."""

    __slots__ = ("_names", "_said", "areas", "found", "known", "point", "prefixes")

    def __init__(
        self,
        found: tuple[Found, ...],
        known: frozenset[By],
        point: Point | None,
        prefixes: tuple[str, ...],
        said: Mapping[str, str],
        areas: Areas,
    ) -> None:
        self.found = found
        self.known = known
        self.point = point
        self.prefixes = prefixes
        self.areas = areas
        self._said = said
        self._names: dict[str, Found] = {}
        for each in found:
            self._names.setdefault(each.area.table, each)
            self._names[each.area.id] = each

    @property
    def codes(self) -> tuple[str, ...]:
        """The areas that the place is in, by their names."""
        return tuple(each.area.id for each in self.found)

    @property
    def names(self) -> Collection[str]:
        """The areas that the place is in, and their tables."""
        return self._names.keys()

    @property
    def said(self) -> Collection[tuple[str, str]]:
        """What the host's maps say, without case."""
        return self._said.items()

    def holds(self, where: Where) -> tuple[str, ...] | str:
        """
        Give the conditions that hold; or, as plain text, the first one that does not.

        A condition that nobody can judge does not hold, and says so: `area:unknown`.
        """
        held: list[str] = []
        for judged in (self._area(where), self._postcode(where), self._near(where), self._place(where)):
            if isinstance(judged, str):
                return judged
            held += judged
        return tuple(held)

    def _area(self, where: Where) -> Iterable[str] | str:
        if not where.area:
            return ()
        found = next((self._names[name] for name in where.area if name in self._names), None)
        if found is not None:
            also = f" also {' '.join(found.also)}" if found.also else ""
            return (f"area={found.area.id}{also}",)
        judged = bool(self.known) and all(self.areas.evidence(name) <= self.known for name in where.area)
        return "area" if judged else "area:unknown"

    def _postcode(self, where: Where) -> Iterable[str] | str:
        if not where.postcode:
            return ()
        prefix = next((prefix for prefix in where.postcode if prefix in self.prefixes), None)
        if prefix is not None:
            return (f"postcode={prefix}",)
        return "postcode" if self.prefixes else "postcode:unknown"

    def _near(self, where: Where) -> Iterable[str] | str:
        if where.near is None:
            return ()
        if self.point is None:
            return "near:unknown"
        return ("near",) if where.near.has(self.point) else "near"

    def _place(self, where: Where) -> Iterable[str] | str:
        held = []
        for name, accepted in where.place.items():
            said = self._said.get(name)
            value = next((value for value in accepted if value.strip().casefold() == said), None)
            if value is None:
                return f"place.{name}" if said is not None else f"place.{name}:unknown"
            held.append(f"place.{name}={value}")
        return held


NOWHERE = PlaceFacts((), frozenset(), None, (), {}, Areas())
"""What is known where no place was said."""
