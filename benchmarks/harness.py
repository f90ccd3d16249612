"""
Rates that can be compared on a machine that is never quiet.

Every round runs every candidate once, in an order that rotates, and a ratio is taken round by round: what slowed the
machine down in one round slowed both. Absolute figures are of one machine at one hour; ratios can be quoted.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Candidate = Callable[[], tuple[int, float]]
"""Does its work once and gives how many things it did, and the seconds they took."""


class Spread(NamedTuple):
    """What the rounds gave."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def __format__(self, how: str) -> str:
        return f"{self.median:{how}} ({self.low:{how}}–{self.high:{how}})"


def interleave(candidates: Mapping[str, Candidate], *, rounds: int, warmup: int = 1) -> dict[str, list[float]]:
    """Give each candidate's rate, things a second, in each round."""
    names = list(candidates)
    rates: dict[str, list[float]] = {name: [] for name in names}
    for number in range(warmup + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            count, seconds = candidates[name]()
            if number >= warmup:
                rates[name].append(count / seconds)
    return rates


def ratio(rates: Mapping[str, Sequence[float]], name: str, reference: str) -> Spread:
    """Give a candidate's rate as a multiple of another's, compared round by round."""
    return Spread.of([mine / its for mine, its in zip(rates[name], rates[reference], strict=True)])


def timed(work: Callable[[], int]) -> Candidate:
    """Make a candidate of work that gives how many things it did."""

    def candidate() -> tuple[int, float]:
        began = time.perf_counter()
        count = work()
        return count, time.perf_counter() - began

    return candidate


def disk_yardstick(folder: Path, *, writes: int) -> Candidate:
    """Make a candidate that writes 4 KB and waits until they are on the disk: what a durable commit cannot go below."""
    block = os.urandom(4096)

    def candidate() -> tuple[int, float]:
        handle = os.open(folder / "yardstick", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            began = time.perf_counter()
            for _ in range(writes):
                os.write(handle, block)
                os.fdatasync(handle)
            return writes, time.perf_counter() - began
        finally:
            os.close(handle)

    return candidate


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table, its first column text and the others figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
