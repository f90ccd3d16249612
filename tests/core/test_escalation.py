"""When the steps of escalation are due: by the calendar, before, at and after a deadline, without the pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.calendars import Calendar
from onestop.core.durations import Unit
from onestop.core.escalation import At, Span
from onestop.core.promise import ESCALATE, aim_of
from onestop.errors import OnestopError, RequestError

from .test_promise import STEPS, Days, move, policy

OFFICE = Calendar("office", ZoneInfo("Europe/London"), [[(540, 1020)]] * 5 + [[], []])
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
WEEK = Span(MONDAY, FRIDAY, OFFICE, Unit.WORKING_HOURS)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("80%", datetime(2026, 3, 6, 9, 0, tzinfo=UTC)),
        ("before 1 working day", datetime(2026, 3, 6, 9, 0, tzinfo=UTC)),
        ("before 12 working hours", datetime(2026, 3, 5, 13, 0, tzinfo=UTC)),
        ("before 2 hours", datetime(2026, 3, 6, 15, 0, tzinfo=UTC)),
        ("before 30 working days", MONDAY),
        ("breach", datetime(2026, 3, 6, 17, 0, 1, tzinfo=UTC)),
        ("after 2 working days", datetime(2026, 3, 10, 17, 0, tzinfo=UTC)),
    ],
)
def test_a_step_is_due_at_a_moment_of_the_targets_calendar(text: str, moment: datetime) -> None:
    assert At.parse(text).moment(WEEK) == moment


def test_a_share_does_not_count_the_pauses() -> None:
    paused = (datetime(2026, 3, 3, 9, 0, tzinfo=UTC), datetime(2026, 3, 5, 9, 0, tzinfo=UTC))
    span = Span(MONDAY, FRIDAY, OFFICE, Unit.WORKING_HOURS, (paused,))

    moment = At.parse("50%").moment(span)

    assert moment == datetime(2026, 3, 5, 13, 0, tzinfo=UTC)  # twelve of the 24 hours that count are left


@pytest.mark.parametrize(
    "text", ["", "soon", "0%", "100%", "-5%", "before", "before 1 month", "after 0 days", "%" * 9999]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        At.parse(text)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 900), st.sampled_from(list(Unit)))
def test_a_later_share_is_never_due_earlier_and_none_before_the_start(
    first: int, second: int, hours: int, unit: Unit
) -> None:
    span = Span(MONDAY, MONDAY + timedelta(hours=hours), OFFICE, unit)

    moments = [At("share", share).moment(span) for share in sorted((first, second))]

    assert span.started_at <= moments[0] <= moments[1] <= span.due_at


PAUSING = policy(escalate=STEPS, pauses=["citizen", "partner"])
MOVES = (
    "start_work",
    "wait_for_citizen",
    "wait_for_partner",
    "resume",
    "resolve",
    "reopen",
    "reroute",
    "flag",
    "promise",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((*MOVES, "run")), st.integers(-90, 90)), min_size=1, max_size=12))
def test_a_timer_of_an_earlier_generation_adds_no_event_whatever_was_done_and_however_the_clock_went(
    moves: list[tuple[str, int]],
) -> None:
    days = Days(PAUSING)
    opened = days.open()
    ever = dict.fromkeys(days.timers)
    for what, hours in moves:
        days.later(hours=hours)
        try:
            move(days, opened, what, [])
        except OnestopError:
            continue
        ever |= dict.fromkeys(days.timers)

        case = days.case(opened)
        stale = [timer for timer in ever if f"{timer.kind}@{timer.generation}" != case.escalation]
        for timer in stale:
            aim = aim_of(case, timer.kind.removeprefix(ESCALATE).partition(":")[0], PAUSING)
            if aim is None or timer.generation < aim.generation:
                assert days.fire(timer).changes == ()
        assert days.case(opened) == case


def test_a_timer_from_before_a_pause_adds_nothing_after_it() -> None:
    days = Days(PAUSING)
    opened = days.open()
    [first] = days.timers
    move(days, opened, "start_work", [])
    days.later(hours=2)
    move(days, opened, "wait_for_partner", [])
    days.later(hours=48)
    move(days, opened, "resume", [])
    days.later(hours=900)

    *_, current = days.timers
    stale, live = days.fire(first), days.fire(current)

    assert first.generation < current.generation
    assert (stale.changes == (), live.changes == ()) == (True, False)
