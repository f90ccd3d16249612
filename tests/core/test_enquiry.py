"""The enquiry: what it holds, how it goes through JSON, and what its digest is of."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onestop.core.enquiry import Attachment, Call, DeliveryReport, Enquiry, Location, Thread, digest_of
from onestop.core.model import FrozenMap

AT = "2026-03-02T09:30:00Z"
BASE: dict[str, Any] = {
    "channel": "web",
    "adapter": "web_form",
    "received_at": AT,
    "sender": "mailto:jo@example.org",
    "sender_name": "Jo",
    "subject": "Wall",
    "text": "Paint on the wall",
    "service_code": "graffiti",
    "answers": {"surface": "brick", "colour": ["red", "blue"]},
    "location": {"lat": 53.4, "lon": -2.9, "source": "form"},
    "attachments": [{"filename": "a.jpg", "media_type": "image/jpeg", "sha256": "ab"}],
}

TEXTS = st.text(max_size=30)  # with halves of surrogate pairs, NULs and bidi marks
URNS = st.sampled_from(["tel:07700900123", "mailto:Jo@Example.org", "ext:housing:1", "tel:999"])
PARTS = st.lists(TEXTS, max_size=3).map(tuple)
OPTIONAL = st.one_of(st.none(), TEXTS)
ENQUIRIES = st.builds(
    Enquiry,
    channel=st.sampled_from(["phone", "sms", "email", "web", "chat"]),
    adapter=TEXTS,
    source_id=OPTIONAL,
    received_at=st.just(AT),
    sent_at=st.one_of(st.none(), st.just("1999-12-31T23:59:59+05:00")),
    kind=st.sampled_from(["message", "auto_reply", "call"]),
    sender=st.one_of(st.none(), URNS),
    sender_name=OPTIONAL,
    recipients=st.lists(URNS, max_size=2),
    cc=st.lists(URNS, max_size=2),
    subject=OPTIONAL,
    text=TEXTS,
    full_text=OPTIONAL,
    attachments=st.lists(
        st.builds(Attachment.of, filename=TEXTS, media_type=TEXTS, content=st.binary(max_size=5)), max_size=2
    ),
    location=st.one_of(st.none(), st.builds(Location, address=OPTIONAL, lat=st.one_of(st.none(), st.floats(-90, 90)))),
    thread=st.builds(Thread, message_id=OPTIONAL, references=PARTS),
    call=st.one_of(st.none(), st.builds(Call, transcript=OPTIONAL, duration_s=st.floats(0, 1e9))),
    answers=st.dictionaries(TEXTS, st.one_of(TEXTS, PARTS), max_size=3),
    defects=PARTS,
    gateway_meta=st.dictionaries(TEXTS, TEXTS, max_size=2),
)


def enquiry(**fields: Any) -> Enquiry:
    return Enquiry.model_validate(BASE | fields)


@given(ENQUIRIES)
def test_an_enquiry_goes_through_json_without_the_bytes_of_its_files(made: Enquiry) -> None:
    written = made.model_dump_json()
    again = Enquiry.model_validate_json(written)

    without = tuple(file.model_copy(update={"content": None}) for file in made.attachments)
    assert again == made.model_copy(update={"attachments": without})
    assert again.digest == made.digest
    assert "content" not in {key for file in json.loads(written)["attachments"] for key in file}


@given(ENQUIRIES)
def test_an_enquiry_is_kept_by_what_it_says_alone(made: Enquiry) -> None:
    written = made.model_dump_json(exclude_defaults=True)

    assert Enquiry.model_validate_json(written).model_dump() == made.model_dump()


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "a\ud800b"},
        {"answers": {"\udfff": "\ud800", "b": ["\ud800"]}},
        {"thread": {"message_id": "\ud800"}},
        {"location": {"address": "\ud800"}},
        {"attachments": [{"filename": "\ud800", "media_type": "x"}]},
        {"gateway_meta": {"a": "\ud800"}},
    ],
)
def test_half_a_surrogate_pair_is_a_replacement_character_wherever_it_stands(fields: dict[str, Any]) -> None:
    made = enquiry(**fields)

    assert "\ufffd" in made.model_dump_json()


def test_characters_that_utf_8_can_carry_stay_as_they_are() -> None:
    hostile = "\x00 \u202e \u200b \ufeff \x1b[31m 🚮"

    made = enquiry(text=hostile)

    assert Enquiry.model_validate_json(made.model_dump_json()).text == hostile


@pytest.mark.parametrize(
    "fields",
    [
        {"received_at": "2026-03-02T09:30:00"},
        {"sent_at": "2026-03-02"},
        {"sent_at": "0001-01-01T00:00:00+14:00"},
        {"colour": "red"},
        {"sender": "jo@example.org"},
        {"channel": "pigeon"},
        {"kind": "letter"},
        {"text": None},
        {"location": {"lat": 91}},
        {"location": {"lon": float("nan")}},
        {"call": {"duration_s": float("inf")}},
        {"call": {"duration_s": -1}},
        {"answers": {"a": {"b": "c"}}},
        {"schema_version": 2},
    ],
    ids=str,
)
def test_what_is_no_enquiry_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        enquiry(**fields)


@pytest.mark.parametrize("field", ["answers", "gateway_meta", "thread", "text"])
def test_what_is_nested_without_end_is_refused(field: str) -> None:
    value: Any = "x"
    for _ in range(50_000):
        value = [value]

    with pytest.raises(ValidationError):
        enquiry(**{field: {"a": value}})


@pytest.mark.parametrize(
    "fields",
    [
        {"adapter": "other", "channel": "email", "source_id": "7"},
        {"received_at": "2027-01-01T00:00:00Z", "sent_at": AT},
        {"recipients": ["mailto:us@example.org"], "cc": ["mailto:b@example.org"]},
        {"sender": "mailto:JO@example.org"},
        {"thread": {"message_id": "x"}, "gateway_meta": {"a": "b"}, "defects": ["x"], "language": "cy"},
        {"full_text": "Paint on the wall"},
        {"answers": {"colour": ["red", "blue"], "surface": ["brick"]}},
    ],
    ids=str,
)
def test_how_it_travelled_is_no_part_of_the_digest(fields: dict[str, Any]) -> None:
    assert enquiry(**fields).digest == enquiry().digest


@pytest.mark.parametrize(
    "fields",
    [
        {"sender": "mailto:bo@example.org"},
        {"sender": None},
        {"sender_name": "Bo"},
        {"on_behalf_of": "her mother"},
        {"subject": None},
        {"text": "Paint on the wall."},
        {"full_text": "Paint on the wall\n> quoted"},
        {"service_code": None},
        {"call": {"duration_s": 5}},
        {"location": {"lat": 53.5, "lon": -2.9, "source": "form"}},
        {"location": None},
        {"attachments": []},
        {"attachments": [{"filename": "a.jpg", "media_type": "image/jpeg", "sha256": "cd"}]},
        {"answers": {"surface": "brick", "colour": ["blue", "red"]}},
        {"answers": {"surface": "brick", "colour": ["red"], "blue": []}},
        {"answers": {}},
    ],
    ids=str,
)
def test_whatever_the_citizen_says_is_part_of_the_digest(fields: dict[str, Any]) -> None:
    assert enquiry(**fields).digest != enquiry().digest


def file(name: str) -> dict[str, str]:
    return {"filename": name, "media_type": "image/jpeg"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"subject": "ab", "text": "c"}, {"subject": "a", "text": "bc"}),
        ({"subject": "1:a", "text": ""}, {"subject": "", "text": "1:a"}),
        ({"answers": {"a": ("b", "c", "d")}}, {"answers": {"a": "b", "c": "d"}}),
        ({"answers": {"a": ("b",), "c": ("d",)}}, {"answers": {"a": ("b", "c", "d"), "c": ()}}),
        ({"attachments": [file("x"), file("a"), file("b")]}, {"attachments": [file("x")], "answers": {"a": "b"}}),
        ({"attachments": [file("1"), file("a")]}, {"attachments": [file("1")], "answers": {"a": ()}}),
        ({"service_code": "x", "call": None}, {"service_code": None, "call": None, "subject": "x"}),
    ],
    ids=str,
)
def test_no_two_ways_to_split_the_same_words_give_one_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    blank = {"subject": None, "text": "", "service_code": None, "answers": {}, "attachments": [], "location": None}

    assert enquiry(**blank | one).digest != enquiry(**blank | other).digest


LISTS = st.lists(st.text(st.sampled_from("a1:2\ud800"), max_size=4), max_size=4)


@given(LISTS, LISTS)
def test_two_lists_have_one_digest_only_when_they_are_equal(one: list[str], other: list[str]) -> None:
    assert (digest_of(one) == digest_of(other)) is (one == other)


def test_defects_are_noted_each_once_and_in_order() -> None:
    made = enquiry(defects=["a"]).with_defects("b", "a", "b", "c")

    assert made.defects == ("a", "b", "c")
    assert made.with_defects("c") is made


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"adapter": "x", "received_at": "2027-01-01T00:00:00Z"}, True),
        ({"recipient": "mailto:JO@example.org"}, True),
        ({"kind": "failed"}, False),
        ({"message_id": "m2"}, False),
        ({"status": "4.2.2"}, False),
        ({"permanent": False}, False),
    ],
)
def test_a_report_is_told_by_what_it_reports(fields: dict[str, Any], same: bool) -> None:
    base = {"channel": "email", "adapter": "email", "received_at": AT, "kind": "bounce", "message_id": "m1",
            "recipient": "mailto:jo@example.org", "status": "5.1.1"}  # fmt: skip

    one, other = DeliveryReport.model_validate(base), DeliveryReport.model_validate(base | fields)

    assert (one.digest == other.digest) is same


def test_a_file_is_described_by_its_bytes() -> None:
    described = Attachment.of("a.txt", "text/plain", b"abc")

    assert described.size_bytes == 3
    assert described.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert "abc" not in repr(described).replace("a.txt", "")


def large() -> Enquiry:
    return enquiry(
        cc=[f"mailto:p{n}@example.org" for n in range(5_000)], text="x" * 5_000_000, answers={"a": "y" * 10**6}
    )


@pytest.mark.parametrize("made", [large])
def test_a_giant_enquiry_is_digested_and_written_like_any_other(made: Callable[[], Enquiry]) -> None:
    giant = made()

    assert len(giant.digest) == 64
    assert len(giant.model_dump_json()) > 6_000_000
    assert giant.answers == FrozenMap({"a": "y" * 10**6})
