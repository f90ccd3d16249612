"""
Parts of a text message: what a text costs before it is sent, and how it can be made to cost less.

A text of GSM 7-bit characters only is sent in that alphabet (3GPP TS 23.038, section 6.2.1), any other as UCS-2, which
is UTF-16 in practice. A message of several parts loses six bytes of each to the header that joins them (3GPP TS 23.040,
section 9.2.3.24.1):

    alphabet    one part    each of several
    GSM-7       160         153               septets; a character of the extension table takes two
    UCS-2       70          67                UTF-16 code units; a character beyond U+FFFF takes two

No part ends inside a pair: the escape goes with its character, a high surrogate with its low one. So a text can need
one part more than its units divided by 153 or 67.

Welsh is half in the alphabet: à è é ì ò ù ä ö ü are in it; â ê î ô û ŵ ŷ, á í ó ú ẃ ý, ë ï ẅ ÿ are not, and one of them
makes the whole message UCS-2. They are letters, not decoration: `downgrade` keeps them unless told otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["Encoding", "Segments", "count_segments", "downgrade", "outside_gsm", "split_segments"]

Encoding = Literal["gsm7", "ucs2"]

# 3GPP TS 23.038, section 6.2.1: the default alphabet in the order of its codes, without the escape (0x1B).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Section 6.2.1.1: the extension table, each reached by the escape. Form feed is in it, too.
_EXTENSION = frozenset("\f^{}\\[~]|€")

_SINGLE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 70}
_JOINED: dict[Encoding, int] = {"gsm7": 153, "ucs2": 67}

# GOV.UK Notify documentation, "Text message pricing", and what its templates show (read 2026-03-02): typography that a
# word processor put there is replaced, which changes no meaning.
_TYPOGRAPHY = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("‘’‚‛′ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    "…": "...",
    **dict.fromkeys("\t\v\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    **dict.fromkeys("\u00ad\u180e\u200b\u200c\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), ""),  # which way a text runs
}
_REPLACEMENTS = str.maketrans(_TYPOGRAPHY)
_LINE_ENDS = re.compile("\r\n?")

# Letters whose mark is part of the letter, so that Unicode does not take it apart.
_BARE = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i", "ŧ": "t", "Ŧ": "T"})
# Emoji as Unicode has them: a base, and what is joined to it (UTS #51): one picture is one mark.
_BASE = "\u231a\u231b\u23e9-\u23f3\u2600-\u27bf\u2b00-\u2bff\u3297\u3299\U0001f000-\U0001faff"
_PICTURE = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    rf"[{_BASE}](?:[\u200d\ufe0e\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|\ufe0f|(?<=\u200d)[{_BASE}\u2640\u2642])*",
    re.DOTALL,
)
_SELECTORS = re.compile("[\u200d\ufe0e\ufe0f]")


class Segments(NamedTuple):
    """How a text travels."""

    encoding: Encoding
    units: int  # septets of GSM-7, UTF-16 code units of UCS-2
    parts: int  # how many messages are paid for; an empty text is one


def count_segments(text: str) -> Segments:
    """
    Give alphabet, units and parts of a text message.

    >>> count_segments("Glanhawyd heddiw")
    Segments(encoding='gsm7', units=16, parts=1)
    >>> count_segments("Tŷ" + "x" * 69)
    Segments(encoding='ucs2', units=71, parts=2)
    """
    encoding = _encoding(text)
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    if units <= _SINGLE[encoding]:
        return Segments(encoding, units, 1)
    return Segments(encoding, units, sum(1 for _ in _ends(widths, _JOINED[encoding])))


def split_segments(text: str) -> tuple[str, ...]:
    """
    Give the parts of a text message, which together are the text.

    >>> [len(part) for part in split_segments("x" * 152 + "€" + "y" * 20)]
    [152, 21]
    """
    encoding = _encoding(text)
    widths = [_width(character, encoding) for character in text]
    if sum(widths) <= _SINGLE[encoding]:
        return (text,)
    parts, start = [], 0
    for end in _ends(widths, _JOINED[encoding]):
        parts.append(text[start:end])
        start = end
    return tuple(parts)


def outside_gsm(text: str) -> str:
    """
    Give the characters that make a text UCS-2, each once, in their order; none where it is sent in GSM-7.

    >>> outside_gsm("Tŷ gŵyl, bŷth"), outside_gsm("café")
    ('ŷŵ', '')
    """
    return "".join(character for character in dict.fromkeys(text) if not _is_gsm(character))


def downgrade(text: str, *, accents: bool = False) -> str:
    """
    Give a text without the marks that cost a text message its alphabet and change no meaning, as GOV.UK Notify does.

    Curly quotes, dashes and the ellipsis become plain, odd spaces and tabs a space; marks that nobody sees are left
    out; an emoji becomes `?`. Letters stay as they are, Welsh ones too; with `accents`, letters that are not in GSM-7
    lose their accents, and what has no plain form stays.

    >>> downgrade("“Tŷ” – gwag… 🏠"), downgrade("Tŷ, Łódź, café", accents=True)
    ('"Tŷ" - gwag... ?', 'Ty, Lodz, café')
    """
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    text = _SELECTORS.sub("", _PICTURE.sub("?", text)).translate(_REPLACEMENTS)
    if not accents:
        return text
    return "".join(character if _is_gsm(character) else _without_accent(character) for character in text)


def _without_accent(character: str) -> str:
    letters = "".join(mark for mark in unicodedata.normalize("NFD", character) if not unicodedata.combining(mark))
    return letters.translate(_BARE)


def _encoding(text: str) -> Encoding:
    return "gsm7" if all(map(_is_gsm, set(text))) else "ucs2"


def _is_gsm(character: str) -> bool:
    return character in _BASIC or character in _EXTENSION


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "gsm7":
        return 2 if character in _EXTENSION else 1
    return 2 if character > "\uffff" else 1


def _ends(widths: list[int], room: int) -> Iterator[int]:
    """Give where each part ends: as full as it can be without a pair cut in two."""
    used = 0
    for place, width in enumerate(widths):
        if used + width > room:
            yield place
            used = 0
        used += width
    yield len(widths)
