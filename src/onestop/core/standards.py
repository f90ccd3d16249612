"""What a service standard asks of one case: each target with its deadline, and the arithmetic behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, get_args

from onestop.core.calendars import Calendar
from onestop.core.directory import Service, TargetName
from onestop.core.durations import Duration
from onestop.core.policy import Policy
from onestop.core.worktime import Deadline, due

__all__ = ["Target", "legal_targets", "targets_of"]

_NAMES: tuple[TargetName, ...] = get_args(TargetName)


class Target(NamedTuple):
    """One target of a case: what, within which time, by which calendar, and by when."""

    name: TargetName
    within: Duration
    calendar: Calendar
    deadline: Deadline
    flag: str = ""  # of the severity that decided; empty for the service's ordinary target

    @property
    def due_at(self) -> datetime:
        """The last moment that is in time, in UTC."""
        return self.deadline.at


def targets_of(service: Service, flags: Iterable[str], start: datetime, policy: Policy) -> tuple[Target, ...]:
    """
    Give the targets of a case with these flags whose clock started at a moment, in the order of their names' list.

    A flag's targets take the place of the ordinary ones; where several flags have the same target, the earliest
    deadline counts. Without a standard, or where it says "no target", there is none; but what the law asks of a flag
    runs whatever the service's standard says.
    """
    flags = sorted(set(flags))
    candidates = [*legal_targets(flags, start, policy)]
    standard = service.standard
    if standard is not None:
        calendar = policy.calendars[standard.calendar or policy.council.calendar]
        candidates += [
            Target(target, duration, calendar, due(start, duration, calendar, standard.start), flag)
            for target in _NAMES
            for flag, duration in standard.within(target, flags)
        ]
    if len(candidates) < 2:
        return tuple(candidates)
    named = {name: [target for target in candidates if target.name == name] for name in _NAMES}
    return tuple(min(targets, key=lambda target: target.due_at) for targets in named.values() if targets)


def legal_targets(flags: Iterable[str], start: datetime, policy: Policy) -> tuple[Target, ...]:
    """
    Give what the law asks of a case with these flags, from receipt, in the flag's calendar or the council's.

    That the enquiry came on a day of rest starts no clock later: the month of UK GDPR runs from the day of receipt.
    """
    found = []
    for clock in policy.flags.clocks(set(flags)):
        calendar = policy.calendars[clock.calendar or policy.council.calendar]
        found.append(Target("legal", clock.within, calendar, due(start, clock.within, calendar), clock.flag))
    return tuple(found)
