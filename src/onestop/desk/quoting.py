"""
The words by which flags were raised, for those who may read them.

They are stored nowhere but in the enquiry: they are found in it once more, by the rules of the policy that decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from onestop.core.actor import Actor
from onestop.core.events import CaseOpened, EnquiryReceived, EnquiryUpdated, Event, read_event
from onestop.core.flags import Quote, quotes
from onestop.core.model import Frozen, UtcDatetime
from onestop.core.policy import Policy
from onestop.core.rules import Decision
from onestop.desk.past import KeptPolicies
from onestop.desk.session import Session, must_find
from onestop.stores import load_enquiry
from onestop.stores.base import Reader

__all__ = ["Quoted", "read_quotes"]


class Quoted(Frozen):
    """
    What one enquiry raised flags by.

    `shown`: with its words. `not_allowed`: the policy lets this actor see the names of lists alone. `erased`: the words
    are gone. `unreadable`: this version of onestop no longer understands the policy that decided.
    """

    at: UtcDatetime
    enquiry: str
    state: Literal["shown", "not_allowed", "erased", "unreadable"]
    quotes: tuple[Quote, ...] = ()


def read_quotes(session: Session, reference: str, by: Actor) -> tuple[Quoted, ...]:
    """
    Give what raised the flags of a case, by its enquiries in their order; those that raised none are left out.

    Raises:
        NotFoundError: there is no such case.
    """
    with session.store.read() as reader:
        case = must_find(reader, reference).case
        events = [read_event(stored.data) for stored in reader.events(case.id)]
        policies = KeptPolicies(session.policy, reader)
        allowed = by.allows(session.policy.flags.see_words)  # of today: who may look now, not who might have
        found = []
        for at, enquiry, content, decision in _decided(events):
            if not decision.flags:
                continue
            quoted = _quoted(reader, policies.of(decision.policy), decision, content, allowed=allowed)
            found.append(Quoted(at=at, enquiry=enquiry, state=quoted[0], quotes=quoted[1]))
    return tuple(each for each in found if each.quotes or each.state == "unreadable")


def _quoted(
    reader: Reader, policy: Policy | None, decision: Decision, content: str, *, allowed: bool
) -> tuple[Literal["shown", "not_allowed", "erased", "unreadable"], tuple[Quote, ...]]:
    if policy is None:
        return "unreadable", ()
    if not allowed:
        return "not_allowed", quotes(decision, policy.rules, None)
    body = reader.content(content)
    if body is None:
        return "erased", quotes(decision, policy.rules, None)
    return "shown", quotes(decision, policy.rules, load_enquiry(body))


def _decided(events: list[Event]) -> Iterator[tuple[UtcDatetime, str, str, Decision]]:
    """Give when, of which enquiry, by which content as it is now, and what was decided."""
    told = [event for event in events if isinstance(event, EnquiryReceived | EnquiryUpdated)]
    latest = {event.enquiry: event.content.id for event in told}
    opening: Decision | None = None  # the decision that opened a case stands in another event than its enquiry
    for event in events:
        if isinstance(event, CaseOpened):
            opening = event.decision
        elif isinstance(event, EnquiryReceived | EnquiryUpdated):
            decision = event.decision or opening
            opening = None
            if decision is not None:
                yield event.at, event.enquiry, latest[event.enquiry], decision
