"""
The parts of an e-mail (RFC 2045, 2046) as spans of its bytes: nothing is copied until it is decoded.

The reader is iterative, bounded by `Limits`, and linear in the size for each level of nesting: a delimiter is searched
once for each multipart. The standard library's parser reads line by line, and its modern policy is quadratic or
recursive on hostile headers.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from onestop.channels.email.headers import Header, parameters, read_header
from onestop.channels.email.limits import Limits
from onestop.channels.email.transfer import StrictBase64, quoted_printable, read_base64, uuencoded
from onestop.errors import LimitError, PayloadError

__all__ = ["EMPTY_LINE", "Mail", "Part", "read_mail"]

EMPTY_LINE = re.compile(rb"\n\r*\n")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,80}/[a-z0-9!#$&^_.+\-]{1,80}\Z")


@dataclass(slots=True)
class Part:
    """One part: its header, its media type, where its body is, and the multiparts that it stands in."""

    header: Header
    media_type: str
    parameters: dict[str, str]
    start: int
    end: int
    path: tuple[tuple[str, int], ...]  # (media type of the multipart, its number in the mail), outermost first

    def first(self, name: str) -> str:
        """Give a field's first value; empty when there is none."""
        found = self.header.get(name)
        return found[0] if found else ""


@dataclass(slots=True)
class Mail:
    """A mail's header, its leaf parts in order, and what was wrong with their frame."""

    raw: bytes
    top: Part
    leaves: list[Part]
    defects: list[str]
    library: StrictBase64 | None = None  # reads base64 sooner, with the same result

    def content(self, part: Part) -> bytes:
        """Give the decoded bytes of a part; what cannot be decoded is left out, and a defect noted."""
        encoding = part.first("content-transfer-encoding").partition(";")[0].strip().strip('"').lower()
        if encoding == "base64":
            content, defect = read_base64(self.raw, part.start, part.end, self.library)
        else:
            content, defect = _DECODERS.get(encoding, _unknown)(self.raw[part.start : part.end])
        if defect:
            self.defects.append(defect)
        return content


def _identity(data: bytes) -> tuple[bytes, None]:
    return data, None


def _unknown(data: bytes) -> tuple[bytes, str]:
    return data, "transfer_encoding_unknown"


_DECODERS: dict[str, Callable[[bytes], tuple[bytes, str | None]]] = {
    **dict.fromkeys(("", "7bit", "8bit", "binary"), _identity),
    "quoted-printable": quoted_printable,
    **dict.fromkeys(("x-uuencode", "uuencode", "x-uue", "uue"), uuencoded),
}


def read_mail(raw: bytes, limits: Limits, *, adapter: str | None = None, library: StrictBase64 | None = None) -> Mail:
    """
    Give the parts of an e-mail.

    Raises:
        LimitError: it is larger, deeper or has more parts or header lines than `limits` allow.
        PayloadError: these bytes are no e-mail: they are empty, or begin with no header field.
    """
    if len(raw) > limits.size_bytes:
        raise LimitError(f"this e-mail has more than {limits.size_bytes:,} bytes", adapter=adapter)
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # line ends of old Macs
    reader = _Reader(raw, limits, adapter)
    start = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    top = reader.read_part(start, len(raw), (), "text/plain")
    if not top.header:
        raise PayloadError("an e-mail begins with header fields, one `Name: value` a line (RFC 5322)", adapter=adapter)
    return Mail(raw, top, reader.leaves(top), reader.defects, library)


class _Reader:
    """Reads the parts of one mail, counting them."""

    def __init__(self, raw: bytes, limits: Limits, adapter: str | None) -> None:
        self.raw = raw
        self.limits = limits
        self.adapter = adapter
        self.defects: list[str] = []
        self.count = 0

    def read_part(self, start: int, end: int, path: tuple[tuple[str, int], ...], default: str) -> Part:
        """Read one part's header."""
        self.count += 1
        if self.count > self.limits.parts:
            raise LimitError(f"this e-mail has more than {self.limits.parts:,} parts", adapter=self.adapter)
        header, body = self.read_header(start, end)
        found = header.get("content-type")
        media_type, given = parameters(found[0]) if found else (default, {})
        if not _MEDIA_TYPE.match(media_type):
            self.defects.append("content_type_invalid")
            media_type = "text/plain" if media_type.startswith("text") else default
        return Part(header, media_type, given, body, end, path)

    def read_header(self, start: int, end: int) -> tuple[Header, int]:
        """Give the header that begins at `start`, and where the body begins."""
        raw = self.raw
        first = raw[start : start + 2]
        if first[:1] == b"\n" or first == b"\r\n":
            return {}, start + (1 if first[:1] == b"\n" else 2)  # a part without header
        empty = EMPTY_LINE.search(raw, start, end)
        stop, body = (empty.start(), empty.end()) if empty else (end, end)
        self.check_header(start, stop)
        header, used, defects = read_header(raw[start:stop])
        self.defects += defects
        return header, body if used == stop - start else start + used

    def check_header(self, start: int, stop: int) -> None:
        """Refuse a header that is too long before it is read."""
        if stop - start > self.limits.header_bytes:
            raise LimitError(f"a header has more than {self.limits.header_bytes:,} bytes", adapter=self.adapter)
        if self.raw.count(b"\n", start, stop) > self.limits.header_lines:
            raise LimitError(f"a header has more than {self.limits.header_lines:,} lines", adapter=self.adapter)

    def leaves(self, top: Part) -> list[Part]:
        """Give the parts that hold something, in the order of the mail."""
        found: list[Part] = []
        stack, number = [top], 0
        while stack:
            part = stack.pop()
            if not part.media_type.startswith("multipart/"):
                found.append(part)
                continue
            if len(part.path) >= self.limits.depth:
                raise LimitError(f"this e-mail has more than {self.limits.depth} levels", adapter=self.adapter)
            number += 1
            default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
            path = (*part.path, (part.media_type, number))
            spans = self.split(part)
            if not spans:  # a frame without pieces: what is in it is kept as plain text
                self.defects.append("multipart_broken")
                found.append(Part({}, "text/plain", {}, part.start, part.end, part.path))
            stack += reversed([self.read_part(start, end, path, default) for start, end in spans])
        return found

    def split(self, part: Part) -> list[tuple[int, int]]:
        """Give where the pieces of a multipart are; what stands before the first and behind the last is no part."""
        boundary = part.parameters.get("boundary", "").rstrip(" \t")
        if not boundary or len(boundary) > 1_000:
            return []
        marker = b"--" + boundary.encode("utf-8", "replace")
        spans: list[tuple[int, int]] = []
        opened, position = -1, part.start
        while (at := self.raw.find(marker, position, part.end)) >= 0:
            position = at + len(marker)
            if at > part.start and self.raw[at - 1] != 10:
                continue
            line_end = self.raw.find(b"\n", position, part.end)
            tail = self.raw[position : part.end if line_end < 0 else line_end].strip()
            if tail not in (b"", b"--"):
                continue  # the delimiter of another multipart, whose boundary begins as this one does
            if opened >= 0:
                self.add(spans, opened, at)
            if tail or line_end < 0:
                return spans
            opened = position = line_end + 1
        self.defects.append("multipart_unclosed")
        if opened >= 0:
            self.add(spans, opened, part.end)
        return spans

    def add(self, spans: list[tuple[int, int]], start: int, delimiter: int) -> None:
        """Keep a piece without the line end before its delimiter, which belongs to the delimiter (RFC 2046, 5.1.1)."""
        end = delimiter
        if end > start and self.raw[end - 1] == 10:
            end -= 2 if end - 1 > start and self.raw[end - 2] == 13 else 1
        if len(spans) >= self.limits.parts:
            raise LimitError(f"this e-mail has more than {self.limits.parts:,} parts", adapter=self.adapter)
        spans.append((start, end))
