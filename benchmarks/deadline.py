"""
Computing a deadline, beside parsing a telephone number: an enquiry has both, and the deadline shall cost less.

    python benchmarks/deadline.py

Each standard is counted from the same thousand moments of a year, over bank holidays and both changes of the clocks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import phonenumbers

from council import document
from harness import interleave, ratio, table, timed
from onestop.core.calendars import Calendar
from onestop.core.durations import Duration
from onestop.core.worktime import due
from onestop.policy import compile_policy

NUMBERS = ("020 7946 0018", "07700 900123", "+44 1632 960123", "0191 498 0123")
STANDARDS = ("24 hours", "4 working hours", "40 working hours", "1 working day", "5 working days", "20 working days")
OTHERS = ("10 days", "1 month")
REFERENCE = "phonenumbers.parse"
STARTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=525 * number) for number in range(1_000)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one round, to see that it runs")
    rounds = 1 if parser.parse_args().quick else 11
    office = {"nation": "england-and-wales", "hours": {"mon-fri": ["08:45-17:00"]}}
    policy = compile_policy({**document(["all"], []), "calendars": {"calendars": {"office": office}}})
    calendar = policy.calendars["office"]
    works: dict[str, Callable[[], int]] = {REFERENCE: _parse}
    for text in (*STANDARDS, *OTHERS):
        works[text] = partial(_count, Duration.parse(text), calendar)
    works["20 working days, with its steps"] = partial(_explain, Duration.parse("20 working days"), calendar)
    rates = interleave({name: timed(work) for name, work in works.items()}, rounds=rounds)
    rows = [
        [name, f"{1e6 / sorted(rates[name])[len(rates[name]) // 2]:.1f}", f"{ratio(rates, name, REFERENCE):.2f}"]
        for name in works
    ]
    print(table(["what", "µs", f"rate, as a multiple of {REFERENCE}"], rows))


def _parse() -> int:
    for number in range(len(STARTS)):
        phonenumbers.parse(NUMBERS[number % len(NUMBERS)], "GB")
    return len(STARTS)


def _count(duration: Duration, calendar: Calendar) -> int:
    for start in STARTS:
        due(start, duration, calendar)
    return len(STARTS)


def _explain(duration: Duration, calendar: Calendar) -> int:
    for start in STARTS:
        assert due(start, duration, calendar).steps
    return len(STARTS)


if __name__ == "__main__":
    main()
