"""What the desk asks of a gateway: that it carries a message away, that it gives a file."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from onestop.core.gateway import GatewayRequest, Message

__all__ = ["Fetched", "Fetcher", "NotFetched", "Sender", "Sent", "is_idempotent"]


class Sent(NamedTuple):
    """A gateway took a message."""

    gateway_id: str | None = None  # its own id of the message, by which its reports name it
    simulated: bool = False  # it went nowhere: a test mode kept it


class Sender(Protocol):
    """
    Carries messages away; safe to share between threads.

    A sender whose gateway knows a repeat by `message.id`, and takes it once, says so by an attribute `idempotent`: True
    or the channels of which that holds. Without one it is taken to send twice what it is given twice.
    """

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Carry one message away; `message.id` is the same for every try, so that a gateway can tell a repeat.

        Raises:
            SendError: the gateway did not take it; `permanent` says whether trying again can help.
            RateLimitedError: … and it takes no more for now; no try counts.
            UnsureError: the gateway may have taken it. Any other exception is understood so too.
        """
        ...


def is_idempotent(sender: Sender, channel: str) -> bool:
    """Say whether a message of a channel may be given to a sender again where nobody knows if it was taken."""
    said: bool | Collection[str] = getattr(sender, "idempotent", False)
    return said if isinstance(said, bool) else channel in said


class Fetched(NamedTuple):
    """A file that its gateway gave."""

    content: bytes
    media_type: str  # what its gateway said, or what the bytes show where they show it


class NotFetched(NamedTuple):
    """A file that its gateway did not give; `code` is stable, and says nothing of the address."""

    code: str
    permanent: bool  # trying again cannot help


class Fetcher(Protocol):
    """Fetches files that a gateway keeps for us; safe to share between threads."""

    def fetch(self, url: str, /) -> Fetched | NotFetched:
        """Give a file, or why there is none: nothing that the other side does makes this raise."""
        ...
