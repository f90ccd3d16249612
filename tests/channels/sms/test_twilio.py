"""Twilio's webhooks become enquiries and delivery reports; ours become its requests."""

import base64
import hashlib
from pathlib import Path
from urllib.parse import parse_qs, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels.forms import read_urlencoded
from onestop.channels.sms import TwilioSms
from onestop.channels.twilio import signature_of
from onestop.core.contact import Urn
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import GatewayRequest, Message, Raw
from onestop.core.model import FrozenMap
from onestop.errors import LimitError, PayloadError, SignatureError
from onestop.testing import AdapterContract

TOKEN = "an-auth-token-of-the-council"
URL = "https://crm.northport.example/hooks/sms?council=northport"
FORM = "application/x-www-form-urlencoded"
ADAPTER = TwilioSms(auth_token=[TOKEN, "the-one-before"], account_sid="AC0001", from_number="+447700900999")


def signed(raw: Raw, token: str = TOKEN, url: str = URL) -> Raw:
    signature = signature_of(url, read_urlencoded(raw.body, "twilio_sms"), token.encode()).decode()
    headers = FrozenMap({**raw.headers, "Content-Type": FORM, "X-Twilio-Signature": signature})
    return raw.model_copy(update={"headers": headers, "url": url})


def request(body: str, **headers: str) -> Raw:
    return Raw(body=body.encode(), received_at="2026-03-02T09:30:00Z", url=URL, headers=headers)


def message(**changes: object) -> Message:
    fields = {
        "id": "m1",
        "channel": "sms",
        "recipient": "tel:+447700900123",
        "purpose": "service_update",
        "text": "Glanhawyd ŵ & cleaned",
        "reference": "NP-049N-3021",
        "created_at": "2026-03-02T09:30:00Z",
    }
    return Message.model_validate(fields | changes)


class TestTwilioSms(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "twilio_sms"
    channels = frozenset({"sms", "chat"})
    secrets = (TOKEN, "the-one-before", base64.b64encode(f"AC0001:{TOKEN}".encode()).decode())

    def sign(self, raw: Raw) -> Raw:
        return signed(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    raw = Raw(body=body, received_at="2026-03-02T09:30:00Z")

    try:
        parsed = TwilioSms().parse(raw)
    except PayloadError:
        parsed = []

    assert all(each.received_at == raw.received_at for each in parsed)


@given(st.text(), st.text(max_size=40), st.text(max_size=40))
def test_any_text_from_any_sender_is_kept(text: str, sender: str, to: str) -> None:
    fields = {"MessageSid": "SM1", "From": sender, "To": to, "Body": text}
    body = "&".join(f"{name}={quote_plus(value.encode('utf-8', 'replace'))}" for name, value in fields.items())

    (enquiry,) = TwilioSms().parse(request(body))

    assert isinstance(enquiry, Enquiry)
    assert enquiry.model_dump_json()
    assert "".join(filter(str.isalnum, enquiry.text)) == "".join(filter(str.isalnum, _sent(text)))


def _sent(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), max_size=6))
def test_what_twilio_signs_is_accepted_whatever_the_fields(fields: dict[str, str]) -> None:
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items())

    ADAPTER.verify(signed(request(body)))


@given(st.text(), st.binary(max_size=50), st.sampled_from(["", FORM, "application/json"]), st.text(max_size=30))
def test_any_url_and_body_that_twilio_did_not_sign_are_refused(url: str, body: bytes, kind: str, proof: str) -> None:
    headers = {"Content-Type": kind, "X-Twilio-Signature": proof}
    raw = Raw(body=body, received_at="2026-03-02T09:30:00Z", url=f"https://crm.example/{url}", headers=headers)

    with pytest.raises(SignatureError):
        ADAPTER.verify(raw)


def test_a_changed_field_is_refused() -> None:
    raw = signed(request("From=%2B447700900123&Body=Bin+missed"))

    with pytest.raises(SignatureError):
        ADAPTER.verify(raw.model_copy(update={"body": raw.body.replace(b"Bin", b"Van")}))


@pytest.mark.parametrize(
    ("signed_url", "seen_url"),
    [
        ("https://crm.example/sms", "https://crm.example:443/sms"),
        ("https://crm.example:443/sms", "https://crm.example/sms"),
        ("https://crm.example/sms?a=1&b=%20", "https://crm.example:8443/sms?a=1&b=%20"),
        ("http://crm.example:80/sms", "http://crm.example/sms"),
        ("https://user:pass@crm.example/sms", "https://user:pass@crm.example:443/sms"),
        ("https://crm.example/sms?", "https://crm.example/sms?"),
    ],
)
def test_a_port_that_a_proxy_adds_or_removes_is_no_matter(signed_url: str, seen_url: str) -> None:
    raw = signed(request("From=%2B447700900123&Body=x"), url=signed_url)

    ADAPTER.verify(raw.model_copy(update={"url": seen_url}))


@pytest.mark.parametrize(
    "url", ["", "no url", "https://[", "https://crm.example:port/sms", "https://other.example/sms"]
)
def test_another_url_or_none_is_refused(url: str) -> None:
    raw = signed(request("From=%2B447700900123&Body=x"))

    with pytest.raises(SignatureError):
        ADAPTER.verify(raw.model_copy(update={"url": url}))


def test_the_token_before_is_still_accepted() -> None:
    raw = signed(request("From=%2B447700900123&Body=x"), token="the-one-before")

    ADAPTER.verify(raw)


def test_without_a_token_nothing_is_accepted() -> None:
    raw = signed(request("From=%2B447700900123&Body=x"), token="")

    with pytest.raises(SignatureError):
        TwilioSms(auth_token="").verify(raw)


def test_a_body_that_is_no_form_is_signed_by_its_digest() -> None:
    body = b'{"a":1}'
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature_of(url, [], TOKEN.encode()).decode()}
    raw = Raw(body=body, received_at="2026-03-02T09:30:00Z", url=url, headers=headers)

    ADAPTER.verify(raw)

    with pytest.raises(SignatureError):
        ADAPTER.verify(raw.model_copy(update={"body": b'{"a":2}'}))


def test_a_text_longer_than_the_limit_is_cut_and_kept_whole_beside() -> None:
    (enquiry,) = ADAPTER.parse(request(f"MessageSid=SM1&From=07700900123&Body={'a' * 100_001}"))

    assert isinstance(enquiry, Enquiry)
    assert (len(enquiry.text), len(enquiry.full_text or ""), enquiry.defects) == (100_000, 100_001, ("text_cut",))


@pytest.mark.parametrize("body", ["Body=" + "a" * (1 << 20), "a&" * 1_000])
def test_a_form_larger_than_any_of_twilios_is_refused(body: str) -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(request(body))


def test_a_webhook_called_by_get_has_its_fields_in_the_signed_url() -> None:
    url = "https://crm.example/sms?From=%2B447700900123&Body=Bin+missed&MessageSid=SM1"
    headers = {"X-Twilio-Signature": signature_of(url, [], TOKEN.encode()).decode()}
    raw = Raw(method="GET", body=b"", received_at="2026-03-02T09:30:00Z", url=url, headers=headers)

    ADAPTER.verify(raw)
    (enquiry,) = ADAPTER.parse(raw)

    assert isinstance(enquiry, Enquiry)
    assert enquiry.text == "Bin missed"


def test_a_message_becomes_a_request_with_the_accounts_credentials() -> None:
    rendered = ADAPTER.render(message())

    assert rendered.url == "https://api.twilio.com/2010-04-01/Accounts/AC0001/Messages.json"
    assert parse_qs(rendered.body.decode()) == {
        "To": ["+447700900123"],
        "From": ["+447700900999"],
        "Body": ["Glanhawyd ŵ & cleaned"],
    }
    assert base64.b64decode(rendered.headers["Authorization"].removeprefix("Basic ")).decode() == f"AC0001:{TOKEN}"


def test_a_messaging_service_sends_in_its_own_field() -> None:
    adapter = TwilioSms(auth_token=TOKEN, account_sid="AC0001", from_number="MG0001")

    rendered: GatewayRequest = adapter.render(message())

    assert parse_qs(rendered.body.decode())["MessagingServiceSid"] == ["MG0001"]


@pytest.mark.parametrize(
    "recipient",
    ["tel:+449098790123", "tel:999;phone-context=+44", "tel:60777;phone-context=+44", "mailto:jo@example.org"],
)
def test_numbers_that_are_never_written_to_are_refused(recipient: str) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(recipient=Urn.parse(recipient)))


@pytest.mark.parametrize("changes", [{"text": "x" * 1_601}, {"text": ""}, {"channel": "chat"}])
def test_messages_that_cannot_go_this_way_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(**changes))


def test_an_adapter_that_was_given_no_account_sends_nothing() -> None:
    with pytest.raises(PayloadError):
        TwilioSms(auth_token=TOKEN).render(message())


def test_the_answer_is_an_empty_document_so_that_twilio_says_nothing() -> None:
    answer = ADAPTER.acknowledge()

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml")
    assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


@pytest.mark.parametrize("word", ["accepted", "scheduled", "queued", "sending", "sent", "a-word-of-next-year"])
def test_a_status_that_is_no_outcome_is_unknown_and_kept(word: str) -> None:
    (report,) = ADAPTER.parse(request(f"MessageSid=SM1&MessageStatus={word}&To=%2B447700900123"))

    assert isinstance(report, DeliveryReport)
    assert (report.kind, report.status) == ("unknown", word)


def test_an_adapter_never_shows_its_secrets() -> None:
    shown = repr(ADAPTER)

    assert TOKEN not in shown
