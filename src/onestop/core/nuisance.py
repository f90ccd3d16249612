"""
Nuisance: what is set aside, so that it does not stand between people and those who wait.

Nothing is dropped. What is set aside is a case like any other, with the flag `set_aside` and the reason beside it, left
out of listings until somebody asks for it; it is not acknowledged. What the rules flag as something that may not wait
(`never` in the council's `nuisance` table) is never set aside, whoever sends it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from onestop.core.enquiry import Enquiry
from onestop.core.plan import ContactFacts
from onestop.core.policy import Policy
from onestop.core.rules import Decision

__all__ = ["SET_ASIDE", "reasons_to_set_aside"]

SET_ASIDE = "set_aside"  # the flag
SPAM = "spam"  # the receiving mail server says so
RESTRICTED = "restricted_sender"  # a person decided so, until a date
TOO_MANY = "too_many"  # more cases from one contact point within the hour than the council takes


def reasons_to_set_aside(
    enquiry: Enquiry, contact: ContactFacts, decision: Decision, policy: Policy, now: datetime
) -> tuple[str, ...]:
    """Give why an enquiry that would open a case is set aside; empty when it is not."""
    limits = policy.council.nuisance
    if not set(decision.flags).isdisjoint(limits.never):
        return ()
    reasons = []
    if enquiry.gateway_meta.get("spam") == "yes":
        reasons.append(SPAM)
    if contact.restricted_until is not None and contact.restricted_until > now:
        reasons.append(RESTRICTED)
    lately = [facts for facts in contact.cases if now - facts.case.opened_at <= timedelta(hours=1)]
    if len(lately) >= limits.hourly:
        reasons.append(TOO_MANY)
    return tuple(reasons)
