"""
Guards: what an action can ask of a case, by name. Each is a yes or no about what the case's events say.

What each is called, and what is missing where it does not hold, is `lifecycle.GUARDS`; docs/explanation/lifecycles.md
says why there are these and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from onestop.core.case import Case
from onestop.core.lifecycle import GuardName

__all__ = ["unmet"]

# The citizen is told and heard "since it came into this state": since the event that made the state.
_HOLDS: Mapping[GuardName, Callable[[Case], bool]] = {
    "has_photo": lambda case: case.photos > 0,
    "has_file": lambda case: case.files > 0,
    "has_location": lambda case: case.located,
    "has_assignee": lambda case: case.assignee is not None,
    "citizen_told": lambda case: case.heard.told > case.state_version,
    "citizen_answered": lambda case: case.heard.citizen > case.state_version,
    "partner_answered": lambda case: case.heard.provider > case.heard.asked,
    "no_open_children": lambda case: all(link.kind != "child" for link in case.links),
}


def unmet(case: Case, open_children: Collection[str] | None = None) -> frozenset[GuardName]:
    """
    Give the guards that a case does not meet.

    `open_children` are the references of its children that are not closed (`linking.open_children`). Left out, every
    child counts as open: what nobody looked up keeps a person from closing too early, and not from looking.
    """
    wanting = {guard for guard, holds in _HOLDS.items() if not holds(case)}
    if open_children is not None and not open_children:
        wanting.discard("no_open_children")
    return frozenset(wanting)
