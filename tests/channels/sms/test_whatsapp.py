"""WhatsApp by Twilio: the same webhook, with its prefix before both addresses."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from onestop.channels.forms import read_urlencoded
from onestop.channels.sms import TwilioWhatsApp
from onestop.channels.twilio import signature_of
from onestop.core.gateway import GatewayRequest, Message, Raw
from onestop.errors import PayloadError
from onestop.testing import AdapterContract

TOKEN = "an-auth-token-of-the-council"
ADAPTER = TwilioWhatsApp(auth_token=TOKEN, account_sid="AC0001", from_number="+441632960100")


def message(**changes: object) -> Message:
    fields = {
        "id": "m1",
        "channel": "chat",
        "recipient": "tel:+447700900123",
        "purpose": "service_update",
        "text": "Cleaned",
        "reference": "NP-049N-3021",
        "created_at": "2026-03-02T09:30:00Z",
    }
    return Message.model_validate(fields | changes)


class TestTwilioWhatsApp(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "twilio_whatsapp"
    secrets = (TOKEN,)

    def sign(self, raw: Raw) -> Raw:
        proof = signature_of(raw.url, read_urlencoded(raw.body, "twilio_whatsapp"), TOKEN.encode()).decode()
        return raw.model_copy(update={"headers": {**raw.headers, "X-Twilio-Signature": proof}})


def form_of(request: GatewayRequest) -> dict[str, list[str]]:
    return parse_qs(request.body.decode())


def test_both_addresses_carry_the_prefix() -> None:
    form = form_of(ADAPTER.render(message()))

    assert (form["To"], form["From"]) == (["whatsapp:+447700900123"], ["whatsapp:+441632960100"])


def test_a_messaging_service_has_no_prefix() -> None:
    adapter = TwilioWhatsApp(auth_token=TOKEN, account_sid="AC0001", from_number="MG0001")

    form = form_of(adapter.render(message()))

    assert (form["MessagingServiceSid"], form["To"]) == (["MG0001"], ["whatsapp:+447700900123"])


def test_a_text_message_does_not_go_by_whatsapp() -> None:
    with pytest.raises(PayloadError, match="chat"):
        ADAPTER.render(message(channel="sms"))


def test_words_of_our_own_have_a_day() -> None:
    assert ADAPTER.capabilities.reply_window_hours == 24
