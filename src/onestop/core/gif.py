"""GIF as blocks (GIF89a, CompuServe 1990): a copy of what draws the picture."""

from __future__ import annotations

__all__ = ["strip"]

_HEADER = 13  # signature, version and the screen's descriptor, whose eleventh byte tells of the colour table
_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_DESCRIPTOR = 10  # of an image, with its mark
_CONTROL_SIZE = 8
_REPEATS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")  # what says how often an animation is shown


def strip(content: bytes) -> bytes | None:
    """Copy what draws the picture; None where the file breaks off before its end."""
    at = _HEADER + _table(content, 10)
    parts, drawn = [content[:at]], False
    while at < len(content):
        mark = content[at]
        if mark == _END:
            return b"".join([*parts, content[at : at + 1]]) if drawn else None
        if mark == _IMAGE:
            end = _behind(content, at + _DESCRIPTOR + _table(content, at + 9) + 1)  # and the smallest code's size
            drawn = True
        elif mark == _EXTENSION:
            end = _behind(content, at + 2)
        else:
            return None
        if end is None:
            return None
        parts.append(content[at:end] if mark == _IMAGE else _drawing(content[at:end]))
        at = end
    return None


def _table(content: bytes, at: int) -> int:
    """Give the size of the colour table that the flags at a place tell of."""
    flags = content[at] if at < len(content) else 0
    return 3 << (1 + (flags & 7)) if flags & 0x80 else 0


def _behind(content: bytes, at: int) -> int | None:
    """Give where a chain of blocks ends that begins at a place; None when the file breaks off before."""
    while at < len(content):
        size = content[at]
        at += 1 + size
        if size == 0:
            return at
    return None


def _drawing(extension: bytes) -> bytes:
    """Give of an extension what draws: how a frame is shown, how often an animation is; no comment, no XMP, no text."""
    if extension[1] == _CONTROL and extension[2] == 4 and len(extension) == _CONTROL_SIZE:
        return extension
    body = extension[2:]
    if extension[1] == _APPLICATION and body.startswith(_REPEATS) and body[12:14] == b"\x03\x01":
        return extension[:18] + b"\0"
    return b""
