"""Words out of bytes: character sets that are wrong or missing, characters that no text has, texts too long."""

from __future__ import annotations

import codecs
import re

from onestop.core.enquiry import TEXT_LIMIT

__all__ = ["clean_text", "cut_text", "decode_text", "media_type_of"]

# Labels of the WHATWG Encoding Standard that forms are sent in. Others are not asked of Python: its registry imports
# files, and holds codecs that are no character sets (`zlib`, `punycode`, `unicode_escape`). All are loaded here, never
# while parsing; as the standard has it, Latin-1 and ASCII mean Windows-1252.
_UTF_8, _FALLBACK = codecs.lookup("utf-8"), codecs.lookup("cp1252")
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8"), _UTF_8),
    **dict.fromkeys(("us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252"), _FALLBACK),
    "iso-8859-14": codecs.lookup("iso8859-14"),  # Welsh
    "iso-8859-15": codecs.lookup("iso8859-15"),
}

# C0 but tab, line feed and carriage return; DEL; C1; halves of surrogate pairs, which UTF-8 cannot carry.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+\-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+\-]{0,126}\Z")


def decode_text(data: bytes, charset: str | None, defects: list[str]) -> str:
    """
    Give the text of bytes: UTF-8 where they are that, else the declared character set, else Windows-1252.

    Bytes that are UTF-8 beyond ASCII are so by no accident, whatever their label says. Defects: `charset_unknown` when
    the label is not known here, `charset_wrong` when the bytes are not in the declared set (UTF-8 where none is). Bytes
    that fit nothing become U+FFFD.
    """
    if data.isascii():
        return data.decode("ascii")
    label = charset.strip().strip("\"'").lower() if charset else "utf-8"
    codec = _CODECS.get(label, _FALLBACK)
    if label not in _CODECS:
        defects.append("charset_unknown")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if codec is _UTF_8:
            defects.append("charset_wrong")
        return (_FALLBACK if codec is _UTF_8 else codec).decode(data, "replace")[0]
    if codec is not _UTF_8 and label in _CODECS:
        defects.append("charset_wrong")
    return text


def clean_text(text: str, defects: list[str]) -> str:
    """Give text with line ends as LF and without control characters (defect `control_characters`), stripped."""
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    kept = _UNWANTED.sub("", text)
    if len(kept) != len(text):
        defects.append("control_characters")
    return kept.strip()


def cut_text(text: str, defects: list[str]) -> tuple[str, str | None]:
    """Give `text` and `full_text` of an enquiry: longer than the limit is cut, kept whole beside, and `text_cut`."""
    if len(text) <= TEXT_LIMIT:
        return text, None
    defects.append("text_cut")
    return text[:TEXT_LIMIT], text


def media_type_of(header: str | None) -> str:
    """Give a Content-Type's media type, lower-case without parameters; `application/octet-stream` where it has none."""
    media_type = (header or "").partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.match(media_type) else "application/octet-stream"
