"""Standards that nobody can meet, that contradict themselves, and calendars that end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from onestop.core.calendars import Calendar
from onestop.core.directory import Service
from onestop.core.durations import Duration, Unit
from onestop.core.model import shifted
from onestop.core.policy import Policy
from onestop.core.standards import Target, targets_of
from onestop.core.worktime import StartRule, due
from onestop.policy.lint_finding import Finding

__all__ = ["standards"]

_YEAR = timedelta(days=366)
_FILE = "services.toml"
_ORDER = ("acknowledge", "inspect", "resolve")  # each comes before the next


def standards(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give what service standards and calendars probably do not mean."""
    closings = {name: tuple(_closings(calendar, now)) for name, calendar in policy.calendars.items()}
    for code, service in policy.directory.services.items():
        if service.standard is not None:
            yield from _unmeetable(code, service, policy, closings)
            yield from _reversed(code, service, policy, now)
    for name, calendar in policy.calendars.items():
        if calendar.known_until is not None and calendar.known_until < shifted(now, _YEAR).date():
            problem = f"its bank holidays are known until {calendar.known_until}: days after it count as working days"
            yield Finding("calendar_ends", "calendars.toml", f"calendars.{name}", problem)


def _closings(calendar: Calendar, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give the times of the coming year in which nobody is at work, each with its end."""
    openings = list(calendar.intervals(now, shifted(now, _YEAR)))
    for before, after in pairwise(openings):
        if after.start > before.end:
            yield before.end, after.start


def _unmeetable(
    code: str, service: Service, policy: Policy, closings: dict[str, tuple[tuple[datetime, datetime], ...]]
) -> Iterator[Finding]:
    """Look at clock time only: the other units never run out while the calendar is closed."""
    standard = service.standard
    assert standard is not None
    name = standard.calendar or policy.council.calendar
    calendar = policy.calendars[name]
    for flag, target, within in _times(service):
        if target == "acknowledge" and service.acknowledge:
            continue  # which is sent at any hour
        if within.unit not in (Unit.MINUTES, Unit.HOURS):
            continue
        missed = next((pair for pair in closings[name] if _runs_out(pair, within, calendar, standard.start)), None)
        if missed is not None:
            closed, opens = (moment.astimezone(policy.zone) for moment in missed)
            problem = (
                f"{target} within {within}{f' where {flag}' if flag else ''} runs out while {name} is closed, "
                f"as from {closed:%a %d %b %Y %H:%M} to {opens:%a %d %b %H:%M}"
            )
            yield Finding("target_unmeetable", _FILE, f"services.{code}.standard", problem)


def _runs_out(closing: tuple[datetime, datetime], within: Duration, calendar: Calendar, start: StartRule) -> bool:
    closed, opens = closing
    return due(closed, within, calendar, start).at <= opens


def _times(service: Service) -> Iterator[tuple[str, str, Duration]]:
    """Give every time that a standard has: the flag it is for, the target, how long."""
    standard = service.standard
    assert standard is not None
    for flag, targets in (("", standard.targets), *standard.severity.items()):
        for target, within in targets.items():
            if within is not None:
                yield flag, target, within


def _reversed(code: str, service: Service, policy: Policy, now: datetime) -> Iterator[Finding]:
    standard = service.standard
    assert standard is not None
    where = f"services.{code}.standard"
    start = policy.calendars[standard.calendar or policy.council.calendar].next_open(now)
    ordinary = _by_name(targets_of(service, (), start, policy))
    for flag in ("", *standard.severity):
        targets = ordinary if not flag else _by_name(targets_of(service, (flag,), start, policy))
        among = f" where {flag}" if flag else ""
        for before, after in pairwise([targets[name] for name in _ORDER if name in targets]):
            if before.due_at > after.due_at:
                problem = f"{before.name} within {before.within}{among} lies behind {after.name} within {after.within}"
                yield Finding("targets_reversed", _FILE, where, problem)
        for name, target in targets.items():
            if flag and name in ordinary and target.flag == flag and target.due_at > ordinary[name].due_at:
                problem = f"{name} within {target.within}{among} gives more time than {ordinary[name].within} otherwise"
                yield Finding("severity_slower", _FILE, f"{where}.severity.{flag}", problem)


def _by_name(targets: tuple[Target, ...]) -> dict[str, Target]:
    return {target.name: target for target in targets}
