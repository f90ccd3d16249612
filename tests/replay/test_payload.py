"""Payloads in files: what each kind of file holds, and the placeholders in it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels import Raw
from onestop.errors import ReplayError
from onestop.replay import load_payload
from onestop.replay.payload import Placeholder, placeholders, read_payload

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REQUEST = {"method": "PUT", "url": "https://northport.example/sms", "headers": {"A": "b"}, "body": "From=x"}


def filled(kind: Placeholder, label: str) -> str:
    return f"<{kind} of {label}>"


def test_an_email_is_a_post_of_its_bytes(days: Path) -> None:
    raw = load_payload(days / "small" / "bin.eml", NOON)

    assert raw.body.startswith(b"From: Mary Whitfield")
    assert (raw.method, raw.received_at, raw.header("Content-Type")) == ("POST", NOON, "message/rfc822")


def test_a_fixture_is_the_request_that_it_holds() -> None:
    raw = read_payload("a.json", json.dumps({"request": REQUEST, "enquiries": []}).encode(), NOON)

    assert (raw.method, raw.url, raw.body, raw.received_at) == ("PUT", REQUEST["url"], b"From=x", NOON)


def test_a_fixture_says_when_it_was_received() -> None:
    earlier = "2026-03-01T09:00:00Z"

    raw = read_payload("a.json", json.dumps({"request": {**REQUEST, "received_at": earlier}}).encode(), NOON)

    assert raw.received_at == datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [b'{"number": "020 7946 0188"}', b'{"request": "a new bin"}', b'{"cut', b"[" * 100_000]
)
def test_other_json_is_a_body_whole_or_broken(body: bytes) -> None:
    raw = read_payload("note.json", body, NOON)

    assert raw.body == body
    assert raw.header("content-type") == "application/json"


def test_any_other_file_is_a_body() -> None:
    raw = read_payload("post.txt", b"From=x&Body=y", NOON)

    assert (raw.body, dict(raw.headers)) == (b"From=x&Body=y", {})


@pytest.mark.parametrize(
    "wrong", [{"body": 3}, {"body_base64": "§"}, {"body": "x", "received_at": "noon"}, {"body": "x", "a": 1}]
)
def test_a_fixture_with_mistakes_is_told_by_its_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ReplayError, match=r"^odd\.json: "):
        read_payload("odd.json", json.dumps({"request": wrong}).encode(), NOON)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"none\.eml' cannot be read"):
        load_payload(tmp_path / "none.eml", NOON)


def test_placeholders_are_put_in() -> None:
    body = b"To: {{reply_to bin}}\nIn-Reply-To: <{{message_id bin.2}}>\n\n{{reference b-1}}"

    raw = read_payload("a.eml", body, NOON, fill=filled)

    assert raw.body == b"To: <reply_to of bin>\nIn-Reply-To: <<message_id of bin.2>>\n\n<reference of b-1>"


def test_other_braces_are_the_senders_own() -> None:
    body = b"Dear {{first name}}, {{reference}} {{ reference bin }} {{reference bin}"

    raw = read_payload("a.eml", body, NOON, fill=filled)

    assert raw.body == body
    assert placeholders(body) == []


def test_without_somebody_who_knows_placeholders_stay() -> None:
    raw = read_payload("a.eml", b"{{reference bin}}", NOON)

    assert raw.body == b"{{reference bin}}"


@given(name=st.sampled_from(["a.eml", "a.json", "a", "a.JSON"]), data=st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_request(name: str, data: bytes) -> None:
    assert read_payload(name, data, NOON, fill=filled).received_at == NOON


@given(
    request=st.dictionaries(
        st.sampled_from(["body", "body_base64", "method", "url", "headers", "received_at", "x"]),
        st.text() | st.integers() | st.none() | st.dictionaries(st.text(), st.text()),
    )
)
def test_any_fixture_is_a_request_or_told(request: dict[str, object]) -> None:
    try:
        raw = read_payload("a.json", json.dumps({"request": request}).encode(), NOON)
    except ReplayError:
        return

    assert isinstance(raw, Raw)
