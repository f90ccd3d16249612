"""The extra `[fast]` changes how long a mail takes, and nothing of what becomes of it."""

import base64
import binascii
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onestop.channels.email import Email
from onestop.channels.email.transfer import (
    StrictBase64,
    library_base64,
    mended_base64,
    read_base64,
    strict_base64,
)
from onestop.errors import OnestopError
from onestop.testing import load_fixture

from .mails import HEAD, KEY, OURS, parse, raw

ROOT = Path(__file__).parents[3]
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.json"))
DAY = sorted((ROOT / "examples" / "northport" / "day").glob("*.eml"))

needs_library = pytest.mark.skipif(find_spec("fast_mail_parser") is None, reason="the extra [fast] is not installed")

PHOTO = bytes(range(256)) * 12
WITH_PHOTO = (
    HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee photo.\n"
    + b"--b\nContent-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(PHOTO)
    + b"--b--\n"
)


def outcome(body: bytes, *, fast: bool) -> Sequence[object] | str:
    """Give all that becomes of a mail: the enquiry or reports to their last field, or the refusal's words."""
    adapter = Email(reply_key=KEY, from_address=OURS, authserv_id="mx.northport.example", fast=fast)
    try:
        return [each.model_dump() for each in adapter.parse(raw(body))]
    except OnestopError as error:
        return f"{type(error).__name__}: {error}"


@needs_library
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_recorded_mail_becomes_the_same_with_the_library_and_without(path: Path) -> None:
    body = load_fixture(path)[0].body

    assert outcome(body, fast=True) == outcome(body, fast=False)


@needs_library
@pytest.mark.parametrize("path", DAY, ids=lambda path: path.stem)
def test_a_mail_of_northports_day_becomes_the_same_with_the_library_and_without(path: Path) -> None:
    body = path.read_bytes()

    assert outcome(body, fast=True) == outcome(body, fast=False)


CONTENT = st.binary(max_size=40) | st.integers(380, 1_000).map(lambda size: PHOTO[:size])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
CHARSET = st.sampled_from(["", "utf-8", "iso-8859-1", "windows-1252", "utf-16", "gb2312", "x-none", "iso-2022-jp"])
KIND = st.sampled_from(["text/plain", "text/html", "image/png", "application/pdf", "message/rfc822", "nonsense"])
FRAME = st.sampled_from(["mixed", "alternative", "related", "report", "digest", "signed"])
LINE_END = st.sampled_from([b"\n", b"\r\n"])


def lines_of(data: bytes, width: int) -> bytes:
    return b"\n".join(data[n : n + width] for n in range(0, len(data), width))


# How programs write base64, right and wrong: lines of any length, none, spaces, padding twice, left out, cut, dirty.
WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "lines": lambda data: base64.encodebytes(data),
    "one line": lambda data: base64.b64encode(data),
    "lines of 61": lambda data: lines_of(base64.b64encode(data), 61),
    "spaces": lambda data: lines_of(base64.b64encode(data), 40).replace(b"\n", b" \t\n\x0b\x0c "),
    "pieces": lambda data: base64.encodebytes(data + b"x" * (len(data) % 3 == 0)) * 2,
    "no padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "more padding": lambda data: base64.b64encode(data) + b"==",
    "for URLs": lambda data: base64.urlsafe_b64encode(data),
    "a comma": lambda data: base64.b64encode(data) + b",",
    "a footer": lambda data: base64.encodebytes(data) + b"-- \nSent by example.org",
    "one letter less": lambda data: base64.b64encode(data)[:-1],
}
BASE64 = st.builds(lambda data, how: WRITTEN[how](data), CONTENT, st.sampled_from(sorted(WRITTEN)))


@st.composite
def part(draw: st.DrawFn) -> bytes:
    """A leaf: words or bytes, by a label that may be wrong, in an encoding."""
    head = b"Content-Type: " + draw(KIND).encode()
    if charset := draw(CHARSET):
        head += b"; charset=" + charset.encode()
    if draw(st.booleans()):
        head += b'\nContent-Disposition: attachment; filename="f.bin"'
    encoding = draw(st.sampled_from([b"base64", b"BASE64", b"quoted-printable", b"8bit", b"x-none", b""]))
    if encoding:
        head += b"\nContent-Transfer-Encoding: " + encoding
    if encoding.lower() == b"base64":
        body = draw(BASE64)
    elif encoding == b"quoted-printable":
        body = binascii.b2a_qp(draw(WORDS).encode())
    else:
        body = draw(WORDS).encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-7"])))
    return head + b"\n\n" + body


@st.composite
def framed(draw: st.DrawFn, inside: st.SearchStrategy[bytes]) -> bytes:
    """A multipart of some parts, closed or not; its boundary may be that of a part."""
    boundary = draw(st.sampled_from([b"b", b"b2", b"=_c d"]))
    pieces = draw(st.lists(inside, max_size=3))
    body = b"".join(b"\n--" + boundary + b"\n" + piece for piece in pieces)
    end = draw(st.sampled_from([b"\n--" + boundary + b"--\n", b"", b"\n--" + boundary + b"\n"]))
    return b"Content-Type: multipart/" + draw(FRAME).encode() + b'; boundary="' + boundary + b'"\n\n' + body + end


@st.composite
def mail(draw: st.DrawFn) -> bytes:
    """A mail of nested parts, with one to three things done to it on its way, or nothing."""
    whole = HEAD + draw(st.recursive(part(), framed, max_leaves=6))
    out = bytearray(whole.replace(b"\n", draw(LINE_END)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(out)))
        match draw(st.sampled_from(["flip", "cut", "put in", "leave out"])):
            case "flip" if at < len(out):
                out[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del out[max(at, len(HEAD)) :]
            case "put in":
                out[at:at] = draw(st.binary(max_size=4))
            case _:
                del out[at : at + 3]
    return bytes(out)


@needs_library
@given(mail())
@example(WITH_PHOTO)
@example(WITH_PHOTO.replace(b"\n", b"\r\n"))
@example(HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(WITH_PHOTO))
def test_any_mail_becomes_the_same_with_the_library_and_without(body: bytes) -> None:
    with_library, without = (outcome(body, fast=fast) for fast in (True, False))

    assert with_library == without


@pytest.fixture(params=["the standard library", pytest.param("the extra", marks=needs_library)])
def strict(request: pytest.FixtureRequest) -> StrictBase64:
    if request.param == "the standard library":
        return strict_base64
    library = library_base64()
    assert library is not None
    return library


def test_a_strict_reader_refuses_every_byte_that_is_no_base64(strict: StrictBase64) -> None:
    allowed = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    data = base64.b64encode(PHOTO)

    # In place of another byte, so that the length is right and only the byte is wrong.
    taken = [
        {byte for byte in range(256) if strict(data[:at] + bytes([byte]) + data[at + 1 :]) is not None}
        for at in (0, 1, 1022, 1023, len(data) - 1)
    ]

    assert all(each <= allowed | {ord("=")} for each in taken)
    assert all(each >= allowed for each in taken)


@needs_library
@given(BASE64 | st.binary(max_size=900) | st.text("QUJD= \n", max_size=900).map(str.encode))
@example(b"QQ==" * 200)
@example(b"QUJD" * 200 + b"=")
@example(b"QUJD" * 200 + b"====")
@example(b"QUJD" * 200 + b"QR==")
@example(b"=" + b"QUJD" * 200)
@example(b" " * 600)
def test_base64_of_any_kind_gives_what_the_reader_that_mends_gives(data: bytes) -> None:
    padded = b"=x" + data * (1 + 512 // (len(data) or 1)) + b"y="  # what stands around it is not read

    found = [read_base64(padded, 2, len(padded) - 2, library) for library in (library_base64(), None)]

    assert found == [mended_base64(padded[2:-2])] * 2


def library_calls(body: bytes, *, fast: bool) -> int:
    """Count how often reading a mail calls the library; the interpreter tells."""
    names: list[str] = []
    adapter = Email(fast=fast)
    sys.setprofile(lambda _, event, called: names.append(called.__name__) if event == "c_call" else None)
    try:
        adapter.parse(raw(body))
    finally:
        sys.setprofile(None)
    return names.count("parse_email_tree")


@needs_library
def test_a_photograph_is_decoded_by_the_library_unless_the_host_says_no() -> None:
    calls = [library_calls(WITH_PHOTO, fast=fast) for fast in (True, False)]

    assert calls == [1, 0]


def test_without_the_library_a_mail_becomes_the_same() -> None:
    program = (
        "import sys; sys.modules['fast_mail_parser'] = None\n"  # so that its import fails, installed or not
        "from onestop import Raw\n"
        "from onestop.channels.email import Email\n"
        "from onestop.channels.email.transfer import library_base64\n"
        "(enquiry,) = Email().parse(Raw(body=sys.stdin.buffer.read(), received_at='2026-03-02T09:30:00Z'))\n"
        "print(library_base64(), enquiry.digest, enquiry.attachments[0].sha256)"
    )
    here = parse(WITH_PHOTO, key=None)

    ran = subprocess.run([sys.executable, "-c", program], input=WITH_PHOTO, capture_output=True, check=True)

    assert ran.stdout.decode().split() == ["None", here.digest, here.attachments[0].sha256]


@needs_library
def test_the_library_is_loaded_with_an_adapter_that_may_use_it_and_so_never_while_a_mail_is_read() -> None:
    program = (
        "import sys\n"
        "from onestop.channels.email import Email\n"
        "for make in (object, lambda: Email(fast=False), Email):\n"
        "    make()\n"
        "    print('fast_mail_parser' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ran.stdout.decode().split() == ["False", "False", "True"]
