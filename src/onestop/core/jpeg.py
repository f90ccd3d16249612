"""JPEG as segments (ITU-T T.81, annex B): its size, its EXIF, and a copy of what draws the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from onestop.core.exif import orientation_tiff

__all__ = ["dimensions", "strip", "tiff"]

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # SOF0 … SOF15, without DHT, JPG and DAC
_DRAWING = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}  # with DHT, DAC, DQT, DNL, DRI, DHP, EXP
_EXIF = b"Exif\0\0"
_ICC = b"ICC_PROFILE\0"  # ICC.1:2022, annex B.4
_AFTER_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffed zero and no restart marker: the scan is over


class _Segment(NamedTuple):
    marker: int
    start: int  # of its content, behind marker and length
    end: int
    scan_end: int  # of the compressed data that follows; `end` but after a start of scan


def _segments(content: bytes) -> Iterator[_Segment]:
    """Give segments to the end of the image, or to where they break off."""
    at = 2
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1  # fill bytes
        if content[at : at + 1] != b"\xff" or at + 2 > len(content):
            return
        marker = content[at + 1]
        if marker == _END:
            yield _Segment(marker, at + 2, at + 2, at + 2)
            return
        length = int.from_bytes(content[at + 2 : at + 4])
        start, end = at + 4, at + 2 + length
        if length < 2 or end > len(content):
            return
        scan_end = end
        if marker == _SCAN:
            following = _AFTER_SCAN.search(content, end)
            scan_end = following.start() if following else len(content)
        yield _Segment(marker, start, end, scan_end)
        at = scan_end


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Give width and height of the frame."""
    for segment in _segments(content):
        if segment.marker in _FRAMES and segment.end - segment.start >= 6:
            height, width = (
                content[segment.start + 1 : segment.start + 3],
                content[segment.start + 3 : segment.start + 5],
            )
            return int.from_bytes(width), int.from_bytes(height)
    return None


def tiff(content: bytes) -> bytes | None:
    """Give the TIFF structure of the first EXIF segment."""
    for segment in _segments(content):
        if segment.marker == _SCAN:
            return None
        if segment.marker == _APP1 and content.startswith(_EXIF, segment.start):
            return content[segment.start + len(_EXIF) : segment.end]
    return None


def strip(content: bytes, orientation: int) -> bytes | None:
    """Copy what draws the picture; None where the file breaks off: what stands behind a lost end may be anything."""
    parts = [b"\xff\xd8"]
    if orientation != 1:
        parts.append(_segment(_APP1, _EXIF + orientation_tiff(orientation)))
    drawn = ended = False
    for segment in _segments(content):
        body = content[segment.start : segment.end]
        if segment.marker == _SCAN:
            drawn = True
            parts.append(_segment(_SCAN, body) + content[segment.end : segment.scan_end])
        elif segment.marker in _DRAWING or (segment.marker == _APP2 and body.startswith(_ICC)):
            parts.append(_segment(segment.marker, body))
        elif segment.marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14:
            parts.append(_segment(_APP0, body[:12] + b"\0\0"))  # without its thumbnail
        elif segment.marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            parts.append(_segment(_APP14, body[:12]))  # how the colours are stored
        ended = segment.marker == _END
    return b"".join([*parts, b"\xff\xd9"]) if drawn and ended else None


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
