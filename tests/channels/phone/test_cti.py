"""The generic CTI form of telephone systems becomes pieces of one enquiry."""

from __future__ import annotations

import itertools
import json
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.phone import CtiForm
from onestop.core.calls import merge_calls
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError, SignatureError
from onestop.testing import AdapterContract, load_fixture

TOKENS = ("the-token-of-the-switchboard", "the-one-before")
ADAPTER = CtiForm(token=TOKENS)
FIXTURES = Path(__file__).parent / "fixtures" / "cti"
URL = "https://crm.northport.example/hooks/cti"
FIELDS = [
    "event",
    "from",
    "to",
    "direction",
    "callId",
    "user",
    "user[]",
    "queue",
    "cause",
    "answeringNumber",
    "duration",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def post(form: Any, url: str = URL, **headers: str) -> Raw:
    body = form if isinstance(form, bytes) else json.dumps(form).encode()
    return Raw(body=body, received_at="2026-03-02T09:30:00Z", url=url, headers=headers)  # type: ignore[arg-type]  # pydantic reads it


def fixture(name: str) -> Enquiry:
    (enquiry,) = ADAPTER.parse(load_fixture(FIXTURES / f"{name}.json")[0])
    assert isinstance(enquiry, Enquiry)
    return enquiry


class TestCtiForm(AdapterContract):
    adapter = ADAPTER
    fixtures = FIXTURES
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "Authorization": f"Bearer {TOKENS[0]}"})})


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_is_read_or_refused(form: dict[str, Any]) -> None:
    parsed, refusal = [], ""

    try:
        parsed = ADAPTER.parse(post(form))
    except PayloadError as error:
        refusal = str(error)

    assert refusal.isascii()
    assert all(each.model_dump_json() for each in parsed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["", "application/json", "multipart/form-data; boundary=x"]))
def test_any_bytes_are_read_or_refused(body: bytes, media_type: str) -> None:
    raw = post(body, **{"Content-Type": media_type})

    try:
        parsed = ADAPTER.parse(raw)
    except PayloadError:
        return

    assert all(each.model_dump_json() for each in parsed)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_each_piece_is_as_merging_would_write_it(path: Path) -> None:
    raw, expected = load_fixture(path)
    if "error" in expected[0]:
        return
    (piece,) = ADAPTER.parse(raw)
    assert isinstance(piece, Enquiry)
    bare = Enquiry(
        channel="phone", adapter=piece.adapter, source_id=piece.source_id, received_at=piece.received_at, kind="unknown"
    )

    merged = merge_calls(piece, bare)

    assert merged == piece.model_copy(update={"defects": tuple(sorted(piece.defects))})


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        (["new_call", "answer", "hangup"], ("call", "answered", 90.0)),
        (["new_call", "answer", "hangup_nobody_named"], ("call", "answered", None)),
        (["new_call", "answer_by_machine", "hangup_nobody_named"], ("voicemail", "voicemail", None)),
        (["new_call", "hangup_cancel"], ("missed_call", "hung-up", None)),
        (["new_call", "hangup_no_answer", "hangup_no_answer", "answer"], ("call", "answered", None)),
        (["hangup_busy"], ("missed_call", "busy", None)),
        (["new_call", "hangup_forwarded"], ("unknown", "unknown", None)),
    ],
)
def test_the_pieces_of_a_call_tell_what_it_was_in_any_order(names: list[str], outcome: tuple[object, ...]) -> None:
    pieces = [fixture(name) for name in names]

    merged = {reduce(merge_calls, order).model_dump_json() for order in itertools.permutations(pieces)}

    assert len(merged) == 1
    one = Enquiry.model_validate_json(merged.pop())
    assert one.call is not None
    assert (one.kind, one.call.disposition, one.call.duration_s) == outcome


@pytest.mark.parametrize(
    "url", [f"{URL}/{TOKENS[0]}", f"{URL}?token={TOKENS[1]}", f"{URL}?a=b&token={TOKENS[0]}", f"{URL}/{TOKENS[1]}?a=b"]
)
def test_the_token_may_stand_in_the_url(url: str) -> None:
    ADAPTER.verify(post({}, url))


@pytest.mark.parametrize(
    "url", [URL, "", f"{URL}/", f"{URL}?token=", f"{URL}/{TOKENS[0]}/x", f"{URL}/{TOKENS[0][:-1]}", "https://[", "/%ff"]
)
def test_no_other_url_is_accepted(url: str) -> None:
    with pytest.raises(SignatureError):
        ADAPTER.verify(post({}, url))


def test_a_wrong_header_is_not_mended_by_the_url() -> None:
    with pytest.raises(SignatureError):
        ADAPTER.verify(post({}, f"{URL}/{TOKENS[0]}", Authorization="Bearer wrong"))


def test_without_a_token_no_url_is_accepted() -> None:
    with pytest.raises(SignatureError):
        CtiForm().verify(post({}, f"{URL}/"))


def test_the_call_goes_on_as_it_would() -> None:
    answer = ADAPTER.acknowledge()

    assert (answer.status, answer.body) == (200, b"{}")


@pytest.mark.parametrize("form", [b"a" * (65 << 10), {"event": "newCall", "user": ["x"] * 1_001}, b"&" * 2_000])
def test_a_form_larger_than_any_is_refused(form: Any) -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(post(form))
