"""
The adapter: the pure translator for one gateway's payloads of one channel.

An adapter is made once, with its secrets and a name of the host's choosing, and is safe to use from many threads. It
opens no socket, reads no clock and no setting, and logs nothing; every failure that a payload can cause is a
`PayloadError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from onestop.core.enquiry import Channel, DeliveryReport, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import OnestopError

__all__ = ["Adapter", "Parsed"]

Parsed = Enquiry | DeliveryReport


@runtime_checkable
class Adapter(Protocol):
    """What the desk, the command line and the contract tests ask of a translator."""

    name: str  # the configured name: enquiries carry it, repeats are told by it
    channel: Channel
    capabilities: Capabilities

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give what a payload says, in its own order; empty when it says nothing to us (a gateway's test call).

        Raises:
            PayloadError: the payload cannot be read; `LimitError` when it is larger or deeper than allowed.
        """
        ...

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request proves that the configured gateway sent it.

        Raises:
            SignatureError: it does not, or no secret was configured to tell.
        """
        ...

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """
        Give the answer that the gateway expects: to a payload that was taken in, or to one that met `error`.

        `taken` says what became of each thing the payload said, for a gateway that wants to be told the reference;
        `raw` is the request itself, where its URL or its headers choose the form of the answer. Most gateways want
        neither. A payload that was kept as a rejected intake is taken in, with the outcome `rejected`: the gateway must
        not send it again for ever.
        """
        ...

    def render(self, message: Message, /) -> GatewayRequest:
        """
        Give the request that sends a message.

        Raises:
            PayloadError: the message cannot go this way (no address of this channel, nothing to say, too long), or the
                gateway carries no messages out.
        """
        ...
