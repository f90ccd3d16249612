"""The deadlines of an explanation in words: the arithmetic, how they stand, what was promised, what comes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onestop.core.actor import SYSTEM
from onestop.desk.explain_data import NOTED, Explained, Promised, StepTaken, TargetChange, TargetReason, Upcoming
from onestop.desk.explain_times import Times

__all__ = ["by_words", "deadline_lines", "next_words", "stands_words", "step_words"]

_BECAUSE: Mapping[str, str] = {
    "opened": "when the case was opened",
    "rerouted": "since it was sent to another service",
    "reopened": "since it was reopened",
    "paused": "since we wait",
    "resumed": "since the wait is over",
    "flags": "since its flags are others",
    "policy": "since the policy is another",
    "by_hand": "since a person said so",
}

_GONE: Mapping[str, str] = {
    "missing": "the policy that set it is not in this store: the steps cannot be shown",
    "unreadable": "this version of onestop no longer understands the policy that set it: the steps cannot be shown",
}


def by_words(actor: str) -> str:
    """Give who did something, as it ends a line; nothing for what happened by itself."""
    return "" if actor == str(SYSTEM) else f" — {actor}"


def deadline_lines(explained: Explained, times: Times) -> dict[str, list[str]]:
    """Give the sections about deadlines, each with its title."""
    return {
        "deadlines": [line for target in explained.targets for line in _target_lines(target, times)],
        "how the deadlines changed": [_change(change, times) for change in explained.target_changes],
        "what the citizen was promised": [_promise(promise, times) for promise in explained.promises],
        "escalation": list(_steps(explained.escalation, times)),
    }


def stands_words(target: TargetReason, times: Times) -> str:
    """Say how a target stands."""
    match target.state:
        case "met" | "met_late":
            late = "met" if target.state == "met" else "met too late,"
            assert target.met_at is not None
            return f"{late} {times.at(target.met_at)}{_met_by(target.met_by)}"
        case "paused":
            assert target.paused_at is not None
            return f"paused since {times.at(target.paused_at)}"
        case "missed":
            return "missed"
        case "stopped":
            return "no longer counted: the case is done"
    return "not met yet"


def _met_by(action: str | None) -> str:
    if action is None:
        return ""
    return " by a message" if action == "message" else f" by {action}"


def _target_lines(target: TargetReason, times: Times) -> Iterator[str]:
    flag = f", since it is flagged {target.flag}" if target.flag else ""
    yield f"{target.name}: within {target.within} in the calendar {target.calendar}{flag}"
    yield from (f"  {step.said}" for step in target.steps)
    if target.policy_state in _GONE:
        yield f"  {times.due(target.due_at)}; {_GONE[target.policy_state]}"
    elif target.differs:
        yield f"  {times.due(target.due_at)}; counted again it would be another: the steps are left out"
    elif target.policy_state == "kept":
        yield f"  counted by the policy {target.policy[:12]}, which the desk no longer uses"
    for wait in target.pauses:
        until = f"until {times.at(wait.until)}" if wait.until else "and still"
        yield f"  waited on {_WAITED.get(wait.on, wait.on)} from {times.at(wait.since)} {until}"
    yield f"  {stands_words(target, times)}"
    if target.breached_at is not None:
        yield f"  the breach was noted {times.at(target.breached_at)}"


_WAITED: Mapping[str, str] = {"citizen": "the citizen", "partner": "a partner", "until": "a date"}


def _change(change: TargetChange, times: Times) -> str:
    why = _BECAUSE[change.because]
    if change.due_at is None:
        what = "no longer asked"
    elif change.was is None:
        what = f"{times.due(change.due_at)}, not asked before"
    elif change.paused:
        what = "its clock stands still"
    elif change.was == change.due_at:
        what = f"{times.due(change.due_at)}, as before"
    else:
        what = f"{times.due(change.due_at)}, was {times.due(change.was)}"
    return f"{times.at(change.at)}: {change.name}: {what}, {why}{by_words(change.by)}"


def _promise(promise: Promised, times: Times) -> str:
    what = f"by {times.due(promise.expected_at)}" if promise.expected_at else "no date any more"
    told = {None: "", True: "; a message told them", False: "; no message of its own told them"}[promise.told]
    return f"{times.at(promise.at)}: {what}, {_BECAUSE[promise.because]}{told}{by_words(promise.by)}"


def _steps(steps: tuple[StepTaken, ...], times: Times) -> Iterator[str]:
    for number, step in enumerate(steps):
        after = steps[number + 1] if number + 1 < len(steps) else None
        if step.step != NOTED:
            yield _step(step, times)
        elif after is None or (after.at, after.target) != (step.at, step.target):
            yield f"{times.at(step.at)}: {step.target} missed"


def _step(step: StepTaken, times: Times) -> str:
    done = [
        *(f"flag {flag}" for flag in step.flags),
        *([f"priority at least {step.priority}"] if step.priority else []),
        *([f"given to {step.assignee}"] if step.assignee else []),
        *([f"sent to {step.sent_to}"] if step.sent_to else []),
    ]
    said = f": {', '.join(done)}" if done else ""
    return f"{times.at(step.at)}: {step.target} {_moment(step.step)}{said}"


def _moment(step: str) -> str:
    """
    Say when a step of escalation is.

    >>> _moment("80%"), _moment("breach"), _moment("after 2 working days"), _moment("before 1 working day")
    ('with 80% of its time over', 'missed', 'missed 2 working days ago', 'with 1 working day left')
    """
    kind, _, rest = step.partition(" ")
    if step == "breach":
        return "missed"
    if kind == "after":
        return f"missed {rest} ago"
    return f"with {rest} left" if kind == "before" else f"with {step} of its time over"


def step_words(key: str) -> str:
    """
    Say a step of escalation by its key.

    >>> step_words("promise:breach")
    'promise missed'
    """
    target, _, step = key.partition(":")
    return f"{target} {_moment(step)}"


def next_words(upcoming: Upcoming) -> str:
    """Say what happens by itself."""
    if upcoming.target is not None:
        does = f": {', '.join(upcoming.does)}" if upcoming.does else ""
        return f"{upcoming.target} {_moment(upcoming.step or '')}{does}"
    return f"the action {upcoming.action} is taken, unless the case has moved on"
