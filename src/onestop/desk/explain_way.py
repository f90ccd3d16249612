"""The way of a case through its lifecycle, as data: one leg for each lifecycle, each with the steps that were taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from onestop.core.case import Case
from onestop.core.events import CaseOpened, Event, Rerouted, StateChanged, StateRestored, UnknownEvent
from onestop.core.lifecycle import LifecycleData, StateType
from onestop.core.model import FrozenMap
from onestop.desk.explain_data import Leg, Taken
from onestop.desk.past import KeptPolicies, Moment

__all__ = ["way_of"]


@dataclass(slots=True)
class _Leg:
    lifecycle: str
    service: str
    data: LifecycleData
    states: dict[str, StateType] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def finished(self) -> Leg:
        """Give the leg; states that the lifecycle does not have stand behind those that it has."""
        declared = {name: state.type for name, state in self.data.states.items()}
        return Leg(
            lifecycle=self.lifecycle,
            service=self.service,
            initial=self.data.initial,
            states=FrozenMap({**declared, **{n: t for n, t in self.states.items() if n not in declared}}),
            edges=tuple(_edges(self.data)),
            taken=tuple(self.taken),
        )


def way_of(past: tuple[Moment, ...], policies: KeptPolicies) -> tuple[Leg, ...]:
    """Give the case's way: a case that was sent to a service with another lifecycle has a leg in each."""
    legs: list[_Leg] = []
    number = 0
    for event, before, after in past:
        action = _action(event)
        if action is None:
            continue
        number += 1
        opens = before is None or (
            isinstance(event, Rerouted) and _lifecycle(after, event, policies) != legs[-1].lifecycle
        )
        if opens:
            legs.append(_begun(after, event, policies))
        legs[-1].states.setdefault(after.state, after.state_type)
        legs[-1].taken.append(
            Taken(
                number=number,
                at=event.at,
                by=event.by.partition(":")[0],
                action=action,
                source=None if opens or before is None else before.state,
                state=after.state,
            )
        )
    return tuple(leg.finished() for leg in legs)


def _action(event: Event) -> str | None:
    match event:
        case CaseOpened():
            return "opened"
        case StateChanged():
            return event.action
        case Rerouted():
            return f"sent on from {event.was} to {event.service}"
        case StateRestored():
            return "closing undone"
        case UnknownEvent():
            return None
    return None


def _policy_of(event: Event) -> str:
    if isinstance(event, CaseOpened):
        return event.decision.policy
    return event.policy if isinstance(event, Rerouted) else ""


def _lifecycle(case: Case, event: Event, policies: KeptPolicies) -> str:
    policy = policies.of(_policy_of(event)) or policies.current
    return policy.lifecycle(case.service).name


def _begun(case: Case, event: Event, policies: KeptPolicies) -> _Leg:
    policy = policies.of(_policy_of(event)) or policies.current
    lifecycle = policy.lifecycle(case.service)
    return _Leg(lifecycle.name, case.service, lifecycle.data)


def _edges(data: LifecycleData) -> list[tuple[str, str, str]]:
    """Give where actions lead, in the order of the lifecycle; `*` is every state that is not closed."""
    found = []
    for action, declared in data.actions.items():
        for source, state in data.states.items():
            leads = source in declared.from_ or ("*" in declared.from_ and state.type != "closed")
            if leads and source != declared.to:
                found.append((source, declared.to, action))
    return found
