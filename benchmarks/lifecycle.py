"""
Taking an action: `Lifecycle.take` beside a bare trigger of transitions.

    python benchmarks/lifecycle.py

Both walk the shipped lifecycle along the same path, on one machine for all cases. The bare trigger moves a model and
nothing else; `take` also asks whether this actor may, whether every required field is there, and gives a step.
"""

from __future__ import annotations

import argparse

from transitions import Machine

from council import policy
from harness import Spread, interleave, ratio, table, timed
from onestop import Actor
from onestop.core.lifecycle import Lifecycle, LifecycleData

WORKER = Actor(kind="worker", id="alice")
PATH: tuple[tuple[str, dict[str, str]], ...] = (
    ("triage", {}),
    ("assign", {"assignee": "alice"}),
    ("start_work", {}),
    ("wait_for_citizen", {}),
    ("resume", {}),
    ("resolve", {}),
    ("close", {}),
)
TAKE, BARE = "`Lifecycle.take`", "bare trigger"


class Model:
    """What the bare machine moves."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def bare_machine(data: LifecycleData) -> Machine:
    """Give the same lifecycle as transitions has it, and nothing around it."""
    machine = Machine(model=None, states=list(data.states), initial=data.initial, auto_transitions=False)
    still_open = [name for name, state in data.states.items() if state.type != "closed"]
    for name, action in data.actions.items():
        machine.add_transition(name, [*still_open] if "*" in action.from_ else [*action.from_], action.to)
    return machine


def walk_bare(machine: Machine, walks: int) -> int:
    events, start = machine.events, str(machine.initial)
    for _ in range(walks):
        model = Model(start)
        for action, _fields in PATH:
            events[action].trigger(model)
    if model.state != "closed":
        raise SystemExit("the bare machine went astray")
    return walks * len(PATH)


def walk(lifecycle: Lifecycle, walks: int) -> int:
    for _ in range(walks):
        state = lifecycle.initial
        for action, fields in PATH:
            state = lifecycle.take(action, state=state, by=WORKER, fields=fields).state
    if state != "closed":
        raise SystemExit("the lifecycle went astray")
    return walks * len(PATH)


def main() -> None:
    parser = argparse.ArgumentParser(description="Lifecycle actions beside a bare trigger of transitions.")
    parser.add_argument("--walks", type=int, default=1_000, help="through the whole lifecycle, in each round")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    walks, rounds = (5, 1) if options.quick else (options.walks, options.rounds)
    lifecycle = policy().lifecycles["default"]
    machine = bare_machine(lifecycle.data)
    candidates = {BARE: timed(lambda: walk_bare(machine, walks)), TAKE: timed(lambda: walk(lifecycle, walks))}
    rates = interleave(candidates, rounds=rounds)
    rows = [
        [name, f"{Spread.of(rates[name]):,.0f}", f"{1e6 / Spread.of(rates[name]).median:.1f}", beside]
        for name, beside in ((BARE, ""), (TAKE, f"{ratio(rates, TAKE, BARE):.2f}"))
    ]
    print(f"{walks * len(PATH):,} actions, {rounds} rounds\n")
    print(table(["", "actions a second: median (min–max)", "µs", "to the bare trigger"], rows))


if __name__ == "__main__":
    main()
