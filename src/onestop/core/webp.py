"""WebP as chunks (RFC 9649): its size, its EXIF, and a copy of what draws the picture."""

from __future__ import annotations

from collections.abc import Iterator

from onestop.core.exif import orientation_tiff

__all__ = ["dimensions", "strip", "tiff"]

_PICTURE = frozenset({b"VP8 ", b"VP8L"})
_DRAWING = _PICTURE | {b"ALPH", b"ANIM", b"ICCP"}
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04  # of the extended header
_FRAME_HEADER = 16


def _chunks(content: bytes, at: int, limit: int) -> Iterator[tuple[bytes, bytes]]:
    """Give the whole chunks between two places, each as its type and content."""
    while at + 8 <= limit:
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if at + 8 + size > limit:
            return
        yield kind, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _all(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    return _chunks(content, 12, min(len(content), 8 + int.from_bytes(content[4:8], "little")))


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Give width and height: of the canvas, or of the one frame."""
    for kind, body in _all(content):
        if kind == b"VP8X" and len(body) >= 10:
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
            packed = int.from_bytes(body[1:5], "little")
            return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) >= 10:
            return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None


def tiff(content: bytes) -> bytes | None:
    """Give the TIFF structure of the EXIF chunk; some writers put JPEG's mark before it."""
    body = next((body for kind, body in _all(content) if kind == b"EXIF"), None)
    return body.removeprefix(b"Exif\0\0") if body is not None else None


def strip(content: bytes, orientation: int) -> bytes | None:
    """Copy what draws the picture; None where the file breaks off before it."""
    parts: list[bytes] = []
    extended = drawn = False
    for kind, body in _all(content):
        if kind == b"VP8X" and len(body) >= 10 and not extended:
            extended = True
            turned = _EXIF_FLAG if orientation != 1 else 0
            flags = body[0] & ~(_EXIF_FLAG | _XMP_FLAG) | turned
            parts.append(_chunk(kind, bytes([flags]) + body[1:10]))
        elif kind == b"ANMF" and len(body) >= _FRAME_HEADER:
            drawn = True
            parts.append(_chunk(kind, _frame(body)))
        elif kind in _DRAWING:
            drawn = drawn or kind in _PICTURE
            parts.append(_chunk(kind, body))
    if not drawn:
        return None
    if extended and orientation != 1:  # a simple file has no place for it, and no reader that would look
        parts.append(_chunk(b"EXIF", orientation_tiff(orientation)))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _frame(body: bytes) -> bytes:
    """Give one frame of an animation without what does not draw it."""
    inner = _chunks(body, _FRAME_HEADER, len(body))
    return body[:_FRAME_HEADER] + b"".join(_chunk(kind, each) for kind, each in inner if kind in _DRAWING)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
