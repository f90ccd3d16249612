"""Recorded mails become the enquiries and reports written beside them, and none of them breaks the adapter."""

from pathlib import Path

from onestop.channels.email import Email
from onestop.core.gateway import GatewayRequest, Raw
from onestop.core.reference import reply_token
from onestop.testing import AdapterContract

from .mails import parse

KEYS = ("the-council-signs-replies-with-this", "the-key-of-last-year")
ADAPTER = Email(reply_key=KEYS, from_address="contact@northport.example", own_addresses=["bins@northport.example"])


class TestEmail(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures"
    secrets = KEYS

    def returned(self, request: GatewayRequest) -> Raw:
        return Raw(body=request.body, received_at="2026-03-02T09:30:00Z")


def test_a_token_that_no_key_can_check_proves_nothing() -> None:
    token = reply_token("NP-049N-3021", b"some key")

    enquiry = parse(f"From: jo@example.org\nTo: contact+{token}@northport.example\n\nStill full.".encode(), key=None)

    assert enquiry.thread.token is None
    assert "reply_token_unchecked" in enquiry.defects


def test_an_adapter_without_settings_reads_mail() -> None:
    (enquiry,) = Email().parse(Raw(body=b"From: jo@example.org\n\nBin full.", received_at="2026-03-02T09:30:00Z"))

    assert enquiry.adapter == "email"
    assert enquiry.model_dump()["text"] == "Bin full."


def test_keys_do_not_show() -> None:
    assert not any(key in repr(vars(ADAPTER)) for key in KEYS)
