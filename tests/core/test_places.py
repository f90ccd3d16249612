"""An enquiry's place: what was said outright, else a photo's, else the one postcode of the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onestop.core.enquiry import Attachment, Enquiry, Location
from onestop.core.places import located, place_in

from .world import World

PHOTO = Attachment.of("a.jpg", "image/jpeg", (Path(__file__).parent / "data" / "photos" / "phone.jpg").read_bytes())
WORDS = "Needles in the hedge by 3 Coast Rd l18jq"
MANY = f"{WORDS}, and more at SW1A 1AA"


@pytest.mark.parametrize("channel", ["sms", "chat", "email", "phone", "web", "post", "in_person"])
def test_a_postcode_in_the_words_is_the_place_on_every_channel(world: World, channel: str) -> None:
    world.take(world.enquiry(channel=channel, text=WORDS))

    (kept,) = world.enquiries.values()
    assert Enquiry.model_validate_json(kept[1]).location == Location(postcode="L1 8JQ", source="text")


def test_a_photo_comes_before_the_words() -> None:
    place = place_in(WORDS, [PHOTO])

    assert place is not None
    assert (place.source, place.postcode, place.lat is not None) == ("photo", None, True)


@pytest.mark.parametrize(
    "given", [{"address": "3 Coast Rd"}, {"lat": 53.4, "lon": -2.9, "source": "form"}, {"uprn": "0012"}]
)
def test_a_place_that_somebody_gave_is_never_overwritten(world: World, given: dict[str, Any]) -> None:
    enquiry = world.enquiry(text=WORDS, attachments=(PHOTO,), location=given)

    assert located(enquiry) is enquiry


@pytest.mark.parametrize(("kind", "text"), [("message", MANY), ("message", "My bin was missed"), ("auto_reply", WORDS)])
def test_two_postcodes_none_and_those_of_a_machine_are_no_place(world: World, kind: str, text: str) -> None:
    assert located(world.enquiry(kind=kind, text=text)).location is None


def test_a_place_that_was_taken_from_the_words_makes_the_same_message_no_other(world: World) -> None:
    first = world.take(world.enquiry(text=WORDS))

    again = world.take(world.enquiry(text=WORDS))

    assert (first.outcome, again.outcome) == ("opened", "repeat")
