"""
calendars.toml: opening hours and bank holidays as a council writes them, made into the core's calendars.

Bank holidays are GOV.UK's, shipped as data with the day of the copy; those that a policy uses are part of its source,
so that the same policy gives the same deadlines under a later release, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from onestop.core.calendars import Calendar, Hours
from onestop.core.model import Frozen, FrozenMap
from onestop.errors import RequestError
from onestop.policy.mistakes import Mistakes, Place

__all__ = ["ALWAYS", "BankHolidays", "always", "bank_holidays", "read_calendar", "read_holidays", "zone_of"]

ALWAYS = "always"
"""The calendar that every policy has: open day and night, without holidays, in the council's zone."""

_FILE = "calendars"
_UNITED_KINGDOM = "united-kingdom"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIMES = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_DAY = 1_440  # minutes
_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})  # two machines would count the same policy apart

_TIMES_FORM = "must be hours such as 09:00-17:00, 22:00-06:00 for those over midnight, or 00:00-24:00"
_DATE_FORM = "must be a date such as 2026-12-24"
_DAYS_FORM = f"must be a weekday or several in a row: {', '.join(_WEEKDAYS)}, mon-fri"


class ClosedDay(Frozen):
    """A day on which the council is closed beside bank holidays; explanations give its name."""

    date: str
    name: str = ""


class OpenDay(Frozen):
    """A day with other hours than its weekday's, a bank holiday or not."""

    date: str
    hours: tuple[str, ...]


class BankHolidays(Frozen):
    """The bank holidays of nations: a name for each date."""

    known_until: str = "2012-01-01"  # later ones had not been announced
    nations: FrozenMap[str, FrozenMap[str, str]] = FrozenMap()


class CalendarData(Frozen):
    """A calendar as a policy declares it."""

    zone: str | None = None  # IANA; the council's own where it is left out
    nation: Literal["england-and-wales", "scotland", "northern-ireland", "united-kingdom"] | None = None
    hours: FrozenMap[str, tuple[str, ...]]
    closed: tuple[ClosedDay, ...] = ()
    open: tuple[OpenDay, ...] = ()
    holidays_known_until: str | None = None  # where `closed` has the bank holidays that GOV.UK had not announced


@cache
def _shipped() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(
        resources.files("onestop.policy").joinpath("bank_holidays.json").read_text("utf-8")
    )
    return read


def bank_holidays(document: Any) -> dict[str, Any]:
    """Give the shipped bank holidays of the nations that calendars name, for the policy's source; {} for none."""
    tables = document.get(_FILE) if isinstance(document, Mapping) else None
    tables = tables.get(_FILE) if isinstance(tables, Mapping) else None
    given = tables.values() if isinstance(tables, Mapping) else ()
    nations = (table.get("nation") for table in given if isinstance(table, Mapping))
    named = {nation for nation in nations if isinstance(nation, str)}
    shipped = _shipped()
    used = {nation: days for nation, days in shipped["nations"].items() if nation in named or _UNITED_KINGDOM in named}
    return {"known_until": shipped["known_until"], "nations": used} if used else {}


def read_holidays(raw: dict[str, Any] | None, mistakes: Mistakes) -> BankHolidays:
    """Give the bank holidays of a policy's source."""
    found = mistakes.validate(BankHolidays, raw, "bank_holidays", ()) if raw else None
    if found is None:
        return BankHolidays()
    for text in (found.known_until, *(day for days in found.nations.values() for day in days)):
        if _date(text) is None:
            mistakes.add("bank_holidays", (), f"must have dates such as 2026-12-25, not {text[:100]!r}")
            return BankHolidays()
    return found


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def zone_of(name: Any) -> ZoneInfo | None:
    """Give a time zone of the IANA data base; None where there is none of this name."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name not in _OF_THE_MACHINE else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def always(zone: ZoneInfo) -> Calendar:
    """Give the calendar that is open day and night."""
    return Calendar(ALWAYS, zone, [[(0, _DAY)]] * 7)


def read_calendar(
    name: str, raw: dict[str, Any], place: Place, zone: ZoneInfo, holidays: BankHolidays, mistakes: Mistakes
) -> Calendar | None:
    """Give a calendar of calendars.toml; None, with its mistakes noted, where it has some."""
    if isinstance(raw.get("closed"), list):
        closed = [{"date": day} if isinstance(day, str) else day for day in raw["closed"]]
        raw = {**raw, "closed": closed}
    data = mistakes.validate(CalendarData, raw, _FILE, place)
    if data is None:
        return None
    reading = _Reading(place, mistakes)
    weekly = reading.weekly(data.hours)
    days, known = _days_of(data.nation, holidays)
    stated = reading.date(data.holidays_known_until, "holidays_known_until") if data.holidays_known_until else None
    closed_days = {on: day.name for n, day in enumerate(data.closed) if (on := reading.date(day.date, "closed", n))}
    open_days = {
        on: reading.day(day.hours, "open", n, "hours")
        for n, day in enumerate(data.open)
        if (on := reading.date(day.date, "open", n, "date"))
    }
    seen, closed_too = set[str](), {day.date for day in data.closed}
    for n, day in enumerate(data.open):
        if day.date in seen:
            reading.add("is a day given before", "open", n, "date")
        if day.date in closed_too:
            reading.add("is a closed day, too", "open", n, "date")
        seen.add(day.date)
    here = zone_of(data.zone) if data.zone is not None else zone
    if here is None:
        reading.add("must be a time zone of the IANA data base, such as Europe/London", "zone")
    if reading.wrong or here is None:
        return None
    try:
        return Calendar(
            name, here, weekly, holidays=days, closed=closed_days, special=open_days, known_until=stated or known
        )
    except RequestError as error:
        mistakes.add(_FILE, (*place, "hours"), f"cannot be used: {error}")
        return None


def _days_of(nation: str | None, holidays: BankHolidays) -> tuple[dict[date, str], date | None]:
    """Give the bank holidays of a nation, or of any part of the kingdom, and until when they are known."""
    if nation is None:
        return {}, None
    chosen = holidays.nations.values() if nation == _UNITED_KINGDOM else [holidays.nations.get(nation, FrozenMap())]
    days = {date.fromisoformat(day): title for listed in reversed(list(chosen)) for day, title in listed.items()}
    return days, date.fromisoformat(holidays.known_until)


class _Reading:
    """Reads the texts of one calendar, and notes what is wrong at its place."""

    def __init__(self, place: Place, mistakes: Mistakes) -> None:
        self._place, self._mistakes = place, mistakes
        self.wrong = False

    def add(self, problem: str, *place: str | int) -> None:
        """Note a mistake."""
        self.wrong = True
        self._mistakes.add(_FILE, (*self._place, *place), problem)

    def date(self, text: str, *place: str | int) -> date | None:
        """Read a date."""
        found = _date(text)
        if found is None:
            self.add(_DATE_FORM, *place)
        return found

    def weekly(self, hours: Mapping[str, tuple[str, ...]]) -> list[tuple[Hours, ...]]:
        """Read the hours of the weekdays; one that is not named has none."""
        weekly: list[tuple[Hours, ...]] = [()] * 7
        named: set[int] = set()
        for key, texts in hours.items():
            weekdays = self._weekdays(key)
            day = self.day(texts, "hours", key)
            for weekday in weekdays:
                if weekday in named:
                    self.add(f"gives hours to {_NAMES[weekday]}, which another key does, too", "hours", key)
                named.add(weekday)
                weekly[weekday] = day
        if not any(weekly) and not self.wrong:
            self.add("has no hours: a calendar that is never open never reaches a deadline", "hours")
        for weekday, (today, tomorrow) in enumerate(pairwise([*weekly, weekly[0]])):
            if today and tomorrow and today[-1][1] - _DAY > tomorrow[0][0]:
                self.add(f"goes on from {_NAMES[weekday]} into hours of the next day", "hours")
        return weekly

    def _weekdays(self, key: str) -> list[int]:
        first, dash, last = key.partition("-")
        if first not in _WEEKDAYS or (dash and last not in _WEEKDAYS):
            self.add(_DAYS_FORM, "hours", key)
            return []
        start = _WEEKDAYS.index(first)
        count = (_WEEKDAYS.index(last) - start) % 7 + 1 if dash else 1
        return [(start + number) % 7 for number in range(count)]

    def day(self, texts: tuple[str, ...], *place: str | int) -> tuple[Hours, ...]:
        """Read the hours of a day."""
        found: list[Hours] = []
        for number, text in enumerate(texts):
            times = _TIMES.match(text)
            if times is None:
                self.add(_TIMES_FORM, *place, number)
                continue
            start = int(times[1]) * 60 + int(times[2])
            end = int(times[3]) * 60 + int(times[4]) if times[3] else _DAY
            if start == end:
                self.add("begins and ends at the same time; a whole day is 00:00-24:00", *place, number)
            else:
                found.append((start, end if end > start else end + _DAY))
        found.sort()
        if any(before[1] > after[0] for before, after in pairwise(found)):
            self.add("has hours that overlap", *place)
        return tuple(found)
