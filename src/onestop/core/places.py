"""
The place of an enquiry: what was said outright, else where a photo was taken, else the one postcode of the words.

Adapters say what their payload says of the place. What nobody said outright is looked for once, when the enquiry is
taken in, so that it makes no difference by which channel a postcode came.
"""

from __future__ import annotations

from collections.abc import Iterable

from onestop.core.enquiry import Attachment, Enquiry, Location
from onestop.core.photos import photo_location
from onestop.core.postcode import location_of

__all__ = ["located", "place_in", "says_where"]


def says_where(location: Location | None) -> bool:
    """Say whether somebody could find the place: by coordinates, an address, a postcode or a UPRN."""
    if location is None:
        return False
    coordinates = location.lat is not None and location.lon is not None
    return coordinates or any((location.address, location.postcode, location.uprn))


def place_in(text: str, attachments: Iterable[Attachment]) -> Location | None:
    """Give the place of the first photo that has one, else the one postcode of a text; `source` says which it was."""
    return photo_location(attachments) or location_of(text)


def located(enquiry: Enquiry) -> Enquiry:
    """
    Give an enquiry with the place that its photos or its words name, where it has none.

    A machine's answer has none: its postcode is that of the machine's office.

    >>> located(Enquiry(channel="sms", adapter="twilio_sms", text="Needles in the hedge, L1 8JQ",
    ...                 received_at="2026-03-02T09:30:00Z")).location.postcode
    'L1 8JQ'
    """
    if enquiry.location is not None or enquiry.kind == "auto_reply":
        return enquiry
    place = place_in(enquiry.text, enquiry.attachments)
    return enquiry.model_copy(update={"location": place}) if place else enquiry
