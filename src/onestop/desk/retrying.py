"""How long to wait before something is tried again that failed and may succeed later."""

from __future__ import annotations

import hashlib
from datetime import timedelta

__all__ = ["wait_before"]

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=6)


def wait_before(message: str, attempts: int) -> timedelta:
    """
    Give how long to wait before the next try: twice as long each time, up to six hours.

    Up to a quarter is added, from the message's id, so that a gateway that comes back is not met by all at once, and a
    replay waits as long as the day itself did.
    """
    wait = min(_FIRST_WAIT * (1 << attempts), _LONGEST_WAIT)
    share = int.from_bytes(hashlib.sha256(f"{message}{attempts}".encode()).digest()[:2]) / 65536
    return wait + wait * share / 4
