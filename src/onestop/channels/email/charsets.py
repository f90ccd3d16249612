"""
Text from bytes whose label may be missing, unknown or wrong.

Labels are read as browsers read them where they differ from the letter (WHATWG Encoding, "Names and labels"), since
that is what the sender saw: iso-8859-1 is windows-1252, gb2312 is gb18030.
"""

from __future__ import annotations

import codecs
from encodings.aliases import aliases
from functools import lru_cache

__all__ = ["decode_text"]

# What is written in mails, as Python's codec; None: the label says nothing, so the bytes must.
_LABELS: dict[str, str | None] = {
    "": None,
    "ascii": None,
    "us_ascii": None,
    "ansi_x3.4_1968": None,
    "unknown": None,
    "unknown_8bit": None,
    "x_unknown": None,
    "default": None,
    "default_charset": None,
    "utf8": "utf-8",
    "utf_8": "utf-8",
    "utf8mb4": "utf-8",
    "cp_utf8": "utf-8",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "ansi": "cp1252",
    "x_ansi": "cp1252",
    "windows_1252": "cp1252",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_9": "cp1254",
    "windows_874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
}

# Codecs that are no character sets, or whose time is not linear in the size (punycode, idna).
_NO_CHARSETS = frozenset(
    [
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "idna",
        "mbcs",
        "oem",
        "punycode",
        "quopri_codec",
        "raw_unicode_escape",
        "rot_13",
        "undefined",
        "unicode_escape",
        "uu_codec",
        "zlib_codec",
    ]
)
_CODECS = frozenset(aliases.values()) - _NO_CHARSETS


@lru_cache(512)
def _codec(label: str) -> tuple[str | None, bool]:
    """Give the codec of a label, and whether the label was known; looked up in a table, since codecs.lookup keeps
    every wrong name it is asked for, for ever."""
    name = label.strip().strip("\"'").lower().replace("-", "_").replace(" ", "_")
    if name in _LABELS:
        return _LABELS[name], True
    codec = aliases.get(name.replace(".", "_"), name)
    return (codec, True) if codec in _CODECS else (None, False)


def decode_text(data: bytes, label: str | None) -> tuple[str, str | None]:
    """
    Give the text of bytes by their label, else by what they look like (UTF-8, then windows-1252), and a defect code.

    >>> decode_text("tŷ".encode(), "iso-8859-1")[1], decode_text(b"caf\\xe9", "utf-8")
    (None, ('café', 'charset_wrong'))
    """
    codec, known = _codec(label[:64]) if label else (None, True)
    defect = None if known else "charset_unknown"
    if codec is not None:
        try:
            return codecs.decode(data, codec), defect
        except (UnicodeError, ValueError):
            defect = "charset_wrong"
    try:
        return data.decode("utf-8"), defect
    except UnicodeDecodeError:
        return _looks_like(data), defect or ("charset_wrong" if label else "charset_missing")


def _looks_like(data: bytes) -> str:
    """Give UTF-8 with its broken bytes marked when most of it is UTF-8, as when a mail was cut; else windows-1252."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    unusual = len(text) - len(text.encode("ascii", "ignore"))
    return text if broken * 2 < unusual else data.decode("cp1252", "replace")
