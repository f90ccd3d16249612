"""Postal addresses as contact points."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.contact import Urn, post_urn
from onestop.errors import ContactPointError


@pytest.mark.parametrize(
    "written",
    [
        "post:2 Dock Road, Northport, L1 8JQ",
        "post: 2 Dock Road\nNorthport\r\nL1 8JQ\n",
        "post:2  DOCK ROAD , NORTHPORT,, L18JQ.",
    ],
)
def test_an_address_is_the_same_however_it_is_written(written: str) -> None:
    assert Urn.parse(written).same(post_urn("2 Dock Road, Northport, L1 8JQ"))


@pytest.mark.parametrize("text", ["", " , \n", "…", "2 Dock\u200b Road", "2 Dock\x00 Road", "x" * 401, "a,\n" * 13])
def test_what_says_no_place_is_refused(text: str) -> None:
    with pytest.raises(ContactPointError):
        post_urn(text)


def test_a_log_says_nothing_of_an_address() -> None:
    assert post_urn("2 Dock Road, Northport").masked() == "post:…"


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=500))
def test_any_text_is_a_normal_address_or_refused(text: str) -> None:
    try:
        urn = post_urn(text)
    except ContactPointError:
        return

    assert Urn.parse(urn) == urn
    assert Urn.parse(urn).key == urn.key
    assert urn.masked() == "post:…"
