"""Where the shell gets the time and randomness from: the one place that may ask the machine for either."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "Entropy", "entropy", "utc_now"]

Clock = Callable[[], datetime]
"""Gives the time, aware."""

Entropy = Callable[[int], bytes]
"""Gives so many bytes that nobody can guess."""


def utc_now() -> datetime:
    """Give the time of this machine, in UTC."""
    return datetime.now(UTC)


def entropy(size: int) -> bytes:
    """Give bytes from the operating system's source for keys."""
    return os.urandom(size)
