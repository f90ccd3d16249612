"""Times of an explanation: local, with UTC in brackets where it is another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from onestop.core.model import local_time

__all__ = ["Times"]

_NO_TIME = timedelta()


class Times:
    """
    Writes moments in the zone of a council.

    >>> from zoneinfo import ZoneInfo
    >>> times = Times(ZoneInfo("Europe/London"))
    >>> times.at(datetime(2026, 3, 2, 9, 5, tzinfo=UTC)), times.at(datetime(2026, 4, 6, 23, 30, tzinfo=UTC))
    ('Mon 2 Mar 2026 09:05 GMT', 'Tue 7 Apr 2026 00:30 BST (Mon 6 Apr 23:30 UTC)')
    """

    __slots__ = ("_zone",)

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def at(self, moment: datetime) -> str:
        """Give a moment to the minute."""
        return self._written(moment, "%H:%M")

    def due(self, moment: datetime) -> str:
        """Give a deadline, to the second where it is the last of a day."""
        return self._written(moment, "%H:%M:%S" if moment.second else "%H:%M")

    def _written(self, moment: datetime, clock: str) -> str:
        local = local_time(moment, self._zone)
        utc = moment.astimezone(UTC)
        text = f"{local:%a} {local.day} {local:%b %Y} {local.strftime(clock)} {local:%Z}"
        if local.utcoffset() == _NO_TIME:
            return text
        day = "" if local.date() == utc.date() else f"{utc:%a} {utc.day} {utc:%b} "
        return f"{text} ({day}{utc.strftime(clock)} UTC)"
