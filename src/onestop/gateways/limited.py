"""
No more messages than a gateway takes.

Waiting for a moment costs less than to give a message back, which writes to the store twice; so the next place is
waited for where it is near. Where it is not, the message is given back with the time of its own place: waiting longer
would let the leases of the messages behind it run out, and keep the timers of the next round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import RateLimitedError, RequestError
from onestop.gateways.base import Sender, Sent

__all__ = ["Limited"]


class Limited:
    """
    A sender that is given so many messages a second and no more, by however many threads.

    Args:
        sender: who carries them.
        per_second: on average; 0.5 is one every two seconds.
        burst: so many at once after a pause.
        most_wait_s: a place that is further away is not waited for.
        clock: seconds, steady.
        sleep: waits so many seconds.

    Raises:
        RequestError: a rate or a burst that lets nothing through.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        per_second: float,
        burst: int = 1,
        most_wait_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not (0 < per_second < float("inf")) or burst < 1:
            raise RequestError("a limit lets something through: per_second above 0, burst of 1 or more")
        self._sender = sender
        self._interval_s, self._ahead_s = 1 / per_second, (burst - 1) / per_second
        self._most_wait_s = most_wait_s
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = clock()  # when the next place is, were there no burst
        self._promised = self._next  # the place after the last one that a message was sent back to
        self.idempotent: bool | Collection[str] = getattr(sender, "idempotent", False)

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Have a message carried away, at its turn.

        Raises:
            RateLimitedError: its turn is too far away, or the gateway says so itself: then nothing goes for as long.
            SendError, UnsureError: as the sender says.
        """
        if wait := self._reserved():
            self._sleep(wait)
        try:
            return self._sender.send(message, request)
        except RateLimitedError as exc:
            if exc.retry_after_s is not None:
                with self._lock:  # a gateway that is asked on while it says no says no for longer
                    self._next = max(self._next, self._clock() + exc.retry_after_s + self._ahead_s)
            raise

    def _reserved(self) -> float:
        """Take the next place; give how long to wait for it."""
        with self._lock:
            now = self._clock()
            start = max(self._next, now)  # unused places older than a burst are gone
            wait = max(0.0, start - self._ahead_s - now)
            if wait > self._most_wait_s:
                place = max(self._promised, start)  # each comes back for a place of its own, and not all for one
                self._promised = place + self._interval_s
                raise RateLimitedError("the gateway's limit is reached", retry_after_s=place - self._ahead_s - now)
            self._next = start + self._interval_s
            return wait
