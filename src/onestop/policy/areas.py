"""
Areas of a policy: read from GeoJSON (RFC 7946) and from `areas.toml`, and checked.

A GeoJSON file is read once, when the folder is: what goes into the policy's document, and so into its hash, are the
shapes, as whole microdegrees written as text. What makes a file unfit is refused then, naming the feature.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from onestop.core.areas import Area, Degrees, Metres, Near, Prefix, Where
from onestop.core.conditions import When
from onestop.core.geometry import Point, Polygon, Ring, crossing, read_ring
from onestop.core.model import Frozen, FrozenMap
from onestop.errors import RequestError
from onestop.policy.mistakes import Mistakes, Place, one_of

__all__ = ["area_mistakes", "read_area", "read_shapes", "tangled"]

SIZE_LIMIT = 32 * 1024 * 1024  # bytes of one GeoJSON file
CORNER_LIMIT = 1_000_000  # corners of one file
_MOST_TOLD = 20  # mistakes of one file
_LONGEST = 100  # characters of a code or a name
_BRITISH = frozenset({"GB", "GG", "IM", "JE"})
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
_KINDS = ("file", "postcodes", "point")

_METRES = (
    "is in metres, as on the British National Grid (EPSG:27700): export it in WGS 84 (EPSG:4326), degrees of longitude "
    "then latitude"
)
_SWAPPED = "has latitude and longitude swapped: GeoJSON says longitude first"
_EMPTY = "has no land that is wider than a tenth of a metre"


class _Unfit(Exception):
    """A feature cannot be an area; its text says why."""


class Shape(Frozen):
    """One feature of a file, reduced to what the policy needs."""

    name: str
    polygons: tuple[tuple[str, ...], ...]  # the outer ring, then the holes, as `Ring.text` writes them


class _Drawn(Frozen):
    file: str
    code: str
    name: str | None = None
    kind: str = ""
    shapes: FrozenMap[str, Shape]


class _Circle(Frozen):
    point: Degrees
    within_m: Metres
    name: str = ""
    kind: str = ""


class _Postcodes(Frozen):
    postcodes: tuple[Prefix, ...]
    name: str = ""
    kind: str = ""


# -- files -------------------------------------------------------------------------------------------------------------


def read_shapes(folder: Path, document: dict[str, Any], mistakes: Mistakes) -> None:
    """Put the shapes of each GeoJSON file that `areas.toml` names into the document of a folder."""
    tables = document.get("areas", {}).get("areas")
    region = document.get("council", {}).get("region", "GB")
    british = isinstance(region, str) and region in _BRITISH
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if not isinstance(table, dict):
            continue
        if table.pop("shapes", None) is not None:
            mistakes.add("areas", ("areas", name, "shapes"), "is not known here; known are file, code, name, kind")
        if isinstance(table.get("file"), str) and isinstance(table.get("code"), str):
            table["shapes"] = _shapes_of(folder, (name, table), mistakes, british)


def _shapes_of(folder: Path, named: tuple[str, dict[str, Any]], mistakes: Mistakes, british: bool) -> dict[str, Any]:
    name, table = named
    at: Place = ("areas", name, "file")
    path = PurePosixPath(table["file"])
    if path.is_absolute() or ".." in path.parts or path.suffix not in (".geojson", ".json") or "\0" in table["file"]:
        mistakes.unread.add("shapes")
        mistakes.add("areas", at, "must name a GeoJSON file inside the policy's folder, such as areas/wards.geojson")
        return {}
    try:
        features = _features(_content(folder, folder / path))
    except _Unfit as unfit:
        mistakes.add("areas", at, str(unfit))
        mistakes.unread.add("shapes")
        return {}
    return _Reader(str(path), table, british).read(features, mistakes)


def _content(folder: Path, path: Path) -> Any:
    try:
        # A link may lead to another place of the folder, as mounted settings do, and nowhere else.
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            raise _Unfit("names no file of the policy's folder")
        if path.stat().st_size > SIZE_LIMIT:
            raise _Unfit(f"is larger than {SIZE_LIMIT // 1024**2} MiB: simplify it to a metre or so")
        return json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_constant)
    except OSError:
        raise _Unfit("names a file that cannot be read") from None
    except RecursionError:
        raise _Unfit("is nested deeper than GeoJSON is") from None
    except ValueError as error:
        known = str(error) if isinstance(error, _NoNumber) else "is not JSON in UTF-8"
        raise _Unfit(known) from None


class _NoNumber(ValueError):
    pass


def _no_constant(name: str) -> Any:
    raise _NoNumber(f"holds {name}, which is no coordinate")


def _features(content: Any) -> list[Any]:
    if not isinstance(content, dict) or content.get("type") not in ("FeatureCollection", "Feature"):
        raise _Unfit("must be a GeoJSON FeatureCollection")
    if "crs" in content and not any(known in json.dumps(content["crs"]) for known in _WGS84):
        raise _Unfit("is not in WGS 84, as its crs says: export it in EPSG:4326, longitude then latitude")
    features = [content] if content["type"] == "Feature" else content.get("features")
    if not isinstance(features, list) or not features:
        raise _Unfit("holds no feature")
    return features


class _Reader:
    """Reads the features of one file."""

    def __init__(self, file: str, table: Mapping[str, Any], british: bool) -> None:
        self._file = file
        self._code, self._name = table["code"], table.get("name")
        self._british = british
        self._corners = 0

    def read(self, features: list[Any], mistakes: Mistakes) -> dict[str, Any]:
        """Give the shapes by their codes, in the order of the file; what is unfit is noted."""
        found: dict[str, tuple[str, str, tuple[Polygon, ...]]] = {}
        told: list[tuple[str, str]] = []
        for number, feature in enumerate(features):
            where = f"feature {number}"
            try:
                code, name = self._named(feature)
                where = f"feature {number} ({code})"
                polygons = self._polygons(feature.get("geometry"))
            except _Unfit as unfit:
                told.append((where, str(unfit)))
                continue
            if code in found:
                told.append((where, "has the code of an earlier feature"))
            found.setdefault(code, (where, name, polygons))
        every = [(where, polygon) for where, _, polygons in found.values() for polygon in polygons]
        told += [(every[number][0], problem) for number, problem in tangled([polygon for _, polygon in every])]
        if told:
            mistakes.unread.add("shapes")
        for where, problem in told[:_MOST_TOLD]:
            mistakes.add_file(self._file, where, problem)
        if len(told) > _MOST_TOLD:
            mistakes.add_file(self._file, "", f"has {len(told) - _MOST_TOLD} more mistakes of this sort")
        return {
            code: {"name": name, "polygons": [[ring.text() for ring in polygon.rings] for polygon in polygons]}
            for code, (_, name, polygons) in found.items()
        }

    def _named(self, feature: Any) -> tuple[str, str]:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise _Unfit("has no properties")
        if self._code not in properties:
            raise _Unfit(f"has no property {self._code[:40]!r}; it has {one_of(properties)[:200]}")
        code = _label(properties[self._code])
        if code is None:
            raise _Unfit(f"must have a code of 1 to {_LONGEST} visible characters")
        return code, _label(properties.get(self._name)) or code

    def _polygons(self, geometry: Any) -> tuple[Polygon, ...]:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind not in ("Polygon", "MultiPolygon"):
            raise _Unfit("must be a Polygon or a MultiPolygon")
        coordinates = geometry.get("coordinates")
        parts = [coordinates] if kind == "Polygon" else coordinates
        if not isinstance(parts, list) or not parts:
            raise _Unfit("has no coordinates")
        polygons = tuple(polygon for part in parts if (polygon := self._polygon(part)) is not None)
        if not polygons:
            raise _Unfit(_EMPTY)
        return polygons

    def _polygon(self, part: Any) -> Polygon | None:
        """Give a polygon without the rings that vanish when rounded; None when the outer one does."""
        if not isinstance(part, list) or not part:
            raise _Unfit("has a polygon without rings")
        rings = [self._ring(ring) for ring in part]
        if rings[0].flat:
            return None
        return Polygon([ring for ring in rings if not ring.flat])

    def _ring(self, corners: Any) -> Ring:
        """Give a ring; one that does not say its first corner again at its end is closed."""
        if not isinstance(corners, list) or len(corners) < 3:
            raise _Unfit("has a ring of fewer than three corners")
        self._corners += len(corners)
        if self._corners > CORNER_LIMIT:
            raise _Unfit(f"is beyond the {CORNER_LIMIT:,} corners that a file may have: simplify it to a metre or so")
        if not all(isinstance(c, list) and len(c) >= 2 and _is_number(c[0]) and _is_number(c[1]) for c in corners):
            raise _Unfit("has a corner that is not a list of two numbers, longitude and latitude")
        if any(abs(lon) > 180 or abs(lat) > 90 for lon, lat, *_ in corners):
            raise _Unfit(_METRES)
        if self._british and all(49 <= lon <= 61 and -9 <= lat <= 2 for lon, lat, *_ in corners):
            raise _Unfit(_SWAPPED)
        return Ring.of(Point.of(lat, lon) for lon, lat, *_ in corners)


def _is_number(value: Any) -> bool:
    return (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < 10**9)


def _label(value: Any) -> str | None:
    text = " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None


def tangled(polygons: Sequence[Polygon], *, shapely: bool = True) -> Iterator[tuple[int, str]]:
    """
    Give the polygons whose sides cross, by their numbers, each with what to say of it.

    The extra `geo`, where it is installed, says sooner which polygons are valid, and only the others are looked at
    here: what is valid by its stricter rules has no sides that cross, so that the answer is the same without it.
    """
    for number in _suspects(polygons) if shapely else range(len(polygons)):
        try:
            place = crossing(polygons[number])
        except RequestError:
            yield number, "is too tangled to be checked: its sides lie over each other"
            continue
        if place is not None:
            yield number, f"crosses itself at latitude and longitude {place}"


def _suspects(polygons: Sequence[Polygon]) -> Iterable[int]:
    """Give the numbers of the polygons that shapely calls invalid; of all where it is not installed."""
    try:
        import shapely
    except ImportError:
        return range(len(polygons))
    rings = [[list(zip(ring.lons, ring.lats, strict=True)) for ring in polygon.rings] for polygon in polygons]
    valid = shapely.is_valid([shapely.Polygon(shell, holes) for shell, *holes in rings])
    return [number for number, good in enumerate(valid) if not good]


# -- tables ------------------------------------------------------------------------------------------------------------


def read_area(table: str, raw: dict[str, Any], place: Place, mistakes: Mistakes, region: str) -> list[Area]:
    """Give the areas of one table of `areas.toml`."""
    which = [key for key in _KINDS if key in raw]
    if "/" in table:
        mistakes.add("areas", place, "must have a name without a slash, which parts it from the codes of its areas")
    if len(which) != 1:
        mistakes.add("areas", place, f"must have exactly one of {', '.join(_KINDS)}")
        return []
    if which == ["file"]:
        return _drawn(table, raw, place, mistakes)
    if which == ["postcodes"]:
        if raw["postcodes"] == []:
            mistakes.add("areas", (*place, "postcodes"), "must hold at least 1 entry")
        listed = mistakes.validate(_Postcodes, raw, "areas", place)
        return [Area(table, table, listed.kind, listed.name or table, postcodes=listed.postcodes)] if listed else []
    circle = mistakes.validate(_Circle, raw, "areas", place)
    if circle is None:
        return []
    if problem := _swapped(circle.point, region):
        mistakes.add("areas", (*place, "point"), problem)
    near = Near(point=circle.point, within_m=circle.within_m)
    return [Area(table, table, circle.kind, circle.name or table, circle=near)]


def _drawn(table: str, raw: dict[str, Any], place: Place, mistakes: Mistakes) -> list[Area]:
    if "shapes" not in raw and "code" in raw:
        mistakes.add("areas", (*place, "file"), "was not read: its shapes are missing from the policy's source")
        return []
    drawn = mistakes.validate(_Drawn, {"shapes": {}, **raw}, "areas", place)
    areas = []
    for code, shape in drawn.shapes.items() if drawn else ():
        try:
            polygons = tuple(Polygon([read_ring(ring) for ring in rings]) for rings in shape.polygons if rings)
        except RequestError as error:
            mistakes.add("areas", (*place, "shapes", code[:_LONGEST]), str(error))
            continue
        assert drawn is not None
        areas.append(Area(f"{table}/{code}", table, drawn.kind, shape.name, polygons=polygons))
    return areas


def area_mistakes(where: Where | When, known: frozenset[str] | None, region: str) -> Iterator[tuple[Place, str]]:
    """Give what is wrong with conditions on a place; `known` are the areas and tables, None when nobody can know."""
    for number, name in enumerate(where.area):
        if known is not None and name not in known:
            near = [other for other in known if other.endswith(f"/{name}")] or sorted(known)
            yield ("area", number), f"names no area: {name[:_LONGEST]!r}; there are {one_of(near)}"
    if where.near and (problem := _swapped(where.near.point, region)):
        yield ("near", "point"), problem


def _swapped(point: tuple[float, float], region: str) -> str | None:
    lat, lon = point
    if region in _BRITISH and -9 <= lat <= 2 and 49 <= lon <= 61:
        return "has latitude and longitude swapped: here latitude comes first"
    return None
