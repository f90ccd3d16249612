"""How long a service standard gives: an amount and a unit, as councils write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from onestop.errors import RequestError

__all__ = ["LARGEST", "Duration", "Unit"]


class Unit(StrEnum):
    """What an amount counts. Hours and minutes run round the clock, working ones only while the calendar is open."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working hours"
    WORKING_DAYS = "working days"
    DAYS = "days"
    MONTHS = "months"


LARGEST = MappingProxyType(
    {
        Unit.MINUTES: 5_256_000,
        Unit.HOURS: 87_600,
        Unit.WORKING_HOURS: 20_000,
        Unit.WORKING_DAYS: 2_500,
        Unit.DAYS: 3_650,
        Unit.MONTHS: 120,
    }
)
"""The largest amount of each unit: about ten years, beyond which a figure is a slip of the pen."""

_TEXT = re.compile(r"(\d{1,9}) (?:(?:clock |calendar )?(minute|hour|day|month)|(working (?:hour|day)))s?\Z", re.ASCII)
_LONGEST = 100  # characters
_FORM = "must be a time such as 30 minutes, 24 hours, 4 working hours, 5 working days, 10 days or 1 month"


@dataclass(frozen=True, slots=True)
class Duration:
    """
    An amount of a unit.

    >>> Duration.parse("1 working day")
    Duration(amount=1, unit=<Unit.WORKING_DAYS: 'working days'>)
    >>> str(Duration.parse("1 calendar month")), str(Duration.parse("24 Hours"))
    ('1 month', '24 hours')
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= LARGEST[self.unit]:
            raise RequestError(f"must be 1 to {LARGEST[self.unit]:,} {self.unit}")

    @classmethod
    def parse(cls, text: str) -> Duration:
        """
        Read "5 working days"; one or many, capital or small letters, "clock" before hours and "calendar" before days.

        Raises:
            RequestError: the text is no such time, or the amount is nought or more than about ten years.
        """
        read = _TEXT.match(" ".join(text.lower().split())) if len(text) <= _LONGEST else None
        if read is None:
            raise RequestError(_FORM)
        return cls(int(read[1]), Unit(f"{read[2] or read[3]}s"))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value.removesuffix('s') if self.amount == 1 else self.unit.value}"
