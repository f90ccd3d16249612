"""Names of files that came from outside, made safe to show, to save and to put in a header."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FILENAME_LIMIT", "extension_of", "safe_filename"]

FILENAME_LIMIT = 120
"""Characters of a safe name, its extension included; never more than 240 bytes of UTF-8 either."""

_BYTE_LIMIT = 240  # ext4, APFS and NTFS allow 255: room is left for a host's own prefix
_READ_LIMIT = 4_096  # characters of a hostile name that are looked at, from its end
_EXTENSION_LIMIT = 16

# Windows: "Naming files, paths, and namespaces" (read 2026-03-02): marks that no name may have, and device names, which
# stay reserved whatever extension follows.
_MARKS = re.compile(r'[<>:"|?*]')
_SEPARATORS = re.compile(r"[/\\]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\Z", re.IGNORECASE)
_EXTENSION = re.compile(rf"\.[A-Za-z0-9]{{1,{_EXTENSION_LIMIT}}}\Z")

# Unicode categories that never show as a letter: controls, formats (bidi and zero-width marks), surrogates, private
# use, line and paragraph separators. Not the unassigned ones: which those are depends on the version of Python.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

# IANA media types that councils are sent, with the extension that programs know them by; no system table is read, so
# that the same payload gives the same name on every machine.
_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}


def extension_of(media_type: str) -> str:
    """
    Give the extension that files of a media type have, with its dot; empty where none is agreed.

    >>> extension_of("image/jpeg; name=x"), extension_of("application/octet-stream")
    ('.jpg', '')
    """
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower(), "")


def safe_filename(name: str, media_type: str = "") -> str:
    """
    Give the name a file may be shown and saved under: never empty, no folders, nothing unseen, at most 120 characters.

    The extension is kept when the name is cut, and comes from the media type only where the name has none: a wrong one
    is the sender's word and stays. Two files may get one name; telling them apart is for who saves them.

    >>> safe_filename("../../etc/passwd"), safe_filename("C:\\\\Lluniau\\\\tŷ.jpg"), safe_filename("", "image/png")
    ('passwd', 'tŷ.jpg', 'file.png')
    """
    name = unicodedata.normalize("NFC", name[-_READ_LIMIT:])
    shown = "".join(" " if character.isspace() else character for character in name if _is_seen(character))
    last = _SEPARATORS.split(shown.rstrip("/\\. "))[-1]
    stem = " ".join(_MARKS.sub("_", last).split()).strip(". ")
    extension = match[0] if (match := _EXTENSION.search(stem)) else ""
    stem = stem[: len(stem) - len(extension)].rstrip(". ")
    stem, extension = (stem or "file"), (extension or extension_of(media_type))
    if _DEVICE.match(stem.partition(".")[0].rstrip()):
        stem = f"_{stem}"
    return _cut(stem, len(extension)) + extension


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _UNSEEN


def _cut(stem: str, reserved: int) -> str:
    stem = stem[: FILENAME_LIMIT - reserved]
    if len(stem.encode()) + reserved > _BYTE_LIMIT:
        stem = stem.encode()[: _BYTE_LIMIT - reserved].decode(errors="ignore")
    return stem.rstrip(". ") or "file"
