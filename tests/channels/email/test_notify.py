"""E-mail by GOV.UK Notify: ours become its requests, and its receipts reports of them."""

import json
from pathlib import Path

import pytest

from onestop.channels.email import NotifyEmail
from onestop.core.contact import Urn
from onestop.core.enquiry import DeliveryReport
from onestop.core.gateway import Raw
from onestop.core.unsubscribing import read_stop_token
from onestop.errors import PayloadError
from onestop.testing import AdapterContract

from .mails import message

TOKEN = "a-bearer-token-of-the-council"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
ADAPTER = NotifyEmail(bearer_token=[TOKEN, "the-one-before"], template_id=TEMPLATE, email_reply_to_id="8e222534")


class TestNotifyEmail(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "notify"
    secrets = (TOKEN, "the-one-before")

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": {**raw.headers, "Authorization": f"Bearer {TOKEN}"}})


def test_a_message_becomes_a_request_with_its_subject_text_and_reference() -> None:
    rendered = ADAPTER.render(message(subject="Eich adroddiad ŵ"))

    assert rendered.url == "https://api.notifications.service.gov.uk/v2/notifications/email"
    assert json.loads(rendered.body) == {
        "email_address": "jo@example.org",
        "template_id": TEMPLATE,
        "personalisation": {"subject": "Eich adroddiad ŵ [NP-049N-3021]", "text": message().text},
        "reference": "message-1",
        "email_reply_to_id": "8e222534",
    }
    assert "Authorization" not in rendered.headers


def test_a_subject_that_names_the_case_names_it_once() -> None:
    rendered = ADAPTER.render(message(subject="Your report np-049n-3021"))

    assert json.loads(rendered.body)["personalisation"]["subject"] == "Your report np-049n-3021"


def test_no_subject_breaks_out_of_its_line() -> None:
    rendered = ADAPTER.render(message(subject="Hello\r\nBcc: tom@example.org"))

    assert "\n" not in json.loads(rendered.body)["personalisation"]["subject"]


def test_the_receipt_of_a_message_names_it() -> None:
    reference = json.loads(ADAPTER.render(message()).body)["reference"]
    receipt = {"id": "n1", "reference": reference, "status": "delivered", "notification_type": "email"}

    (report,) = ADAPTER.parse(Raw(body=json.dumps(receipt).encode(), received_at="2026-03-02T09:30:00Z"))

    assert isinstance(report, DeliveryReport)
    assert (report.message_id, report.kind, report.channel) == ("message-1", "delivered", "email")


@pytest.mark.parametrize(
    "changes",
    [{"text": " "}, {"text": "x" * 100_001}, {"channel": "sms"}, {"recipient": Urn.parse("tel:+447700900123")}],
    ids=["empty", "long", "text_message", "number"],
)
def test_messages_that_cannot_go_this_way_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(message(**changes))


STOP_PAGE = "https://northport.example/unsubscribe"
STOPPABLE = NotifyEmail(template_id=TEMPLATE, unsubscribe_url=STOP_PAGE, unsubscribe_key=["a key", "an older one"])


def test_notify_is_told_where_one_click_stops_what_may_be_stopped() -> None:
    link = json.loads(STOPPABLE.render(message(stoppable=True)).body)["one_click_unsubscribe_url"]

    page, _, token = link.partition("?t=")
    proof = read_stop_token(token, [b"a key"])
    assert page == STOP_PAGE
    assert (proof and proof.message, proof and proof.proved) == ("message-1", True)


@pytest.mark.parametrize(
    ("adapter", "stoppable"), [(STOPPABLE, False), (ADAPTER, True)], ids=["not_stoppable", "no_page"]
)
def test_of_no_other_message_it_is_told_so(adapter: NotifyEmail, stoppable: bool) -> None:
    assert "one_click_unsubscribe_url" not in json.loads(adapter.render(message(stoppable=stoppable)).body)


@pytest.mark.parametrize(
    "settings", [{"unsubscribe_url": STOP_PAGE}, {"unsubscribe_url": "http://x.example", "unsubscribe_key": "k"}]
)
def test_a_page_is_over_https_and_has_a_key(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="unsubscribe_url"):
        NotifyEmail(template_id=TEMPLATE, **settings)  # type: ignore[arg-type]  # both are texts


@pytest.mark.parametrize("size", ["large_print", "large_print_28", "electronic+large_print_24"])
def test_large_print_is_not_sent_in_the_size_that_notify_has(size: str) -> None:
    with pytest.raises(PayloadError, match="one size"):
        ADAPTER.render(message(format=size))


def test_what_is_asked_for_on_a_screen_goes_as_it_is() -> None:
    assert json.loads(ADAPTER.render(message(format="electronic")).body)["personalisation"]["text"] == message().text


def test_an_adapter_can_do_what_its_settings_let_it() -> None:
    without, with_template = NotifyEmail(), NotifyEmail(template_id=TEMPLATE)

    assert (without.capabilities.sends, with_template.capabilities.sends) == (False, True)
    with pytest.raises(PayloadError):
        without.render(message())
