"""
Quiet hours: when somebody who does not want to be disturbed may hear from us next.

Hours are what the clocks of a zone show, on each side of a change of them: a time that is shown twice is quiet twice,
and one that is not shown is over as soon as the clocks have jumped past it. Several statements hold together. Hours
that leave no moment free within `LONGEST_WAIT` are no hours to wait for the end of: nothing goes out by itself then,
and nothing waits for ever either, since what must be said becomes a person's task.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from onestop.core.model import local_time, shifted
from onestop.core.profile import QuietHours, QuietSpan, Weekday

__all__ = ["LONGEST_WAIT", "NEVER", "Zones", "quiet_until"]

LONGEST_WAIT = timedelta(days=31)
NEVER = datetime.max.replace(tzinfo=UTC)
"""What `quiet_until` gives where no moment is free."""

_SECOND = 1_000_000  # microseconds, as all that is counted here
_DAY = 86_400 * _SECOND
_WEEK = 7 * _DAY
_LAST_MINUTE = _DAY - 60 * _SECOND
_WEEKDAYS: dict[Weekday, int] = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_FINEST = timedelta(microseconds=1)

Span = tuple[int, int]  # since Monday began; the end may lie in the next week


class Zones(NamedTuple):
    """The council's time zone, and others by their IANA names: the data base of them is the shell's to read."""

    council: tzinfo
    named: Callable[[str], tzinfo | None]

    def of(self, *names: str | None) -> tzinfo:
        """Give the zone by the first name that there is one of; the council's where there is none."""
        for name in names:
            if name and (zone := self.named(name)) is not None:
                return zone
        return self.council


def quiet_until(
    statements: Iterable[QuietHours], now: datetime, zones: Zones, zone: str | None = None
) -> datetime | None:
    """
    Give when the quiet of this moment ends, in UTC; None where it is not quiet, `NEVER` where no moment is free.

    `zone` is the citizen's, for statements that name none.
    """
    alike: dict[tuple[tzinfo, datetime], list[QuietHours]] = {}
    for each in statements:
        if each.until is None or each.until > now:
            alike.setdefault((zones.of(each.zone, zone), each.until or NEVER), []).append(each)
    quiets = [_Quiet(together, where, until) for (where, until), together in alike.items()]
    moment, latest = now.astimezone(UTC), shifted(now, LONGEST_WAIT)
    began = moment
    while (end := max((quiet.until(moment) for quiet in quiets), default=moment)) > moment:
        if end > latest:
            return NEVER
        moment = end
    return moment if moment > began else None


class _Quiet:
    """Statements of one zone that end together, their spans joined where they touch: then they are one statement."""

    __slots__ = ("_ends", "_ends_of", "_starts", "_zone")

    def __init__(self, statements: Iterable[QuietHours], zone: tzinfo, until: datetime) -> None:
        self._ends = until
        self._zone = zone
        spans = _joined(statements)
        self._starts, self._ends_of = [start for start, _ in spans], [end for _, end in spans]

    def until(self, moment: datetime) -> datetime:
        """Give the end of the span that a moment is in; the moment itself where it is in none."""
        if moment >= self._ends:
            return moment
        local = local_time(moment, self._zone)
        place = local.weekday() * _DAY + _since_midnight(local)
        left = max(self._left(place), self._left(place + _WEEK))
        if not left:
            return moment
        try:
            return min(
                _first_shown(local.replace(tzinfo=None, fold=0) + timedelta(microseconds=left), self._zone, moment),
                self._ends,
            )
        except OverflowError:  # the calendar ends
            return self._ends

    def _left(self, place: int) -> int:
        """Give how much of its span is left at a place of the week; nothing where it is in none."""
        index = bisect_right(self._starts, place) - 1
        return max(self._ends_of[index] - place, 0) if index >= 0 else 0


def _joined(statements: Iterable[QuietHours]) -> list[Span]:
    spans = {
        _span(_WEEKDAYS[weekday] * _DAY, span)
        for statement in statements
        for weekday, of_day in statement.spans.items()
        for span in of_day
    }
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _span(day: int, span: QuietSpan) -> Span:
    """Give a span's place in the week; whoever writes 23:59 for its end means that the day is over then."""
    start, end = _since_midnight(span.start), _since_midnight(span.end)
    over = _DAY if end <= start else 0
    return day + start, day + over + (_DAY if end >= _LAST_MINUTE else end)


def _since_midnight(at: time | datetime) -> int:
    return ((at.hour * 60 + at.minute) * 60 + at.second) * _SECOND + at.microsecond


def _first_shown(wall: datetime, zone: tzinfo, after: datetime) -> datetime:
    """Give the first moment after another at which a zone's clocks show a time, or have jumped past it."""
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    shown = local_time(first, zone).replace(tzinfo=None, fold=0) == wall
    if shown and first > after:
        return first
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return second if shown else _jump(second, first, zone)


def _jump(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Give when a zone's clocks change, between two moments."""
    changed = local_time(after, zone).utcoffset()
    while after - before > _FINEST:
        middle = before + (after - before) / 2
        if local_time(middle, zone).utcoffset() == changed:
            after = middle
        else:
            before = middle
    return after
