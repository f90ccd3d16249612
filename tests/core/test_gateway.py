"""What passes between a host, an adapter and a gateway."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onestop.core.gateway import GatewayRequest, Raw

AT = "2026-03-02T09:30:00Z"
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.binary(max_size=50), WORDS, st.dictionaries(WORDS, WORDS, max_size=3))
def test_a_request_goes_through_a_fixture_whatever_its_bytes_are(
    body: bytes, url: str, headers: dict[str, str]
) -> None:
    raw = Raw.model_validate({"body": body, "received_at": AT, "url": url, "headers": headers})

    again = Raw.from_fixture(json.loads(json.dumps(raw.to_fixture())))

    assert again == raw


def test_a_body_that_is_text_is_written_as_text() -> None:
    readable = Raw.model_validate({"body": "tŷ".encode(), "received_at": AT}).to_fixture()
    binary = Raw.model_validate({"body": b"\xff", "received_at": AT}).to_fixture()

    assert readable["body"] == "tŷ"
    assert binary["body_base64"] == "/w=="


@pytest.mark.parametrize(
    "request_",
    [
        {"received_at": AT},
        {"body": "x"},
        {"body": "x", "received_at": "2026-03-02T09:30:00"},
        {"body_base64": "!", "received_at": AT},
        {"body": "x", "received_at": AT, "colour": "red"},
    ],
    ids=str,
)
def test_a_fixture_that_is_no_request_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — pydantic's and binascii's errors have only this in common
        Raw.from_fixture(request_)


def test_a_header_is_found_whatever_its_case() -> None:
    raw = Raw.model_validate({"body": b"", "received_at": AT, "headers": {"CONTENT-Type": "a", "X": ""}})

    assert (raw.header("content-type"), raw.header("x"), raw.header("y")) == ("a", "", None)


def test_neither_bodies_nor_credentials_are_shown() -> None:
    raw = Raw.model_validate({"body": b"secret words", "received_at": AT})
    request = GatewayRequest.model_validate(
        {"url": "https://x.example", "headers": {"Authorization": "secret"}, "body": b"secret"}
    )

    assert "secret" not in repr(raw)
    assert "secret" not in repr(request)


def test_a_request_cannot_be_changed() -> None:
    raw = Raw.model_validate({"body": b"", "received_at": AT})

    with pytest.raises(ValidationError):
        raw.body = b"x"  # type: ignore[misc]  # that is the point
