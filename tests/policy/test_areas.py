"""Areas of a policy: what is read from GeoJSON, and what is refused, naming the feature."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.enquiry import Enquiry, Location
from onestop.core.geometry import Point, Polygon, Ring
from onestop.errors import PolicyError
from onestop.policy import compile_policy, load_policy, read_policy
from onestop.policy.areas import SIZE_LIMIT, tangled

few = settings(max_examples=100, deadline=None)

WARDS: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"CD": code, "NM": f"Ward {code}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 53.0], [x + 0.01, 53.0], [x + 0.01, 53.01], [x, 53.01], [x, 53.0]]],
            },
        }
        for code, x in (("W1", -3.0), ("W2", -2.99))
    ],
}
AREAS = """
[areas.wards]
file = "areas/wards.geojson"
code = "CD"
name = "NM"
kind = "ward"

[areas.centre]
postcodes = ["NP1", "np2 1"]

[areas.school]
point = [53.005, -2.995]
within_m = 300
"""
RULES = """
[[rules]]
id = "by-ward"
band = "BAND"
when = { area = ["wards/W2"] }
then = { flags = ["second"] }

[[rules]]
id = "by-table"
band = "BAND"
when = { area = ["wards/W1"], near = { point = [53.005, -2.995], within_m = 300 } }
then = { flags = ["first"] }
"""


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    made = Path(shutil.copytree(good, tmp_path / "policy"))
    (made / "areas").mkdir()
    (made / "areas.toml").write_text(AREAS, "utf-8")
    (made / "areas" / "wards.geojson").write_text(json.dumps(WARDS), "utf-8")
    rules = (made / "rules.toml").read_text("utf-8")
    band = rules.partition("bands = [")[2].partition('"')[2].partition('"')[0]
    (made / "rules.toml").write_text(rules + RULES.replace("BAND", band), "utf-8")
    return made


def enquiry(**location: Any) -> Enquiry:
    return Enquiry(channel="web", adapter="web_form", received_at="2026-03-02T09:30:00Z", location=Location(**location))


def told(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(PolicyError) as raised:
        load_policy(folder)
    return [(mistake.file, mistake.where, mistake.problem) for mistake in raised.value.mistakes]


def redrawn(folder: Path, change: Callable[[Any], Any]) -> Path:
    content = copy.deepcopy(WARDS)
    made = change(content)
    text = made if isinstance(made, str) else json.dumps(content)
    (folder / "areas" / "wards.geojson").write_text(text, "utf-8")
    return folder


class TestLoading:
    def test_a_place_is_found_in_the_areas_of_every_table(self, folder: Path) -> None:
        policy = load_policy(folder)

        decision = policy.decide(enquiry(lat=53.005, lon=-2.995, postcode="NP2 1AB"))

        assert decision.areas == ("wards/W1", "centre", "school")
        assert policy.areas["wards/W1"].name == "Ward W1"
        assert "first" in decision.flags
        assert ("area=wards/W1", "near") in [use.facts for use in decision.used]

    def test_a_border_belongs_to_the_first_ward_and_the_trace_names_both(self, folder: Path) -> None:
        policy = load_policy(folder)

        decision = policy.decide(enquiry(lat=53.001, lon=-2.99))

        assert decision.areas == ("wards/W1",)
        assert "second" not in decision.flags

    def test_rules_on_a_place_that_nobody_knows_are_outvoted_as_unknown(self, folder: Path) -> None:
        decision = load_policy(folder).decide(enquiry(address="by the church"))

        because = {outvoted.rule: outvoted.because for outvoted in decision.outvoted}
        assert because["by-ward"] == "area:unknown"

    def test_shapes_are_part_of_the_source_and_its_hash(self, folder: Path) -> None:
        policy = load_policy(folder)
        moved = load_policy(redrawn(folder, lambda c: _corner(c, [-2.97, 53.0])))

        assert read_policy(policy.source).hash == policy.hash
        assert read_policy(policy.source).areas.of(Location(lat=53.005, lon=-2.985)).codes == ("wards/W2",)
        assert moved.hash != policy.hash

    def test_an_unclosed_ring_is_closed_and_is_the_same_policy(self, folder: Path) -> None:
        closed = load_policy(folder)

        unclosed = load_policy(redrawn(folder, lambda c: c["features"][0]["geometry"]["coordinates"][0].pop() and None))

        assert unclosed.hash == closed.hash

    def test_a_multipolygon_with_a_hole_is_one_area(self, folder: Path) -> None:
        def draw(content: Any) -> None:
            outer = content["features"][0]["geometry"]["coordinates"]
            hole = [[-2.996, 53.004], [-2.994, 53.004], [-2.994, 53.006], [-2.996, 53.006]]
            island = [[-3.1, 53.0], [-3.09, 53.0], [-3.09, 53.01]]
            content["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": [[*outer, hole], [island]]}

        areas = load_policy(redrawn(folder, draw)).areas

        assert areas.of(Location(lat=53.002, lon=-3.091)).codes == ("wards/W1",)
        assert areas.of(Location(lat=53.005, lon=-2.995)).codes == ("school",)


def _geometry(content: Any, value: Any) -> None:
    content["features"][1]["geometry"] = value


def _corner(content: Any, value: Any) -> None:
    content["features"][1]["geometry"]["coordinates"][0][1] = value


def _ring(content: Any, ring: Any) -> None:
    content["features"][1]["geometry"]["coordinates"] = [ring]


METRES = [[338_000, 394_000], [339_000, 394_000], [339_000, 395_000]]
SWAPPED = [[53.0, -3.0], [53.01, -3.0], [53.01, -2.99]]
BOW_TIE = [[-2.99, 53.0], [-2.98, 53.01], [-2.98, 53.0], [-2.99, 53.01]]


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "where", "problem"),
        [
            (lambda c: _ring(c, METRES), "feature 1 (W2)", "British National Grid"),
            (lambda c: _ring(c, SWAPPED), "feature 1 (W2)", "longitude first"),
            (lambda c: _ring(c, BOW_TIE), "feature 1 (W2)", "crosses itself at latitude and longitude 53.005"),
            (lambda c: _ring(c, [[0, 0], [1, 1]]), "feature 1 (W2)", "fewer than three corners"),
            (lambda c: _ring(c, [[0, 53], [0, 54], [0, 55]]), "feature 1 (W2)", "no land"),
            (lambda c: _ring(c, "here"), "feature 1 (W2)", "fewer than three corners"),
            (lambda c: _corner(c, [True, 53]), "feature 1 (W2)", "two numbers"),
            (lambda c: _corner(c, [1e400, 53]), "areas.wards.file", "Infinity"),
            (lambda c: _geometry(c, None), "feature 1 (W2)", "Polygon"),
            (lambda c: _geometry(c, {"type": "Point", "coordinates": [0, 0]}), "feature 1 (W2)", "Polygon"),
            (lambda c: _geometry(c, {"type": "MultiPolygon", "coordinates": []}), "feature 1 (W2)", "no coordinates"),
            (lambda c: c["features"][1]["properties"].update(CD="W1"), "feature 1 (W1)", "earlier feature"),
            (lambda c: c["features"][1]["properties"].update(CD=""), "feature 1", "code of 1 to"),
            (lambda c: c["features"][1].update(properties={"NM": "x"}), "feature 1", "no property 'CD'"),
            (lambda c: c["features"].clear(), "areas.wards.file", "no feature"),
            (lambda c: c.update(crs={"name": "urn:ogc:def:crs:EPSG::27700"}), "areas.wards.file", "WGS 84"),
            (lambda c: c.update(type="Topology"), "areas.wards.file", "FeatureCollection"),
            (lambda c: '{"type": NaN}', "areas.wards.file", "NaN"),
            (lambda c: "[" * 100_000, "areas.wards.file", "nested"),
            (lambda c: "not json", "areas.wards.file", "JSON"),
        ],
    )  # fmt: skip
    def test_what_is_no_area_is_refused_by_name(
        self, folder: Path, change: Callable[[Any], Any], where: str, problem: str
    ) -> None:
        mistakes = told(redrawn(folder, change))

        assert [place for _, place, _ in mistakes] == [where]
        assert problem in mistakes[0][2]

    def test_every_mistake_is_told_at_once(self, folder: Path) -> None:
        (folder / "areas.toml").write_text(
            AREAS
            + '[areas.two]\npostcodes = ["NP1"]\npoint = [53.0, -3.0]\nwithin_m = 3\n'
            + '[areas.none]\nkind = "x"\n'
            + "[areas.shop]\npoint = [-3.0, 53.0]\nwithin_m = 3\n"
            + '[areas.post]\npostcodes = ["12"]\n'
            + '[areas."a/b"]\npostcodes = ["NP1"]\n'
            + '[areas.out]\nfile = "../../secret.json"\ncode = "CD"\n'
            + '[areas.gone]\nfile = "areas/gone.geojson"\ncode = "CD"\n',
            "utf-8",
        )

        found = {where for _, where, _ in told(folder)}

        assert found == {
            "areas.two", "areas.none", "areas.shop.point", "areas.post.postcodes[0]", "areas.a/b", "areas.out.file",
            "areas.gone.file",
        }  # fmt: skip

    def test_a_rule_that_names_no_area_is_told_what_there_is(self, folder: Path) -> None:
        rules = (folder / "rules.toml").read_text("utf-8").replace("wards/W2", "W2")
        (folder / "rules.toml").write_text(rules, "utf-8")

        ((file, _, problem),) = told(folder)

        assert file == "rules.toml"
        assert problem == "names no area: 'W2'; there are wards/W2"

    def test_a_file_beyond_the_limit_is_not_read(self, folder: Path) -> None:
        with (folder / "areas" / "wards.geojson").open("wb") as file:
            file.truncate(SIZE_LIMIT + 1)

        assert [(where, "MiB" in problem) for _, where, problem in told(folder)] == [("areas.wards.file", True)]

    def test_shapes_in_a_document_are_held_to_the_format_too(self, document: dict[str, Any]) -> None:
        shapes = {"W1": {"name": "W", "polygons": [["0 0 1 1"]]}}
        document["areas"] = {"areas": {"wards": {"file": "w.geojson", "code": "CD", "shapes": shapes}}}

        with pytest.raises(PolicyError, match="three corners"):
            compile_policy(document)


class TestShapely:
    small = st.integers(-40, 40)
    rings = st.lists(st.builds(Point, small, small), min_size=3, max_size=8).map(Ring.of)
    polygons = rings.filter(lambda ring: len(ring.lats) > 2 and not ring.flat).map(lambda ring: Polygon([ring]))

    @few
    @given(st.lists(polygons, max_size=5))
    def test_the_answer_is_the_same_with_and_without_it(self, polygons: list[Polygon]) -> None:
        pytest.importorskip("shapely")

        assert list(tangled(polygons)) == list(tangled(polygons, shapely=False))

    @few
    @given(polygons, st.builds(Point, small, small))
    def test_a_valid_polygon_has_the_points_that_shapely_says(self, polygon: Polygon, point: Point) -> None:
        shapely = pytest.importorskip("shapely")
        (ring,) = polygon.rings
        drawn = shapely.Polygon(list(zip(ring.lons, ring.lats, strict=True)))
        if not drawn.is_valid:
            return
        theirs = shapely.Point(point.lon, point.lat)

        side = polygon.side(point)

        assert (side == "border") == drawn.boundary.intersects(theirs)
        assert (side == "inside") == drawn.contains(theirs)


def test_a_link_may_lead_to_another_place_of_the_folder_and_nowhere_else(folder: Path, tmp_path: Path) -> None:
    drawn, beside = folder / "areas" / "wards.geojson", tmp_path / "wards.geojson"
    before = load_policy(folder).hash
    inside = drawn.rename(folder / "areas" / "drawn.geojson")

    drawn.symlink_to(inside)
    linked = load_policy(folder).hash
    drawn.unlink()
    drawn.symlink_to(inside.rename(beside))
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)

    assert linked == before
    assert "areas.wards.file: names no file of the policy's folder" in str(caught.value)
