"""Notes of calls become enquiries, and tell nothing that the caller withheld."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels.phone import CallNote
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError, SignatureError
from onestop.testing import AdapterContract

TOKENS = ("the-token-of-the-agents-screen", "the-one-before")
ADAPTER = CallNote(token=TOKENS, calls="cti")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def post(note: Any, **headers: str) -> Raw:
    body = note if isinstance(note, bytes) else json.dumps(note).encode()
    return Raw(body=body, received_at="2026-03-02T09:30:00Z", headers=headers)


def parse(**fields: Any) -> Enquiry:
    (enquiry,) = ADAPTER.parse(post({"id": "n1", "entered_by": "alice", "notes": "Street light out", **fields}))
    assert isinstance(enquiry, Enquiry)
    return enquiry


class TestCallNote(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "call_note"
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "Authorization": f"Bearer {TOKENS[0]}"})})


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.parse(post(body))


@given(st.dictionaries(st.sampled_from(["id", "number", "notes", "entered_by", "answers", "location", "new"]), JSON))
def test_any_json_is_read_or_refused_naming_fields_of_ours_only(note: dict[str, Any]) -> None:
    parsed, refusal = [], ""

    try:
        parsed = ADAPTER.parse(post(note))
    except PayloadError as error:
        refusal = str(error)

    assert refusal.isascii()
    assert all(each.model_dump_json() for each in parsed)


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_notes_about_any_number_are_kept(notes: str, number: str) -> None:
    enquiry = parse(notes=notes, number=number)

    assert "".join(filter(str.isalnum, enquiry.text)) == "".join(filter(str.isalnum, notes))
    assert enquiry.sender is None or enquiry.sender.scheme == "tel"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("notes", 5),
        ("notes", None),
        ("entered_by", ""),
        ("entered_by", " \x00"),
        ("duration_s", "60"),
        ("duration_s", -1),
        ("withheld", "yes"),
        ("started_at", "2026-03-02T09:30:00"),
        ("direction", "sideways"),
        ("answers", ["green"]),
        ("location", {"lat": 91}),
        ("location", "Elm Road"),
        ("language", "in Welsh, please"),
        ("number", 7700900123),
    ],
)
def test_a_wrong_type_is_refused_by_the_fields_name(field: str, value: object) -> None:
    with pytest.raises(PayloadError, match=field):
        parse(**{field: value})


def test_an_error_never_quotes_the_names_that_a_screen_gives_to_fields() -> None:
    with pytest.raises(PayloadError) as caught:
        ADAPTER.parse(post({"jo.bloggs@example.org": 1, "location": {"jo.bloggs@example.org": {}, "lat": "x"}}))

    assert "example" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_note_nested_deeper_than_any_is_refused() -> None:
    with pytest.raises(PayloadError):
        ADAPTER.parse(post(b'{"answers":' + b'{"a":' * 100_000))


def test_a_note_larger_than_any_is_refused() -> None:
    with pytest.raises(LimitError):
        parse(notes="a" * (4 << 20))


@pytest.mark.parametrize("values", [[1] * 1_001, [{}] * 500_000])
def test_answers_beyond_number_are_refused_before_they_cost_anything(values: list[object]) -> None:
    with pytest.raises(LimitError):
        parse(answers={"q": values})


def test_long_notes_are_cut_and_kept_whole_beside() -> None:
    enquiry = parse(notes="a" * 100_001)

    assert (len(enquiry.text), len(enquiry.full_text or ""), enquiry.defects) == (100_000, 100_001, ("text_cut",))


@pytest.mark.parametrize("word", ["withheld", "Anonymous", "", " ", "private number", "+266696687"])
def test_words_for_a_withheld_number_are_no_defect(word: str) -> None:
    enquiry = parse(number=word)

    assert (enquiry.sender, enquiry.defects) == (None, ())


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        ("answered", "call"),
        ("no-answer", "missed_call"),
        ("no_answer", "missed_call"),
        ("busy", "missed_call"),
        ("voicemail", "voicemail"),
        ("hung-up", "call"),
        (None, "call"),
    ],
)
def test_the_disposition_tells_the_kind(disposition: str | None, kind: str) -> None:
    enquiry = parse(disposition=disposition)

    assert enquiry.kind == kind


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic the-one-before", "Bearer é"])
def test_another_token_or_none_is_refused(authorization: str) -> None:
    with pytest.raises(SignatureError):
        ADAPTER.verify(post({}, Authorization=authorization))


@pytest.mark.parametrize("authorization", [f"Bearer {TOKENS[0]}", f"bearer  {TOKENS[1]}"])
def test_each_of_the_tokens_is_accepted(authorization: str) -> None:
    ADAPTER.verify(post({}, authorization=authorization))


@pytest.mark.parametrize("token", [None, "", []])
def test_without_a_token_nothing_is_accepted(token: str | None) -> None:
    with pytest.raises(SignatureError):
        CallNote(token=token).verify(post({}, Authorization="Bearer "))


def test_the_answer_says_that_the_note_was_taken_in() -> None:
    answer = ADAPTER.acknowledge()

    assert (answer.status, json.loads(answer.body)) == (202, {"taken_in": True})


def test_the_answer_to_an_error_has_its_code_and_text() -> None:
    answer = ADAPTER.acknowledge(PayloadError("notes are missing"))

    assert (answer.status, json.loads(answer.body)) == (400, {"error": "payload", "message": "notes are missing"})
