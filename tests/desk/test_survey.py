"""What the host's maps say of a place: kept with the enquiry, and never in its way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from onestop import Actor, Desk, Raw, load_policy, open_store
from onestop.channels.web import WebForm
from onestop.core.enquiry import Location

POLICY = Path(__file__).parents[2] / "examples" / "northport" / "policy"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Survey = Callable[[Location], Mapping[str, str]]


def hole(number: str, **place: object) -> Raw:
    form = {
        "submission_id": number, "name": "Ana Reis", "email": f"{number}@example.org", "service": "potholes",
        "message": "A hole in the road.", **place,
    }  # fmt: skip
    return Raw(body=json.dumps(form).encode(), received_at=AT, headers={"Content-Type": "application/json"})


def desk(survey: Survey | None) -> Desk:
    return Desk(
        store=open_store("sqlite://"),
        policy=load_policy(POLICY),
        adapters={"web": WebForm(token="secret")},
        survey=survey,
        clock=lambda: AT,
    )


def test_what_the_maps_say_decides_who_is_responsible_and_is_kept() -> None:
    asked: list[Location] = []

    def survey(location: Location) -> Mapping[str, str]:
        asked.append(location)
        return {"road_class": "trunk"}

    with_maps = desk(survey)

    (receipt,) = with_maps.receive("web", hole("s1", lat=53.39, lon=-3.0))

    case = with_maps.case(receipt.reference).record
    assert (case.service, case.provider, case.areas) == ("potholes", "national-highways", ("wards/NW5",))
    assert [(place.lat, place.lon) for place in asked] == [(53.39, -3.0)]
    assert [each.reference for each in with_maps.cases(provider="national-highways")] == [receipt.reference]
    assert list(with_maps.cases(provider="county-highways")) == []


class Endless(Mapping[str, str]):
    """Facts without end."""

    def __getitem__(self, key: str) -> str:
        return "A"

    def __iter__(self) -> Iterator[str]:
        return (f"f{number}" for number in count())

    def __len__(self) -> int:
        return 1


def broken(location: Location) -> Mapping[str, str]:
    raise RuntimeError(f"no map of {location}")


@pytest.mark.parametrize(
    "survey",
    [
        broken,
        lambda _: {"road_class": "x" * 1_000},
        lambda _: {f"f{n}": "" for n in range(10_000)},
        lambda _: {"k" * 1_000_000: "v"},
        lambda _: {"road_class": 1},
        lambda _: {"": ""},
        lambda _: {1: "A"},
        lambda _: Endless(),
        lambda _: 7,
        lambda _: None,
        lambda _: "road",
        lambda _: ["ab", "cd"],
        lambda _: ((f"f{n}", "") for n in count()),
    ],
)
def test_maps_that_fail_lose_nothing(survey: Survey) -> None:
    (receipt,) = (without := desk(survey)).receive("web", hole("s1", lat=53.39, lon=-3.0))

    assert (receipt.outcome, receipt.defects) == ("opened", ("survey_failed",))
    assert without.case(receipt.reference).record.provider == "county-highways"


def test_a_repeat_is_one_whatever_the_maps_say_by_then() -> None:
    said = iter([{"owner": "county"}, {"owner": "borough"}])
    changing = desk(lambda _: next(said))

    outcomes = [changing.receive("web", hole("s1", lat=53.39, lon=-3.0))[0].outcome for _ in range(2)]

    assert outcomes == ["opened", "repeat"]


def test_nobody_is_asked_about_an_enquiry_without_a_place() -> None:
    (receipt,) = desk(broken).receive("web", hole("s1"))

    assert receipt.defects == ()


def test_a_case_that_is_sent_on_goes_to_who_is_responsible_there_by_the_areas_it_remembers() -> None:
    harbour = desk(None)
    (receipt,) = harbour.receive("web", hole("s1", lat=53.41, lon=-3.02))

    moved = harbour.reroute(receipt.reference or "", service="fly-tipping", by=Actor.parse("worker:alice"))
    away = harbour.reroute(receipt.reference or "", service="graffiti", by=Actor.parse("worker:alice"))

    assert (moved.record.provider, away.record.provider) == ("port-authority", "clear-streets")
    assert list(harbour.verify()) == []


def test_an_explanation_says_why_somebody_else_delivers_the_service() -> None:
    harbour = desk(None)
    (receipt,) = harbour.receive("web", hole("s1", lat=53.41, lon=-3.02))

    lines = harbour.explain(receipt.reference or "").text()

    assert "Northport Port Authority, not Rivershire Highways: the place is in docks/north-dock" in lines
    assert "53.41" not in lines
