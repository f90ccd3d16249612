"""
Photos as bytes: what they are whatever they are called, how large, where they were taken, and without what they tell.

Everything is read from the container alone (JPEG segments, PNG and WebP chunks, GIF blocks); no picture is decoded.
Times and memory follow the size of the file, nothing raises, and what cannot be read says None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from onestop.core import gif, jpeg, png, webp
from onestop.core.enquiry import Attachment, Location
from onestop.core.exif import NOTHING, Exif, read_tiff
from onestop.core.model import Frozen

__all__ = [
    "FileLimits",
    "attachment_defects",
    "dimensions",
    "exif_of",
    "file_defects",
    "is_ornament",
    "is_photo",
    "photo_location",
    "sniff",
    "strip",
]


class FileLimits(Frozen):
    """How large files may be, and how many, before it is noted that they are too large or too many; all are kept."""

    size_bytes: int = 20 << 20
    pixels: int = 64_000_000  # four bytes each when it is shown: a picture beyond this is a trap, or a plan
    count: int = 50  # that come with one enquiry


_LIMITS = FileLimits()

# Media types that the content of a file can prove or refute, under the names that senders have for them.
_SAME = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png", "image/heif": "image/heic"}
_KNOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "application/pdf"})
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_ISPE = re.compile(rb"ispe\0{4}(.{8})", re.DOTALL)  # ISO/IEC 23008-12: image spatial extents
_HEAD = 64 << 10
_SMALLEST_PHOTO = 640 * 480  # pixels


def sniff(content: bytes) -> str | None:
    """
    Give the media type that a file's first bytes prove: a picture that phones make, or PDF; None for anything else.

    >>> sniff(b"%PDF-1.7 ..."), sniff(b"<html>")
    ('application/pdf', None)
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(png.SIGNATURE):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return "application/pdf" if b"%PDF-" in content[:1024] else None  # readers allow what mail systems put before it


def is_photo(content: bytes) -> bool:
    """Say whether a file's first bytes prove a picture."""
    return (sniff(content) or "").startswith("image/")


def is_ornament(content: bytes) -> bool:
    """
    Say whether a file that is shown inside the text is part of the letter and not of the matter, such as a logo.

    Phones put photos inside the text, too: a picture as large as the smallest camera's is one.
    """
    width, height = dimensions(content) or (0, 0)
    return is_photo(content) and width * height < _SMALLEST_PHOTO


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Give a picture's width and height in pixels, as they are stored; None where it does not say."""
    match sniff(content):
        case "image/jpeg":
            size = jpeg.dimensions(content)
        case "image/png":
            size = png.dimensions(content)
        case "image/webp":
            size = webp.dimensions(content)
        case "image/gif":
            size = (int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little"))
        case "image/heic":
            found = [(int.from_bytes(box[:4]), int.from_bytes(box[4:])) for box in _ISPE.findall(content[:_HEAD])]
            size = max(found, key=lambda each: each[0] * each[1], default=None)  # tiles and thumbnails have their own
        case _:
            size = None
    return size if size and size[0] and size[1] else None


def exif_of(content: bytes) -> Exif:
    """Give what a JPEG, PNG or WebP tells of place, time and which way up; empty where it tells nothing."""
    match sniff(content):
        case "image/jpeg":
            tiff = jpeg.tiff(content)
        case "image/png":
            tiff = png.tiff(content)
        case "image/webp":
            tiff = webp.tiff(content)
        case _:
            tiff = None
    return read_tiff(tiff) if tiff else NOTHING


def strip(content: bytes) -> bytes | None:
    """
    Give a JPEG, PNG, WebP or GIF without anything but the picture, its colours and which way up it is.

    Places, times, makers' notes, names, comments, thumbnails, XMP and what stands behind the end are left out: only
    what is known to draw the picture is copied, so that a segment nobody has heard of is left out, too. The picture is
    not compressed anew. None: a file of another kind, or one too damaged to be sure; it must not leave as it is.
    """
    orientation = exif_of(content).orientation or 1
    match sniff(content):
        case "image/jpeg":
            return jpeg.strip(content, orientation)
        case "image/png":
            return png.strip(content, orientation)
        case "image/webp":
            return webp.strip(content, orientation)
        case "image/gif":
            return gif.strip(content)
        case _:
            return None


def file_defects(content: bytes, media_type: str, limits: FileLimits = _LIMITS) -> tuple[str, ...]:
    """
    Give what is wrong with a file: `file_type_differs`, `file_too_large`, `image_too_large`, `file_unreadable`.

    `media_type` is what the sender said. Of kinds that content cannot prove (text, office documents) only the size is
    looked at, and that no picture or PDF pretends to be one.
    """
    defects = ["file_too_large"] if len(content) > limits.size_bytes else []
    said, found = _SAME.get(media_type, media_type), sniff(content)
    if said not in _SAYS_NOTHING and said != found and (found is not None or said in _KNOWN):
        defects.append("file_type_differs")
    if not content:
        defects = ["file_unreadable"]
    elif found is not None and found.startswith("image/"):
        size = dimensions(content)
        if size is None:
            defects.append("file_unreadable")
        elif size[0] * size[1] > limits.pixels:
            defects.append("image_too_large")
    return tuple(defects)


def attachment_defects(attachments: Sequence[Attachment], limits: FileLimits = _LIMITS) -> tuple[str, ...]:
    """
    Give what is wrong with the files that came with an enquiry, each code once: those of `file_defects`, and
    `files_too_many`. Of those that are not here yet only the number is looked at.
    """
    codes: list[tuple[str, ...]] = [("files_too_many",)] if len(attachments) > limits.count else []
    codes += [file_defects(each.content, each.media_type, limits) for each in attachments if each.content is not None]
    return tuple(dict.fromkeys(code for found in codes for code in found))


def photo_location(attachments: Iterable[Attachment]) -> Location | None:
    """Give the place where the first photo that says so was taken."""
    for attachment in attachments:
        exif = exif_of(attachment.content) if attachment.content else NOTHING
        if exif.lat is not None:
            return Location(lat=exif.lat, lon=exif.lon, source="photo")
    return None
