"""
The fields of a header: RFC 5322 as people and programs write it, in time linear in its length.

Nothing here raises for what a field says: a field that cannot be read is left out, or read as plain text.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote_to_bytes

from onestop.channels.email.charsets import decode_text

__all__ = ["Header", "clean", "decode_words", "message_ids", "parameters", "read_date", "read_header"]

Header = dict[str, list[str]]
"""Fields by lower-case name, unfolded, in the order in which they came."""

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_NAME = re.compile(r"[!-9;-~]{1,200}\Z")  # RFC 5322, 3.6.8: printable US-ASCII without colon
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")

# Fields whose presence below a broken line says that the header goes on; below any other, the text has begun.
_PLAIN_FIELDS = frozenset(
    [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "reply-to",
        "sender",
        "return-path",
        "received",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
    ]
)

_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,100}\?[bBqQ]\?)")

_PARAMETER = re.compile(r""";\s*([^\s=;"]{1,100})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""", re.DOTALL)
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_ID = re.compile(r"<([^<>\s\x00-\x1f]{1,998})>")

_DATE = re.compile(
    r"\s*(?:[A-Za-z]{2,10}\.?,?\s*)?(\d{1,2})[\s\-]+([A-Za-z]{3})[A-Za-z]{0,7}\.?,?[\s\-]+(\d{4}|\d{2}),?\s+"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,9})?)?\s*([+\-]\d{4}|[A-Za-z]{1,5})?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
# RFC 5322, 4.3: the obsolete zones that have one meaning; any other name says nothing.
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "bst": 1, "cet": 1, "cest": 2}
_ZONES |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}


def read_header(block: bytes) -> tuple[Header, int, tuple[str, ...]]:
    """
    Give the fields of a header block, the number of its bytes that are header, and defect codes.

    Fewer bytes than the block has: an empty line is missing, and the text begins there.
    """
    defects: list[str] = []
    try:
        text = block.decode()
    except UnicodeDecodeError:
        defects.append("header_8bit")
        text = "\n".join(decode_text(line, None)[0] for line in block.split(b"\n"))
    header: Header = {}
    broken: list[int] = []
    unfolded = _FOLD.sub("", text) if "\n " in text or "\n\t" in text else text
    lines = unfolded.split("\n")
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        if colon and _NAME.match(name := name.rstrip(" \t").lower()):
            if broken and name in _PLAIN_FIELDS:
                broken.clear()
                defects.append("header_malformed")
            header.setdefault(name, []).append(value.strip())
        elif line.strip("\r\t ") and not (number == 0 and line.startswith(("From ", ">From "))):
            broken.append(number)
    if not broken:
        return header, len(block), tuple(defects)
    used = _length_of(block, lines, broken[0])
    return (*read_header(block[:used])[:1], used, (*defects, "header_malformed"))


def _length_of(block: bytes, lines: list[str], broken: int) -> int:
    """Give where in the block the unfolded line `broken` begins."""
    position = 0
    for _ in range(broken):
        position = block.find(b"\n", position) + 1
        while block[position : position + 1] in (b" ", b"\t"):
            position = block.find(b"\n", position) + 1
    return position


def clean(text: str, limit: int) -> str:
    """Give one line without marks that do not show, cut at `limit` characters."""
    return _SPACES.sub(" ", _UNSEEN.sub("", text[: limit * 4])).strip()[:limit]


def decode_words(value: str) -> str:
    """
    Give a field's text with its encoded words (RFC 2047) decoded; words that cannot be are left as they stand.

    >>> decode_words("=?utf-8?q?Bin?= =?utf-8?q?_t=C5?= =?utf-8?b?tyA0?= 5")
    'Bin tŷ 4 5'
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, position = b"", "", 0
    value = _BETWEEN_WORDS.sub(r"\1", value)
    for word in _WORD.finditer(value):
        data = _word_bytes(word[2], word[3])
        if data is None:
            continue
        adjacent = word.start() == position and charset == word[1].lower()
        if not adjacent:
            out.append(decode_text(pending, charset)[0] if pending else "")
            out.append(value[position : word.start()])
            pending = b""
        pending, charset, position = pending + data, word[1].lower(), word.end()
    out.append(decode_text(pending, charset)[0] if pending else "")
    out.append(value[position:])
    return "".join(out)


def _word_bytes(encoding: str, text: str) -> bytes | None:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    data = data.rstrip(b"=")
    data = data[: len(data) - (len(data) % 4 == 1)]  # six bits are no byte
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return None


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """
    Give the first word of a field, lower-case, and its parameters, with RFC 2231 and RFC 2047 read.

    >>> parameters("attachment; filename*0*=utf-8''t%C5%B7; filename*1=\\".pdf\\"")
    ('attachment', {'filename': 'tŷ.pdf'})
    """
    main, semicolon, _ = value.partition(";")
    if not semicolon:
        return main.strip().lower(), {}
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value, len(main)):
        name, text = match[1].lower(), match[2].strip()
        if text.startswith('"'):
            text = _ESCAPE.sub(r"\1", text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:])
        if "*" in name and (section := _SECTION.match(name)):
            encoded = bool(section[3]) or section[2] is None
            sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (text, encoded))
        else:
            plain.setdefault(name, text)
    plain = {name: decode_words(text) for name, text in plain.items()}
    return main.strip().lower(), plain | {name: _joined(found) for name, found in sections.items()}


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    charset, data = "utf-8", b""
    for number in sorted(sections):
        text, encoded = sections[number]
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode_text(data, charset)[0]


def message_ids(value: str) -> list[str]:
    """Give the message ids of a field, without angle brackets, in order."""
    found = _ID.findall(value)
    if not found and value and not _SPACES.search(value) and "@" in value and len(value) < 998:
        return [value.strip("<>")]  # brackets forgotten
    return found


def read_date(value: str) -> tuple[datetime | None, str | None]:
    """
    Give the moment of a Date field, or why there is none: `date_invalid`, `date_without_zone`.

    >>> read_date("Mon, 2 Mar 2026 09:30:00 +0100 (CET)")[0].isoformat()
    '2026-03-02T09:30:00+01:00'
    """
    match = _DATE.match(value[:200])
    month = _MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        return None, "date_invalid"
    offset = _offset(match[7] or "")
    if offset is None:
        return None, "date_without_zone"
    year = int(match[3])
    year += (2000 if year < 50 else 1900) if len(match[3]) == 2 else 0
    try:
        zone = timezone(offset) if offset else UTC
        moment = datetime(
            year, month, int(match[1]), int(match[4]), int(match[5]), min(int(match[6] or 0), 59), 0, zone
        )
        moment.astimezone(UTC)  # the first and last days of the calendar have no other zone
    except (ValueError, OverflowError):
        return None, "date_invalid"
    return moment, None


def _offset(zone: str) -> timedelta | None:
    if zone[:1] in ("+", "-"):
        minutes = int(zone[1:3]) * 60 + int(zone[3:])
        return timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    hours = _ZONES.get(zone.lower())
    return None if hours is None else timedelta(hours=hours)


def values(header: Header, *names: str) -> Iterator[str]:
    """Give the values of several fields, in the order of the names."""
    for name in names:
        yield from header.get(name, ())
