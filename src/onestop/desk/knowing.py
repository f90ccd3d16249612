"""What is known of a sender today, for rules that are asked again."""

from __future__ import annotations

from onestop.core.circumstances import circumstances_of
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.enquiry import Enquiry
from onestop.core.matching import clues_of
from onestop.core.plan import Ask, ContactFacts
from onestop.core.policy import Policy
from onestop.core.sender_conditions import ASKED_OF_SENDERS
from onestop.stores.base import Reader

__all__ = ["read_circumstances"]


def read_circumstances(reader: Reader, enquiry: Enquiry, policy: Policy, *, apart: str | None) -> Circumstances:
    """Give what is known of a sender apart from one case (its id); where no rule asks for it, nothing is looked up."""
    query = clues_of(enquiry, policy).contact if policy.rules.asks & ASKED_OF_SENDERS else None
    if query is None:
        return NOBODY
    contact = reader.answer(Ask((query,)))[query]
    assert isinstance(contact, ContactFacts)
    return circumstances_of(enquiry, contact, apart=apart)
