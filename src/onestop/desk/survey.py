"""What the host's own maps say of a place: asked once, when an enquiry comes, and kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from onestop.core.enquiry import FACTS_LIMIT, Enquiry, Location
from onestop.core.places import located
from onestop.desk.log import log

__all__ = ["SURVEY_FAILED", "Survey", "surveyed"]

Survey = Callable[[Location], Mapping[str, str]]
"""Gives facts of a place, as `{"road_class": "A", "owner": "county"}`; an empty mapping where it knows nothing."""

SURVEY_FAILED = "survey_failed"  # defect: the host's maps could not be asked, or gave what cannot be kept


def surveyed(enquiry: Enquiry, survey: Survey) -> Enquiry:
    """
    Give an enquiry with what the host's maps say of its place.

    Whatever goes wrong there loses nothing: the enquiry goes on without, and says so.
    """
    found = located(enquiry)
    if found.location is None:
        return enquiry
    try:
        facts = _few(survey(found.location))
        if not facts:
            return enquiry
        place = Location.model_validate({**found.location.model_dump(), "facts": facts})
    except Exception:  # noqa: BLE001 — the host's own code; its words may hold the place, so they are not logged
        log("survey.failed", adapter=enquiry.adapter)
        return enquiry.with_defects(SURVEY_FAILED)
    return found.model_copy(update={"location": place})


def _few(given: Mapping[str, str]) -> dict[str, str]:
    """Give what the maps said, one fact more than there may be at the most: nobody else's loop is run to its end."""
    if not isinstance(given, Mapping):
        raise TypeError("a survey gives a mapping")
    return dict(islice(given.items(), FACTS_LIMIT + 1))
