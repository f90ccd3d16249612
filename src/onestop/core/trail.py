"""The arithmetic of a deadline, step by step: data that a person can follow with a calendar in hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

from onestop.core.calendars import Closed, Day
from onestop.core.model import local_time

__all__ = ["Silent", "Step", "StepKind", "Trail", "said"]

StepKind = Literal[
    "received", "treated_as", "began", "counted", "skipped", "further", "moved", "paused", "resumed", "left", "ended",
    "unchanged", "holidays_unknown_after", "out_of_range",
]  # fmt: skip

_MOST = 40  # steps told one by one: twenty working weeks; what follows is summed up
_NO_TIME = timedelta()


class Step(NamedTuple):
    """One step; `said` puts it into words. What a kind has no use for is left empty."""

    kind: StepKind
    at: datetime | None = None
    first: date | None = None
    last: date | None = None
    days: int = 0  # counted or skipped
    time: timedelta = _NO_TIME  # counted or left
    why: Closed = ""
    name: str = ""  # of the bank holiday or closed day; of what is counted


class Silent:
    """A trail that nobody reads: most deadlines are computed without anybody asking how."""

    __slots__ = ()

    def add(self, step: Step) -> None:
        """Add a step by itself."""

    def counted(self, ordinal: int, time: timedelta = _NO_TIME) -> None:
        """Note a day that counts, or the working time of it that does."""

    def skipped(self, ordinal: int, day: Day) -> None:
        """Note a day that does not count."""


class Trail(Silent):
    """Collects steps; days that count, or are skipped for the same reason, become one step."""

    __slots__ = ("_days", "_first", "_key", "_last", "_more", "_time", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._key: tuple[StepKind, Closed, str] | None = None
        self._first = self._last = self._days = 0
        self._time = _NO_TIME
        self._more: Step | None = None

    def add(self, step: Step) -> None:
        """Add a step by itself."""
        self._flush()
        self.steps.append(step)

    def counted(self, ordinal: int, time: timedelta = _NO_TIME) -> None:
        """Note a day that counts, or the working time of it that does."""
        if self._key != ("counted", "", ""):
            self._begin(("counted", "", ""), ordinal)
        self._last = ordinal
        self._days += 1
        self._time += time

    def skipped(self, ordinal: int, day: Day) -> None:
        """Note a day that does not count."""
        if self._key != ("skipped", day.why, day.name):
            self._begin(("skipped", day.why, day.name), ordinal)
        self._last = ordinal
        self._days += 1

    def end(self, at: datetime) -> tuple[Step, ...]:
        """Give all steps, ended by where the deadline landed."""
        self.add(Step("ended", at))
        return tuple(self.steps)

    def _begin(self, key: tuple[StepKind, Closed, str], ordinal: int) -> None:
        if self._key is not None:
            self._close()
        self._key, self._first, self._days, self._time = key, ordinal, 0, _NO_TIME

    def _close(self) -> None:
        assert self._key is not None
        kind, why, name = self._key
        self._key = None
        first, last = date.fromordinal(self._first), date.fromordinal(self._last)
        if len(self.steps) < _MOST:
            self.steps.append(Step(kind, None, first, last, self._days, self._time, why, name))
            return
        more = self._more or Step("further", first=first)
        days = self._days if kind == "counted" else 0
        self._more = more._replace(last=last, days=more.days + days, time=more.time + self._time)

    def _flush(self) -> None:
        if self._key is not None:
            self._close()
        if self._more is not None:
            self.steps.append(self._more)
            self._more = None


_WHY = {
    "weekend": "weekend",
    "no_hours": "no opening hours",
    "bank_holiday": "bank holiday",
    "closed": "closed",
    "clock_change": "skipped by the clock",
}


def said(step: Step, zone: tzinfo) -> str:
    """Give a step as a line of English, times in the zone of the calendar."""
    match step.kind:
        case "counted" | "further":
            more = "further days, " if step.kind == "further" else ""
            return f"{_span(step)}: {more}{_amount(step)}"
        case "skipped":
            why = _WHY.get(step.why, step.why)
            return f"{_span(step)}: not counted, {why}{f': {step.name}' if step.name else ''}"
        case "left":
            return f"left: {step.name or _length(step.time)}"
        case "moved":
            return f"moved on to {_date(step.first)}, a working day"
        case "holidays_unknown_after":
            return f"bank holidays are known until {_date(step.first)}; later ones are not in this"
        case "out_of_range":
            return "beyond the years 1900 to 2200, which calendars count"
        case "unchanged":
            return "the pause took no time from it: unchanged"
    day = f": {_date(step.first)}" if step.first else ""
    at = f": {_moment(step.at, zone)}" if step.at else day
    return _HEADS[step.kind] + at


_HEADS: dict[StepKind, str] = {
    "received": "received",
    "treated_as": "treated as received on the next working day",
    "began": "the clock starts",
    "paused": "paused",
    "resumed": "resumed",
    "ended": "deadline",
}


def _date(on: date | None) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}" if on else ""


def _moment(at: datetime, zone: tzinfo) -> str:
    local = local_time(at, zone)
    exact = "%H:%M:%S" if local.second else "%H:%M"
    return f"{_date(local.date())} {local.strftime(exact)}"


def _span(step: Step) -> str:
    return _date(step.first) if step.first == step.last else f"{_date(step.first)} to {_date(step.last)}"


def _amount(step: Step) -> str:
    if step.time:
        return f"{_length(step.time)} of working time"
    return f"{step.days} working day{'s' if step.days != 1 else ''}"


def _length(time: timedelta) -> str:
    seconds = time // timedelta(seconds=1)
    parts = ((seconds // 3_600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 min"
