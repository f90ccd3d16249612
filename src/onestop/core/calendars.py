"""
Calendars: when a team works, in local time, and which moments of UTC that makes.

Opening hours are what the clock on the wall says. Hours over midnight belong to the day on which they begin, so the
night before a bank holiday is worked to its end and the night after it is not begun. Where the clocks change, an
opening begins at the first and ends at the last moment that reads so: hours over the repeated hour are an hour longer,
those over the skipped hour an hour shorter, and a time inside the skipped hour is the moment of the change.

A calendar counts from 1900 to 2200. Every search in it ends there, so that no policy can make it endless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal, NamedTuple

from onestop.errors import RequestError

__all__ = ["EARLIEST", "LATEST", "Calendar", "Closed", "Day", "Hours", "Opening"]

Hours = tuple[int, int]
"""An opening in minutes after local midnight; the end is after the beginning, and beyond 1,440 on the next day."""

Closed = Literal["", "weekend", "no_hours", "bank_holiday", "closed", "clock_change"]
"""Why a day is none of a calendar's working days; empty for a day that is one."""

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_DAY = 1_440  # minutes
_SECOND = timedelta(seconds=1)
_NO_TIME = timedelta()
_REMEMBERED = 4_096  # days, eleven years: about a megabyte; a day costs a few microseconds to work out again


class Opening(NamedTuple):
    """A time in which a calendar is open, in UTC; the end is the first moment that is not."""

    start: datetime
    end: datetime


class Day(NamedTuple):
    """One local day of a calendar, with the openings that begin on it."""

    openings: tuple[Opening, ...]
    open_for: timedelta
    closes: datetime  # the last moment of its business: 23:59:59 where that lasts until midnight; of a closed day, too
    why: Closed
    name: str  # of the bank holiday or closed day


class Calendar:
    """
    When a team works; safe to share between threads.

    A day's hours are the special ones of its date; else none on the council's closed days and bank holidays; else those
    of its weekday. `known_until` is the last day whose bank holidays are known; None where none matter.

    Raises:
        RequestError: the hours are not seven weekdays', overlap, or are never open in a week.
    """

    __slots__ = ("_closed", "_days", "_holidays", "_special", "_weekly", "known_until", "name", "zone")

    def __init__(
        self,
        name: str,
        zone: tzinfo,
        hours: Sequence[Sequence[Hours]],
        *,
        holidays: Mapping[date, str] | None = None,
        closed: Mapping[date, str] | None = None,
        special: Mapping[date, Sequence[Hours]] | None = None,
        known_until: date | None = None,
    ) -> None:
        self.name, self.zone, self.known_until = name, zone, known_until
        self._weekly = tuple(tuple(sorted(day)) for day in hours)
        self._holidays = {on.toordinal(): title for on, title in (holidays or {}).items()}
        self._closed = {on.toordinal(): title for on, title in (closed or {}).items()}
        self._special = {on.toordinal(): tuple(sorted(day)) for on, day in (special or {}).items()}
        self._days: dict[int, Day] = {}
        self._check()

    def _check(self) -> None:
        if len(self._weekly) != 7:
            raise RequestError("a calendar has the hours of seven weekdays, from Monday")
        if not any(self._weekly):
            raise RequestError("a calendar is open at least once a week; in one that never is nothing is ever due")
        for day in (*self._weekly, *self._special.values()):
            if any(not (0 <= start < _DAY and start < end <= start + _DAY) for start, end in day):
                raise RequestError("hours begin within their day and last at most 24 hours")
            if any(before[1] > after[0] for before, after in pairwise(day)):
                raise RequestError("the hours of a day overlap")
        for today, tomorrow in pairwise((*self._weekly, self._weekly[0])):
            if today and tomorrow and today[-1][1] - _DAY > tomorrow[0][0]:
                raise RequestError("hours over midnight overlap those of the next day")

    def __repr__(self) -> str:
        return f"Calendar({self.name!r})"

    def moment(self, moment: datetime) -> datetime:
        """
        Give a moment in UTC, within the years that calendars count.

        Raises:
            RequestError: it has no time zone.
        """
        if moment.tzinfo is None:
            raise RequestError("a moment has a time zone")
        if moment.tzinfo is not UTC:
            try:
                moment = moment.astimezone(UTC)
            except OverflowError:
                return EARLIEST if moment.year < 2_000 else LATEST
        return EARLIEST if moment < EARLIEST else min(moment, LATEST)

    def ordinal(self, moment: datetime) -> int:
        """Give the local day of a moment, as `date.toordinal` numbers it; the moment is one that `moment` gave."""
        return moment.astimezone(self.zone).toordinal()

    def business_day(self, moment: datetime) -> int:
        """Give the day that a moment belongs to: that of the opening which it lies in or ends, else the local one."""
        today = self.ordinal(moment)
        before = self.day(today - 1)
        return today - 1 if before.openings and moment <= before.closes else today

    def day(self, ordinal: int) -> Day:
        """Give a day by its number."""
        found = self._days.get(ordinal)
        if found is None:
            found = self._make(ordinal)
            if len(self._days) >= _REMEMBERED:
                self._days = {}  # in one step, so that another thread keeps the one it reads
            self._days[ordinal] = found
        return found

    def is_open(self, moment: datetime) -> bool:
        """Say whether the calendar is open at a moment."""
        now = self.moment(moment)
        today = self.ordinal(now)
        # An opening of the day before may go on over midnight.
        return any(each.start <= now < each.end for day in (today - 1, today) for each in self.day(day).openings)

    def next_open(self, moment: datetime) -> datetime:
        """Give the moment itself when the calendar is open, else the next opening; in 2200 where there is none."""
        now = self.moment(moment)
        return next((max(now, opening.start) for opening in self._from(now)), LATEST)

    def next_day(self, ordinal: int) -> int:
        """Give the first working day after a day."""
        last = LATEST.toordinal()
        ordinal += 1
        while not self.day(ordinal).openings and ordinal < last:
            ordinal += 1
        return ordinal

    def intervals(self, start: datetime, end: datetime) -> Iterator[Opening]:
        """Give the times between two moments in which the calendar is open, in order."""
        begin, until = self.moment(start), self.moment(end)
        for opening in self._from(begin):
            if max(begin, opening.start) >= until:
                return
            yield Opening(max(begin, opening.start), min(until, opening.end))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Give how long the calendar is open between two moments; nothing where the second is the earlier."""
        begin, until = self.moment(start), self.moment(end)
        if until <= begin:
            return _NO_TIME
        first, last = self.ordinal(begin) - 1, self.ordinal(until)
        total = _NO_TIME
        for ordinal in range(first, last + 1):
            day = self.day(ordinal)
            if not day.openings:
                continue
            if begin <= day.openings[0].start and day.openings[-1].end <= until:
                total += day.open_for
                continue
            for opening in day.openings:
                total += max(_NO_TIME, min(until, opening.end) - max(begin, opening.start))
        return total

    def _from(self, moment: datetime) -> Iterator[Opening]:
        """Give the openings that end after a moment."""
        for ordinal in range(self.ordinal(moment) - 1, LATEST.toordinal() + 1):
            for opening in self.day(ordinal).openings:
                if opening.end > moment:
                    yield opening

    def _hours(self, ordinal: int) -> tuple[tuple[Hours, ...], Closed, str]:
        if ordinal in self._special:
            return self._special[ordinal], "closed", ""
        if ordinal in self._closed:
            return (), "closed", self._closed[ordinal]
        if ordinal in self._holidays:
            return (), "bank_holiday", self._holidays[ordinal]
        weekday = (ordinal + 6) % 7
        return self._weekly[weekday], "weekend" if weekday > 4 else "no_hours", ""

    def _make(self, ordinal: int) -> Day:
        hours, why, name = self._hours(ordinal)
        midnight = self._at(ordinal, _DAY, last=False)
        if not hours:
            return Day((), _NO_TIME, midnight - _SECOND, why, name)
        before = self._hours(ordinal - 1)[0]
        # A special day may begin before the night before it has ended, and a clock set back at midnight may seem to.
        taken = self._at(ordinal - 1, before[-1][1], last=True) if before else EARLIEST
        openings: list[Opening] = []
        for start, end in hours:
            opening = Opening(max(taken, self._at(ordinal, start, last=False)), self._at(ordinal, end, last=True))
            if openings and opening.start <= openings[-1].end:
                openings[-1] = Opening(openings[-1].start, max(openings[-1].end, opening.end))
            elif opening.start < opening.end:
                openings.append(opening)
        if not openings:
            return Day((), _NO_TIME, midnight - _SECOND, "clock_change", name)
        time = sum((each.end - each.start for each in openings), _NO_TIME)
        return Day(tuple(openings), time, midnight - _SECOND if hours[-1][1] == _DAY else openings[-1].end, "", name)

    def _at(self, ordinal: int, minute: int, *, last: bool) -> datetime:
        """Give the moment at which a local time is read: the first or the last such, or the change that skips it."""
        local = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
        moment = local.replace(tzinfo=self.zone, fold=int(last)).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None, fold=0) == local:
            return moment
        # No clock reads it. The two folds lie on either side of the change (PEP 495), a whole number of seconds.
        early = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        late = local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        offset = late.astimezone(self.zone).utcoffset()
        while late - early > _SECOND:
            middle = early + (late - early) // _SECOND // 2 * _SECOND
            if middle.astimezone(self.zone).utcoffset() == offset:
                late = middle
            else:
                early = middle
        return late
