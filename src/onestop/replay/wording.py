"""A backtest's changes in words, for the command line and the page alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from onestop.replay.backtest import Change, ChangeKind, Shift

__all__ = ["HEADINGS", "becomes_words", "moved_words", "was_words"]

HEADINGS: Mapping[ChangeKind, str] = {
    "service": "Services",
    "provider": "Providers",
    "priority": "Priorities",
    "flag": "Flags",
    "target": "Deadlines",
}
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def was_words(change: Change) -> str:
    """Give what was, such as `graffiti`; of a deadline, whose it is."""
    if change.kind == "target":
        return change.about if not change.was else f"{change.about}: {change.was}"
    return change.was or "not raised"


def becomes_words(change: Change) -> str:
    """Give what it becomes."""
    return change.becomes or "no longer raised"


def moved_words(shift: Shift) -> str:
    """
    Give by how much deadlines move: one length, or from the shortest to the longest.

    >>> moved_words(Shift(earliest=timedelta(days=-1, hours=-2), latest=timedelta(hours=5)))
    '1 d 2 h earlier to 5 h later'
    """
    if shift.earliest is None or shift.latest is None:
        return ""
    first, last = _length(shift.earliest), _length(shift.latest)
    return first if first == last else f"{first} to {last}"


def _length(moved: timedelta) -> str:
    seconds = abs(int(moved.total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return f"{' '.join(parts[:2]) or 'less than a minute'} {'earlier' if moved < timedelta() else 'later'}"
