"""calendars.toml and service standards: read, checked, and what they make of the standards that councils publish."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.bank_holidays import shipped_form

from onestop.core.standards import targets_of
from onestop.core.trail import said
from onestop.errors import PolicyError
from onestop.policy import compile_policy, read_policy

LONDON = ZoneInfo("Europe/London")
DATA = Path(__file__).parent / "data"
PUBLISHED = json.loads((DATA / "published.json").read_text("utf-8"))
GOOD = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (DATA.parent / "good").glob("*.toml")}
OFFICE: dict[str, Any] = {
    "office": {"nation": "england-and-wales", "hours": {"mon-fri": ["09:00-17:00"]}},
    "weekdays": {"nation": "england-and-wales", "hours": {"mon-fri": ["00:00-24:00"]}},
}


def with_calendars(document: dict[str, Any], **calendars: dict[str, Any]) -> dict[str, Any]:
    return {**deepcopy(document), "calendars": {"calendars": deepcopy(calendars)}}


def with_standard(document: dict[str, Any], standard: dict[str, Any]) -> dict[str, Any]:
    document = with_calendars(document, **OFFICE)
    document["council"]["calendar"] = "office"
    document["services"]["services"]["graffiti"]["standard"] = standard
    return document


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: f"{case['council']}: {case['job']}")
def test_a_standard_that_a_council_publishes_is_due_when_it_says(document: dict[str, Any], case: Any) -> None:
    policy = compile_policy(with_standard(document, case["standard"]))

    targets = targets_of(policy.service("graffiti"), case.get("flags", ()), london(case["start"]), policy)

    assert {target.name: target.due_at for target in targets} == {
        name: london(due) for name, due in case["due"].items()
    }


def test_a_severity_says_which_flag_decided_and_leaves_the_other_targets(document: dict[str, Any]) -> None:
    standard = {
        "targets": {"acknowledge": "1 working day", "resolve": "5 working days"},
        "severity": {"offensive": {"resolve": "1 working day"}, "large": {"resolve": "no target"}},
    }
    policy = compile_policy(with_standard(document, standard))
    start = london("2026-03-02T10:00")

    targets = targets_of(policy.service("graffiti"), ["large", "offensive", "welsh"], start, policy)
    large = targets_of(policy.service("graffiti"), ["large"], start, policy)

    assert [(target.name, str(target.within), target.flag) for target in targets] == [
        ("acknowledge", "1 working day", ""),
        ("resolve", "1 working day", "offensive"),
    ]
    assert [target.name for target in large] == ["acknowledge"]


def test_a_service_without_a_standard_has_no_targets(document: dict[str, Any]) -> None:
    document["services"]["services"]["graffiti"].pop("standard")
    policy = compile_policy(document)

    targets = targets_of(policy.service("graffiti"), (), london("2026-03-02T10:00"), policy)

    assert targets == ()


def test_every_policy_has_a_calendar_that_is_always_open(document: dict[str, Any]) -> None:
    policy = compile_policy(document)

    always = policy.calendars["always"]

    assert policy.council.calendar == "always"
    assert (always.zone, always.known_until) == (LONDON, None)
    assert always.is_open(london("2026-12-25T03:00"))


@pytest.mark.parametrize(
    ("nation", "closed", "open_"),
    [
        ("england-and-wales", ["2026-04-06", "2022-06-03", "2023-05-08"], ["2026-01-02", "2026-03-17", "2026-07-13"]),
        ("scotland", ["2026-01-02", "2026-11-30", "2026-08-03"], ["2026-04-06", "2026-08-31"]),
        ("northern-ireland", ["2026-03-17", "2026-07-13", "2026-04-06"], ["2026-01-02", "2026-11-30"]),
        ("united-kingdom", ["2026-01-02", "2026-03-17", "2026-07-13", "2026-08-03", "2026-08-31"], ["2026-07-14"]),
    ],
)
def test_each_nation_has_its_own_bank_holidays(
    document: dict[str, Any], nation: str, closed: list[str], open_: list[str]
) -> None:
    calendar = {"nation": nation, "hours": {"mon-fri": ["09:00-17:00"]}}
    office = compile_policy(with_calendars(document, office=calendar)).calendars["office"]

    days = {day: office.day(date.fromisoformat(day).toordinal()) for day in (*closed, *open_)}

    assert [days[day].why for day in closed] == ["bank_holiday"] * len(closed)
    assert [days[day].why for day in open_] == [""] * len(open_)
    assert office.known_until == date(2028, 12, 31)


def test_a_calendar_is_read_whole(document: dict[str, Any]) -> None:
    calendar = {
        "zone": "Europe/Dublin",
        "nation": "northern-ireland",
        "hours": {"sat-sun": ["22:00-06:00"], "wed": ["13:00-17:00", "09:00-12:00"]},
        "closed": ["2026-03-11", {"date": "2026-03-14", "name": "Training"}, date(2026, 3, 15)],
        "open": [{"date": date(2026, 3, 17), "hours": ["10:00-12:00"]}],
        "holidays_known_until": "2029-12-31",
    }

    depot = compile_policy(with_calendars(document, depot=calendar)).calendars["depot"]

    days = [depot.day(date(2026, 3, number).toordinal()) for number in (4, 7, 11, 14, 15, 17)]
    assert [day.open_for for day in days] == [timedelta(hours=hours) for hours in (7, 8, 0, 0, 0, 2)]
    assert [day.name for day in days] == ["", "", "", "Training", "", ""]
    assert (depot.zone, depot.known_until) == (ZoneInfo("Europe/Dublin"), date(2029, 12, 31))


def test_the_bank_holidays_that_a_policy_uses_are_part_of_its_source(document: dict[str, Any]) -> None:
    plain, scottish = compile_policy(document), with_calendars(document, **OFFICE)
    scottish["calendars"]["calendars"]["office"]["nation"] = "scotland"
    policy = compile_policy(scottish)

    source = json.loads(policy.source)

    assert "bank_holidays" not in json.loads(plain.source)
    assert source["bank_holidays"]["nations"].keys() == {"england-and-wales", "scotland"}
    assert read_policy(policy.source).hash == policy.hash


def test_an_earlier_source_keeps_the_bank_holidays_it_had(document: dict[str, Any]) -> None:
    source = json.loads(compile_policy(with_calendars(document, **OFFICE)).source)
    source["bank_holidays"] = {"known_until": "2026-12-31", "nations": {"england-and-wales": {"2026-06-15": "Once"}}}

    office = read_policy(json.dumps(source).encode()).calendars["office"]

    assert office.day(date(2026, 6, 15).toordinal()).name == "Once"
    assert office.known_until == date(2026, 12, 31)


def test_a_deadline_past_the_known_bank_holidays_says_so(document: dict[str, Any]) -> None:
    policy = compile_policy(with_standard(document, {"targets": {"resolve": "10 working days"}}))

    (target,) = targets_of(policy.service("graffiti"), (), london("2028-12-20T10:00"), policy)

    assert [said(step, LONDON) for step in target.deadline.steps][-2:] == [
        "bank holidays are known until Sun 31 Dec 2028; later ones are not in this",
        "deadline: Fri 5 Jan 2029 17:00",
    ]


# Path into the office calendar, the value put there, and where and what is told.
MISTAKES: list[tuple[str, Any, str, str]] = [
    ("nation", "wales", "nation", "must be one of 'england-and-wales', 'scotland', 'northern-ireland' or"),
    ("zone", "Europe/Atlantis", "zone", "IANA"),
    ("zone", "localtime", "zone", "IANA"),  # the machine's own: another machine would give another deadline
    ("hours", {}, "hours", "never open"),
    ("hours", {"mon": []}, "hours", "never open"),
    ("hours", {"monday": ["09:00-17:00"]}, "hours.monday", "must be a weekday"),
    ("hours", {"mon-funday": ["09:00-17:00"]}, "hours.mon-funday", "must be a weekday"),
    ("hours", {"mon": "09:00-17:00"}, "hours.mon", "must be a list"),
    ("hours", {"mon": ["9-5"]}, "hours.mon[0]", "must be hours such as 09:00-17:00"),
    ("hours", {"mon": ["09:00-25:00"]}, "hours.mon[0]", "must be hours such as"),
    ("hours", {"mon": ["24:00-08:00"]}, "hours.mon[0]", "must be hours such as"),
    ("hours", {"mon": ["09:00-09:00"]}, "hours.mon[0]", "a whole day is 00:00-24:00"),
    ("hours", {"mon": ["09:00-17:00", "16:00-18:00"]}, "hours.mon", "overlap"),
    ("hours", {"mon-fri": ["09:00-17:00"], "fri": ["09:00-16:00"]}, "hours.fri", "Friday, which another key does"),
    ("hours", {"mon": ["22:00-06:00"], "tue": ["05:00-09:00"]}, "hours", "from Monday into hours of the next day"),
    ("hours", {"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]}, "hours", "from Sunday into"),
    ("closed", ["2026-02-30"], "closed[0]", "must be a date"),
    ("closed", ["24/12/2026"], "closed[0]", "must be a date"),
    ("closed", [5], "closed[0]", "must be a table"),
    ("open", [{"date": "2026-12-24"}], "open[0].hours", "is missing"),
    ("open", [{"date": "soon", "hours": ["09:00-12:00"]}], "open[0].date", "must be a date"),
    ("open", [{"date": "2026-12-24", "hours": ["noon"]}], "open[0].hours[0]", "must be hours such as"),
    ("open", [{"date": "2026-12-24", "hours": []}] * 2, "open[1].date", "given before"),
    ("holidays_known_until", "2029", "holidays_known_until", "must be a date"),
    ("colour", "red", "colour", "is not known here; known are zone, nation, hours"),
]


@pytest.mark.parametrize(("key", "value", "where", "problem"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    document: dict[str, Any], key: str, value: Any, where: str, problem: str
) -> None:
    calendar = {**OFFICE["office"], key: value}

    with pytest.raises(PolicyError) as caught:
        compile_policy(with_calendars(document, office=calendar))

    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.where) == ("calendars.toml", f"calendars.office.{where}")
    assert problem in mistake.problem


def test_every_mistake_of_several_calendars_is_told_at_once(document: dict[str, Any]) -> None:
    broken = {"nation": "mars", "hours": {"mon": ["nine"]}}
    unread = {"hours": {"mon": ["nine"], "tue": ["ten"]}, "closed": ["never"], "zone": "Moon"}

    with pytest.raises(PolicyError) as caught:
        compile_policy(with_calendars(document, always=OFFICE["office"], broken=broken, unread=unread))

    assert [mistake.where for mistake in caught.value.mistakes] == [
        "calendars.always",
        "calendars.broken.nation",
        "calendars.unread.hours.mon[0]",
        "calendars.unread.hours.tue[0]",
        "calendars.unread.closed[0]",
        "calendars.unread.zone",
    ]


def test_a_day_that_is_open_and_closed_is_a_mistake(document: dict[str, Any]) -> None:
    both = {**OFFICE["office"], "closed": ["2026-12-24"], "open": [{"date": "2026-12-24", "hours": ["09:00-12:00"]}]}

    with pytest.raises(PolicyError, match=r"open\[0\].date: is a closed day, too"):
        compile_policy(with_calendars(document, office=both))


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["zone", "nation", "hours", "closed", "open", "holidays_known_until", "name"])


@given(st.dictionaries(KEYS, JSON, max_size=4) | JSON)
@settings(max_examples=100, deadline=None)
def test_whatever_stands_for_a_calendar_is_one_or_a_mistake(given_: Any) -> None:
    document = {**GOOD, "calendars": {"calendars": {"office": given_}}}

    with suppress(PolicyError):
        policy = compile_policy(document)

        assert policy.calendars["office"].next_open(NOON) >= NOON


def test_the_shipped_form_of_a_feed_takes_whole_years_only() -> None:
    days = [f"2027-{month:02}-01" for month in range(1, 9)]
    events = [{"title": "Holiday", "date": day, "notes": ""} for day in [*days, "2028-01-03"]]
    events[0]["notes"] = "Substitute day"
    feed = {division: {"events": events} for division in ("england-and-wales", "scotland", "northern-ireland")}

    shipped = shipped_form(feed, date(2026, 8, 7))

    assert (shipped["as_of"], shipped["known_until"]) == ("2026-08-07", "2027-12-31")
    assert shipped["nations"]["scotland"]["2027-01-01"] == "Holiday (substitute day)"
