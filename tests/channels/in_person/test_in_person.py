"""Notes from counters become enquiries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.in_person import InPerson
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError
from onestop.testing import AdapterContract

TOKENS = ("the-token-of-the-counter", "the-one-before")
ADAPTER = InPerson(token=TOKENS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def post(note: Any) -> Raw:
    body = note if isinstance(note, bytes) else json.dumps(note).encode()
    return Raw(body=body, received_at="2026-03-02T09:30:00Z")  # type: ignore[arg-type]  # pydantic reads it


class TestInPerson(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "in_person"
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "Authorization": f"Bearer {TOKENS[0]}"})})


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["id", "email", "number", "notes", "entered_by", "site", "answers", "new"]), JSON)
)
def test_any_json_is_read_or_refused_naming_fields_of_ours_only(note: dict[str, Any]) -> None:
    parsed, refusal = [], ""

    try:
        parsed = ADAPTER.parse(post(note))
    except PayloadError as error:
        refusal = str(error)

    assert refusal.isascii()
    assert all(each.model_dump_json() for each in parsed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("notes", 5),
        ("entered_by", " "),
        ("seen_at", "2026-03-02T09:30:00"),
        ("site", []),
        ("email", 7),
        ("language", "?"),
    ],
)
def test_a_wrong_type_is_refused_by_the_fields_name(field: str, value: object) -> None:
    with pytest.raises(PayloadError, match=f"counter note.*{field}"):
        ADAPTER.parse(post({"entered_by": "alice", "notes": "x", field: value}))


def test_a_note_larger_than_any_is_refused() -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(post({"entered_by": "alice", "notes": "a" * (4 << 20)}))
