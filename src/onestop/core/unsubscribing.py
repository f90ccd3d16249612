"""
The token of one-click unsubscribing (RFC 8058): proof that whoever sends it was sent one certain message of ours.

It names the message and nothing else, signed: to whom that went, and for what purpose, stands in the outbox, so that
nothing personal can be read in it, and once that row is erased it opens nothing. It is lower-case and fit for the local
part of an address, too (RFC 6068).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

from onestop.core.model import Frozen

__all__ = ["StopToken", "read_stop_token", "stop_token"]

_DOMAIN = b"unsubscribe\0"  # a key may sign reply tokens, too: no token of one kind is one of the other
_MAC_LENGTH = 16  # characters of base32: 80 bits
_TOKEN = re.compile(rf"([a-z0-9_\-]{{1,48}})\.([a-z2-7]{{{_MAC_LENGTH}}})\Z", re.IGNORECASE | re.ASCII)


class StopToken(Frozen):
    """What a token said: the message, by our id, and whether our signature proves it."""

    message: str
    proved: bool


def stop_token(message: str, key: bytes) -> str:
    """
    Give the signed token of a message.

    >>> stop_token("019c1f4a5b60a1b2c3d4e5f6m", b"a secret of the council")
    '019c1f4a5b60a1b2c3d4e5f6m.nijyagvonxy2ixth'
    """
    named = message.lower()
    code = hmac.digest(key, _DOMAIN + named.encode(), hashlib.sha256)
    return f"{named}.{base64.b32encode(code).decode()[:_MAC_LENGTH].lower()}"


def read_stop_token(text: str, keys: Iterable[bytes]) -> StopToken | None:
    """
    Give what a token says, proved when any of `keys` signed it (several, so that keys can be changed); None: no token.

    Case does not count, since mail systems change it.
    """
    match = _TOKEN.match(text)
    if match is None:
        return None
    message, given, proved = match[1].lower(), text.lower().encode(), False
    for key in keys:  # all of them, so that the time does not tell which one signed
        proved |= hmac.compare_digest(stop_token(message, key).encode(), given)
    return StopToken(message=message, proved=proved)
