"""
Lifecycles: the states a case of a service can be in, and the actions that lead from one to another.

A lifecycle is data (`LifecycleData`), compiled once into a `Lifecycle`. The states are the service's own words; their
types (`new`, `open`, `waiting`, `resolved`, `closed`) are what the rest of onestop understands.

This is the only module that imports transitions. One machine serves all cases of a lifecycle: each action moves a small
cursor that lives for that action only, since a machine of its own for every case costs ten times as much
(docs/explanation/lifecycles.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError
from transitions import Event, Machine

from onestop.core.actor import SYSTEM, Actor
from onestop.core.durations import Duration
from onestop.core.mappings import circles
from onestop.core.model import Frozen, FrozenMap
from onestop.errors import ActionError, FieldsError, GuardError, RequestError

__all__ = [
    "GUARDS",
    "RESUME",
    "Action",
    "ActionTimer",
    "Asking",
    "ClosingReason",
    "Effects",
    "GuardName",
    "Lifecycle",
    "LifecycleData",
    "State",
    "StateType",
    "Step",
    "WaitingOn",
    "effects_in_words",
]

StateType = Literal["new", "open", "waiting", "resolved", "closed"]
WaitingOn = Literal["citizen", "partner", "until"]
ClosingReason = Literal["done", "duplicate", "merged", "withdrawn", "not_ours", "no_action"]

GuardName = Literal[
    "has_photo",
    "has_file",
    "has_location",
    "has_assignee",
    "citizen_told",
    "citizen_answered",
    "partner_answered",
    "no_open_children",
]

GUARDS: Mapping[GuardName, str] = MappingProxyType(
    {
        "has_photo": "a photo that is here",
        "has_file": "a file that is here",
        "has_location": "a place: coordinates, an address, a postcode or a UPRN",
        "has_assignee": "somebody who works on it",
        "citizen_told": "a message to the citizen since it came into this state, beside acknowledgements",
        "citizen_answered": "word from the citizen since it came into this state",
        "partner_answered": "an act or a note of a provider since it was sent to them, or waits on them",
        "no_open_children": "every child of it to be closed",
    }
)
"""What an action can ask of a case, and what is missing where it does not hold; `guards` says when each holds."""

RESUME = "resume"  # the action, and the kind of the timer, that ends a wait until a moment

ANY = "*"  # in an action's `from`: every state that is not closed

# Of the guards, those that an enquiry can bring about: with another one it might wake nothing for good.
_BROUGHT = frozenset({"has_photo", "has_file", "has_location", "citizen_answered"})
_MOST_OPTIONS = 9  # of a question: docs/explanation/questions.md
_NEEDS_ANOTHER = frozenset({"merged", "duplicate"})  # closing reasons of actions that name the other case
_FLAG = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_BY_ENQUIRY = frozenset({"citizen", "system"})


def _after(value: Any) -> Duration:
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except RequestError as error:
        raise PydanticCustomError("duration", "{problem}", {"problem": str(error)}) from error


class State(Frozen):
    """One state: what type it is, and on whom or what it waits."""

    type: StateType
    on: WaitingOn | None = None  # of waiting states only


class ActionTimer(Frozen):
    """An action that is taken by itself after a time, unless the case has left the state by then."""

    action: str
    after: Annotated[Duration, PlainValidator(_after), PlainSerializer(str, return_type=str)]  # such as 10 working days


class Asking(Frozen):
    """A question to the citizen whose answers are closed, and the action that each of them takes."""

    template: str
    answers: FrozenMap[str, str]  # option → the action
    options: FrozenMap[str, FrozenMap[str, str]] = FrozenMap()  # option → label by language; none: yes and no

    @property
    def codes(self) -> tuple[str, ...]:
        """The options, in their order."""
        return tuple(self.options) or ("yes", "no")


class Effects(Frozen):
    """What an action does beside leading to another state, in the order of the fields."""

    flags: tuple[str, ...] = ()  # put on
    unflag: tuple[str, ...] = ()  # taken off
    ask: str | Asking | None = None  # the template of a question to the citizen; or one with closed answers
    timer: ActionTimer | None = None

    @property
    def template(self) -> str | None:
        """The template of the question."""
        return self.ask.template if isinstance(self.ask, Asking) else self.ask


NO_EFFECTS = Effects()


class Action(Frozen):
    """One action: where from, where to, who may, what must be given, what the case must have, and what it does."""

    from_: tuple[str, ...] = Field(alias="from", min_length=1)
    to: str
    roles: frozenset[str] = frozenset({"worker"})
    requires: tuple[str, ...] = ()  # fields that must be given
    guards: tuple[GuardName, ...] = ()  # what the case must have: `GUARDS`
    closing_reason: ClosingReason | None = None  # of actions that close
    meets: tuple[Literal["acknowledge", "inspect", "resolve", "legal"], ...] = ()  # targets of the service standard
    effects: Effects = NO_EFFECTS


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
            else:
                found += [(f"on_enquiry.{name}", problem) for problem in self._not_by_enquiry(taken)]
        for name, action in self.actions.items():
            found += [(f"actions.{name}.effects.{key}", problem) for key, problem in self._effect_problems(action)]
        if self._ends_waits() and (problems := [*self._not_by_itself(RESUME, frozenset({SYSTEM.kind}))]):
            found += [(f"actions.{RESUME}", problem) for problem in problems]
        if self._ends_waits() and self.actions[RESUME].guards:
            found.append((f"actions.{RESUME}.guards", "must be none: a wait until a moment would not end with it"))
        found += [(f"actions.{name}.effects.timer", "is part of a circle of timers") for name in self._circling()]
        found += [(f"states.{name}", "cannot be reached from the initial state") for name in self._unreachable()]
        return found

    def _not_by_enquiry(self, name: str) -> Iterator[str]:
        """Give why an enquiry cannot take an action, whatever the case is like."""
        yield from self._not_by_itself(name, _BY_ENQUIRY)
        action = self.actions[name]
        if strange := [guard for guard in action.guards if guard not in _BROUGHT]:
            yield f"names {name!r}, whose guard no enquiry can meet: {', '.join(strange)}"
        if action.effects.ask is not None:
            yield f"names {name!r}, which asks the citizen: two machines could write to each other"

    def _not_by_itself(self, name: str, roles: frozenset[str]) -> Iterator[str]:
        """Give why nobody but a person can take an action."""
        action = self.actions[name]
        if action.roles.isdisjoint(roles):
            yield f"names {name!r}, which must be open to {' or '.join(sorted(roles))}"
        if action.requires:
            yield f"names {name!r}, which must require no fields: nobody is there to give them"
        if action.closing_reason in _NEEDS_ANOTHER:
            yield f"names {name!r}, which needs another case: a person names it"
        target = self.states.get(action.to)
        if target is not None and target.on == "until":
            yield f"names {name!r}, which needs a moment to wait until: a person names it"

    def _effect_problems(self, action: Action) -> Iterator[tuple[str, str]]:
        effects = action.effects
        for key, flags in (("flags", effects.flags), ("unflag", effects.unflag)):
            for flag in flags:
                if not _FLAG.match(flag):
                    yield key, "must hold short words of a-z, 0-9 and _"
        if both := sorted({*effects.flags} & {*effects.unflag}):
            yield "unflag", f"must not take off what is put on: {', '.join(both)}"
        if isinstance(effects.ask, Asking):
            yield from self._asking_problems(action, effects.ask)
        timer = effects.timer
        if timer is None:
            return
        taken = self.actions.get(timer.action)
        if taken is None or action.to not in self.states or not self._leads_from(taken, action.to):
            yield "timer.action", f"names no action that leads from {action.to!r}: {timer.action!r}"
        else:
            for problem in self._not_by_itself(timer.action, frozenset({SYSTEM.kind})):
                yield "timer.action", problem

    def _asking_problems(self, action: Action, asking: Asking) -> Iterator[tuple[str, str]]:
        """Give why the answers to a question cannot do what they are to do."""
        if asking.options and not 2 <= len(asking.options) <= _MOST_OPTIONS:
            yield "ask.options", f"must be 2 to {_MOST_OPTIONS} options; left out, the answers are yes and no"
        for code in asking.options:
            if not _FLAG.match(code):
                yield f"ask.options.{code[:40]}", "must be named by a short word of a-z, 0-9 and _"
        for code, name in asking.answers.items():
            key, taken = f"ask.answers.{code[:40]}", self.actions.get(name)
            if code not in asking.codes:
                yield key, f"is no answer to this question; those are {', '.join(asking.codes)}"
            if taken is None or action.to not in self.states or not self._leads_from(taken, action.to):
                yield key, f"names no action that leads from {action.to!r}: {name!r}"
                continue
            for problem in self._not_by_enquiry(name):
                yield key, problem

    def _ends_waits(self) -> bool:
        """Say whether there is an action that ends waits until a moment."""
        resume = self.actions.get(RESUME)
        return resume is not None and any(
            state.on == "until" and self._leads_from(resume, name) for name, state in self.states.items()
        )

    def _circling(self) -> Iterator[str]:
        """Give the actions whose timers lead back to themselves: a case would go round for ever, and nobody look."""
        timed = {name: action.effects.timer.action for name, action in self.actions.items() if action.effects.timer}
        return circles(timed)

    def _leads_from(self, action: Action, state: str) -> bool:
        return state in action.from_ or (ANY in action.from_ and self.states[state].type != "closed")

    def _unreachable(self) -> list[str]:
        ways: dict[str, list[str]] = {}  # by the state, or by `ANY`: each action is looked at once
        for action in self.actions.values():
            for source in action.from_:
                ways.setdefault(source, []).append(action.to)
        reached, queue = {self.initial}, [self.initial]
        while queue:
            state = queue.pop()
            if state not in self.states:
                continue
            found = ways.pop(state, [])
            if self.states[state].type != "closed":
                found += ways.pop(ANY, [])
            new = set(found) - reached
            reached |= new
            queue += new
        return [name for name in self.states if name not in reached]


class Step(NamedTuple):
    """Where an action leads."""

    action: str
    state: str
    state_type: StateType
    waiting_on: WaitingOn | None
    closing_reason: ClosingReason | None
    meets: tuple[str, ...] = ()
    effects: Effects = NO_EFFECTS


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
                declared.effects,
            )
            for action, declared in data.actions.items()
        }
        self.is_guarded = any(declared.guards for declared in data.actions.values())

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

    def allowed(self, state: str, by: Actor, unmet: Collection[GuardName] = frozenset()) -> tuple[str, ...]:
        """
        Give the actions that this actor may take in this state, in the lifecycle's order.

        `unmet` are the guards that the case does not meet: `guards.unmet`.
        """
        return tuple(
            action
            for action, declared in self.data.actions.items()
            if state in self._sources[action] and by.allows(declared.roles) and not _wanting(declared, unmet)
        )

    def blocked(self, state: str, by: Actor, unmet: Collection[GuardName]) -> Mapping[str, tuple[GuardName, ...]]:
        """Give the actions that only guards keep this actor from taking, and which, in the lifecycle's order."""
        return {
            action: wanting
            for action, declared in self.data.actions.items()
            if (wanting := _wanting(declared, unmet)) and state in self._sources[action] and by.allows(declared.roles)
        }

    def take(
        self,
        action: str,
        *,
        state: str,
        by: Actor,
        fields: Mapping[str, str] | Collection[str] = frozenset(),
        unmet: Collection[GuardName] = frozenset(),
    ) -> Step:
        """
        Give where an action leads from a state. `unmet` are the guards that the case does not meet: `guards.unmet`.

        Raises:
            ActionError: there is no such action, it does not lead from this state, or this actor may not take it.
            GuardError: the case lacks what the action asks of it.
            FieldsError: a field that the action requires is missing.
        """
        declared = self.data.actions.get(action)
        if declared is None or state not in self._sources[action] or not by.allows(declared.roles):
            raise self._refusal(action, state, by, unmet)
        if declared.guards and (wanting := _wanting(declared, unmet)):
            needs = "; ".join(f"{GUARDS[guard]} ({guard})" for guard in wanting)
            raise GuardError(
                f"the action {action!r} needs {needs}", guards=wanting, allowed=self.allowed(state, by, unmet)
            )
        if declared.requires and (missing := [name for name in declared.requires if name not in fields]):
            raise FieldsError(f"the action {action!r} needs {', '.join(missing)}", fields=missing)
        self._events[action].trigger(_Cursor(state))
        return self._steps[action]

    def _refusal(self, action: str, state: str, by: Actor, unmet: Collection[GuardName]) -> ActionError:
        allowed = self.allowed(state, by, unmet)
        if action not in self.data.actions:
            return ActionError(f"the lifecycle {self.name!r} has no action {action!r}", allowed=allowed)
        if state not in self._sources[action]:
            return ActionError(f"{action!r} does not lead from the state {state!r}", allowed=allowed)
        return ActionError(f"{action!r} is not for this {by.kind}", allowed=allowed)

    def mermaid(self) -> str:
        """
        Give the lifecycle as a Mermaid state diagram, in the order of its declaration.

        Labels are those of UML: the action, its guards in brackets, and what happens by itself after a stroke.
        """
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for action, declared in self.data.actions.items():
            sources = [state for state in self.data.states if state in self._sources[action] and state != declared.to]
            lines += [f"    {source} --> {declared.to}: {_label(action, declared)}" for source in sources]
        lines += [f"    {name} --> [*]" for name, state in self.data.states.items() if state.type == "closed"]
        return "\n".join(lines)


def _wanting(action: Action, unmet: Collection[GuardName]) -> tuple[GuardName, ...]:
    return tuple(guard for guard in action.guards if guard in unmet) if action.guards and unmet else ()


def _label(name: str, action: Action) -> str:
    guards = f" [{', '.join(action.guards)}]" if action.guards else ""
    return f"{name}{guards}{' / ' if action.effects != NO_EFFECTS else ''}{', '.join(effects_in_words(action.effects))}"


def effects_in_words(effects: Effects) -> Iterator[str]:
    """
    Give what an action does beside leading to another state, in the order in which it is done.

    >>> list(effects_in_words(Effects(flags=("no_answer",), timer=ActionTimer(action="close", after="28 days"))))
    ['+no_answer', 'close after 28 days']
    """
    yield from (f"+{flag}" for flag in effects.flags)
    yield from (f"-{flag}" for flag in effects.unflag)
    if effects.template:
        answers = effects.ask.answers.items() if isinstance(effects.ask, Asking) else ()
        said = ", ".join(f"{answer}: {action}" for answer, action in answers)
        yield f"ask {effects.template}" + (f" ({said})" if said else "")
    if effects.timer:
        yield f"{effects.timer.action} after {effects.timer.after}"
