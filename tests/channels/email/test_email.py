"""Recorded mails become the enquiries and reports written beside them, and none of them breaks the adapter."""

from pathlib import Path

from onestop.channels.email import Email
from onestop.core.gateway import GatewayRequest, Raw
from onestop.testing import AdapterContract

KEYS = ("the-council-signs-replies-with-this", "the-key-of-last-year")
ADAPTER = Email(reply_key=KEYS, from_address="contact@northport.example", own_addresses=["bins@northport.example"])


class TestEmail(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures"
    secrets = KEYS

    def returned(self, request: GatewayRequest) -> Raw:
        return Raw(body=request.body, received_at="2026-03-02T09:30:00Z")
