"""Postcodes are found where they stand, and nothing else is taken for one."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.postcode import find_postcodes, location_of, normalise_postcode

INWARD = "ABDEFGHJLNPQRSTUWXYZ"
OUTWARD = ["M1", "B33", "W1A", "CR2", "DN55", "EC1A", "GY1", "JE2", "IM9", "BF1", "BT7", "N1C", "SE1P"]
WRITTEN = st.builds(
    lambda outward, digit, first, second: f"{outward} {digit}{first}{second}",
    st.sampled_from(OUTWARD),
    st.integers(0, 9),
    st.sampled_from(INWARD),
    st.sampled_from(INWARD),
)


@given(WRITTEN, st.booleans(), st.text(" -.\u00a0\u2013", max_size=3), st.text(" .,()\n", max_size=4))
def test_a_postcode_is_read_however_it_is_typed(postcode: str, lower: bool, gap: str, around: str) -> None:
    typed = around + postcode.replace(" ", gap) + around

    assert normalise_postcode(typed.lower() if lower else typed) == postcode


@given(WRITTEN)
def test_what_is_normalised_stays_as_it_is(postcode: str) -> None:
    assert normalise_postcode(postcode) == postcode
    assert find_postcodes(f"at {postcode}.") == (postcode,)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "L1",
        "Q1 1AA",  # no area begins with Q
        "AI1 1AA",  # nor has one an I in second place
        "ZZ1 1AA",  # well shaped, but there is no such area
        "L1 1AC",  # C is never in an inward code
        "L1 AAA",
        "L123 1AA",
        "SW1I 1AA",
        "GIR 1AA",
        "12345",
        "NP-049N-3021",
        "ASCN 1ZZ",
        "L1 8JQ L2 2BB",
        "\u0661L1 8JQ",
        "L1 8JQ" + " " * 40,
    ],
)
def test_what_is_no_postcode_is_none(typed: str) -> None:
    assert normalise_postcode(typed) is None


@pytest.mark.parametrize("typed", ["L1 OAA", "l1oaa", "L1 0aa"])
def test_an_o_where_only_a_digit_can_stand_is_a_nought(typed: str) -> None:
    assert normalise_postcode(typed) == "L1 0AA"


def test_girobank_keeps_its_own_postcode() -> None:
    assert normalise_postcode("gir0aa") == "GIR 0AA"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bin not collected, 4 Elm Road L1 8JQ", ("L1 8JQ",)),
        ("l18jq and again L1 8JQ", ("L1 8JQ",)),
        ("from SE13 5AB to SE6 4RU", ("SE13 5AB", "SE6 4RU")),
        ("Mae'r bin (CF10 1EP) yn llawn", ("CF10 1EP",)),
        ("https://northport.example/p/L1-8JQ-x", ()),
        ("reference NP-049N-3021", ()),
        ("order AL18JQ7", ()),
        ("flat B1 2nd floor, block E2 4th door, s1 1st", ()),
        ("call me at 5pm or M1 5pm", ()),
        ("block E2 4TH", ("E2 4TH",)),
        ("SW1A\u00a01AA", ("SW1A 1AA",)),
        ("L1\n8JQ", ()),
        ("serial XL1 8JQ9", ()),
    ],
)
def test_postcodes_are_found_in_text(text: str, expected: tuple[str, ...]) -> None:
    assert find_postcodes(text) == expected


def test_a_text_with_one_postcode_has_a_place() -> None:
    place = location_of("The lamp by L1 8JQ is out")

    assert place is not None
    assert (place.postcode, place.source, place.lat) == ("L1 8JQ", "text", None)


def test_a_text_with_two_postcodes_has_no_place_since_either_may_be_meant() -> None:
    assert location_of("I live at SE6 4RU, the lamp is by L1 8JQ") is None


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_found_is_a_postcode(text: str) -> None:
    assert all(normalise_postcode(found) == found for found in find_postcodes(text))


@pytest.mark.parametrize("piece", ["L1 8", "SW1A 1A", "AA9A ", "1 ", "A"])
def test_the_longest_text_is_read_in_a_moment(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    started = time.perf_counter()

    find_postcodes(text)

    assert time.perf_counter() - started < 5
