"""Test mode: messages leave for people who agreed to be tested on, and for nobody else."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Collection

from onestop.core.contact import Urn, mailto_urn, tel_urn
from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import ContactPointError, RequestError
from onestop.gateways.base import Sender, Sent

__all__ = ["SafeSender"]

_MOST_KEPT = 1_000
_DOMAIN = re.compile(r"@?([a-z0-9-]+(?:\.[a-z0-9-]+)+)\Z")


class SafeSender:
    """
    Lets messages through to safe recipients; every other one is kept, and counts as sent.

    `kept` has the last thousand of them, oldest first. E-mail may go to a safe address instead: its envelope is changed
    and nothing that the reader sees, but for `X-Original-To`, which names whom it was for.

    Args:
        sender: who carries what may leave.
        safe: addresses, numbers, or domains (`@northport.example`), below which no other domain is meant.
        redirect_email: where e-mail for everybody else goes; left out: nowhere.

    Raises:
        RequestError: something in `safe` or `redirect_email` is no contact point.
    """

    def __init__(self, sender: Sender, *, safe: Collection[str], redirect_email: str | None = None) -> None:
        self._sender = sender
        self._safe = frozenset(_key(each) for each in safe)
        try:
            self._redirect = mailto_urn(redirect_email) if redirect_email is not None else None
        except ContactPointError:
            raise RequestError("redirect_email must be an e-mail address") from None
        self.kept: deque[tuple[Message, GatewayRequest]] = deque(maxlen=_MOST_KEPT)
        self._lock = threading.Lock()
        self.idempotent: bool | Collection[str] = getattr(sender, "idempotent", False)

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Have a message carried away where it may leave; what stayed here is `simulated`.

        Raises:
            SendError, UnsureError: as the sender says of what may leave.
        """
        if self._may_leave(message.recipient):
            return self._sender.send(message, request)
        if self._redirect is not None and request.url.startswith("mailto:"):
            header = f"X-Original-To: {message.recipient.path}\r\n".encode("ascii", "replace")
            redirected = request.model_copy(update={"url": str(self._redirect), "body": header + request.body})
            self._sender.send(message.model_copy(update={"recipient": self._redirect}), redirected)
            return Sent(simulated=True)
        with self._lock:
            self.kept.append((message, request))
        return Sent(simulated=True)

    def _may_leave(self, recipient: Urn) -> bool:
        domain = recipient.path.rpartition("@")[2].lower() if recipient.scheme == "mailto" else ""
        return recipient.key in self._safe or (bool(domain) and f"@{domain}" in self._safe)


def _key(said: str) -> str:
    text = said.strip()
    if domain := _DOMAIN.match(text.lower()):
        return f"@{domain[1]}"
    try:
        if text.lower().startswith("post:"):
            return Urn.parse(text).key
        plain = text.removeprefix("tel:").removeprefix("mailto:")
        return mailto_urn(plain).key if "@" in plain else tel_urn(plain, region="GB").key
    except ContactPointError:
        raise RequestError("a safe recipient is an address, a number, or a domain such as @example.org") from None
