"""
Backtest: what would have become of past enquiries under another policy.

Each enquiry is decided twice, under the policy that is and under the one that may be, and only the differences are
kept: counted, with a few examples by reference. Nothing is written, and the result holds nothing that citizens wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from onestop.core.policy import Policy
from onestop.core.rules import PRIORITIES, Decision
from onestop.core.standards import targets_of
from onestop.replay.past import Past

__all__ = ["Backtest", "Change", "ChangeKind", "Shift", "backtest"]

ChangeKind = Literal["service", "provider", "priority", "flag", "target"]

_EXAMPLES = 5
_STEP = 1_000  # enquiries between two signs of progress


class Change(NamedTuple):
    """One way in which decisions differ; the same for all enquiries that are counted under it."""

    kind: ChangeKind
    was: str
    becomes: str
    about: str = ""  # the target that has another deadline, and the service


@dataclass(slots=True)
class Shift:
    """How many enquiries change in one way, some of them, and by how much their deadlines move."""

    count: int = 0
    examples: list[str] = field(default_factory=list)  # references, or lines of a file: the first ones
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)  # rule that named the service: before, after
    earliest: timedelta | None = None  # the deadline that moves most to the front, or least to the back …
    latest: timedelta | None = None  # … and the other way round

    def add(self, label: str, rules: tuple[str, str], moved: timedelta | None, most: int) -> None:
        """Count one more enquiry."""
        self.count += 1
        if len(self.examples) < most and label not in self.examples:
            self.examples.append(label)
        self.rules[rules] += 1
        if moved is not None:
            self.earliest = moved if self.earliest is None else min(self.earliest, moved)
            self.latest = moved if self.latest is None else max(self.latest, moved)


@dataclass(slots=True)
class Backtest:
    """What would change, by kind and way; as large as the policies are, however many enquiries were looked at."""

    was: str  # the hash of the policy that is
    becomes: str  # the hash of the policy that may be
    enquiries: int = 0
    opened: int = 0  # of those, how many opened a case
    changed: int = 0  # of those, for how many anything would change
    shifts: dict[Change, Shift] = field(default_factory=dict)

    def by_kind(self, kind: ChangeKind) -> list[tuple[Change, Shift]]:
        """Give the changes of one kind, those of most enquiries first."""
        found = [(change, shift) for change, shift in self.shifts.items() if change.kind == kind]
        return sorted(found, key=lambda pair: (-pair[1].count, pair[0]))

    @property
    def lost(self) -> list[tuple[Change, Shift]]:
        """Flags that enquiries would no longer raise: each is a person who might no longer be told."""
        return [(change, shift) for change, shift in self.by_kind("flag") if not change.becomes]


def backtest(
    was: Policy,
    becomes: Policy,
    past: Iterable[Past],
    *,
    examples: int = _EXAMPLES,
    on_step: Callable[[int], None] | None = None,
) -> Backtest:
    """
    Decide past enquiries under two policies, and give what differs.

    An enquiry is decided as it came: which case it belonged to is taken from the past and not asked again. `on_step` is
    told now and then how many were looked at. What is kept does not grow with the number of enquiries.
    """
    found = Backtest(was.hash, becomes.hash)
    for one in past:
        found.enquiries += 1
        found.opened += one.opened
        before, after = (policy.decide(one.enquiry, one.circumstances) for policy in (was, becomes))
        changes = list(_changes(before, after, one, was, becomes))
        found.changed += bool(changes)
        for change, moved in changes:
            shift = found.shifts.setdefault(change, Shift())
            shift.add(one.label, (before.rule, after.rule), moved, examples)
        if on_step is not None and not found.enquiries % _STEP:
            on_step(found.enquiries)
    if on_step is not None:
        on_step(found.enquiries)
    return found


def _changes(
    before: Decision, after: Decision, one: Past, was: Policy, becomes: Policy
) -> Iterator[tuple[Change, timedelta | None]]:
    """Give each way in which two decisions of one enquiry differ; of one that opened no case, only what it adds."""
    if one.opened and before.service != after.service:
        yield Change("service", before.service, after.service), None
    if one.opened and before.provider != after.provider:
        yield Change("provider", before.provider or "", after.provider or ""), None
    if PRIORITIES.index(before.priority) != PRIORITIES.index(after.priority):
        yield Change("priority", before.priority, after.priority), None
    for flag in sorted({*before.flags} ^ {*after.flags}):
        gone = flag in before.flags
        yield Change("flag", flag if gone else "", "" if gone else flag), None
    if one.opened:
        yield from _deadlines(_targets(before, one, was), _targets(after, one, becomes), after.service)


def _deadlines(
    before: Mapping[str, datetime], after: Mapping[str, datetime], service: str
) -> Iterator[tuple[Change, timedelta | None]]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        about = f"{name} of {service}"
        if old is None or new is None:
            yield Change("target", "set" if old else "none", "set" if new else "none", about), None
        else:
            yield Change("target", "", "earlier" if new < old else "later", about), new - old


def _targets(decision: Decision, one: Past, policy: Policy) -> Mapping[str, datetime]:
    """Give the deadlines that a case of this decision begins with, by their names."""
    service = policy.service(decision.service)
    return {
        target.name: target.due_at for target in targets_of(service, decision.flags, one.enquiry.received_at, policy)
    }
