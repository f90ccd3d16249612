"""Deadlines in a calendar: what is counted, what measuring gives back, and what a pause does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from onestop.core.calendars import EARLIEST, LATEST, Calendar, Opening
from onestop.core.durations import LARGEST, Duration, Unit
from onestop.core.trail import Step, said
from onestop.core.worktime import due, measure, resume
from onestop.errors import RequestError

LONDON = ZoneInfo("Europe/London")
ZONES = [LONDON, *map(ZoneInfo, ("UTC", "America/Havana", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata"))]
CASES = json.loads((Path(__file__).parent / "data" / "deadlines.json").read_text("utf-8"))
NINE_TO_FIVE = (9 * 60, 17 * 60)
HOLIDAYS = {date.fromisoformat(day): name for day, name in CASES["holidays"].items()}
CALENDARS = {
    "office": Calendar(
        "office", LONDON, [[NINE_TO_FIVE]] * 5 + [[], []], holidays=HOLIDAYS, known_until=date(2026, 12, 31)
    ),
    "always": Calendar("always", LONDON, [[(0, 1_440)]] * 7),
    "nights": Calendar("nights", LONDON, [[(22 * 60, 30 * 60)]] * 5 + [[], []], holidays=HOLIDAYS),
    "lunch": Calendar(
        "lunch",
        LONDON,
        [[(13 * 60, 17 * 60), (9 * 60, 12 * 60)]] * 5 + [[], []],
        closed={date(2026, 12, 24): "Christmas closing"},
        special={date(2026, 12, 19): [(10 * 60, 12 * 60)]},
    ),
}
OFFICE = CALENDARS["office"]


def local(text: str) -> datetime:
    """Read a time of London; in the hour that comes twice it says which by its offset."""
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=LONDON)).astimezone(UTC)


def lines(steps: tuple[Step, ...]) -> list[str]:
    return [said(step, LONDON) for step in steps]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any hours that a calendar takes: several a day, over midnight, round the clock, with days closed and special."""
    zone = draw(st.sampled_from(ZONES))
    cuts = st.lists(st.integers(0, 1_440 // 30), max_size=4, unique=True).map(sorted)
    weekly = []
    for _ in range(7):
        edges = [30 * cut for cut in draw(cuts)]
        weekly.append(list(zip(edges[::2], edges[1::2], strict=False)))
    assume(any(weekly))
    for today, tomorrow in zip(weekly, [*weekly[1:], weekly[0]], strict=True):
        if today and draw(st.booleans()):  # on into the next day, as far as its hours and a day's length let it
            start, room = today[-1][0], tomorrow[0][0] if tomorrow else 360
            today[-1] = (start, max(today[-1][1], min(1_440 + room, start + 1_440)))
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    return Calendar(
        "drawn",
        zone,
        weekly,
        holidays=dict.fromkeys(draw(st.lists(days, max_size=20)), "Holiday"),
        closed=dict.fromkeys(draw(st.lists(days, max_size=5)), ""),
        special={day: [(600, 720), (1_380, 1_500)] for day in draw(st.lists(days, max_size=3))},
    )


# Most about the nights on which clocks change, where most goes wrong.
CHANGES = [datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
NEAR = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-2_880, 2_880)
)
ANY = st.integers(0, 2 * 365 * 1_440).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
MOMENTS = NEAR | ANY
AMOUNTS = {
    Unit.MINUTES: 5_000,
    Unit.HOURS: 2_000,
    Unit.WORKING_HOURS: 80,
    Unit.WORKING_DAYS: 40,
    Unit.DAYS: 400,
    Unit.MONTHS: 30,
}
DURATIONS = st.sampled_from(list(Unit)).flatmap(
    lambda unit: st.builds(Duration, st.integers(1, AMOUNTS[unit]), st.just(unit))
)
RULES = st.sampled_from(["received", "next_working_day"])
bounded = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize("case", CASES["due"], ids=lambda case: f"{case['start']} {case['within']} {case['calendar']}")
def test_a_deadline_is_the_one_worked_out_by_hand(case: dict[str, str]) -> None:
    calendar, duration = CALENDARS[case["calendar"]], Duration.parse(case["within"])

    deadline = due(local(case["start"]), duration, calendar, case.get("rule", "received"))

    assert deadline.at == local(case["due"])


@given(calendars(), MOMENTS, DURATIONS, RULES)
@bounded
def test_measuring_until_a_deadline_gives_back_its_duration(
    calendar: Calendar, start: datetime, duration: Duration, rule: str
) -> None:
    # A month that ends in a month-long closure is moved into the next; no other unit has such an end.
    assume(duration.unit is not Unit.MONTHS or all(calendar.day(day).openings for day in _fortnight(start)))

    deadline = due(start, duration, calendar, rule)

    assert measure(start, deadline.at, duration.unit, calendar, rule) == duration.amount


def _fortnight(start: datetime) -> range:
    return range(start.toordinal(), start.toordinal() + 14)


@given(calendars(), MOMENTS, DURATIONS, RULES)
@bounded
def test_a_moment_before_its_deadline_a_duration_is_not_over(
    calendar: Calendar, start: datetime, duration: Duration, rule: str
) -> None:
    assume(duration.unit in (Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS))

    deadline = due(start, duration, calendar, rule)

    before = deadline.at - timedelta(microseconds=1)
    assert measure(start, before, duration.unit, calendar, rule) == duration.amount - 1


@given(calendars(), MOMENTS, st.integers(0, 20_000), DURATIONS, RULES)
@bounded
def test_who_comes_later_is_never_due_earlier(
    calendar: Calendar, start: datetime, minutes: int, duration: Duration, rule: str
) -> None:
    later = start + timedelta(minutes=minutes)

    deadline = due(start, duration, calendar, rule)

    assert start <= deadline.at <= due(later, duration, calendar, rule).at


@given(calendars(), MOMENTS, DURATIONS, RULES)
@bounded
def test_more_time_is_never_due_earlier(calendar: Calendar, start: datetime, duration: Duration, rule: str) -> None:
    more = Duration(duration.amount + 1, duration.unit)

    deadline = due(start, duration, calendar, rule)

    assert deadline.at <= due(start, more, calendar, rule).at


@given(calendars(), MOMENTS, DURATIONS, RULES)
@bounded
def test_the_steps_end_where_the_deadline_is_and_account_for_all_of_it(
    calendar: Calendar, start: datetime, duration: Duration, rule: str
) -> None:
    deadline = due(start, duration, calendar, rule)

    steps = deadline.steps
    counted = [step for step in steps if step.kind in ("counted", "further")]
    assert steps[-1] == Step("ended", deadline.at)
    if duration.unit is Unit.WORKING_DAYS:
        assert sum(step.days for step in counted) == duration.amount
    if duration.unit is Unit.WORKING_HOURS:
        assert sum((step.time for step in counted), timedelta()) == timedelta(hours=duration.amount)


@given(calendars(), MOMENTS, st.integers(0, 6_000))
@bounded
def test_working_time_is_what_the_wall_clock_reads_while_nothing_changes_it(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    first = calendar.ordinal(start) - 1
    offsets = {(start + timedelta(hours=hour)).astimezone(calendar.zone).utcoffset() for hour in range(-48, 150, 6)}
    assume(len(offsets) == 1)

    time = calendar.working_time(start, end)

    covered = set()
    for ordinal in range(first, calendar.ordinal(end) + 1):
        midnight = datetime.fromordinal(ordinal).replace(tzinfo=calendar.zone).astimezone(UTC)
        for low, high in calendar._hours(ordinal)[0]:
            covered |= {midnight + timedelta(minutes=minute) for minute in range(low, high)}
    minute = timedelta(minutes=1)
    expected = sum((max(timedelta(), min(end, at + minute) - max(start, at)) for at in covered), timedelta())
    assert time == expected


@given(calendars(), MOMENTS, st.integers(0, 20_000))
@bounded
def test_the_intervals_are_in_order_apart_and_add_up_to_the_working_time(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)

    intervals = list(calendar.intervals(start, end))

    assert sum((each.end - each.start for each in intervals), timedelta()) == calendar.working_time(start, end)
    assert all(start <= each.start < each.end <= end for each in intervals)
    assert all(before.end <= after.start for before, after in pairwise(intervals))


@given(calendars(), MOMENTS)
@bounded
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, moment: datetime) -> None:
    opens = calendar.next_open(moment)

    assert calendar.is_open(opens)
    assert calendar.working_time(moment, opens) == timedelta()
    assert calendar.is_open(moment) == (opens == moment)


PAUSES = st.lists(st.tuples(st.integers(1, 8_000), st.integers(0, 20_000)), min_size=1, max_size=4)


@given(calendars(), MOMENTS, DURATIONS, PAUSES)
@bounded
@example(OFFICE, local("2026-04-02T16:00"), Duration(2, Unit.WORKING_DAYS), [(30, 7_000)])  # over all of Easter
@example(OFFICE, local("2026-10-23T16:00"), Duration(9, Unit.WORKING_HOURS), [(30, 3_000), (60, 1)])
def test_what_runs_between_several_pauses_adds_up_to_the_duration(
    calendar: Calendar, start: datetime, duration: Duration, pauses: list[tuple[int, int]]
) -> None:
    unit = duration.unit
    assume(unit is not Unit.MONTHS)  # what is left of a month is days
    at, running_since, ran = due(start, duration, calendar).at, start, 0
    time = timedelta()

    for after, lasting in pauses:
        paused = running_since + timedelta(minutes=after)
        if paused >= at:
            break
        time += _ran(running_since, paused, unit, calendar)
        ran += measure(running_since, paused, unit, calendar)
        running_since = paused + timedelta(minutes=lasting)
        at = resume(at, paused, running_since, calendar, unit).at

    time += _ran(running_since, at, unit, calendar)
    ran += measure(running_since, at, unit, calendar)
    if unit in (Unit.WORKING_DAYS, Unit.DAYS):
        assert ran == duration.amount
    else:
        assert time == duration.amount * timedelta(minutes=1 if unit is Unit.MINUTES else 60)


def _ran(start: datetime, end: datetime, unit: Unit, calendar: Calendar) -> timedelta:
    return calendar.working_time(start, end) if unit is Unit.WORKING_HOURS else end - start


@given(calendars(), MOMENTS, DURATIONS, st.integers(0, 10_000), st.integers(-5_000, 5_000))
@bounded
def test_a_pause_after_the_deadline_or_backwards_changes_nothing(
    calendar: Calendar, start: datetime, duration: Duration, late: int, lasting: int
) -> None:
    at = due(start, duration, calendar).at
    after = at + timedelta(minutes=late)
    earlier = start - timedelta(minutes=late)

    late_pause = resume(at, after, after + timedelta(minutes=lasting), calendar, duration.unit)
    backwards = resume(at, start, earlier, calendar, duration.unit)

    assert (late_pause.at, backwards.at) == (at, at)
    assert [step.kind for step in late_pause.steps][-2:] == ["unchanged", "ended"]


@given(calendars(), MOMENTS, MOMENTS, st.sampled_from(list(Unit)))
@bounded
def test_time_that_runs_backwards_is_none(calendar: Calendar, one: datetime, other: datetime, unit: Unit) -> None:
    earlier, later = sorted((one, other))

    measured = measure(later, earlier, unit, calendar)

    assert (measured, calendar.working_time(later, earlier)) == (0, timedelta())


def test_a_pause_of_a_month_long_clock_moves_it_by_days_and_to_a_working_day() -> None:
    at = due(local("2026-03-02T10:00"), Duration(1, Unit.MONTHS), OFFICE).at

    resumed = resume(at, local("2026-03-10T10:00"), local("2026-03-11T10:00"), OFFICE, Unit.MONTHS)

    assert (at, resumed.at) == (local("2026-04-02T23:59:59"), local("2026-04-07T23:59:59"))
    assert lines(resumed.steps) == CASES["said"]["month resumed over Easter"]


@pytest.mark.parametrize("name", ["working days over Easter", "working hours over Easter", "month to a holiday"])
def test_the_steps_can_be_followed_with_a_calendar_in_hand(name: str) -> None:
    case = CASES["steps"][name]

    steps = due(local(case["start"]), Duration.parse(case["within"]), OFFICE).steps

    assert lines(steps) == CASES["said"][name]


def test_the_steps_of_years_are_summed_up() -> None:
    deadline = due(local("2026-01-05T10:00"), Duration(2_500, Unit.WORKING_DAYS), OFFICE)

    assert len(deadline.steps) < 50
    assert [step.kind for step in deadline.steps][-3:] == ["further", "holidays_unknown_after", "ended"]
    assert deadline.steps[-2].first == date(2026, 12, 31)


def test_round_the_clock_needs_no_holidays() -> None:
    deadline = due(local("2026-12-31T23:00"), Duration(48, Unit.HOURS), OFFICE)

    assert "holidays_unknown_after" not in [step.kind for step in deadline.steps]


def test_closed_and_special_days_come_before_the_weekday() -> None:
    lunch = CALENDARS["lunch"]

    christmas, saturday, monday = (lunch.day(date(2026, 12, day).toordinal()) for day in (24, 19, 21))

    assert (christmas.openings, christmas.why, christmas.name) == ((), "closed", "Christmas closing")
    assert saturday.open_for == timedelta(hours=2)
    assert monday.openings[0] == Opening(local("2026-12-21T09:00"), local("2026-12-21T12:00"))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_its_clocks_make_it(day: str, hours: int) -> None:
    always = CALENDARS["always"].day(date.fromisoformat(day).toordinal())

    assert always.open_for == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "start", "end", "minutes"),
    [
        ("2026-03-29", 75, 105, 0),  # wholly in the hour that is skipped
        ("2026-03-29", 90, 150, 30),  # from inside it
        ("2026-03-29", 30, 90, 30),  # into it
        ("2026-10-25", 90, 150, 120),  # from inside the hour that comes twice
        ("2026-10-25", 30, 90, 120),
        ("2026-10-25", 75, 105, 90),
    ],
)
def test_hours_at_the_change_of_clocks_last_as_the_wall_clock_has_them(
    day: str, start: int, end: int, minutes: int
) -> None:
    calendar = Calendar("night", LONDON, [[(start, end)]] * 7)

    worked = calendar.day(date.fromisoformat(day).toordinal())

    assert worked.open_for == timedelta(minutes=minutes)
    assert worked.why == ("" if minutes else "clock_change")


def test_a_day_that_a_country_left_out_is_no_working_day() -> None:
    apia = Calendar("apia", ZoneInfo("Pacific/Apia"), [[(0, 1_440)]] * 7)

    skipped = apia.day(date(2011, 12, 30).toordinal())

    assert (skipped.openings, skipped.why) == ((), "clock_change")


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ([[NINE_TO_FIVE]] * 6, "seven weekdays"),
        ([[]] * 7, "open at least once a week"),
        ([[NINE_TO_FIVE, (960, 1_080)]] * 7, "overlap"),
        ([[NINE_TO_FIVE, (1_320, 2_000)]] * 7, "overlap those of the next day"),
        ([[(540, 540)]] * 7, "at most 24 hours"),
        ([[(540, 2_000)]] * 7, "at most 24 hours"),
        ([[(-1, 30)]] * 7, "within their day"),
    ],
)
def test_hours_that_make_no_calendar_are_refused(hours: list[list[tuple[int, int]]], problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        Calendar("broken", LONDON, hours)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize(
    "start",
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=ZONES[-1]),
     datetime.max.replace(tzinfo=ZONES[4]), EARLIEST, LATEST],
)  # fmt: skip
def test_a_clock_that_is_centuries_off_gives_a_deadline_at_once(start: datetime, unit: Unit) -> None:
    deadline = due(start, Duration(LARGEST[unit], unit), OFFICE)

    assert [step.kind for step in deadline.steps] == ["out_of_range", "ended"]
    assert resume(deadline.at, start, start, OFFICE, unit).at == deadline.at


@pytest.mark.parametrize("unit", [Unit.WORKING_DAYS, Unit.WORKING_HOURS])
def test_a_search_ends_with_the_years_that_calendars_count(unit: Unit) -> None:
    start = datetime(2199, 12, 20, tzinfo=UTC)

    deadline = due(start, Duration(2_000, unit), OFFICE)

    assert deadline.at == LATEST
    assert "out_of_range" in [step.kind for step in deadline.steps]


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-03-02T10:00")

    with pytest.raises(RequestError, match="time zone"):
        due(naive, Duration(1, Unit.HOURS), OFFICE)
    with pytest.raises(RequestError, match="time zone"):
        measure(naive, naive, Unit.HOURS, OFFICE)


def test_more_days_than_are_remembered_are_worked_out_again() -> None:
    calendar = Calendar("long", LONDON, [[NINE_TO_FIVE]] * 7)
    start, end = datetime(1990, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)

    days = measure(start, end, Unit.WORKING_DAYS, calendar)

    assert days == (end - start).days
    assert len(calendar._days) <= 4_096


@given(DURATIONS)
@bounded
def test_a_duration_is_read_back_as_it_is_written(duration: Duration) -> None:
    text = str(duration)

    assert Duration.parse(text) == Duration.parse(f"  {text.upper()} ") == duration


@pytest.mark.parametrize(
    "text",
    ["", "5", "days", "5 fortnights", "-1 days", "1.5 hours", "5 working months", "3 working minutes", "five days",
     "5 clock working days", "٥ days", "5 days 2 hours", "9" * 5_000 + " days", "5 days" + " " * 5_000],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="must be a time such as 30 minutes"):
        Duration.parse(text)


@pytest.mark.parametrize("unit", list(Unit))
def test_an_amount_is_at_least_one_and_at_most_about_ten_years(unit: Unit) -> None:
    with pytest.raises(RequestError, match=f"must be 1 to [0-9,]+ {unit}"):
        Duration.parse(f"{LARGEST[unit] + 1} {unit}")
    with pytest.raises(RequestError, match=f"must be 1 to [0-9,]+ {unit}"):
        Duration.parse(f"0 {unit}")
