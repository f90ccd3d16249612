"""
Escalation as data: what happens by itself when a target comes near, is missed, or stays missed.

    at                      the moment
    80%                     when so much of the time that the target gives is over; pauses do not count
    before 1 working day    when so much time is left
    breach                  when the target is missed
    after 2 working days    so much later

Working hours and working days are time of the target's calendar: a deadline that is the close of Friday has one working
day left when Friday opens. What a step does is in `Escalation`; docs/explanation/promises.md says why it is a list of
steps and not a program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

from onestop.core.calendars import EARLIEST, Calendar
from onestop.core.durations import Duration, Unit
from onestop.core.model import Frozen, shifted
from onestop.core.rules import Priority
from onestop.core.worktime import due
from onestop.errors import RequestError

__all__ = ["FORM", "At", "Escalation", "Span"]

FORM = "must be a moment such as 80%, before 1 working day, breach, or after 2 working days"

_SHARE = re.compile(r"([1-9]\d?) ?%\Z", re.ASCII)
_WORKING = frozenset({Unit.WORKING_HOURS, Unit.WORKING_DAYS})
_NO_TIME = timedelta()
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a target has: from when, until when, by which calendar, and how it is counted."""

    started_at: datetime
    due_at: datetime
    calendar: Calendar
    unit: Unit
    paused: tuple[tuple[datetime, datetime], ...] = ()  # times that do not count

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Give how much time lies between two moments, as the target counts it; never less than none."""
        if self.unit in _WORKING:
            return self.calendar.working_time(start, end)
        return max(_NO_TIME, end - start)

    @property
    def given(self) -> timedelta:
        """How much time there is in all, without the pauses."""
        whole = self.worked(self.started_at, self.due_at)
        for since, until in self.paused:
            whole -= self.worked(max(since, self.started_at), min(until, self.due_at))
        return max(_NO_TIME, whole)


@dataclass(frozen=True, slots=True)
class At:
    """
    A moment of escalation, relative to a target's deadline.

    >>> str(At.parse("Before 1 working days")), str(At.parse("80 %"))
    ('before 1 working day', '80%')
    """

    kind: Literal["share", "before", "breach", "after"]
    share: int = 100  # per cent of the time that the target gives
    duration: Duration | None = None

    @classmethod
    def parse(cls, text: str) -> At:
        """
        Read "80%", "before 1 working day", "breach" or "after 2 working days".

        Raises:
            RequestError: the text is no such moment; months are no time to warn before, or after.
        """
        words = " ".join(text[:100].lower().split())
        if share := _SHARE.match(words):
            return cls("share", int(share[1]))
        if words == "breach":
            return cls("breach")
        kind, _, rest = words.partition(" ")
        if kind not in ("before", "after"):
            raise RequestError(FORM)
        duration = Duration.parse(rest)
        if duration.unit is Unit.MONTHS:
            raise RequestError(FORM)
        return cls("before" if kind == "before" else "after", duration=duration)

    def __str__(self) -> str:
        if self.kind == "share":
            return f"{self.share}%"
        return self.kind if self.duration is None else f"{self.kind} {self.duration}"

    @property
    def is_late(self) -> bool:
        """Whether the deadline is over then."""
        return self.kind in ("breach", "after")

    def moment(self, span: Span) -> datetime:
        """Give the moment for a target's time; a warning never comes before the time began."""
        match self.kind:
            case "breach":
                return shifted(span.due_at, _SECOND)  # its last moment is still in time
            case "after":
                assert self.duration is not None
                return due(span.due_at, self.duration, span.calendar).at
            case "share":
                left = span.given * (100 - self.share) / 100
                found = _back(span.due_at, left, span.calendar, working=span.unit in _WORKING)
            case "before":
                assert self.duration is not None
                working = self.duration.unit in _WORKING
                found = _back(span.due_at, _time(self.duration, span), span.calendar, working=working)
        return max(found, span.started_at)


def _time(duration: Duration, span: Span) -> timedelta:
    """Give how long a duration is, counted back from a deadline."""
    match duration.unit:
        case Unit.MINUTES:
            return timedelta(minutes=duration.amount)
        case Unit.HOURS | Unit.WORKING_HOURS:
            return timedelta(hours=duration.amount)
        case Unit.WORKING_DAYS:
            return _working_days(duration.amount, span)
    return timedelta(days=duration.amount)


def _working_days(amount: int, span: Span) -> timedelta:
    """Give the hours of the last working days up to a deadline; its own day counts as a whole one."""
    first, ordinal = EARLIEST.toordinal(), span.calendar.ordinal(span.calendar.moment(span.due_at))
    time = _NO_TIME
    while amount and ordinal > first:
        if (day := span.calendar.day(ordinal)).openings:
            time += day.open_for
            amount -= 1
        ordinal -= 1
    return time


def _back(moment: datetime, left: timedelta, calendar: Calendar, *, working: bool) -> datetime:
    """Give the moment from which so much time is left until another."""
    if not working or left <= _NO_TIME:
        return shifted(moment, -left)
    until = calendar.moment(moment)
    for ordinal in range(calendar.ordinal(until), EARLIEST.toordinal(), -1):
        for opening in reversed(calendar.day(ordinal).openings):
            end = min(opening.end, until)
            if end - opening.start >= left:
                return end - left
            left -= max(_NO_TIME, end - opening.start)
    return EARLIEST


def _read(value: Any) -> At:
    try:
        if isinstance(value, str):
            return At.parse(value)
    except RequestError:
        pass
    raise PydanticCustomError("escalation_at", "not a moment of escalation")


class Escalation(Frozen):
    """One step: of which target, when, and what it does; a case takes each at most once for each deadline."""

    target: Literal["acknowledge", "inspect", "resolve", "legal", "promise"]
    at: Annotated[At, PlainValidator(_read), PlainSerializer(str, return_type=str)]
    flag: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,39}$")
    priority: Priority | None = None  # raises to this one, and never lowers
    reassign: str | None = None  # the service that the case is sent to
    assignee: str | None = Field(default=None, min_length=1, max_length=200)
    tell: str | None = None  # the template that the citizen is told by

    @property
    def key(self) -> str:
        """The step's name among those of its service, such as resolve:80%."""
        return f"{self.target}:{self.at}"

    @property
    def does_something(self) -> bool:
        """Whether it has any effect; noting the breach is one of its own."""
        return self.at.kind == "breach" or any((self.flag, self.priority, self.reassign, self.assignee, self.tell))
