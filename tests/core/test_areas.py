"""Land on a map: which area a place is in, on borders and in gaps, however many areas there are."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.areas import NOWHERE, Area, Areas, Near, Where, postcode_prefix, prefixes_of
from onestop.core.enquiry import Location
from onestop.core.geometry import (
    DEGREE,
    METRES,
    Box,
    Grid,
    Point,
    Polygon,
    Ring,
    circle_box,
    crossing,
    distance_m,
    read_ring,
    widened,
)
from onestop.errors import RequestError

few = settings(max_examples=100, deadline=None)

small = st.integers(-6, 6)
points = st.builds(Point, small, small)
corners = st.lists(points, min_size=3, max_size=9).map(Ring.of)
rings = corners.filter(lambda ring: len(ring.lats) > 2 and not ring.flat)
polygons = rings.map(lambda ring: Polygon([ring]))


def square(south: int, west: int, size: int) -> Ring:
    north, east = south + size, west + size
    return Ring.of([Point(south, west), Point(south, east), Point(north, east), Point(north, west)])


def ward(code: str, *polygons: Polygon) -> Area:
    return Area(f"wards/{code}", "wards", "ward", code, polygons=polygons)


def at(point: Point) -> Location:
    return Location(lat=point.lat / DEGREE, lon=point.lon / DEGREE)


def codes(areas: Areas, point: Point) -> tuple[str, ...]:
    return areas.of(at(point)).codes


def side_by_definition(polygon: Polygon, point: Point) -> str:
    """The even-odd rule and nothing else: every side is looked at, in exact arithmetic."""
    lat, lon = point
    odd = False
    for ring in polygon.rings:
        for lat1, lon1, lat2, lon2 in ring.edges():
            on_line = (lon2 - lon1) * (lat - lat1) == (lon - lon1) * (lat2 - lat1)
            if on_line and min(lat1, lat2) <= lat <= max(lat1, lat2) and min(lon1, lon2) <= lon <= max(lon1, lon2):
                return "border"
            if min(lat1, lat2) <= lat < max(lat1, lat2):
                # compared over a common denominator, so that nothing is rounded
                odd ^= (lon1 - lon) * abs(lat2 - lat1) + (lon2 - lon1) * abs(lat - lat1) > 0
    return "inside" if odd else "outside"


class TestPoints:
    @pytest.mark.parametrize(
        ("lat", "lon"), [(91, 0), (-91, 0), (0, 181), (0, -181), (math.nan, 0), (0, math.nan), (math.inf, 0)]
    )
    def test_what_is_no_place_on_earth_is_refused(self, lat: float, lon: float) -> None:
        with pytest.raises(RequestError, match="latitude"):
            Point.of(lat, lon)

    @few
    @given(st.floats(-90, 90), st.floats(-180, 180))
    def test_a_point_moves_by_half_a_microdegree_at_the_most(self, lat: float, lon: float) -> None:
        point = Point.of(lat, lon)

        assert abs(point.lat / DEGREE - lat) <= 0.500_001 / DEGREE
        assert abs(point.lon / DEGREE - lon) <= 0.500_001 / DEGREE

    def test_distances_are_those_of_the_sphere(self) -> None:
        london, cardiff = Point.of(51.5074, -0.1278), Point.of(51.4816, -3.1791)

        assert distance_m(london, london) == 0
        assert distance_m(london, cardiff) == distance_m(cardiff, london)
        assert distance_m(Point.of(0, 0), Point.of(0, 180)) == pytest.approx(math.pi * 6_371_008.8)
        assert distance_m(london, cardiff) == pytest.approx(211_400, rel=0.005)  # Vincenty on WGS 84, rounded


class TestRings:
    def test_a_corner_that_is_said_again_is_left_out(self) -> None:
        ring = Ring.of([Point(0, 0), Point(0, 0), Point(0, 9), Point(9, 9), Point(0, 0)])

        assert list(zip(ring.lats, ring.lons, strict=True)) == [(0, 0), (0, 9), (9, 9)]

    @few
    @given(rings)
    def test_a_ring_is_read_back_as_it_was_written(self, ring: Ring) -> None:
        assert read_ring(ring.text()) == ring

    @pytest.mark.parametrize(
        "text",
        [
            "", "1 2", "1 2 3", "0 0 0 9 0 9", "0 0 0 9 9", "x y", "0 0 1.5 0 9 9", "99999999999 0 0 9 9 0",
            "9" * 5_000, "90000001 0 0 9 -9 0", "0 180000001 0 -9 9 0",
        ],
    )  # fmt: skip
    def test_a_text_that_is_no_land_is_refused(self, text: str) -> None:
        with pytest.raises(RequestError):
            read_ring(text)


class TestPolygons:
    @few
    @given(polygons, points)
    def test_a_point_is_where_the_even_odd_rule_says(self, polygon: Polygon, point: Point) -> None:
        assert polygon.side(point) == side_by_definition(polygon, point)

    @few
    @given(st.lists(rings, min_size=2, max_size=3), points)
    def test_so_it_is_with_further_rings(self, several: list[Ring], point: Point) -> None:
        outer = square(-7, -7, 14)
        polygon = Polygon([outer, *several])

        assert polygon.side(point) == side_by_definition(polygon, point)

    def test_a_hole_is_outside_and_its_edge_is_border(self) -> None:
        polygon = Polygon([square(0, 0, 90), square(30, 30, 30)])

        assert polygon.side(Point(45, 45)) == "outside"
        assert polygon.side(Point(30, 45)) == "border"
        assert polygon.side(Point(15, 45)) == "inside"

    def test_a_polygon_of_very_many_sides_is_filed_in_proportion_to_them(self) -> None:
        comb = [Point(1_000_000 * (n % 2), n) for n in range(2_000)]
        polygon = Polygon([Ring.of([*comb, Point(-1, 2_000), Point(-1, 0)])])

        assert polygon.side(Point(2, 5)) == side_by_definition(polygon, Point(2, 5))
        assert polygon._bands is not None
        assert sum(len(list(band)) for band in polygon._bands.all()) <= 6 * 2_002

    @few
    @given(polygons, points)
    def test_only_what_lies_in_the_box_is_not_outside(self, polygon: Polygon, point: Point) -> None:
        assert polygon.side(point) == "outside" or polygon.box.has(point)

    def test_the_border_is_near_for_as_many_metres_as_it_is_away(self) -> None:
        polygon = Polygon([square(0, 0, 1_000)])
        away = Point(1_020, 500)
        metres = 20 * METRES

        assert polygon.near(away, metres + 0.01)
        assert not polygon.near(away, metres - 0.01)


class TestCrossing:
    def test_a_bow_tie_crosses_itself_in_the_middle(self) -> None:
        bow_tie = Polygon([Ring.of([Point(0, 0), Point(100, 100), Point(100, 0), Point(0, 100)])])

        assert crossing(bow_tie) == Point(50, 50)

    def test_a_hole_that_reaches_out_crosses_the_outer_ring(self) -> None:
        assert crossing(Polygon([square(0, 0, 90), square(60, 30, 60)])) is not None

    @pytest.mark.parametrize(
        "polygon",
        [
            Polygon([square(0, 0, 90)]),
            Polygon([square(0, 0, 90), square(30, 30, 30)]),
            Polygon([square(0, 0, 90), square(0, 30, 30)]),  # the hole lies along the border
            Polygon(
                [Ring.of([Point(0, 0), Point(50, 50), Point(100, 0), Point(100, 100), Point(50, 50), Point(0, 100)])]
            ),
            Polygon([Ring.of([Point(0, 0), Point(0, 90), Point(90, 90), Point(1, 91), Point(90, 0)])]),  # by a rounding
        ],
        ids=["plain", "hole", "along", "touching", "rounded"],
    )
    def test_rings_may_touch_and_differ_by_a_rounding(self, polygon: Polygon) -> None:
        assert crossing(polygon) is None

    def test_sides_that_all_lie_over_each_other_are_refused_in_bounded_time(self) -> None:
        fan = [Point(n % 2 * 100_000, n % 2 * 100_000 + n // 2) for n in range(4_000)]

        with pytest.raises(RequestError, match="tangled"):
            crossing(Polygon([Ring.of([*fan, Point(-5, 50_000)])]))


class TestGrid:
    boxes = st.builds(
        lambda south, west, high, wide: Box(south, west, south + high, west + wide),
        *(st.integers(-5_000, 5_000), st.integers(-5_000, 5_000), st.integers(0, 9_000), st.integers(0, 9_000)),
    )

    @few
    @given(st.lists(boxes, max_size=30), st.builds(Point, st.integers(-9_000, 9_000), st.integers(-9_000, 9_000)))
    def test_each_box_that_has_a_point_is_found_once(self, boxes: list[Box], point: Point) -> None:
        grid = Grid((box, number) for number, box in enumerate(boxes))

        assert sorted(grid.at(point)) == [number for number, box in enumerate(boxes) if box.has(point)]

    @few
    @given(st.floats(-90, 90), st.floats(-180, 180), st.integers(1, 100_000), st.floats(0, 360), st.floats(0, 1))
    def test_a_circle_lies_in_its_box(self, lat: float, lon: float, within_m: int, bearing: float, part: float) -> None:
        centre = Point.of(lat, lon)
        away = _destination(centre, bearing, part * within_m)

        assert distance_m(centre, away) > within_m or circle_box(centre, within_m).has(away)

    def test_a_wider_box_has_what_lies_beside_the_corner(self) -> None:
        wide = widened(Box(51_000_000, 0, 51_000_000, 0), 1.0)

        assert distance_m(Point(51_000_000, 0), Point(51_000_000, wide.east)) >= 1.0
        assert distance_m(Point(51_000_000, 0), Point(wide.north, 0)) >= 1.0


def _destination(start: Point, bearing: float, metres: float) -> Point:
    lat, lon, turn, arc = *(math.radians(part / DEGREE) for part in start), math.radians(bearing), metres / 6_371_008.8
    north = math.asin(min(1, max(-1, math.sin(lat) * math.cos(arc) + math.cos(lat) * math.sin(arc) * math.cos(turn))))
    east = math.atan2(math.sin(turn) * math.sin(arc) * math.cos(lat), math.cos(arc) - math.sin(lat) * math.sin(north))
    return Point.of(math.degrees(north), (math.degrees(lon + east) + 540) % 360 - 180)


class TestAreas:
    east, west = ward("E", Polygon([square(0, 100, 100)])), ward("W", Polygon([square(0, 0, 100)]))

    def test_a_place_on_a_shared_border_is_in_the_first_of_the_file_and_names_both(self) -> None:
        places = [Areas(order).of(at(Point(50, 100))) for order in ([self.west, self.east], [self.east, self.west])]

        assert [place.codes for place in places] == [("wards/W",), ("wards/E",)]
        assert places[0].holds(Where(area=("wards/W",))) == ("area=wards/W also wards/E",)

    def test_a_place_in_a_gap_of_a_metre_is_in_the_first_that_is_near(self) -> None:
        areas = Areas([ward("E", Polygon([square(0, 110, 100)])), self.west])

        found = {lon: codes(areas, Point(50, lon)) for lon in range(99, 112)}

        assert set(found.values()) == {("wards/E",), ("wards/W",)}
        assert (found[100], found[110]) == (("wards/W",), ("wards/E",))

    def test_a_place_beyond_the_gap_is_in_none(self) -> None:
        assert codes(Areas([self.west]), Point(50, 130)) == ()

    @few
    @given(st.integers(0, 8), st.data())
    def test_no_place_falls_between_areas_that_share_their_corners(self, cells: int, data: st.DataObject) -> None:
        size, count = 100, cells + 2
        joints = {
            (row, column): Point(
                row * size + data.draw(st.integers(-30, 30)), column * size + data.draw(st.integers(-30, 30))
            )
            for row in range(3)
            for column in range(count)
        }
        drawn = [
            [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
            for row, _ in pairwise(range(3))
            for column, _ in pairwise(range(count))
        ]
        areas = Areas(
            ward(str(number), Polygon([Ring.of(joints[corner] for corner in cell)]))
            for number, cell in enumerate(drawn)
        )
        point = Point(data.draw(st.integers(31, 2 * size - 31)), data.draw(st.integers(31, (count - 1) * size - 31)))

        found = codes(areas, point)

        holding = [a for a in range(len(drawn)) if areas[f"wards/{a}"].has(point)]
        assert found == (f"wards/{holding[0]}",)

    @few
    @given(st.lists(st.tuples(small, small, st.integers(1, 9)), max_size=12), points)
    def test_an_area_is_found_whatever_the_others_are(self, squares: list[tuple[int, int, int]], point: Point) -> None:
        alone = [Area(f"t{n}", f"t{n}", "", "", (Polygon([square(*each)]),)) for n, each in enumerate(squares)]

        found = codes(Areas(alone), point)

        assert set(found) == {area.id for area in alone if area.has(point) or area.borders(point)}

    def test_postcodes_are_compared_whole_by_district_and_by_sector(self) -> None:
        centre = Area("centre", "centre", "", "", postcodes=("NP1", "NP2 3"))
        areas = Areas([centre])

        found = {p: areas.of(Location(postcode=p)).codes for p in ("np11aa", "NP10 1AA", "NP2 3AA", "NP2 4AA", "no")}

        assert found == {"np11aa": ("centre",), "NP10 1AA": (), "NP2 3AA": ("centre",), "NP2 4AA": (), "no": ()}

    def test_the_edge_of_a_circle_is_in_it(self) -> None:
        centre = Point.of(51.5, 0)
        near = Near(point=(51.5, 0.0), within_m=math.ceil(distance_m(centre, Point.of(51.5, 0.01))))

        assert near.has(Point.of(51.5, 0.01))
        assert not near.has(Point.of(51.5, 0.0101))

    def test_a_place_by_its_areas_alone_has_those_that_are_still_there(self) -> None:
        place = Areas([self.west]).remembered(["wards/E", "wards/W"])

        assert place.codes == ("wards/W",)
        assert place.holds(Where(area=("wards/E",))) == "area"
        assert place.holds(Where(near=Near(point=(0.0, 0.0), within_m=9))) == "near:unknown"


class TestConditions:
    areas = Areas([TestAreas.west, Area("centre", "centre", "", "", postcodes=("NP1",))])
    place = areas.of(
        Location(lat=0.00005, lon=0.00005, postcode="NP1 1AA", facts={"road_class": "a", "owner": " County "})
    )

    @pytest.mark.parametrize(
        ("where", "held"),
        [
            (Where(), ()),
            (Where(area=("wards/W",)), ("area=wards/W",)),
            (Where(area=("wards",)), ("area=wards/W",)),
            (Where(area=("elsewhere", "centre")), ("area=centre",)),
            (Where(area=("elsewhere",)), "area"),
            (Where(postcode=("NP2", "np1 1")), ("postcode=NP1 1",)),
            (Where(postcode=("NP2",)), "postcode"),
            (Where(near=Near(point=(0.0, 0.0), within_m=50)), ("near",)),
            (Where(near=Near(point=(1.0, 1.0), within_m=50)), "near"),
            (
                Where(place={"road_class": ("A", "B"), "owner": ("county",)}),
                ("place.road_class=A", "place.owner=county"),
            ),
            (Where(place={"road_class": ("B",)}), "place.road_class"),
            (Where(place={"surface": ("tar",)}), "place.surface:unknown"),
        ],
    )  # fmt: skip
    def test_a_condition_says_what_holds_or_what_does_not(self, where: Where, held: tuple[str, ...] | str) -> None:
        assert self.place.holds(where) == held

    @pytest.mark.parametrize(
        ("where", "because"),
        [
            (Where(area=("wards/W",)), "area:unknown"),
            (Where(postcode=("NP1",)), "postcode:unknown"),
            (Where(near=Near(point=(0.0, 0.0), within_m=50)), "near:unknown"),
            (Where(place={"owner": ("county",)}), "place.owner:unknown"),
        ],
    )
    def test_what_nobody_said_is_unknown_not_false(self, where: Where, because: str) -> None:
        assert self.areas.of(Location(address="by the church")).holds(where) == because
        assert NOWHERE.holds(where) == because

    def test_an_area_that_only_a_postcode_tells_is_unknown_by_a_point(self) -> None:
        place = self.areas.of(Location(lat=1.0, lon=1.0))

        assert place.holds(Where(area=("wards/W",))) == "area"
        assert place.holds(Where(area=("centre",))) == "area:unknown"


class TestPostcodePrefixes:
    @few
    @given(st.sampled_from(["NP", "L", "SW", "EC"]), st.sampled_from(["1", "12", "1A"]), st.integers(0, 9))
    def test_each_beginning_of_a_postcode_is_one(self, area: str, district: str, sector: int) -> None:
        whole = f"{area}{district} {sector}AA"

        for prefix in prefixes_of(whole):
            assert whole.startswith(prefix)
            assert postcode_prefix(prefix.lower()) == prefix

    @few
    @given(st.text(max_size=12))
    def test_any_text_is_a_prefix_or_none(self, text: str) -> None:
        prefix = postcode_prefix(text)

        assert prefix is None or postcode_prefix(prefix) == prefix
