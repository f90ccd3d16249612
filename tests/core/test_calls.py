"""Pieces of one call become one enquiry, in whatever order and however often they come."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from onestop.core.calls import ANSWERED_BY, LINE, call_kind, merge_calls, piece_of_call
from onestop.core.enquiry import TEXT_LIMIT, Call, Enquiry, Location

URL = "https://api.example/recordings/RE1"
WORDS = st.sampled_from(["", "a", "b", "a | b", "b | a", "longer"])
CALLS = st.builds(
    Call,
    direction=st.sampled_from(["inbound", "inbound", "outbound"]),
    duration_s=st.sampled_from([None, 0, 4, 90]),
    disposition=st.sampled_from(["answered", "no-answer", "busy", "failed", "hung-up", "voicemail", "unknown"]),
    relay=st.booleans(),
    recording_url=st.sampled_from([None, URL, f"{URL}2"]),
    transcript=st.sampled_from([None, "bin missed", "bin missed again"]),
)
PIECES = st.builds(
    Enquiry,
    channel=st.just("phone"),
    adapter=st.just("cti"),
    source_id=st.just("c1"),
    received_at=st.sampled_from(["2026-03-02T09:30:00Z", "2026-03-02T09:31:00Z"]),
    sent_at=st.sampled_from([None, "2026-03-02T09:29:00Z", "2026-03-02T09:28:00Z"]),
    kind=st.sampled_from(["call", "missed_call", "voicemail", "unknown"]),
    sender=st.sampled_from([None, "tel:+447700900123", "tel:+441632960018", "ext:sip:a@pbx.example"]),
    sender_name=st.sampled_from([None, "Jo", "Al"]),
    recipients=st.sampled_from([(), ("tel:+441632960100",), ("tel:+441632960101", "tel:+441632960100")]),
    text=st.sampled_from(["", "hello", "jello"]),
    entered_by=st.sampled_from([None, None, "gwen", "alice"]),
    call=st.none() | CALLS,
    defects=st.sampled_from([(), ("b", "a"), ("c",)]),
    gateway_meta=st.dictionaries(st.sampled_from(["call_event", "queue"]), WORDS, max_size=2)
    | st.just({ANSWERED_BY: LINE}),
    language=st.sampled_from([None, "cy", "en"]),
    location=st.sampled_from(
        [None, Location(postcode="L1 8JQ", source="text"), Location(lat=53.4, lon=-3), Location(address="Quay Street")]
    ),
)


def piece(disposition: str = "unknown", *, meta: dict[str, str] | None = None, **known: Any) -> Enquiry:
    call = Call(disposition=disposition, **known)  # type: ignore[arg-type]  # pydantic checks it
    return Enquiry(
        channel="phone",
        adapter="cti",
        source_id="c1",
        received_at="2026-03-02T09:30:00Z",  # type: ignore[arg-type]  # pydantic reads it
        kind=call_kind(call),
        text=call.transcript or "",
        call=call,
        gateway_meta=meta or {},  # type: ignore[arg-type]  # pydantic freezes it
    )


LINE_UP = piece("answered", meta={ANSWERED_BY: LINE})


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, min_size=2, max_size=5), st.data())
def test_any_order_and_any_repetition_give_the_same_enquiry(pieces: list[Enquiry], data: st.DataObject) -> None:
    repeated = pieces + data.draw(st.lists(st.sampled_from(pieces), max_size=4))
    shuffled = data.draw(st.permutations(repeated))

    one, other = reduce(merge_calls, pieces), reduce(merge_calls, shuffled)

    if len(set(map(Enquiry.model_dump_json, pieces))) > 1:  # one piece alone is as its adapter wrote it
        assert other == one


@settings(max_examples=100, deadline=None)
@given(PIECES, PIECES, PIECES)
def test_pieces_put_together_in_groups_are_the_same_enquiry(one: Enquiry, two: Enquiry, three: Enquiry) -> None:
    groups = merge_calls(merge_calls(one, two), three), merge_calls(one, merge_calls(two, three))

    if not (one == two == three):
        assert groups[0] == groups[1]


@settings(max_examples=50, deadline=None)
@given(PIECES)
def test_a_repeat_adds_nothing(one: Enquiry) -> None:
    assert merge_calls(one, one) == one


@settings(max_examples=100, deadline=None)
@given(PIECES, PIECES)
def test_nothing_known_is_unlearned(one: Enquiry, two: Enquiry) -> None:
    assume(one != two)

    merged = merge_calls(one, two)

    assert merged.call is not None
    for each in filter(None, (one.call, two.call)):
        assert (merged.call.duration_s or 0) >= (each.duration_s or 0)
        assert bool(merged.call.recording_url) >= bool(each.recording_url)
        assert merged.call.relay >= each.relay
        assert (merged.call.disposition != "unknown") >= (each.disposition != "unknown")
    assert (merged.sender is not None) == (one.sender is not None or two.sender is not None)
    assert set(merged.defects) == {*one.defects, *two.defects}
    assert set(merged.gateway_meta) - {ANSWERED_BY} == {*one.gateway_meta, *two.gateway_meta} - {ANSWERED_BY}
    assert merged.received_at == min(one.received_at, two.received_at)


@pytest.mark.parametrize(
    ("pieces", "kind", "disposition"),
    [
        ([piece(), piece()], "unknown", "unknown"),
        ([piece(), piece("no-answer")], "missed_call", "no-answer"),
        ([piece(), piece("busy")], "missed_call", "busy"),
        ([piece(), piece("hung-up")], "missed_call", "hung-up"),
        ([piece("no-answer"), piece("answered", duration_s=40)], "call", "answered"),
        ([piece("no-answer"), piece("voicemail", recording_url=URL)], "voicemail", "voicemail"),
        ([piece("no-answer"), piece(recording_url=URL)], "voicemail", "no-answer"),
        ([piece("answered"), piece(recording_url=URL)], "call", "answered"),
        ([piece("answered"), piece("voicemail")], "call", "answered"),
        ([LINE_UP, piece(duration_s=40)], "call", "answered"),
        ([LINE_UP, piece("no-answer")], "missed_call", "no-answer"),
        ([LINE_UP, piece("voicemail", recording_url=URL)], "voicemail", "voicemail"),
        ([LINE_UP, piece("no-answer"), piece("answered")], "call", "answered"),
        ([piece("busy", direction="outbound"), piece()], "call", "busy"),
        ([piece(duration_s=40), piece()], "call", "unknown"),
    ],
)
def test_what_a_call_was_follows_from_all_its_pieces(pieces: list[Enquiry], kind: str, disposition: str) -> None:
    merged = reduce(merge_calls, pieces)

    assert (merged.kind, merged.call and merged.call.disposition) == (kind, disposition)


def test_who_answered_is_told_by_the_piece_that_is_believed() -> None:
    line_only = merge_calls(LINE_UP, piece())
    person = merge_calls(LINE_UP, piece("answered"))

    assert (line_only.gateway_meta.get(ANSWERED_BY), person.gateway_meta.get(ANSWERED_BY)) == (LINE, None)


def test_words_of_the_gateway_that_differ_are_both_kept() -> None:
    pieces = [piece(meta={"call_event": word}) for word in ("ringing", "completed", "initiated")]

    merged = reduce(merge_calls, pieces)

    assert merged.gateway_meta["call_event"] == "completed | initiated | ringing"


def test_words_of_the_gateway_never_grow_beyond_a_handful() -> None:
    pieces = [piece(meta={"queue": f"{number:03}"}) for number in range(100)]

    merged = reduce(merge_calls, pieces)

    assert len(merged.gateway_meta["queue"].split(" | ")) == 20


def test_the_text_is_the_transcript() -> None:
    merged = merge_calls(piece("no-answer"), piece("voicemail", transcript="My bin was missed."))

    assert (merged.text, merged.full_text) == ("My bin was missed.", None)


def test_a_transcript_beyond_the_limit_is_kept_whole_beside() -> None:
    merged = merge_calls(piece(), piece("voicemail", transcript="a" * (TEXT_LIMIT + 1)))

    assert (len(merged.text), len(merged.full_text or "")) == (TEXT_LIMIT, TEXT_LIMIT + 1)


NOTED = {"call_system": "cti", "call_id": "c1", "queue": "bins"}


def note(text: str, *, by: str = "gwen", meta: dict[str, str] = NOTED, **more: Any) -> Enquiry:
    given = {"channel": "phone", "adapter": "screen", "source_id": f"n{len(text)}", "call": {}, "kind": "call"}
    given |= {"received_at": "2026-03-02T09:40:00Z", "text": text, "entered_by": by, "gateway_meta": meta}
    return Enquiry.model_validate(given | more)


def test_a_note_is_a_piece_of_the_call_that_it_names() -> None:
    told = piece_of_call(note("An alarm"))

    assert (told.adapter, told.source_id, told.kind) == ("cti", "c1", "call")
    assert told.call == Call(disposition="answered")
    assert told.gateway_meta == {"call_event": "note", "note_id": "n8", "queue": "bins"}
    assert piece_of_call(told) == told


@pytest.mark.parametrize(
    "other",
    [
        note("An alarm", meta={"call_id": "c1"}),
        note("An alarm", meta={"call_system": "cti"}),
        note("An alarm", thread={"token": "NP-049N-3021"}),
        note("An alarm", channel="in_person"),
        piece("answered"),
    ],
)
def test_what_names_no_call_or_a_case_is_no_piece(other: Enquiry) -> None:
    assert piece_of_call(other) is other


def test_every_note_and_the_transcript_are_the_text_in_any_order() -> None:
    recorded = piece("voicemail", transcript="It rings every night")
    pieces = [piece_of_call(note("An alarm")), piece_of_call(note("Rope Walk", by="alice")), recorded, piece("busy")]

    texts = {reduce(merge_calls, order).text for order in permutations(pieces)}

    assert texts == {"An alarm\n\n* * *\n\nRope Walk\n\n* * *\n\nIt rings every night"}


def test_pieces_of_two_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="one call"):
        merge_calls(piece(), piece().model_copy(update={"source_id": "c2"}))
