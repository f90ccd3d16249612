"""Quiet hours end when the clocks of their zone say so, on either side of a change of clocks, and always end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.profile import QuietHours, QuietSpan, Source, Weekday
from onestop.core.quiet import LONGEST_WAIT, NEVER, Zones, quiet_until
from onestop.policy.calendars import zone_of
from onestop.testing.strategies import ZONES, moments, quiet_hours

LONDON = Zones(ZoneInfo("Europe/London"), zone_of)
SOURCE = Source(by="citizen:c1", at=datetime(2026, 1, 1, tzinfo=UTC))
WEEK: tuple[Weekday, ...] = get_args(Weekday)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def quiet(start: str, end: str, *days: Weekday, zone: str | None = None, until: datetime | None = None) -> QuietHours:
    span = QuietSpan(start=time.fromisoformat(start), end=time.fromisoformat(end))
    return QuietHours(spans=dict.fromkeys(days or WEEK, (span,)), zone=zone, until=until, source=SOURCE)


# 2 March 2026 is a Monday; in Britain clocks go forward on 29 March and back on 25 October.
@pytest.mark.parametrize(
    ("statements", "now", "until"),
    [
        pytest.param([], "2026-03-02T23:00", None, id="nothing stated"),
        pytest.param([quiet("22:00", "07:00")], "2026-03-02T21:59:59", None, id="before it begins"),
        pytest.param([quiet("22:00", "07:00")], "2026-03-02T22:00", "2026-03-03T07:00", id="as it begins"),
        pytest.param([quiet("22:00", "07:00")], "2026-03-03T03:00", "2026-03-03T07:00", id="over midnight"),
        pytest.param([quiet("22:00", "07:00")], "2026-03-03T07:00", None, id="as it ends"),
        pytest.param([quiet("22:00", "07:00", "mon")], "2026-03-03T06:00", "2026-03-03T07:00", id="Monday's night"),
        pytest.param([quiet("22:00", "07:00", "tue")], "2026-03-03T06:00", None, id="Tuesday's has not begun"),
        pytest.param(
            [quiet("22:00", "07:00", "sun")], "2026-03-02T06:00", "2026-03-02T07:00", id="over the week's end"
        ),
        pytest.param([quiet("00:00", "00:00", "sun")], "2026-03-01T12:00", "2026-03-02T00:00", id="a whole day"),
        pytest.param([quiet("00:00", "23:59", "sun")], "2026-03-01T12:00", "2026-03-02T00:00", id="to the last minute"),
        pytest.param([quiet("18:00", "18:00", "sun")], "2026-03-02T12:00", "2026-03-02T18:00", id="24 hours"),
        pytest.param(
            [quiet("20:00", "23:00"), quiet("22:00", "06:00"), quiet("06:00", "08:30", "tue")],
            "2026-03-02T21:00",
            "2026-03-03T08:30",
            id="several statements",
        ),
        pytest.param(
            [quiet("22:00", "07:00", until=utc("2026-03-03T01:00"))],
            "2026-03-02T23:00",
            "2026-03-03T01:00",
            id="the statement ends within",
        ),
        pytest.param(
            [quiet("22:00", "07:00", until=utc("2026-03-02T23:00"))], "2026-03-02T23:00", None, id="it has ended"
        ),
        pytest.param(
            [quiet("00:00", "00:00", until=utc("2026-03-20T12:00"))],
            "2026-03-02T12:00",
            "2026-03-20T12:00",
            id="on holiday",
        ),
        pytest.param([quiet("22:00", "01:30")], "2026-03-29T00:30", "2026-03-29T01:00", id="ends while clocks jump"),
        pytest.param([quiet("22:00", "02:00")], "2026-03-29T00:30", "2026-03-29T01:00", id="ends as they jumped"),
        pytest.param([quiet("22:00", "07:00")], "2026-03-28T23:00", "2026-03-29T06:00", id="a short night"),
        pytest.param([quiet("22:00", "07:00")], "2026-10-24T23:00", "2026-10-25T07:00", id="a long night"),
        pytest.param([quiet("22:00", "01:30")], "2026-10-24T23:00", "2026-10-25T00:30", id="ends twice: the first"),
        pytest.param([quiet("22:00", "01:30")], "2026-10-25T01:10", "2026-10-25T01:30", id="ends twice: the second"),
        pytest.param([quiet("01:15", "01:45")], "2026-10-25T01:20", "2026-10-25T01:45", id="quiet twice"),
        pytest.param(
            [quiet("22:00", "07:00", zone="Asia/Kolkata")], "2026-03-02T18:00", "2026-03-03T01:30", id="its own zone"
        ),
        pytest.param(
            [quiet("22:00", "07:00", zone="Mars/Olympus")], "2026-03-02T23:00", "2026-03-03T07:00", id="no such zone"
        ),
        pytest.param(
            [quiet("22:00", "07:00", zone="../etc/passwd")], "2026-03-02T23:00", "2026-03-03T07:00", id="no zone at all"
        ),
    ],
)
def test_quiet_hours_last_until(statements: list[QuietHours], now: str, until: str | None) -> None:
    assert quiet_until(statements, utc(now), LONDON) == (until and utc(until))


def test_a_statement_without_a_zone_is_read_in_the_citizens() -> None:
    until = quiet_until([quiet("22:00", "07:00")], utc("2026-03-02T18:00"), LONDON, "Asia/Kolkata")

    assert until == utc("2026-03-03T01:30")


@pytest.mark.parametrize(
    "statements",
    [
        [quiet("00:00", "00:00")],
        [quiet("08:00", "20:00"), quiet("20:00", "08:00")],
        [quiet("08:00", "20:00", zone="Asia/Tokyo"), quiet("19:00", "09:00", zone="Asia/Tokyo")],
        [quiet("00:00", "00:00", until=utc("2026-06-01T00:00"))],
        [quiet("00:00", "23:59")],
    ],
    ids=["one statement", "two", "in a zone", "for longer than we wait", "to the last minute of each day"],
)
def test_quiet_without_a_free_moment_is_none_to_wait_for(statements: list[QuietHours]) -> None:
    assert quiet_until(statements, utc("2026-03-02T12:00"), LONDON) == NEVER


@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), NEVER], ids=["first", "last"])
def test_the_ends_of_the_calendar_stop_nothing(now: datetime) -> None:
    statements = [quiet("00:00", "00:00"), quiet("22:00", "21:00", zone="Pacific/Auckland")]

    until = quiet_until(statements, now, LONDON)

    assert until is None or until > now


def test_thousands_of_spans_are_looked_through_in_no_time() -> None:
    spans = tuple(
        QuietSpan(start=time(hour, minute, second), end=time(hour, minute, second + 1))
        for hour in range(24)
        for minute in range(60)
        for second in (0, 2, 4)
    )
    statement = QuietHours(spans=dict.fromkeys(WEEK, spans), source=SOURCE)

    until = quiet_until([statement] * 3, utc("2026-03-02T12:00:00.5"), LONDON)

    assert until == utc("2026-03-02T12:00:01")


class CountingZone(tzinfo):
    """A zone that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def utcoffset(self, _: datetime | None) -> timedelta:
        self.asked += 1
        return timedelta()

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _: datetime | None) -> str:
        return "counting"


def test_statements_that_follow_each_other_all_day_are_read_as_one() -> None:
    zone = CountingZone()
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 3)]
    statements = [quiet(start, end) for start, end in pairwise([*clock, "00:00"])]

    until = quiet_until(statements, utc("2026-03-02T12:00"), Zones(zone, zone_of))

    assert until == NEVER
    assert zone.asked < 100


def is_quiet(statements: list[QuietHours], moment: datetime, zone: str | None) -> bool:
    """What quiet hours say, in the plainest way: every second of a day is looked at by the clock on the wall."""
    for statement in statements:
        named = zone_of(statement.zone) or zone_of(zone) or LONDON.council
        wall = moment.astimezone(named).replace(tzinfo=None)
        for back in (0, 1):
            day = wall - timedelta(days=back)
            for span in statement.spans.get(WEEK[day.weekday()], ()):
                begins = datetime.combine(day.date(), span.start)
                ends = datetime.combine(day.date() + timedelta(days=span.end <= span.start), span.end)
                if span.end >= time(23, 59):
                    ends = datetime.combine(ends.date() + timedelta(days=1), time())
                if begins <= wall < ends and (statement.until is None or moment < statement.until):
                    return True
    return False


@settings(max_examples=100, deadline=None)
@given(st.lists(quiet_hours(), max_size=3), moments(), st.none() | st.sampled_from(ZONES))
def test_the_end_of_the_quiet_is_the_first_free_moment(
    statements: list[QuietHours], now: datetime, zone: str | None
) -> None:
    until = quiet_until(statements, now, LONDON, zone)

    if until is None:
        assert not is_quiet(statements, now, zone)
        return
    assert is_quiet(statements, now, zone)
    if until != NEVER:
        assert now < until <= now + LONGEST_WAIT
        assert not is_quiet(statements, until, zone)
        assert is_quiet(statements, until - timedelta(microseconds=1), zone)
