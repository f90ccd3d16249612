"""
Acme SMS: the webhook for incoming texts, and the request that sends one.

Acme API reference, "Inbound messages" and "Messages" (read 2026-03-02).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from urllib.parse import parse_qs

from onestop.channels import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.contact import tel_urn
from onestop.core.enquiry import Enquiry
from onestop.errors import ContactPointError, OnestopError, PayloadError, SignatureError

__all__ = ["AcmeSms"]


class AcmeSms:
    """Acme SMS, webhook for incoming texts. Acme API reference, "Inbound messages" (read 2026-03-02)."""

    channel = "sms"
    capabilities = Capabilities(text_limit=918, replies=True, sends=True, signed=True, cost_class="medium")

    def __init__(self, name: str = "acme_sms", *, secret: str = "") -> None:
        self.name = name
        self._secret = secret.encode()

    def parse(self, raw: Raw, /) -> list[Enquiry]:
        """Give the text."""
        try:
            form = parse_qs(raw.body.decode(), keep_blank_values=True, max_num_fields=20)
            number, text, source_id = (form[key][0].replace("\0", "") for key in ("from", "text", "id"))
        except (KeyError, ValueError):  # no cause: it would quote the payload
            raise PayloadError("Acme SMS needs the form fields from, text and id", adapter=self.name) from None
        try:
            sender, defects = tel_urn(number), ()  # UK senders arrive in national format
        except ContactPointError:
            sender, defects = None, ("sender_invalid",)
        return [
            Enquiry(
                channel="sms",
                adapter=self.name,
                source_id=source_id,
                received_at=raw.received_at,
                sender=sender,
                text=text,
                defects=defects,
            )
        ]

    def verify(self, raw: Raw, /) -> None:
        """Return when Acme's signature fits the body."""
        given = (raw.header("x-acme-signature") or "").encode()
        right = hmac.new(self._secret, raw.body, hashlib.sha256).hexdigest().encode()
        if not self._secret or not hmac.compare_digest(given, right):
            raise SignatureError("X-Acme-Signature does not fit the body, or no secret is configured")

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give the status that Acme looks at."""
        if error is None:
            return HttpResponse(status=200)
        if error.retryable:
            return HttpResponse(status=503)  # Acme sends it again
        return HttpResponse(status=403 if isinstance(error, SignatureError) else 400)

    def render(self, message: Message, /) -> GatewayRequest:
        """Give the request that sends a text message."""
        if message.recipient.scheme != "tel" or not 0 < len(message.text.strip()) <= 918:
            raise PayloadError("a text message has a telephone number and 1 to 918 characters", adapter=self.name)
        content = {"to": message.recipient.path, "text": message.text, "key": message.id}
        return GatewayRequest(
            url="https://api.acme-sms.example/messages",
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._secret.decode()}"},
            body=json.dumps(content).encode(),
        )
