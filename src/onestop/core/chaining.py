"""
Chaining: how an event is written down, and how each hash covers the hash before it.

One mechanism for every append-only history: a case's, and what was stated of a citizen.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic_core import PydanticSerializationError

from onestop.core.model import Frozen, UtcDatetime
from onestop.errors import RequestError

__all__ = ["GENESIS", "Recorded", "chain", "written"]

GENESIS = bytes(32)  # the hash before the first event


class Recorded(Frozen):
    """What every event has; each type adds a `type` of its own."""

    version: Literal[1] = 1
    at: UtcDatetime
    by: str  # the actor: kind:id


def written(kind: str, event: Recorded) -> bytes:
    """
    Give an event as JSON without what is as it is by default, but for its type and version, which stand in front.

    So an event of another default is one of another version.

    Raises:
        RequestError: it has half a surrogate pair, which is no text and cannot be stored.
    """
    try:
        text = event.model_dump_json(exclude_defaults=True)
    except PydanticSerializationError as exc:
        raise RequestError("an event holds names and ids as text that UTF-8 can carry") from exc
    return f'{{"type":"{kind}","version":{event.version},{text[1:]}'.encode()


def chain(previous: bytes, data: bytes) -> bytes:
    """Give the hash of stored bytes that follow the hash `previous`: SHA-256 over both."""
    return hashlib.sha256(previous + data).digest()
