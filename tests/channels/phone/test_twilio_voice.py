"""Webhooks of calls by Twilio become pieces of one enquiry."""

from __future__ import annotations

import itertools
from functools import reduce
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.forms import read_urlencoded
from onestop.channels.phone import TwilioVoice
from onestop.channels.twilio import signature_of
from onestop.core.calls import merge_calls
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import BusyError, LimitError, SignatureError
from onestop.testing import AdapterContract, load_fixture

TOKENS = ("the-new-token-of-the-account", "the-old-token-of-the-account")
ADAPTER = TwilioVoice(auth_token=TOKENS)
FIXTURES = Path(__file__).parent / "fixtures" / "twilio_voice"
URL = "https://crm.northport.example/hooks/voice"
NAMES = [
    *("CallSid", "ParentCallSid", "From", "To", "CallStatus", "Direction", "CallDuration", "DialCallStatus"),
    *("RecordingUrl", "RecordingStatus", "RecordingSource", "TranscriptionText", "Timestamp", "QueueResult", "Digits"),
]


def post(body: bytes | str, **headers: str) -> Raw:
    body = body.encode() if isinstance(body, str) else body
    return Raw(body=body, received_at="2026-03-02T09:30:00Z", url=URL, headers=headers)  # type: ignore[arg-type]  # pydantic reads it


def fixture(name: str) -> Enquiry:
    (enquiry,) = ADAPTER.parse(load_fixture(FIXTURES / f"{name}.json")[0])
    assert isinstance(enquiry, Enquiry)
    return enquiry


class TestTwilioVoice(AdapterContract):
    adapter = ADAPTER
    fixtures = FIXTURES
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        pairs = read_urlencoded(raw.body, "twilio_voice")
        signature = signature_of(raw.url, pairs, TOKENS[0].encode()).decode()
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "X-Twilio-Signature": signature})})


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.sampled_from(["completed", "+447700900123"])))
def test_any_fields_are_read_or_refused(fields: dict[str, str]) -> None:
    body = urlencode({name: value.encode("utf-8", "replace") for name, value in fields.items()})

    parsed = ADAPTER.parse(post(body)) if "CallSid" in fields else []

    assert all(each.model_dump_json() for each in parsed)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_each_piece_is_as_merging_would_write_it(path: Path) -> None:
    raw, expected = load_fixture(path)
    if not expected or "error" in expected[0]:
        return
    (piece,) = ADAPTER.parse(raw)
    assert isinstance(piece, Enquiry)
    bare = Enquiry(
        channel="phone", adapter=piece.adapter, source_id=piece.source_id, received_at=piece.received_at, kind="unknown"
    )

    merged = merge_calls(piece, bare)

    assert merged == piece


DAYS = {
    "a person answered": (
        [
            "incoming",
            "status_in_progress",
            "dial_completed",
            "leg_completed",
            "status_completed",
            "recording_conversation",
        ],
        ("call", "answered", 95.0),
    ),
    "nobody answered": (["incoming", "dial_no_answer", "status_completed"], ("missed_call", "no-answer", 95.0)),
    "nobody answered, and a voicemail was left": (
        ["incoming", "dial_no_answer", "record_action", "recording_voicemail", "transcription", "status_completed"],
        ("voicemail", "voicemail", 95.0),
    ),
    "nobody answered, and nothing was said after the tone": (
        ["incoming", "dial_no_answer", "recording_absent", "status_completed"],
        ("missed_call", "no-answer", 95.0),
    ),
    "a menu picked up, and no more is known": (["incoming", "status_completed"], ("call", "answered", 95.0)),
    "the citizen left the queue": (["incoming", "queue_left", "status_completed"], ("missed_call", "hung-up", 95.0)),
}


@pytest.mark.parametrize(("names", "outcome"), DAYS.values(), ids=DAYS)
def test_the_pieces_of_a_call_tell_what_it_was_in_any_order(names: list[str], outcome: tuple[object, ...]) -> None:
    pieces = [fixture(name) for name in names]
    orders = itertools.islice(itertools.permutations(pieces), 0, None, 7)

    merged = {reduce(merge_calls, order).model_dump_json() for order in orders}

    assert len(merged) == 1
    one = Enquiry.model_validate_json(merged.pop())
    assert one.call is not None
    assert (one.kind, one.call.disposition, one.call.duration_s) == outcome
    assert str(one.sender) == "tel:+447700900123"


def test_an_answer_is_said_to_calls_that_come_in_and_to_nothing_else() -> None:
    adapter = TwilioVoice(answer="<Response><Record/></Response>")
    incoming, over = (load_fixture(FIXTURES / f"{name}.json")[0] for name in ("incoming", "status_completed"))

    answers = [adapter.acknowledge(raw=raw).body for raw in (incoming, over, post("&" * 2_000))]

    assert answers == [b"<Response><Record/></Response>", *[TwilioVoice().acknowledge().body] * 2]


def test_an_error_is_answered_so_that_twilio_may_call_again() -> None:
    answer = TwilioVoice(answer="<Response/>").acknowledge(BusyError("locked"), raw=post(""))

    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/xml")


def test_pressed_keys_are_not_kept() -> None:
    (enquiry,) = ADAPTER.parse(post("CallSid=CA01&CallStatus=in-progress&Digits=4929123412341234"))

    assert "4929" not in enquiry.model_dump_json()


@pytest.mark.parametrize("body", ["CallSid=CA01&" + "&".join(f"a{n}=1" for n in range(1_001)), "a" * (1 << 20) + "aa"])
def test_a_form_larger_than_any_is_refused(body: str) -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(post(body))


def test_without_a_token_nothing_is_accepted() -> None:
    with pytest.raises(SignatureError):
        TwilioVoice().verify(post("CallSid=CA01"))
