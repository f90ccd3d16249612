"""GOV.UK Notify's callbacks become enquiries and delivery reports; ours become its requests."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.sms import NotifySms
from onestop.core.contact import Urn
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import Message, Raw
from onestop.errors import LimitError, PayloadError, SignatureError
from onestop.testing import AdapterContract

TOKEN = "a-bearer-token-of-the-council"
ADAPTER = NotifySms(bearer_token=[TOKEN, "the-one-before"], template_id="f33517ff-2a88-4f6e-b855-c550268ce08a")


def request(content: object, **headers: str) -> Raw:
    return Raw(body=json.dumps(content).encode(), received_at="2026-03-02T09:30:00Z", headers=headers)


def message(**changes: object) -> Message:
    fields = {
        "id": "m-0001",
        "channel": "sms",
        "recipient": "tel:+447700900123",
        "purpose": "service_update",
        "text": "Glanhawyd ŵ & cleaned",
        "reference": "NP-049N-3021",
        "created_at": "2026-03-02T09:30:00Z",
    }
    return Message.model_validate(fields | changes)


class TestNotifySms(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "fixtures" / "notify_sms"
    channels = frozenset({"sms", "email", "post"})
    secrets = (TOKEN, "the-one-before")

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": {**raw.headers, "Authorization": f"Bearer {TOKEN}"}})


def test_the_token_before_is_still_accepted() -> None:
    ADAPTER.verify(request({}, Authorization="bearer the-one-before"))


@pytest.mark.parametrize("blank", ["", " ", ["", "\t"]])
def test_without_a_token_nothing_is_accepted(blank: str | list[str]) -> None:
    with pytest.raises(SignatureError):
        NotifySms(bearer_token=blank).verify(request({}, Authorization="Bearer "))


def test_a_message_becomes_a_request_that_the_sender_signs() -> None:
    rendered = ADAPTER.render(message())

    assert rendered.url == "https://api.notifications.service.gov.uk/v2/notifications/sms"
    assert json.loads(rendered.body) == {
        "phone_number": "+447700900123",
        "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
        "personalisation": {"text": "Glanhawyd ŵ & cleaned"},
        "reference": "m-0001",
    }
    assert "Authorization" not in rendered.headers


def test_the_receipt_of_a_message_names_it() -> None:
    reference = json.loads(ADAPTER.render(message()).body)["reference"]

    (report,) = ADAPTER.parse(request({"id": "n1", "reference": reference, "to": "07700900123", "status": "delivered"}))

    assert isinstance(report, DeliveryReport)
    assert (report.message_id, report.kind) == ("m-0001", "delivered")


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "x" * 919},
        {"text": ""},
        {"channel": "chat"},
        {"recipient": Urn.parse("tel:+449098790123")},
        {"recipient": Urn.parse("tel:999")},
        {"recipient": Urn.parse("mailto:jo@example.org")},
    ],
)
def test_messages_that_cannot_go_this_way_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(**changes))


def test_an_adapter_without_a_template_sends_nothing_and_says_so() -> None:
    adapter = NotifySms(bearer_token=TOKEN)

    assert not adapter.capabilities.sends
    with pytest.raises(PayloadError):
        adapter.render(message())


def test_a_callback_larger_than_any_is_refused() -> None:
    with pytest.raises(LimitError):
        ADAPTER.parse(request({"message": "x" * (1 << 18)}))


def test_an_id_longer_than_any_is_cut() -> None:
    (enquiry,) = ADAPTER.parse(request({"id": "x" * 5_000, "source_number": "447700900123", "message": "Bin"}))

    assert isinstance(enquiry, Enquiry)
    assert enquiry.source_id == "x" * 1_000
    assert "field_cut" in enquiry.defects


FIELDS = ["id", "source_number", "destination_number", "message", "date_received", "status", "to", "notification_type"]
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=3), max_size=2)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), VALUES, max_size=8))
def test_any_object_is_read_or_refused(content: dict[str, object]) -> None:
    try:
        parsed = ADAPTER.parse(request(content))
    except PayloadError:
        parsed = []

    assert all(each.model_dump_json() for each in parsed)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_kept(text: str) -> None:
    (enquiry,) = ADAPTER.parse(request({"id": "1", "source_number": "447700900123", "message": text}))

    assert isinstance(enquiry, Enquiry)
    assert [mark for mark in enquiry.text if mark.isalnum()] == [mark for mark in text if mark.isalnum()]
