"""
Nuisance: what is set aside, so that it does not stand between people and those who wait.

Nothing is dropped. What is set aside is a case like any other, with the flag `set_aside` and the reason beside it, left
out of listings until somebody asks for it; it is not acknowledged. What the rules flag as something that may not wait
(`never` in the council's `nuisance` table) is never set aside, whoever sends it, and brings back a case that was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from onestop.core.actor import SYSTEM
from onestop.core.case import Case
from onestop.core.enquiry import Enquiry
from onestop.core.events import FlagsChanged
from onestop.core.plan import ContactFacts
from onestop.core.policy import Policy
from onestop.core.rules import Decision

__all__ = [
    "REASONS",
    "SET_ASIDE",
    "brought_back",
    "comes_back",
    "may_not_wait",
    "opened_lately",
    "reasons_to_set_aside",
]

SET_ASIDE = "set_aside"  # the flag
SPAM = "spam"
RESTRICTED = "restricted_sender"
TOO_MANY = "too_many"

REASONS: Mapping[str, str] = {
    SPAM: "our receiving mail server says that it is spam",
    RESTRICTED: "a person decided so for this contact point, until a date",
    TOO_MANY: "more cases came from this contact point within the hour than we take",
}
"""What the flags beside `set_aside` say."""


def may_not_wait(decision: Decision, policy: Policy) -> bool:
    """Say whether the rules flag an enquiry as something that is never set aside."""
    return not set(decision.flags).isdisjoint(policy.council.nuisance.never)


def reasons_to_set_aside(
    enquiry: Enquiry, contact: ContactFacts, decision: Decision, policy: Policy, now: datetime
) -> tuple[str, ...]:
    """
    Give why an enquiry that would open a case is set aside; empty when it is not.

    What a worker wrote down is not: a person has looked at it already.
    """
    if enquiry.entered_by or may_not_wait(decision, policy):
        return ()
    reasons = []
    if enquiry.gateway_meta.get("spam") == "yes":
        reasons.append(SPAM)
    if contact.restricted_until is not None and contact.restricted_until > now:
        reasons.append(RESTRICTED)
    if opened_lately(enquiry, contact, now) >= policy.council.nuisance.hourly:
        reasons.append(TOO_MANY)
    return tuple(reasons)


def opened_lately(enquiry: Enquiry, contact: ContactFacts, now: datetime) -> int:
    """Give how many cases the sender opened within the hour; those of which they got a copy are somebody else's."""
    if enquiry.sender is None:
        return 0
    key, since = enquiry.sender.key, timedelta(hours=1)
    return sum(now - facts.case.opened_at <= since and facts.opened_by(key) for facts in contact.cases)


def comes_back(
    case: Case, enquiry: Enquiry, contact: ContactFacts, decision: Decision, policy: Policy, now: datetime
) -> bool:
    """
    Say whether an enquiry that joined a case which was set aside shows it again.

    It does when it may not wait. Otherwise only where we set the case aside ourselves, and would not set aside this
    enquiry: what a person set aside stays there.
    """
    if SET_ASIDE not in case.flags or enquiry.kind == "auto_reply":
        return False
    if may_not_wait(decision, policy):
        return True
    by_us = not REASONS.keys().isdisjoint(case.flags)
    return by_us and not reasons_to_set_aside(enquiry, contact, decision, policy, now)


def brought_back(case: Case, now: datetime) -> FlagsChanged:
    """Give the event that shows a case again which was set aside."""
    removed = tuple(flag for flag in case.flags if flag == SET_ASIDE or flag in REASONS)
    return FlagsChanged(at=now, by=str(SYSTEM), removed=removed)
