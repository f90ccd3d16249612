"""Each message to the sender of its gateway."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import SendError
from onestop.gateways.base import Sender, Sent, is_idempotent

__all__ = ["Routes"]


class Routes:
    """
    Hands each message to the sender of its gateway's host, or else of its channel.

    A channel's adapter decides which gateway its messages go by; a host tells two gateways of one channel apart.

    >>> from onestop.gateways import CollectingSender
    >>> sender = Routes({"email": CollectingSender(), "api.twilio.com": CollectingSender()})
    >>> sorted(sender.idempotent)
    []
    """

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self._senders = dict(senders)
        # Which of them takes a message is seen by its request, so that a channel holds where every host's sender does.
        channels = [key for key in self._senders if "." not in key]
        hosts = [sender for key, sender in self._senders.items() if "." in key]
        self.idempotent = frozenset(
            channel
            for channel in channels
            if all(is_idempotent(sender, channel) for sender in (self._senders[channel], *hosts))
        )

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Have a message carried away.

        Raises:
            SendError: as its sender says; or there is none, and there may be one later.
            UnsureError: its sender cannot say whether the gateway took it.
        """
        try:
            host = urlsplit(request.url).hostname or ""
        except ValueError:  # half an IPv6 address: its channel's sender says what is wrong with it
            host = ""
        sender = self._senders.get(host) or self._senders.get(message.channel)
        if sender is None:
            raise SendError(f"no sender is set for {message.channel}", permanent=False, status="no_route")
        return sender.send(message, request)
