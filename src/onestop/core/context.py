"""What the core may not find out by itself: the time, and where ids and salts come from."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from onestop.core.reference import SPACE, make_reference
from onestop.errors import RequestError

__all__ = ["Context", "Mint"]

_TIME_LENGTH = 11  # hexadecimal characters of milliseconds since 1970: until the year 2527
_HASH_LENGTH = 12  # hexadecimal characters: 48 bits within one millisecond


@dataclass(slots=True)
class Mint:
    """
    Makes ids from the identity of what they are made for, so that a retry and a replay get the same ones.

    Ids begin with the time `at`, so that a store writes them side by side, and go on with a keyed hash of `identity`
    and a running number: without `key` nobody can tell what they were made from. Salts are not derived: each comes
    from `entropy`, since they must not be guessed from what they hide.
    """

    key: bytes  # the store's secret
    identity: str  # of the intake, or of the call
    at: datetime  # of the intake, or of the call: the same for every try
    entropy: Callable[[int], bytes]
    attempt: int = 0  # a conflict plans again with the next number
    _count: int = field(default=0, init=False)
    _time: str = field(init=False)

    def __post_init__(self) -> None:
        self._time = f"{max(0, int(self.at.timestamp() * 1000)):0{_TIME_LENGTH}x}"

    def _next(self, kind: str) -> bytes:
        self._count += 1
        made_for = f"{kind}\0{self.identity}\0{self.attempt}\0{self._count}".encode()
        return hmac.digest(self.key, made_for, hashlib.sha256)

    def id(self, kind: str) -> str:
        """Give the next id; `kind` is its last letter: `c` case, `e` enquiry, `m` message …"""
        return f"{self._time}{self._next(kind).hex()[:_HASH_LENGTH]}{kind}"

    def reference(self, prefix: str) -> str:
        """Give a reference for a new case; of a million, about 18 fall on one that is taken, and are minted again."""
        return make_reference(prefix, int.from_bytes(self._next("reference")[:8]) % SPACE)

    def salt(self) -> bytes:
        """Give 16 fresh bytes that hide one content's digest."""
        return self.entropy(16)


@dataclass(frozen=True, slots=True)
class Context:
    """The time, and the mint, of one plan."""

    now: datetime  # aware, in UTC
    mint: Mint

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise RequestError("the clock has no time zone: it gives aware datetimes, in UTC")
