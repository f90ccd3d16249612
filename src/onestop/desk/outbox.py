"""What is due: the messages of the outbox are sent, the timers fired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onestop.desk.sending import Sending
from onestop.desk.session import Session
from onestop.desk.timers import Timers
from onestop.gateways.base import Sender
from onestop.stores.base import TimerRecord

__all__ = ["Due", "Outbox"]


@dataclass(slots=True)
class Due:
    """How much was due, and what became of it."""

    sent: int = 0
    retried: int = 0  # a gateway did not take it now
    failed: int = 0
    in_doubt: int = 0
    timers: int = 0
    held: int = 0  # it waits for its time: quiet hours, a gateway's limit
    denied: int = 0  # it must not reach them so, by what is known now

    @property
    def total(self) -> int:
        """How many messages and timers were dealt with."""
        return self.sent + self.retried + self.failed + self.in_doubt + self.timers + self.held + self.denied


class Outbox:
    """The part of the desk that does what is due."""

    def __init__(
        self, session: Session, sender: Sender | None, timers: Mapping[str, Callable[[TimerRecord], None]]
    ) -> None:
        self._timers = Timers(session, timers)
        self._sending = Sending(session, sender) if sender is not None else None

    def run_due(self, limit: int) -> Due:
        """Fire what is due and send what is due, at most `limit` of each."""
        due = Due(timers=self._timers.fire_due(limit))
        if self._sending is not None:
            for what, count in self._sending.send_due(limit).items():
                setattr(due, what, count)
        return due
