"""
Deadlines: a duration counted in a calendar, and what is left of it after a pause.

    unit            counted                                                ends
    minutes, hours  round the clock                                        to the second
    working hours   while the calendar is open                             to the second
    working days    days with opening hours after the day of receipt      when the last of them closes
    days            all days after the day of receipt                     at the end of the last
    months          to the same date, or the month's last                  at the end of it, or of the next working day

The end of a day is 23:59:59 local time, so that whoever reads the date of a deadline reads the right one. The day of
receipt is day 0, as in the Freedom of Information Act 2000, section 10; months are counted as the Information
Commissioner counts them for subject access. docs/explanation/worktime.md has examples, and why.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Literal

from onestop.core.calendars import EARLIEST, LATEST, Calendar
from onestop.core.durations import Duration, Unit
from onestop.core.model import shifted
from onestop.core.trail import Silent, Step, Trail

__all__ = ["Deadline", "StartRule", "due", "measure", "resume"]

StartRule = Literal["received", "next_working_day"]
"""Whether the clock starts at receipt, or as if received when the next working day opens."""

_ROUND_THE_CLOCK = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_NO_TIME = timedelta()
_LAST = LATEST.toordinal()
_SILENT = Silent()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment that is in time, in UTC, and how it was computed: `steps`, computed when they are asked for."""

    at: datetime
    _again: Callable[[Silent], datetime] = field(repr=False, compare=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Give the arithmetic step by step, with the reason for each day that does not count."""
        trail = Trail()
        return trail.end(self._again(trail))


def due(start: datetime, duration: Duration, calendar: Calendar, start_rule: StartRule = "received") -> Deadline:
    """
    Give when a duration from a start is over; never before the start.

    Beyond the years 1900 to 2200 nothing is counted: the deadline is the start, or the end of those years.

    Raises:
        RequestError: the start has no time zone.
    """
    count = partial(_due, start, duration, calendar, start_rule)
    return Deadline(count(_SILENT), count)


def measure(start: datetime, end: datetime, unit: Unit, calendar: Calendar, start_rule: StartRule = "received") -> int:
    """
    Give how many whole units passed between two moments, counted as `due` counts them; 0 where the end is earlier.

    `Calendar.working_time` has the fractions.

    Raises:
        RequestError: a moment has no time zone.
    """
    began, until = calendar.moment(start), calendar.moment(end)
    if start_rule == "next_working_day" and began < LATEST:
        began = _next_working_day(began, calendar)
    if until <= began:
        return 0
    if unit in _ROUND_THE_CLOCK:
        return (until - began) // _ROUND_THE_CLOCK[unit]
    if unit is Unit.WORKING_HOURS:
        return calendar.working_time(began, until) // _HOUR
    return _days_between(began, until, unit, calendar)


def resume(
    deadline_at: datetime, paused_at: datetime, resumed_at: datetime, calendar: Calendar, unit: Unit
) -> Deadline:
    """
    Give the deadline after a pause: what was left of it when the pause began is counted anew from its end.

    For working days and days, what is left are the days after that of the pause until the deadline's, and the day of
    resumption is day 0: a pause within one day moves nothing. Months are left as days. A pause that begins at or after
    the deadline, or ends before it began, changes nothing; no pause makes a deadline earlier.

    Raises:
        RequestError: a moment has no time zone.
    """
    count = partial(_resume, deadline_at, paused_at, resumed_at, calendar, unit)
    return Deadline(count(_SILENT), count)


def _due(start: datetime, duration: Duration, calendar: Calendar, start_rule: StartRule, trail: Silent) -> datetime:
    began, unit = calendar.moment(start), duration.unit
    if not EARLIEST < began < LATEST:
        trail.add(Step("out_of_range"))
        return _in_utc(start)
    trail.add(Step("received", began))
    if start_rule == "next_working_day":
        began = _next_working_day(began, calendar)
        trail.add(Step("treated_as", began))
    if unit in _ROUND_THE_CLOCK:
        return shifted(began, duration.amount * _ROUND_THE_CLOCK[unit])
    if unit is Unit.WORKING_HOURS:
        at = _after_time(began, duration.amount * _HOUR, calendar, trail)
    else:
        at = _after_days(_day_of(began, unit, calendar), duration.amount, unit, calendar, trail)
    return _warned(at, unit, calendar, trail)


def _resume(
    deadline_at: datetime, paused_at: datetime, resumed_at: datetime, calendar: Calendar, unit: Unit, trail: Silent
) -> datetime:
    at, paused, resumed = calendar.moment(deadline_at), calendar.moment(paused_at), calendar.moment(resumed_at)
    trail.add(Step("paused", paused))
    trail.add(Step("resumed", resumed))
    if paused >= at or resumed <= paused or resumed >= LATEST:
        trail.add(Step("unchanged"))
        return _in_utc(deadline_at)
    if unit in _ROUND_THE_CLOCK:
        trail.add(Step("left", time=at - paused))
        return shifted(at, resumed - paused)
    if unit is Unit.WORKING_HOURS:
        left = calendar.working_time(paused, at)
        trail.add(Step("left", time=left))
        moved = _after_time(resumed, left, calendar, trail)
    else:
        moved = _resume_days(at, paused, resumed, calendar, unit, trail)
    return _warned(max(at, moved), unit, calendar, trail)


def _resume_days(
    at: datetime, paused: datetime, resumed: datetime, calendar: Calendar, unit: Unit, trail: Silent
) -> datetime:
    counted = Unit.WORKING_DAYS if unit is Unit.WORKING_DAYS else Unit.DAYS
    left = _days_between(paused, at, counted, calendar)
    trail.add(Step("left", name=f"{left} {counted}"))
    moved = at
    if left:
        moved = _after_days(_day_of(resumed, counted, calendar), left, counted, calendar, trail)
    if unit is Unit.MONTHS:
        moved = _end(_to_working_day(calendar.ordinal(moved), calendar, trail), calendar)
    return moved


def _warned(at: datetime, unit: Unit, calendar: Calendar, trail: Silent) -> datetime:
    """Note that a deadline lies where nobody knows the bank holidays."""
    known = calendar.known_until
    if known and unit is not Unit.DAYS and calendar.ordinal(at) > known.toordinal():
        trail.add(Step("holidays_unknown_after", first=known))
    return at


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return shifted(EARLIEST, timedelta.min if moment.year < LATEST.year else timedelta.max)


def _day_of(moment: datetime, unit: Unit, calendar: Calendar) -> int:
    return calendar.business_day(moment) if unit is Unit.WORKING_DAYS else calendar.ordinal(moment)


def _next_working_day(moment: datetime, calendar: Calendar) -> datetime:
    day = calendar.day(calendar.next_day(calendar.business_day(moment)))
    return day.openings[0].start if day.openings else LATEST


def _after_time(start: datetime, left: timedelta, calendar: Calendar, trail: Silent) -> datetime:
    """Give the moment by which the calendar has been open for a time since the start."""
    if not left:
        return start
    today = calendar.ordinal(start)
    began = False
    for ordinal in range(today - 1, _LAST + 1):  # an opening of the day before may go on over midnight
        day = calendar.day(ordinal)
        if not day.openings:
            if ordinal >= today:
                trail.skipped(ordinal, day)
            continue
        counted = _NO_TIME
        for opening in day.openings:
            if opening.end <= start:
                continue
            first = max(start, opening.start)
            if not began:
                trail.add(Step("began", first))
                began = True
            if opening.end - first >= left:
                trail.counted(ordinal, counted + left)
                return first + left
            counted += opening.end - first
            left -= opening.end - first
        if counted:
            trail.counted(ordinal, counted)
    trail.add(Step("out_of_range"))
    return LATEST


def _after_days(today: int, amount: int, unit: Unit, calendar: Calendar, trail: Silent) -> datetime:
    """Give the end of the day that is so many days, working days or months after another."""
    if unit is Unit.WORKING_DAYS:
        return _after_working_days(today, amount, calendar, trail)
    if unit is Unit.DAYS:
        return _end(min(today + amount, _LAST), calendar)
    on = _months_after(date.fromordinal(today), amount).toordinal()
    return _end(_to_working_day(on, calendar, trail), calendar)


def _after_working_days(today: int, amount: int, calendar: Calendar, trail: Silent) -> datetime:
    for ordinal in range(today + 1, _LAST + 1):
        day = calendar.day(ordinal)
        if not day.openings:
            trail.skipped(ordinal, day)
            continue
        trail.counted(ordinal)
        amount -= 1
        if not amount:
            return day.closes
    trail.add(Step("out_of_range"))
    return LATEST


def _to_working_day(ordinal: int, calendar: Calendar, trail: Silent) -> int:
    if calendar.day(ordinal).openings:
        return ordinal
    working = calendar.next_day(ordinal)
    for number in range(ordinal, working):
        trail.skipped(number, calendar.day(number))
    trail.add(Step("moved", first=date.fromordinal(working)))
    return working


def _end(ordinal: int, calendar: Calendar) -> datetime:
    midnight = datetime.fromordinal(ordinal + 1).replace(tzinfo=calendar.zone)
    return midnight.astimezone(UTC) - _SECOND


def _months_after(on: date, months: int) -> date:
    """Give the same date so many months later, or the last of that month."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def _days_between(start: datetime, end: datetime, unit: Unit, calendar: Calendar) -> int:
    today, last = _day_of(start, unit, calendar), _day_of(end, unit, calendar)
    if unit is Unit.DAYS:
        return last - today
    if unit is Unit.WORKING_DAYS:
        return sum(1 for ordinal in range(today + 1, last + 1) if calendar.day(ordinal).openings)
    first, on = date.fromordinal(today), date.fromordinal(last)
    months = (on.year - first.year) * 12 + on.month - first.month
    return months - (_months_after(first, months) > on) if months > 0 else 0
