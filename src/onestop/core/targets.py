"""
What a case has of its service standard: targets and the promise, the waits that stop them, and what met them.

All of it is data that events made. What it should be under a policy is worked out in `promise`.
"""

from __future__ import annotations

from collections.abc import Iterable

from onestop.core.lifecycle import StateType, WaitingOn
from onestop.core.model import Frozen, UtcDatetime

__all__ = [
    "ACKNOWLEDGE",
    "ENDED",
    "INSPECT",
    "LEGAL",
    "PROMISE",
    "RESOLVE",
    "CaseTarget",
    "Promise",
    "Wait",
    "earliest",
    "met",
]

ACKNOWLEDGE, INSPECT, RESOLVE, LEGAL = "acknowledge", "inspect", "resolve", "legal"
PROMISE = "promise"  # stands for a target where what the citizen was promised is meant
ENDED: frozenset[StateType] = frozenset({"resolved", "closed"})  # no clock runs in these


class CaseTarget(Frozen):
    """
    One target of a case's service standard, and how it stands.

    `generation` is the case's version when the deadline or the pause last changed: timers of an earlier one are void.
    """

    name: str
    within: str  # such as 5 working days
    calendar: str
    started_at: UtcDatetime
    due_at: UtcDatetime  # while it is paused: as it stood when the clock stopped
    paused_at: UtcDatetime | None = None
    met_at: UtcDatetime | None = None
    breached_at: UtcDatetime | None = None  # when the breach was noted
    generation: int = 1
    escalated: tuple[str, ...] = ()  # the steps of escalation that were taken, such as 80%

    @property
    def runs(self) -> bool:
        """Whether the clock runs: neither met nor paused."""
        return self.met_at is None and self.paused_at is None

    @property
    def basis(self) -> tuple[object, ...]:
        """What the target is, whatever was done about it: another basis is another target."""
        return self.name, self.within, self.calendar, self.started_at


class Promise(Frozen):
    """What the citizen was promised; None while we wait for them, and nobody can say."""

    expected_at: UtcDatetime | None = None
    by_hand: bool = False  # a person gave the date: the standard no longer moves it
    generation: int = 1
    escalated: tuple[str, ...] = ()


class Wait(Frozen):
    """A time in which the case waited on somebody or something; it never ends before it began."""

    on: WaitingOn
    since: UtcDatetime
    until: UtcDatetime | None = None


def met(targets: tuple[CaseTarget, ...], names: Iterable[str], at: UtcDatetime) -> tuple[CaseTarget, ...]:
    """Give the targets after those with these names were met; one that was met before stays met when it was."""
    chosen = frozenset(names)
    if not any(target.name in chosen and target.met_at is None for target in targets):
        return targets
    return tuple(
        target.model_copy(update={"met_at": at, "paused_at": None})
        if target.name in chosen and target.met_at is None
        else target
        for target in targets
    )


def earliest(targets: tuple[CaseTarget, ...], state_type: StateType) -> UtcDatetime | None:
    """Give the earliest deadline of the targets whose clock runs; nothing runs once a case is resolved or closed."""
    if state_type in ENDED:
        return None
    return min((target.due_at for target in targets if target.runs), default=None)
