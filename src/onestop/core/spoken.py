"""Dates as citizens read them, in the languages that have their words here."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from onestop.core.model import local_time

__all__ = ["listed", "spoken"]


class _Words(NamedTuple):
    days: tuple[str, ...]  # from Monday
    months: tuple[str, ...]


_WORDS: Mapping[str, _Words] = MappingProxyType(
    {
        "en": _Words(
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
            (
                *("January", "February", "March", "April", "May", "June"),
                *("July", "August", "September", "October", "November", "December"),
            ),
        ),
        "cy": _Words(
            (
                *("dydd Llun", "dydd Mawrth", "dydd Mercher", "dydd Iau"),
                *("dydd Gwener", "dydd Sadwrn", "dydd Sul"),
            ),
            (
                *("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin"),
                *("Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"),
            ),
        ),
    }
)
_DAY_ENDS = (23, 59)  # a deadline at the end of a day is that day


def spoken(moment: datetime, zone: tzinfo, language: str) -> str:
    """
    Give a moment in words: day, date and local time; without the time where it is the end of the day.

    English and Welsh have words; any other language gets figures that nobody reads as another day.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> friday = datetime(2026, 4, 17, 16, 0, tzinfo=UTC)
    >>> spoken(friday, ZoneInfo("Europe/London"), "en"), spoken(friday, ZoneInfo("Europe/London"), "cy")
    ('Friday 17 April 2026, 5pm', 'dydd Gwener 17 Ebrill 2026, 5pm')
    """
    local = local_time(moment, zone)
    words = _WORDS.get(language.partition("-")[0].lower())
    whole_day = (local.hour, local.minute) == _DAY_ENDS
    if words is None:
        return f"{local:%Y-%m-%d}" if whole_day else f"{local:%Y-%m-%d %H:%M}"
    said = f"{words.days[local.weekday()]} {local.day} {words.months[local.month - 1]} {local.year}"
    return said if whole_day else f"{said}, {_clock(local)}"


def listed(names: Sequence[str], language: str) -> str:
    """
    Give names as a list in a sentence; in a language without words here, between commas.

    >>> listed(["Potholes", "Noise", "Trees"], "en"), listed(["Tyllau", "Angladdau"], "cy"), listed(["Noise"], "en")
    ('Potholes, Noise and Trees', 'Tyllau ac Angladdau', 'Noise')
    """
    *first, last = names or [""]
    if not first:
        return last
    match language.partition("-")[0].lower():
        case "en":
            word = " and "
        case "cy":  # `ac` before a vowel, w and y among them
            plain = unicodedata.normalize("NFD", last[:1])[:1].lower()
            word = " ac " if plain in tuple("aeiouwy") else " a "
        case _:
            word = ", "
    return f"{', '.join(first)}{word}{last}"


def _clock(local: datetime) -> str:
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"
