"""
Multipart forms (RFC 7578), read from bytes in one pass: time and memory follow the size of the body.

Each part is found by searching for the delimiter, and copied once. The standard library's e-mail parser is not used: it
works line by line on text, and takes a header for an invitation to recurse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from onestop.channels.forms import HEADER_LIMIT, content_parameters
from onestop.channels.text import decode_text, media_type_of
from onestop.core.enquiry import Attachment
from onestop.core.filenames import safe_filename
from onestop.errors import LimitError, PayloadError

__all__ = ["PART_LIMIT", "Part", "attachment_of", "read_multipart"]

PART_LIMIT = 1_000
"""Parts of one form, files included; a longer one is refused."""

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]\Z")  # RFC 2046, section 5.1.1
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]{0,100}(?:\r?\n|\Z)")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")


class Part(NamedTuple):
    """One field or file of a form, as it came."""

    name: bytes | None  # None: the part does not say
    filename: bytes | None  # None: a field, not a file
    content_type: str | None
    encoding: str  # Content-Transfer-Encoding, lower-case; browsers send none
    content: bytes


def read_multipart(body: bytes, boundary: bytes, defects: list[str], adapter: str) -> list[Part]:
    """
    Give the parts between the delimiters; `multipart_unclosed` notes that the last delimiter is missing.

    Lines may end in LF alone, as hand-made clients have it.

    Raises:
        PayloadError: there is no boundary, or none of it in the body; `LimitError` when there are too many parts.
    """
    if not _BOUNDARY.match(boundary):
        raise PayloadError("multipart/form-data needs a boundary of 1 to 70 characters", adapter=adapter)
    parts: list[Part] = []
    start: int | None = None
    for at, after, is_last in _delimiters(body, b"--" + boundary):
        if start is not None:
            if len(parts) == PART_LIMIT:
                raise LimitError(f"a form has at most {PART_LIMIT} parts", adapter=adapter)
            parts.append(_part(body, start, at, adapter))
        start = None if is_last else after
        if is_last:
            break
    else:
        if start is None:
            raise PayloadError("the boundary of this multipart form does not occur in it", adapter=adapter)
        defects.append("multipart_unclosed")
        parts.append(_part(body, start, len(body), adapter))
    return parts


def attachment_of(part: Part, charset: str | None, defects: list[str]) -> Attachment:
    """Describe a file; a part without a name is kept as one too (`part_unnamed`)."""
    if part.name is None:
        defects.append("part_unnamed")
    if part.encoding in ("base64", "quoted-printable"):  # deprecated by RFC 7578, section 4.7, and sent by no browser
        defects.append("part_encoded")
    media_type = media_type_of(part.content_type)
    filename = decode_text(part.filename or b"", charset, defects)
    return Attachment.of(safe_filename(filename, media_type), media_type, part.content)


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Give each delimiter at the start of a line: where its line end before it begins, what follows it, the last?"""
    position = 0
    while (found := body.find(delimiter, position)) >= 0:
        position = found + len(delimiter)
        match = _AFTER_BOUNDARY.match(body, position)
        if match is None or (found and body[found - 1 : found] != b"\n"):
            continue  # the boundary occurs inside a file, or begins a longer one
        at = max(found - 1, 0)
        if body[at - 1 : at] == b"\r":
            at -= 1
        yield at, match.end(), match[1] is not None


def _part(body: bytes, start: int, end: int, adapter: str) -> Part:
    end = max(start, end)  # two delimiters may share one line end
    if body.startswith((b"\r\n", b"\n"), start):
        return Part(None, None, None, "", body[start:end].lstrip(b"\r\n"))
    gap = _HEADERS_END.search(body, start, min(end, start + HEADER_LIMIT))
    if gap is None and end - start > HEADER_LIMIT:
        raise LimitError(f"the headers of a part have at most {HEADER_LIMIT} bytes", adapter=adapter)
    head = body[start : gap.start() if gap else end]
    headers = _headers(head.decode("latin-1"))  # one character a byte: the names' own character set is found later
    disposition = content_parameters(headers.get("content-disposition", ""))
    name, filename = disposition.get("name"), disposition.get("filename")
    return Part(
        name.encode("latin-1") if name is not None else None,
        filename.encode("latin-1") if filename is not None else None,
        headers.get("content-type"),
        headers.get("content-transfer-encoding", "").lower(),
        body[gap.end() : end] if gap else b"",
    )


def _headers(head: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers
