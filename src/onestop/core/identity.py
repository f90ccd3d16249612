"""Identity: whose a contact point is, as far as an enquiry from it can tell."""

from __future__ import annotations

from typing import NamedTuple

from onestop.core.context import Mint
from onestop.core.enquiry import Enquiry
from onestop.core.matching import names_differ
from onestop.core.plan import Claim, ContactFacts

__all__ = ["Identity", "identify"]


class Identity(NamedTuple):
    """Who a sender is, and what their enquiry shows of the contact point."""

    citizen: str | None = None
    claims: tuple[Claim, ...] = ()
    shared: tuple[str, ...] = ()  # the contact point's key, when it turns out to be several people's


def identify(enquiry: Enquiry, contact: ContactFacts, mint: Mint) -> Identity:
    """
    Give who the sender is: the first one who is known by a contact point holds it.

    A contact point that is several people's identifies nobody, and neither does one that may be forged. Of a holder for
    whom somebody else stands it is the holder: whose the case is when they are parted again was never in question.
    """
    if enquiry.sender is None or contact.shared or not enquiry.proved:
        return Identity()
    if contact.citizen is None:
        citizen = mint.id("z")
        return Identity(citizen, (Claim(enquiry.sender, citizen, enquiry.sender_name, enquiry.language),))
    if all(names_differ(name, enquiry.sender_name) for name in contact.names):
        return Identity(None, shared=(enquiry.sender.key,))
    return Identity(contact.holder)
