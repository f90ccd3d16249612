"""
A case's reference, which a citizen can read out, and the signed token that proves we gave it to them.

A reference is the council's prefix and eight characters, `NP-049N-3021`: no I, L, O, U or Z to be misheard, and the
last one a check character that finds every wrong character and every two that changed places. It is not secret:
whoever quotes one is not thereby proved to be of the case. The token is: it carries a message authentication code
(RFC 2104).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from onestop.core.model import Frozen

__all__ = ["find_references", "is_reference", "make_reference", "read_token", "reply_token"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"  # 31 characters: a prime, so that a weighted sum finds every single error
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_BODY_LENGTH = 7
SPACE = len(ALPHABET) ** _BODY_LENGTH  # how many references a prefix has: 27,512,614,111
_REFERENCE = re.compile(
    rf"(?<![A-Za-z0-9])([A-Za-z]{{2,4}})-?([{ALPHABET}]{{4}})-?([{ALPHABET}]{{4}})(?![A-Za-z0-9])",
    re.IGNORECASE | re.ASCII,  # without ASCII the case of K and S has Unicode's own letters: K, ſ
)
_MAC_LENGTH = 12  # characters of base32: 60 bits, out of reach of guessing through a mail server
_TOKEN = re.compile(
    rf"([a-z]{{2,4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}})\.([a-z2-7]{{{_MAC_LENGTH}}})\Z", re.IGNORECASE | re.ASCII
)


def make_reference(prefix: str, number: int) -> str:
    """
    Give the reference of a number from 0 to `SPACE - 1`; larger numbers wrap around.

    >>> make_reference("NP", 123_456_789)
    'NP-049N-3021'
    """
    body = ""
    for _ in range(_BODY_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        body = ALPHABET[digit] + body
    body += _check(body)
    return f"{prefix.upper()}-{body[:4]}-{body[4:]}"


def _check(body: str) -> str:
    return ALPHABET[sum(weight * _VALUE[character] for weight, character in enumerate(body, 2)) % len(ALPHABET)]


def is_reference(text: str) -> bool:
    """Say whether text is one well-formed reference whose check character is right."""
    return find_references(text) == (text.strip().upper(),)


def find_references(text: str, *, prefix: str | None = None) -> tuple[str, ...]:
    """
    Give the references that a text quotes, in order, each once, as they were made; with `prefix` only that council's.

    >>> find_references("about np-049n-3021 again (not NP-049N-3022)")
    ('NP-049N-3021',)
    """
    if prefix is not None and prefix.encode() not in text.encode("utf-8", "surrogatepass").upper():
        return ()  # most texts; searching each place of a long one costs more than all else here
    found: dict[str, None] = {}
    for letters, first, last in _REFERENCE.findall(text):
        body = (first + last).upper()
        if _check(body[:_BODY_LENGTH]) == body[_BODY_LENGTH] and prefix in (None, letters.upper()):
            found[f"{letters.upper()}-{body[:4]}-{body[4:]}"] = None
    return tuple(found)


class Token(Frozen):
    """What a reply token said: the reference, and whether our signature proves it."""

    reference: str
    proved: bool


def reply_token(reference: str, key: bytes) -> str:
    """
    Give the signed token of a case, lower-case and fit for the local part of an e-mail address (RFC 5233).

    >>> reply_token("NP-049N-3021", b"a secret of the council")
    'np-049n-3021.jeqvt2oozjau'
    """
    code = hmac.digest(key, reference.upper().encode(), hashlib.sha256)
    return f"{reference}.{base64.b32encode(code).decode()[:_MAC_LENGTH]}".lower()


def read_token(text: str, keys: Iterable[bytes]) -> Token | None:
    """
    Give what a token says, proved when any of `keys` signed it (several, so that keys can be changed); None: no token.

    Case does not count, since mail systems change it.
    """
    match = _TOKEN.match(text)
    if match is None:
        return None
    reference = match[1].upper()
    proved = False
    for key in keys:  # all of them, so that the time does not tell which one signed
        proved |= hmac.compare_digest(reply_token(reference, key), text.lower())
    return Token(reference=reference, proved=proved)
