"""
Links: how two cases are tied, by a person or by closing one in favour of the other, and how that is undone.

Each of the two cases says so in its own history. Undoing adds to both histories and takes nothing from them; what a
link did to a case is worked out from its history without that link, so that what others did since stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from onestop.core.actor import Actor
from onestop.core.case import MATCH_REVIEW, Case, Draft, rebuild
from onestop.core.context import Context
from onestop.core.events import CaseLinked, CaseUnlinked, Event, LinkKind
from onestop.core.nuisance import REASONS, SET_ASIDE, brought_back
from onestop.core.plan import CaseChange, CaseFacts, Plan
from onestop.core.policy import Policy
from onestop.core.rules import SEVERAL, highest
from onestop.errors import RequestError

__all__ = [
    "BY_HAND",
    "CLOSING_LINKS",
    "INVERSE",
    "History",
    "must_be_allowed",
    "open_children",
    "plan_link",
    "plan_unlink",
    "tie",
    "untie",
]

INVERSE: Mapping[LinkKind, LinkKind] = {
    "related": "related",
    "duplicate": "duplicate",
    "separate": "separate",
    "parent": "child",
    "child": "parent",
    "follows": "followed_by",
    "followed_by": "follows",
    "merged_into": "merged_from",
    "merged_from": "merged_into",
}
"""What the other case says of a link."""

BY_HAND: frozenset[LinkKind] = frozenset({"related", "duplicate", "separate", "parent", "child"})
"""The links that a person makes without closing anything."""

CLOSING_LINKS: Mapping[str, LinkKind] = {"merged": "merged_into", "duplicate": "duplicate"}
"""How a case that was closed for this reason is tied to the one in favour of which it was."""

_ITS_OWN = frozenset({SET_ASIDE, *REASONS, MATCH_REVIEW, SEVERAL})  # flags that say something of that one case alone


class History(NamedTuple):
    """A case, and all its events."""

    facts: CaseFacts
    events: Sequence[Event]

    @property
    def case(self) -> Case:
        """The case as its events made it."""
        return self.facts.case

    def draft(self) -> Draft:
        """Give the case to be changed."""
        return Draft(self.facts.case, self.facts.head)


def plan_link(facts: CaseFacts, other: CaseFacts, kind: LinkKind, by: Actor, context: Context) -> Plan:
    """
    Tie two cases together, seen from the first; each says so. Those that are tied like this already stay as they are.

    Raises:
        RequestError: a case would be tied to itself, or by a kind that only an action or intake makes; each would be
            the other's child; or the actor is neither worker nor system.
    """
    must_be_allowed(by)
    if kind not in BY_HAND:
        raise RequestError(f"cases are linked as {', '.join(sorted(BY_HAND))}")
    if any((link.case, link.kind) == (other.case.id, kind) for link in facts.case.links):
        return Plan("recorded", case=facts.case)
    # Each would be the other's child, and neither could close before the other.
    if INVERSE[kind] != kind and any(
        (each.case, each.kind) == (other.case.id, INVERSE[kind]) for each in facts.case.links
    ):
        raise RequestError(f"these two cases are linked the other way round, as {INVERSE[kind]}: unlink them first")
    draft, second = Draft(facts.case, facts.head), Draft(other.case, other.head)
    tie(draft, second, kind, by, context)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft), CaseChange.of(second)))


def plan_unlink(history: History, other: History, kind: LinkKind | None, by: Actor, context: Context) -> Plan:
    """
    Undo a link of two cases, on both sides; `kind` says which, where they are tied in several ways.

    Raises:
        RequestError: they are not tied like this, or in several ways and none was named; one was closed in favour of
            the other, which `plan_unmerge` undoes; or the actor is neither worker nor system.
    """
    must_be_allowed(by)
    kinds = [link.kind for link in history.case.links if link.case == other.case.id and kind in (None, link.kind)]
    if not kinds:
        raise RequestError("these two cases are not linked" + (f" as {kind}" if kind else ""))
    if len(kinds) > 1:
        raise RequestError(f"these two cases are linked in several ways: name one of {', '.join(kinds)}")
    if _in_force(history.case, other.case, kinds[0]) or _in_force(other.case, history.case, INVERSE[kinds[0]]):
        raise RequestError("one of these cases was closed in favour of the other: undo that, or reopen it first")
    draft, second = history.draft(), other.draft()
    untie(draft, history.events, other.case, kinds[0], by, context)
    untie(second, other.events, history.case, INVERSE[kinds[0]], by, context)
    return Plan("recorded", case=draft.case, changes=(CaseChange.of(draft), CaseChange.of(second)))


def _in_force(case: Case, other: Case, kind: LinkKind) -> bool:
    """Say whether the case is closed in favour of the other, as this link says."""
    return CLOSING_LINKS.get(case.closing_reason or "") == kind and any(
        (link.case, link.kind) == (other.id, kind) for link in case.links
    )


def must_be_allowed(by: Actor) -> None:
    """
    Refuse whoever is neither worker nor system.

    Raises:
        RequestError: the actor is neither.
    """
    if not by.allows({"worker", "system"}):
        raise RequestError("only a worker can link, split and merge cases, and undo it")


def tie(
    draft: Draft, second: Draft, kind: LinkKind, by: Actor, context: Context, *, closing: Policy | None = None
) -> None:
    """
    Add to both drafts that the cases are tied; with `closing` the first one was closed in favour of the second.

    The second then takes over flags and priority, so that no emergency ends behind a merge, and is shown again if it
    was set aside and the first one was not.

    Raises:
        RequestError: a case would be tied to itself, or merged into one that was merged itself; or what may not wait
            would end at a case that is closed.
    """
    case, other = draft.case, second.case
    assert case is not None
    assert other is not None
    if other.id == case.id:
        raise RequestError("a case cannot be tied to itself")
    if kind == "merged_into" and other.merged_into:
        raise RequestError("the other case was merged itself: name the one that took its place")
    at, actor = context.now, str(by)
    flags: tuple[str, ...] = ()
    priority = None
    if closing is not None:
        flags = tuple(flag for flag in case.flags if flag not in _ITS_OWN and flag not in other.flags)
        priority = case.priority if highest(case.priority, other.priority) != other.priority else None
        if other.state_type == "closed" and not set(case.flags).isdisjoint(closing.council.nuisance.never):
            raise RequestError("what may not wait cannot end at a case that is closed: reopen that one first")
        if SET_ASIDE in other.flags and SET_ASIDE not in case.flags:
            other = second.add(brought_back(other, at))
    second.add(
        CaseLinked(
            at=at,
            by=actor,
            case=case.id,
            reference=case.reference,
            kind=INVERSE[kind],
            flags=flags,
            priority=priority,
        )
    )
    draft.add(CaseLinked(at=at, by=actor, case=other.id, reference=other.reference, kind=kind))


def untie(
    draft: Draft,
    events: Sequence[Event],
    other: Case,
    kind: LinkKind,
    by: Actor,
    context: Context,
    *,
    enquiries: int = 0,
    flags: tuple[str, ...] = (),
) -> None:
    """
    Add to a draft that its case is no longer tied to another one.

    `events` is the case's history before the draft; `flags` are put on beside what the link took off.
    """
    case = draft.case
    assert case is not None
    was = rebuild(_without(events, other.id, kind))
    link = next(each for each in reversed(events) if isinstance(each, CaseLinked) and _names(each, other.id, kind))
    came_back = {MATCH_REVIEW} & set(was.flags) - set(case.flags)
    draft.add(
        CaseUnlinked(
            at=context.now,
            by=str(by),
            case=other.id,
            reference=other.reference,
            kind=kind,
            candidates=was.candidates,
            added=tuple(sorted({*came_back, *flags})),
            removed=tuple(flag for flag in link.flags if flag in case.flags and flag not in was.flags),
            priority=was.priority if link.priority and was.priority != case.priority else None,
            enquiries=enquiries,
        )
    )


def _names(event: CaseLinked | CaseUnlinked, other: str, kind: LinkKind) -> bool:
    return (event.case, event.kind) == (other, kind)


def _without(events: Sequence[Event], other: str, kind: LinkKind) -> list[Event]:
    """Give a history without a link, and without the links that were undone before."""
    left: list[Event] = []
    undone = {(other, kind): 1}
    for event in reversed(events):
        if isinstance(event, CaseUnlinked):
            undone[event.case, event.kind] = undone.get((event.case, event.kind), 0) + 1
        elif isinstance(event, CaseLinked) and undone.get((event.case, event.kind), 0) > 0:
            undone[event.case, event.kind] -= 1
        else:
            left.append(event)
    return left[::-1]


def open_children(case: Case, others: Mapping[str, Case]) -> tuple[str, ...]:
    """
    Give the references of a case's children that are not closed; a merged one is as open as what took its place.

    `others` has the cases by id that are known; a child that is not among them counts as open.
    """
    return tuple(link.reference for link in case.links if link.kind == "child" and _is_open(link.case, others))


def _is_open(identifier: str, others: Mapping[str, Case]) -> bool:
    seen: set[str] = set()
    while identifier in others and identifier not in seen:
        seen.add(identifier)
        case = others[identifier]
        if case.state_type != "closed":
            return True
        if case.merged_into is None:
            return False
        identifier = case.merged_into
    return identifier not in others
