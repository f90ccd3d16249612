"""Forms become enquiries, in whatever format the website posts them."""

import contextlib
import json
import time
import tracemalloc
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels.web import FormFields, WebForm
from onestop.core.enquiry import Enquiry
from onestop.core.gateway import Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError
from onestop.testing import AdapterContract

TOKENS = ("the-token-of-the-website", "the-one-before")
ADAPTER = WebForm(token=TOKENS)
MULTIPART = "multipart/form-data; boundary=cut"
TEXT = st.text(st.characters(codec="utf-8"))
NAMES = st.text("abcdefghij_", min_size=1, max_size=8)


def post(body: bytes, content_type: str = "") -> Raw:
    headers = {"Content-Type": content_type} if content_type else {}
    return Raw(body=body, received_at="2026-03-02T09:30:00Z", headers=headers)


def parse(body: bytes, content_type: str = "", adapter: WebForm = ADAPTER) -> Enquiry:
    (enquiry,) = adapter.parse(post(body, content_type))
    assert isinstance(enquiry, Enquiry)
    return enquiry


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


class TestWebForm(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "web_form"
    secrets = TOKENS

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": FrozenMap({**raw.headers, "Authorization": f"Bearer {TOKENS[0]}"})})


@given(
    st.binary(max_size=300), st.sampled_from(["", "application/json", MULTIPART, "text/plain", "multipart/form-data"])
)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        parsed = ADAPTER.parse(post(body, content_type))
    except PayloadError:
        parsed = []

    assert all(each.model_dump_json() for each in parsed)


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"--cut", b"--cut--", b"\r\n", b"\n", b": ", b'name="a"'])))
def test_any_scraps_of_a_multipart_form_are_read_or_refused(scraps: list[bytes]) -> None:
    try:
        parsed = ADAPTER.parse(post(b"".join(scraps), MULTIPART))
    except PayloadError:
        parsed = []

    assert all(each.model_dump_json() for each in parsed)


@given(st.binary().filter(lambda content: b"--cut" not in content), st.binary(min_size=1, max_size=50))
def test_files_come_through_to_the_byte(first: bytes, second: bytes) -> None:
    second = second.replace(b"--cut", b"")
    body = part("a", first, "one.bin") + part("b", second, "two.bin") + b"--cut--\r\n"

    enquiry = parse(body, MULTIPART)

    assert [attachment.content for attachment in enquiry.attachments] == [first, second]


@given(st.dictionaries(NAMES.filter(lambda name: name != "lat"), TEXT, min_size=1))
def test_all_three_formats_say_the_same(fields: dict[str, str]) -> None:
    fields = {"message": "Bin missed", **fields}
    urlencoded = urlencode(fields).encode()
    multipart = b"".join(part(name, value.encode()) for name, value in fields.items()) + b"--cut--\r\n"
    as_json = json.dumps(fields).encode()

    enquiries = [
        parse(urlencoded, "application/x-www-form-urlencoded"),
        parse(multipart, MULTIPART),
        parse(as_json, "application/json"),
    ]

    assert enquiries[0] == enquiries[2]
    if not any("--cut" in value for value in fields.values()):
        assert enquiries[0] == enquiries[1]


@given(st.dictionaries(NAMES, TEXT.filter(str.strip), max_size=5), TEXT, TEXT)
def test_nothing_that_was_filled_in_is_lost(answers: dict[str, str], email: str, phone: str) -> None:
    body = json.dumps({**answers, "email": email, "phone": phone, "lat": "north", "language": "??"}).encode()

    enquiry = parse(body, "application/json")

    kept = enquiry.model_dump_json()
    assert "north" in enquiry.answers.values()
    assert "??" in enquiry.answers.values()
    assert ("email_invalid" in enquiry.defects) == ("email" in enquiry.answers)
    assert kept


def test_the_hosts_names_of_fields_are_configured() -> None:
    adapter = WebForm(fields=FormFields(message="What happened?", email=("e-bost", "email"), ignored="token"))

    enquiry = parse(b"what+happened%3F=Graffiti&E-Bost=si%40example.org&token=1&message=extra", adapter=adapter)

    assert (enquiry.text, enquiry.sender) == ("Graffiti", "mailto:si@example.org")
    assert dict(enquiry.answers) == {"message": "extra"}


def test_a_boundary_inside_a_file_ends_nothing() -> None:
    content = b"--cutter\r\nx--cut\r\n --cut--"

    enquiry = parse(part("photo", content, "a.bin") + b"--cut--", MULTIPART)

    assert enquiry.attachments[0].content == content


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("C:\\fakepath\\llun.jpg", "llun.jpg"),
        ("../../etc/passwd", "passwd"),
        ('a\\"b.png', "a_b.png"),
        ("tŷ.png", "tŷ.png"),
        ("\u202egpj.exe", "gpj.exe"),
    ],
)
def test_names_of_files_are_made_safe(filename: str, expected: str) -> None:
    enquiry = parse(part("photo", b"x", filename) + b"--cut--\r\n", MULTIPART)

    assert enquiry.attachments[0].filename == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=1&" * 1_001, "application/x-www-form-urlencoded"),
        (b"message=" + b"a" * (4 << 20), "application/x-www-form-urlencoded"),
        (b'{"message": "' + b"a" * (4 << 20) + b'"}', "application/json"),
        (json.dumps({str(number): "x" for number in range(1_001)}).encode(), "application/json"),
        (json.dumps({"a": [1] * 1_001}).encode(), "application/json"),
        (part("message", b"a" * ((4 << 20) + 1)) + b"--cut--", MULTIPART),
        (part("a", b"x") * 1_002 + b"--cut--", MULTIPART),
        (b"--cut\r\nX: " + b"a" * 5_000 + b"\r\n\r\nx\r\n--cut--", MULTIPART),
    ],
)
def test_a_form_larger_than_any_is_refused_by_its_limit(body: bytes, content_type: str) -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(post(body, content_type))


def test_a_large_file_is_read_and_one_larger_than_the_limit_refused() -> None:
    photo = bytes(50 << 20)

    enquiry = parse(part("photo", photo, "a.jpg") + b"--cut--", MULTIPART)

    assert enquiry.attachments[0].size_bytes == len(photo)
    with pytest.raises(LimitError):
        ADAPTER.parse(post(bytes((64 << 20) + 1), MULTIPART))


@pytest.mark.parametrize("scrap", [b"%", b"%41", b"%41x", b"%00", b"+", b"\r", b"\0", b"\xff"])
def test_memory_follows_size_whatever_is_repeated(scrap: bytes) -> None:
    raw = post(b"message=x" + scrap * ((1 << 20) // len(scrap)))
    ADAPTER.parse(raw)
    tracemalloc.start()

    ADAPTER.parse(raw)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * len(raw.body)


@pytest.mark.parametrize(
    "scrap",
    [
        b"--cut\r\n",
        b"--cut",
        b"\n--cu",
        b"--",
        b"\r\n\r\n",
        b'--cut\r\nContent-Disposition: x; a="',
        b"Content-Type: a\r\n",
    ],
)
def test_time_follows_size_whatever_is_repeated(scrap: bytes) -> None:
    def seconds(size: int) -> float:
        body = b"--cut\r\n" + scrap * (size // len(scrap))
        began = time.perf_counter()
        with contextlib.suppress(PayloadError):
            ADAPTER.parse(post(body, MULTIPART))
        return time.perf_counter() - began

    small, large = min(seconds(1 << 18) for _ in range(3)), min(seconds(1 << 22) for _ in range(3))

    assert large < 16 * 6 * small + 0.05  # sixteen times the size, with room for a busy machine


def test_a_boundary_of_hundreds_of_characters_is_refused() -> None:
    with pytest.raises(PayloadError, match="boundary"):
        ADAPTER.parse(post(part("a", b"x"), f"multipart/form-data; boundary={'x' * 71}"))


@pytest.mark.parametrize(("given_language", "expected"), [("cy", "cy"), ("Cymraeg", "cy"), ("en-GB", "en-GB")])
def test_a_language_is_a_tag_or_its_name(given_language: str, expected: str) -> None:
    enquiry = parse(urlencode({"message": "x", "language": given_language}).encode())

    assert enquiry.language == expected


def test_a_json_number_longer_than_any_is_read_or_refused() -> None:
    body = b'{"message": "x", "big": ' + b"9" * 5_000 + b"}"

    with pytest.raises(PayloadError):
        ADAPTER.parse(post(body, "application/json"))


def test_the_answer_says_that_the_form_was_taken_in() -> None:
    answer = ADAPTER.acknowledge()

    assert (answer.status, json.loads(answer.body)) == (202, {"taken_in": True})
