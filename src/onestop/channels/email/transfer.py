"""
Bytes out of their transfer encodings (RFC 2045, section 6; uuencode as POSIX has it), mended where they are broken.

Base64 is read twice over, the strict way first: what is as the standard wants it comes out in one pass, with the extra
`[fast]` at several times the speed. Whatever that leaves in doubt is read again by the reader that mends, and only this
one tells what was wrong; so the result never depends on what is installed.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from functools import cache

__all__ = [
    "StrictBase64",
    "library_base64",
    "mended_base64",
    "quoted_printable",
    "read_base64",
    "strict_base64",
    "uuencoded",
]

StrictBase64 = Callable[[bytes | memoryview], bytes | None]
"""Gives the bytes of base64 that is nothing but letters of its alphabet and white space; None where in any doubt."""

_BROKEN = "transfer_encoding_broken"
_BAD_QP = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_QP_SPACE = re.compile(rb"=[ \t]+(?=\r?\n)")
_WHITE = b" \t\r\n\x0b\x0c"
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_PADDING = (b"=", b"==")
_LIBRARY_HEADER = b"Content-Transfer-Encoding: base64\r\n\r\n"
_LIBRARY_FROM = 512  # bytes; to call it costs a microsecond, in which the standard library reads these


def quoted_printable(data: bytes) -> tuple[bytes, str | None]:
    """Give the bytes of quoted-printable, and a defect code."""
    defect = None
    if _BAD_QP.search(data):
        data = _QP_SPACE.sub(b"=", data)  # spaces that a relay put behind a soft line break
        defect = _BROKEN if _BAD_QP.search(data) else None
    return binascii.a2b_qp(data), defect


def read_base64(raw: bytes, start: int, end: int, library: StrictBase64 | None = None) -> tuple[bytes, str | None]:
    """Give the bytes of the base64 that stands from `start` to `end`, and a defect code; by a library where it pays."""
    strict = library if library and end - start >= _LIBRARY_FROM else strict_base64
    padding = raw.find(b"=", start, end)
    # Padding that is not all at the end ends one encoded piece of several: not as the standard wants it.
    if padding < 0 or raw[padding:end].strip(_WHITE) in _PADDING:
        found = strict(memoryview(raw)[start:end])
        if found is not None:
            return found, None
    return mended_base64(raw[start:end])


def strict_base64(data: bytes | memoryview) -> bytes | None:
    """Read strict base64 by the standard library: a `StrictBase64`."""
    compact = bytes(data).translate(None, _WHITE)
    if len(compact) % 4:
        return None
    try:
        return binascii.a2b_base64(compact, strict_mode=True)
    except binascii.Error:
        return None


@cache
def library_base64() -> StrictBase64 | None:
    """
    Give the reader of strict base64 that the extra `[fast]` brings, a `StrictBase64`; None where it is not installed.

    The library reads whole mails; it is given one part at a time, under a header of our own, as the frame of a mail and
    the order of its parts are what readers differ in. It refuses what is no base64, so that what it gives is right.
    """
    try:
        from fast_mail_parser import parse_email_tree
    except ImportError:
        return None

    def read(data: bytes | memoryview) -> bytes | None:
        try:
            return parse_email_tree(b"".join((_LIBRARY_HEADER, data))).content
        except Exception:  # noqa: BLE001  # whatever it is, our own reader has the last word
            return None

    return read


def mended_base64(data: bytes) -> tuple[bytes, str | None]:
    """Give the bytes of whatever says it is base64, and a defect code: what is not of its alphabet is left out."""
    compact = data.translate(None, _WHITE)
    clean = compact.translate(None, _NOT_BASE64)
    # A run of its own ends where padding stands: some programs put several encoded pieces one behind the other.
    runs = [run for run in clean.split(b"=") if run]
    broken = len(clean) < len(compact) or len(clean) % 4 or len(runs) > 1 or (clean and not runs)
    return b"".join(map(_base64_run, runs)), _BROKEN if broken else None


def _base64_run(run: bytes) -> bytes:
    if len(run) % 4 == 1:
        run = run[:-1]  # six bits are no byte
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def uuencoded(data: bytes) -> tuple[bytes, str | None]:
    """Give the bytes of the first uuencoded file, and a defect code."""
    out, inside, broken = [], False, False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            broken = True
    return b"".join(out), _BROKEN if broken or not inside else None
