"""PNG as chunks (W3C PNG, third edition): its size, its EXIF, and a copy of what draws the picture."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from onestop.core.exif import orientation_tiff

__all__ = ["SIGNATURE", "dimensions", "strip", "tiff"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_DRAWING = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
    | {b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT"}  # high dynamic range; animation
)


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Give each whole chunk's type, where it begins (at its length) and where it ends (behind its checksum)."""
    at = len(SIGNATURE)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            return
        kind = content[at + 4 : at + 8]
        yield kind, at, end
        if kind == b"IEND":
            return
        at = end


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Give width and height of the header."""
    if content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def tiff(content: bytes) -> bytes | None:
    """Give the TIFF structure of the EXIF chunk."""
    return next((content[start + 8 : end - 4] for kind, start, end in _chunks(content) if kind == b"eXIf"), None)


def strip(content: bytes, orientation: int) -> bytes | None:
    """Copy what draws the picture; None where the file breaks off before its end."""
    parts, kinds = [SIGNATURE], set()
    for kind, start, end in _chunks(content):
        if kind not in _DRAWING:
            continue
        parts.append(content[start:end])
        if kind == b"IHDR" and orientation != 1 and kind not in kinds:
            parts.append(_chunk(b"eXIf", orientation_tiff(orientation)))
        kinds.add(kind)
    return b"".join(parts) if {b"IHDR", b"IDAT", b"IEND"} <= kinds else None


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
