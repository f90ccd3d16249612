"""Scanned letters become enquiries with their scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.post import Post
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError
from onestop.testing import AdapterContract

TOKENS = ("the-token-of-the-post-room", "the-one-before")
ADAPTER = Post(token=TOKENS)
FIELDS = ["id", "received_on", "name", "email", "number", "text", "pages", "files", "answers", "location", "new"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def post(letter: Any, media_type: str = "application/json") -> Raw:
    body = letter if isinstance(letter, bytes) else json.dumps(letter).encode()
    headers = {"Content-Type": media_type}
    return Raw(body=body, received_at="2026-03-02T09:30:00Z", headers=headers)  # type: ignore[arg-type]  # pydantic reads it


def form(fields: dict[str, str], *files: bytes) -> Raw:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
    parts += [b'Content-Disposition: form-data; name="f"; filename="s.pdf"\r\n\r\n' + content for content in files]
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return post(body, "multipart/form-data; boundary=b")


class TestPost(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "post"
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "Authorization": f"Bearer {TOKENS[0]}"})})


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_is_read_or_refused_naming_fields_of_ours_only(letter: dict[str, Any]) -> None:
    parsed, refusal = [], ""

    try:
        parsed = ADAPTER.parse(post(letter))
    except PayloadError as error:
        refusal = str(error)

    assert refusal.isascii()
    assert all(each.model_dump_json() for each in parsed)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*FIELDS, "location.lat", "answers.a"]), st.text(max_size=20), max_size=5))
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    raw = form({name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}, b"scan")

    try:
        parsed = ADAPTER.parse(raw)
    except PayloadError:
        return

    assert all(each.model_dump_json() for each in parsed)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=100))
def test_a_scan_is_kept_byte_by_byte(content: bytes) -> None:
    (enquiry,) = ADAPTER.parse(form({"id": "S-17", "text": "x"}, content))

    assert isinstance(enquiry, Enquiry)
    assert [each.content for each in enquiry.attachments] == [content]


@pytest.mark.parametrize("fields", [{"pages": "many"}, {"received_on": "yesterday"}, {"location.lat": "north"}])
def test_a_forms_field_that_is_none_is_refused_by_its_name(fields: dict[str, str]) -> None:
    with pytest.raises(PayloadError, match=f"scanned letter.*{next(iter(fields)).partition('.')[0]}"):
        ADAPTER.parse(form({"text": "x", **fields}))


@pytest.mark.parametrize(
    "raw",
    [
        post({"text": "x" * (64 << 20)}),
        form({"text": "x" * ((4 << 20) + 1)}),
        post(b"text=" + b"x" * (4 << 20), "application/x-www-form-urlencoded"),
        form({"text": "x"}, *[b"scan"] * 1_000),
    ],
    ids=["json", "fields", "form", "files"],
)
def test_a_letter_larger_than_any_is_refused(raw: Raw) -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(raw)
