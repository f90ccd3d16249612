"""The past of a case: each event with the case before and after it, and the policies that decided meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from onestop.core.case import Case
from onestop.core.events import CaseOpened, EnquiryReceived, EnquiryUpdated, Event
from onestop.core.policy import Policy
from onestop.core.rules import Decision, Rule
from onestop.desk.explain_data import PolicyState
from onestop.errors import PolicyError
from onestop.policy import read_policy
from onestop.stores.base import Reader

__all__ = ["KeptPolicies", "Moment", "decision_of", "past_of"]


class Moment(NamedTuple):
    """One event, and the case before and after it."""

    event: Event
    before: Case | None  # None: it opened the case
    after: Case


def past_of(events: Iterable[Event]) -> tuple[Moment, ...]:
    """
    Give a history moment by moment.

    Raises:
        StoreError: it does not begin with `case_opened`.
    """
    found: list[Moment] = []
    case: Case | None = None
    for event in events:
        after = case.apply(event) if case else Case.begin(event)
        found.append(Moment(event, case, after))
        case = after
    return tuple(found)


def decision_of(event: Event) -> Decision | None:
    """Give the decision that an event holds; an enquiry that opened a case has it in the event of the opening."""
    return event.decision if isinstance(event, CaseOpened | EnquiryReceived | EnquiryUpdated) else None


class KeptPolicies:
    """The policies that a case's decisions name: the one of today, and those that the store keeps, read once each."""

    __slots__ = ("_found", "_reader", "current")

    def __init__(self, current: Policy, reader: Reader) -> None:
        self.current = current
        self._reader = reader
        self._found: dict[str, tuple[Policy | None, PolicyState]] = {current.hash: (current, "current")}

    def of(self, digest: str) -> Policy | None:
        """Give a policy by its hash; None when it is gone, or this version of onestop no longer understands it."""
        return self._read(digest)[0]

    def state(self, digest: str) -> PolicyState:
        """Say how a policy is there."""
        return self._read(digest)[1]

    def rules(self, digest: str) -> dict[str, Rule]:
        """Give a policy's rules by their ids; none where it cannot be read."""
        policy = self.of(digest)
        return {rule.id: rule for rule in policy.rules.rules} if policy else {}

    def _read(self, digest: str) -> tuple[Policy | None, PolicyState]:
        if digest not in self._found:
            source = self._reader.policy_source(digest)
            try:
                self._found[digest] = (read_policy(source), "kept") if source is not None else (None, "missing")
            except PolicyError:
                self._found[digest] = (None, "unreadable")
        return self._found[digest]
