"""How long something is leased, and how long to wait before it is tried again."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

__all__ = ["LEASE", "in_seconds", "wait_asked_for", "wait_before"]

LEASE = timedelta(minutes=5)  # after it, whoever took something is taken for lost
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)
_LONGEST_ASKED = timedelta(days=1)  # a gateway that wants more has a mistake, or we have


def wait_before(message: str, attempts: int, *, first: timedelta = _FIRST_WAIT) -> timedelta:
    """
    Give how long to wait before the next try: twice as long each time, up to six hours.

    Up to a quarter is added, from the message's id, so that a gateway that comes back is not met by all at once, and a
    replay waits as long as the day itself did.
    """
    wait = min(first * (1 << min(attempts, 20)), _LONGEST_WAIT)
    return wait + wait * _share(message, attempts) / 4


def in_seconds(asked: object) -> float | None:
    """Give a number of seconds that a sender gave; None for what is none."""
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        return None
    try:
        seconds = float(asked)
    except OverflowError:
        return None
    return None if math.isnan(seconds) else seconds


def wait_asked_for(message: str, attempts: int, seconds: float | None) -> timedelta:
    """
    Give how long to wait where the gateway says how long it wants to be left alone (Retry-After): never less than we
    would wait anyway, never more than a day and a quarter.
    """
    ours = wait_before(message, attempts)
    if seconds is None:
        return ours
    asked = timedelta(seconds=min(max(seconds, 0.0), _LONGEST_ASKED.total_seconds()))
    return max(ours, asked + asked * _share(message, attempts) / 4)


def _share(message: str, attempts: int) -> float:
    return int.from_bytes(hashlib.sha256(f"{message}{attempts}".encode()).digest()[:2]) / 65536
