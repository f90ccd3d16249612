"""
Lifecycles: the states a case of a service can be in, and the actions that lead from one to another.

A lifecycle is data (`LifecycleData`), compiled once into a `Lifecycle`. The states are the service's own words; their
types (`new`, `open`, `waiting`, `resolved`, `closed`) are what the rest of onestop understands.

This is the only module that imports transitions. One machine serves all cases of a lifecycle: each action moves a small
cursor that lives for that action only, since a machine of its own for every case costs ten times as much
(docs/explanation/lifecycles.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from pydantic import Field
from transitions import Event, Machine

from onestop.core.actor import Actor
from onestop.core.model import Frozen, FrozenMap
from onestop.errors import ActionError, FieldsError

__all__ = ["Action", "ClosingReason", "Lifecycle", "LifecycleData", "State", "StateType", "Step", "WaitingOn"]

StateType = Literal["new", "open", "waiting", "resolved", "closed"]
WaitingOn = Literal["citizen", "partner", "until"]
ClosingReason = Literal["done", "duplicate", "merged", "withdrawn", "not_ours", "no_action"]

ANY = "*"  # in an action's `from`: every state that is not closed


class State(Frozen):
    """One state: what type it is, and on whom or what it waits."""

    type: StateType
    on: WaitingOn | None = None  # of waiting states only


class Action(Frozen):
    """One action: where from, where to, who may, and what must be given."""

    from_: tuple[str, ...] = Field(alias="from", min_length=1)
    to: str
    roles: frozenset[str] = frozenset({"worker"})
    requires: tuple[str, ...] = ()  # fields that must be given
    closing_reason: ClosingReason | None = None  # of actions that close
    meets: tuple[Literal["acknowledge", "inspect", "resolve", "legal"], ...] = ()  # targets of the service standard


class LifecycleData(Frozen):
    """A lifecycle as a policy declares it; `problems()` says what is wrong with it."""

    initial: str
    states: FrozenMap[str, State]
    actions: FrozenMap[str, Action]
    on_enquiry: FrozenMap[str, str] = FrozenMap()  # state → the action that a further enquiry takes

    def problems(self) -> list[tuple[str, str]]:
        """Give every mistake as (key, what would be right); empty when the lifecycle can be used."""
        found: list[tuple[str, str]] = []
        if self.initial not in self.states:
            found.append(("initial", "names no state of this lifecycle"))
        for name, state in self.states.items():
            if (state.on is None) == (state.type == "waiting"):
                found.append((f"states.{name}.on", "is given for waiting states, and only for them"))
        for name, action in self.actions.items():
            strange = [source for source in action.from_ if source != ANY and source not in self.states]
            found += [(f"actions.{name}.from", f"names no state of this lifecycle: {one!r}") for one in strange]
            target = self.states.get(action.to)
            if target is None:
                found.append((f"actions.{name}.to", f"names no state of this lifecycle: {action.to!r}"))
            elif (action.closing_reason is None) == (target.type == "closed"):
                found.append((f"actions.{name}.closing_reason", "is given for actions that close, and only for them"))
        for name, taken in self.on_enquiry.items():
            if name not in self.states:
                found.append((f"on_enquiry.{name}", "names no state of this lifecycle"))
            elif taken not in self.actions or not self._leads_from(self.actions[taken], name):
                found.append((f"on_enquiry.{name}", f"names no action that leads from this state: {taken!r}"))
        found += [(f"states.{name}", "cannot be reached from the initial state") for name in self._unreachable()]
        return found

    def _leads_from(self, action: Action, state: str) -> bool:
        return state in action.from_ or (ANY in action.from_ and self.states[state].type != "closed")

    def _unreachable(self) -> list[str]:
        reached, queue = {self.initial}, [self.initial]
        while queue:
            state = queue.pop()
            if state not in self.states:
                continue
            for action in self.actions.values():
                if action.to not in reached and self._leads_from(action, state):
                    reached.add(action.to)
                    queue.append(action.to)
        return [name for name in self.states if name not in reached]


class Step(NamedTuple):
    """Where an action leads."""

    action: str
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None
    closing_reason: ClosingReason | None
    meets: tuple[str, ...] = ()


class _Cursor:
    """What a machine moves: it holds the state of one case for the length of one action."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Lifecycle:
    """
    A compiled lifecycle; safe to share between threads.

    >>> data = LifecycleData.model_validate({
    ...     "initial": "new",
    ...     "states": {"new": {"type": "new"}, "done": {"type": "closed"}},
    ...     "actions": {"finish": {"from": ["new"], "to": "done", "closing_reason": "done"}},
    ... })
    >>> Lifecycle("tiny", data).take("finish", state="new", by=Actor(kind="worker", id="alice")).state
    'done'
    """

    def __init__(self, name: str, data: LifecycleData) -> None:
        self.name = name
        self.data = data
        open_states = [state for state, declared in data.states.items() if declared.type != "closed"]
        self._sources: dict[str, frozenset[str]] = {
            action: frozenset(open_states if ANY in declared.from_ else declared.from_)
            for action, declared in data.actions.items()
        }
        machine = Machine(model=None, states=list(data.states), initial=data.initial, auto_transitions=False)
        for action, declared in data.actions.items():
            machine.add_transition(action, [*sorted(self._sources[action])], declared.to)
        self._events: dict[str, Event] = dict(machine.events)
        self._steps = {
            action: Step(
                action,
                declared.to,
                data.states[declared.to].type,
                data.states[declared.to].on,
                declared.closing_reason,
                declared.meets,
            )
            for action, declared in data.actions.items()
        }

    @property
    def initial(self) -> str:
        """The state of a case that has just opened."""
        return self.data.initial

    def state_type(self, state: str) -> StateType:
        """Give the type of a state; `open` for a state that this lifecycle no longer has."""
        declared = self.data.states.get(state)
        return declared.type if declared else "open"

    def on_enquiry(self, state: str) -> str | None:
        """Give the action that a further enquiry takes in this state; None: it changes nothing."""
        return self.data.on_enquiry.get(state)

    def allowed(self, state: str, by: Actor) -> tuple[str, ...]:
        """Give the actions that this actor may take in this state, in the lifecycle's order."""
        return tuple(
            action
            for action, declared in self.data.actions.items()
            if state in self._sources[action] and by.allows(declared.roles)
        )

    def take(
        self, action: str, *, state: str, by: Actor, fields: Mapping[str, str] | Collection[str] = frozenset()
    ) -> Step:
        """
        Give where an action leads from a state.

        Raises:
            ActionError: there is no such action, it does not lead from this state, or this actor may not take it.
            FieldsError: a field that the action requires is missing.
        """
        declared = self.data.actions.get(action)
        if declared is None or state not in self._sources[action] or not by.allows(declared.roles):
            raise self._refusal(action, state, by)
        if declared.requires and (missing := [name for name in declared.requires if name not in fields]):
            raise FieldsError(f"the action {action!r} needs {', '.join(missing)}", fields=missing)
        self._events[action].trigger(_Cursor(state))
        return self._steps[action]

    def _refusal(self, action: str, state: str, by: Actor) -> ActionError:
        allowed = self.allowed(state, by)
        if action not in self.data.actions:
            return ActionError(f"the lifecycle {self.name!r} has no action {action!r}", allowed=allowed)
        if state not in self._sources[action]:
            return ActionError(f"{action!r} does not lead from the state {state!r}", allowed=allowed)
        return ActionError(f"{action!r} is not for this {by.kind}", allowed=allowed)

    def mermaid(self) -> str:
        """Give the lifecycle as a Mermaid state diagram, in the order of its declaration."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for action, declared in self.data.actions.items():
            sources = [state for state in self.data.states if state in self._sources[action] and state != declared.to]
            lines += [f"    {source} --> {declared.to}: {action}" for source in sources]
        lines += [f"    {name} --> [*]" for name, state in self.data.states.items() if state.type == "closed"]
        return "\n".join(lines)
