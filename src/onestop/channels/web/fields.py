"""Which field of a form means what: the host's names on one side, ours on the other."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from onestop.core.model import Frozen

__all__ = ["FormFields"]


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class FormFields(Frozen):
    """
    The names that a form gives to what every enquiry has: one or several, of which the first that is filled in counts.

    Upper and lower case are the same. What is named nowhere is an answer to the service's questions; `ignored` is left
    out.

    >>> FormFields(message="what_happened").message
    ('what_happened',)
    """

    source_id: Names = ("submission_id", "form_id")
    name: Names = ("name", "full_name")
    email: Names = ("email", "email_address")
    phone: Names = ("phone", "telephone", "mobile", "phone_number")
    message: Names = ("message", "description", "details")
    subject: Names = ("subject",)
    service: Names = ("service", "service_code")
    language: Names = ("language", "lang")
    address: Names = ("address", "address_string")  # address_string, lat, lon: as in Open311 GeoReport v2
    postcode: Names = ("postcode",)
    lat: Names = ("lat", "latitude")
    lon: Names = ("lon", "long", "lng", "longitude")
    uprn: Names = ("uprn",)
    on_behalf_of: Names = ("on_behalf_of",)
    # What frameworks add for themselves, new in each request: it would make every repeat look new.
    ignored: Names = ("_charset_", "_csrf", "_csrf_token", "_token", "authenticity_token", "csrfmiddlewaretoken")
