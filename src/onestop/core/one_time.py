"""
One-time codes: six digits that go to a contact point, and whoever says them back reads what is sent there.

The digits are kept nowhere. They are made from the store's secret and a salt whenever they are wanted: when the message
leaves, and when somebody says them. Until then its words have a mark in their place, so that neither the outbox nor the
history nor a backup tells them to whoever reads it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from onestop.core.gateway import Message

__all__ = ["HELD_FOR", "LASTS", "MARK", "MOST_ATTEMPTS", "MOST_HOURLY", "OneTimeCode", "filled", "is_right", "spelt"]

LASTS = timedelta(minutes=10)
HELD_FOR = timedelta(days=1)  # a row is of no use after the hour in which it counts; a day lets a person look into it
MOST_ATTEMPTS = 5  # of one code: with three of them an hour, one guess in 66,000 hours' worth is right
MOST_HOURLY = 3  # codes to one contact point: nobody is to be flooded with them
MARK = "*** ***"
"""What stands in a message's words for the code, which is as long."""

_SPACE = 1_000_000
_LONGEST = 100  # characters of what somebody typed: a code with whatever stands around it


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code that was sent to a contact point; it does not have the digits."""

    key: str  # of the contact point
    id: str
    citizen: str  # the id of who held the contact point
    salt: bytes
    issued_at: datetime
    until: datetime
    attempts: int = 0
    state: Literal["open", "used", "void"] = "open"

    def holds(self, now: datetime) -> bool:
        """Say whether it can still be said back."""
        return self.state == "open" and self.attempts < MOST_ATTEMPTS and self.issued_at <= now < self.until


def spelt(code: OneTimeCode, secret: bytes) -> str:
    """Give the digits of a code, as they are read out: 204 318."""
    made_for = b"\0".join((b"one-time code", code.key.encode(), code.id.encode(), code.salt))
    digits = f"{int.from_bytes(hmac.digest(secret, made_for, hashlib.sha256)) % _SPACE:06d}"
    return f"{digits[:3]} {digits[3:]}"


def is_right(code: OneTimeCode, said: str, secret: bytes) -> bool:
    """Say whether these are the digits, whatever blanks and dashes they were said with; takes the same time for all."""
    wanted = spelt(code, secret).replace(" ", "").encode()
    digits = "".join(mark for mark in said[:_LONGEST] if mark.isascii() and mark.isdigit())
    return hmac.compare_digest(wanted, digits.encode())


def filled(message: Message, code: OneTimeCode, secret: bytes) -> Message:
    """Give a message with the digits in their place; never in its subject, which a locked screen shows."""
    digits = spelt(code, secret)
    words = {"text": message.text.replace(MARK, digits)}
    if message.html is not None:
        words["html"] = message.html.replace(MARK, digits)
    return message.model_copy(update=words)
