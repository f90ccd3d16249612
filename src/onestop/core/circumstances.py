"""Circumstances: what the rules may ask of a sender, from what the store knows of their contact point."""

from __future__ import annotations

from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.enquiry import Enquiry
from onestop.core.matching import names_differ
from onestop.core.plan import ContactFacts

__all__ = ["circumstances_of", "tells_of"]


def circumstances_of(enquiry: Enquiry, contact: ContactFacts, *, apart: str | None = None) -> Circumstances:
    """
    Give what is known of a sender, apart from one case (its id): the one that the enquiry itself opened.

    A case that a sender only got a copy of is not theirs.
    """
    if not tells_of(enquiry, contact) or enquiry.sender is None:
        return NOBODY
    opened = [facts for facts in contact.cases if facts.case.state_type != "closed" and facts.case.id != apart]
    own = [
        facts.case
        for facts in opened
        if any(contact.is_citizen(party.citizen) for party in facts.parties_of(enquiry.sender.key))
    ]
    return Circumstances(
        open_cases=tuple(sorted({case.service for case in own})),
        recent=tuple((each.service, each.opened_at) for each in contact.recent if each.case != apart),
        needs=contact.needs,
        language=contact.language,
    )


def tells_of(enquiry: Enquiry, contact: ContactFacts) -> bool:
    """
    Say whether what is known of a contact point is known of who writes.

    A forged address, one that several people use, and one whose holder has another name tell of nobody.
    """
    if contact.citizen is None or contact.shared or enquiry.sender is None or not enquiry.proved:
        return False
    return not all(names_differ(name, enquiry.sender_name) for name in contact.names)
