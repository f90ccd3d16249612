"""Events and their chain: what is stored is read back, damage is found, what is unknown is kept."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from onestop.core import events
from onestop.core.events import (
    GENESIS,
    CaseOpened,
    Event,
    NoteAdded,
    UnknownEvent,
    chain,
    read_event,
    seal,
)
from onestop.core.model import FrozenMap
from onestop.errors import RequestError, StoreError

NOTE = {
    "version": 1,
    "type": "note_added",
    "at": "2026-03-02T09:30:00.000000Z",
    "by": "worker:alice",
    "content": {"id": "d1", "digest": "ab", "size_bytes": 3},
}

SURROGATE = re.compile(r"\\u[d][89a-f]")
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5))])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 — bounds are naive
st.register_type_strategy(AwareDatetime, MOMENTS)
st.register_type_strategy(FrozenMap, st.dictionaries(st.text(max_size=8), MOMENTS, max_size=3).map(FrozenMap))
KNOWN = [model for model in get_args(Event) if model is not UnknownEvent]
EVENTS = st.one_of([st.from_type(model) for model in KNOWN]).filter(lambda event: not SURROGATE.search(ascii(event)))


def test_every_type_has_a_name_of_its_own() -> None:
    names = [model.model_fields["type"].default for model in KNOWN]

    assert len(set(names)) == len(names) >= 10
    assert {model.__name__ for model in KNOWN} <= set(events.__all__)


@given(EVENTS, st.integers(1, 9), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_is_read_back(event: Event, seq: int, previous: bytes) -> None:
    sealed = seal(seq, event, previous)

    read = read_event(sealed.data)

    assert read == event
    assert type(read) is type(event)
    assert seal(seq, read, previous) == sealed
    assert sealed.hash == chain(previous, sealed.data)


@given(EVENTS)
def test_what_is_as_it_is_by_default_is_not_written_and_read_all_the_same(event: Event) -> None:
    every_field = event.model_dump_json(exclude_none=True).encode()

    written = seal(1, event, GENESIS).data

    assert read_event(written) == read_event(every_field) == event
    assert len(written) <= len(every_field)
    assert json.loads(written).keys() >= {"type", "version", "at", "by"}


@given(st.lists(EVENTS, min_size=2, max_size=5), st.data())
def test_a_changed_byte_breaks_the_chain_from_there_on(history: list[Event], data: st.DataObject) -> None:
    sealed, head = [], GENESIS
    for seq, event in enumerate(history, 1):
        sealed.append(seal(seq, event, head))
        head = sealed[-1].hash
    place = data.draw(st.integers(0, len(sealed) - 1))
    offset = data.draw(st.integers(0, len(sealed[place].data) - 1))

    stored = [each.data for each in sealed]
    stored[place] = stored[place][:offset] + bytes([stored[place][offset] ^ 1]) + stored[place][offset + 1 :]
    hashes, head = [], GENESIS
    for each in stored:
        head = chain(head, each)
        hashes.append(head)

    agree = [one == other.hash for one, other in zip(hashes, sealed, strict=True)]
    assert agree == [True] * place + [False] * (len(sealed) - place)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "parcel_sent", "parcel": 7},
        {"type": "note_added", "version": 2, "content": "another shape"},
        {"type": "", "version": 0},
        {"version": -5},
    ],
)
def test_an_event_of_an_unknown_type_or_version_is_kept_byte_for_byte(changes: dict[str, Any]) -> None:
    data = json.dumps(NOTE | changes, indent=1, ensure_ascii=False).encode()

    read = read_event(data)

    assert isinstance(read, UnknownEvent)
    assert seal(1, read, GENESIS).data == data
    assert read.by == "worker:alice"
    assert "another shape" not in repr(read)


DAMAGED = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"\xff\xfe",
    b"\x00" * 100,
    b"[" * 200_000,
    b'{"type":' * 50_000,
    b'{"type": [], "version": 1}',
    b'{"type": "parcel_sent"}',
    b'{"version": 1}',
    b'{"type": "parcel_sent", "version": 1}',
    json.dumps(NOTE | {"at": "2026-03-02T09:30:00"}).encode(),
    json.dumps(NOTE | {"type": "x", "at": "yesterday"}).encode(),
    json.dumps(NOTE | {"type": "x", "by": None}).encode(),
    json.dumps(NOTE | {"type": "x", "version": "two"}).encode(),
    b'{"version": ' + b"9" * 5_000 + b"}",
    json.dumps(NOTE | {"content": None}).encode(),
    json.dumps(NOTE | {"colour": "red"}).encode(),
    json.dumps(NOTE).encode()[:-1],
    json.dumps(NOTE).encode("utf-16"),
    json.dumps(NOTE | {"type": "x"}).encode("utf-16"),
]


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_bytes_are_a_store_error(data: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        read_event(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_a_store_error(data: bytes) -> None:
    with pytest.raises(StoreError):
        read_event(data)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*NOTE, "colour"]), JSON), st.sampled_from(list(NOTE)))
def test_any_document_is_an_event_or_a_store_error(changes: dict[str, Any], left_out: str) -> None:
    document = {key: value for key, value in (NOTE | changes).items() if key != left_out or key in changes}
    data = json.dumps(document).encode()

    try:
        read: Event | None = read_event(data)
    except StoreError:
        read = None

    assert read is None or isinstance(read, (NoteAdded, UnknownEvent))


def test_the_first_hash_follows_thirty_two_zero_bytes() -> None:
    note = NoteAdded.model_validate(NOTE)

    sealed = seal(1, note, GENESIS)

    assert json.loads(sealed.data) == NOTE
    assert sealed.hash == chain(bytes(32), sealed.data)


def test_what_is_no_text_is_not_sealed() -> None:
    note = NoteAdded.model_validate(NOTE | {"by": "worker:\ud800"})

    with pytest.raises(RequestError):
        seal(1, note, GENESIS)


def test_no_event_can_be_changed() -> None:
    for model in KNOWN:
        assert model.model_config["frozen"] is True
        assert model.model_config["extra"] == "forbid"
    assert CaseOpened.model_fields["version"].default == 1
