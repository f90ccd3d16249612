"""The sender protocol."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from onestop.core.gateway import GatewayRequest, Message

__all__ = ["Sender", "Sent"]


class Sent(NamedTuple):
    """A gateway took a message."""

    gateway_id: str | None = None  # its own id of the message, by which its reports name it


class Sender(Protocol):
    """Carries messages away; safe to share between threads."""

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Carry one message away; `message.id` is the same for every try, so that a gateway can tell a repeat.

        Raises:
            SendError: the gateway did not take it; `permanent` says whether trying again can help.
        """
        ...
