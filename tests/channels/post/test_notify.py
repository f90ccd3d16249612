"""Letters by GOV.UK Notify: ours become its requests, and what it tells of them becomes reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.channels.post import NotifyLetter
from onestop.core.contact import Urn, post_urn
from onestop.core.enquiry import DeliveryReport
from onestop.core.gateway import Message, Raw
from onestop.core.needs import NEEDS
from onestop.errors import ContactPointError, PayloadError
from onestop.testing import AdapterContract

TOKEN = "a-bearer-token-of-the-council"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
ADAPTER = NotifyLetter(bearer_token=[TOKEN, "the-one-before"], template_id=TEMPLATE)
HOME = "Siân Example, 2 Dock Road, Northport, L1 8JQ"
FORMATS = sorted(code for code, asks in NEEDS.items() if asks.group == "format")


def letter(**changes: object) -> Message:
    fields = {
        "id": "m-0001",
        "channel": "post",
        "recipient": post_urn(HOME),
        "purpose": "service_update",
        "subject": "Your report",
        "text": "Annwyl Siân,\n\nGlanhawyd ŵ & cleaned.",
        "reference": "NP-049N-3021",
        "created_at": "2026-03-02T09:30:00Z",
    }
    return Message.model_validate(fields | changes)


def lines_of(address: str) -> list[str]:
    said = json.loads(ADAPTER.render(letter(recipient=post_urn(address))).body)["personalisation"]
    return [said[f"address_line_{number}"] for number in range(1, 8) if f"address_line_{number}" in said]


class TestNotifyLetter(AdapterContract):
    adapter = ADAPTER
    fixtures = Path(__file__).parent / "notify"
    channels = frozenset({"post", "sms"})
    secrets = (TOKEN, "the-one-before")

    def sign(self, raw: Raw) -> Raw:
        return raw.model_copy(update={"headers": {**raw.headers, "Authorization": f"Bearer {TOKEN}"}})


def test_a_letter_becomes_a_request_with_its_address_heading_words_and_reference() -> None:
    rendered = ADAPTER.render(letter())

    assert rendered.url == "https://api.notifications.service.gov.uk/v2/notifications/letter"
    assert json.loads(rendered.body) == {
        "template_id": TEMPLATE,
        "personalisation": {
            "address_line_1": "Siân Example",
            "address_line_2": "2 Dock Road",
            "address_line_3": "Northport",
            "address_line_4": "L1 8JQ",
            "subject": "Your report [NP-049N-3021]",
            "text": "Annwyl Siân,\n\nGlanhawyd ŵ & cleaned.",
        },
        "reference": "m-0001",
    }
    assert "Authorization" not in rendered.headers


def test_postage_is_the_template_s_or_the_council_s() -> None:
    rendered = NotifyLetter(template_id=TEMPLATE, postage="first").render(letter())

    assert json.loads(rendered.body)["postage"] == "first"
    with pytest.raises(ValueError, match="postage is one of first, second, economy"):
        NotifyLetter(postage="drone")  # type: ignore[arg-type]  # as a file may have it


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("Jo Price\n2 Dock Road\nl18jq", ["Jo Price", "2 Dock Road", "L1 8JQ"]),
        ("Jo Price, 2 Dock Road, Northport L1 8JQ", ["Jo Price", "2 Dock Road", "Northport", "L1 8JQ"]),
        ("Jo Price, 2 Dock Road, Northport. L18JQ", ["Jo Price", "2 Dock Road", "Northport", "L1 8JQ"]),
        ("Jo Price, 2 Dock Road, L1 8JQ, United Kingdom", ["Jo Price", "2 Dock Road", "L1 8JQ"]),
        ("Jo Price, 2 Dock Road, L1 8JQ, CYMRU", ["Jo Price", "2 Dock Road", "L1 8JQ"]),
        ("Jo Price, (Flat 3) 2 Dock Road, L1 8JQ", ["Jo Price", "Flat 3) 2 Dock Road", "L1 8JQ"]),
        ("Cpl Jo Price, 1 Rifles, BFPO 801", ["Cpl Jo Price", "1 Rifles", "BFPO 801"]),
        ("Jo Price, Calle Mayor 1, 28013 Madrid, Spain", ["Jo Price", "Calle Mayor 1", "28013 Madrid", "Spain"]),
        (
            "Jo Price, c/o Hostel, Room 4, Floor 2, Elm House, 2 Dock Road, Oldquay, Northport, L1 8JQ",
            ["Jo Price", "c/o Hostel, Room 4, Floor 2", "Elm House", "2 Dock Road", "Oldquay", "Northport", "L1 8JQ"],
        ),
    ],
)
def test_an_address_is_written_as_notify_takes_it(written: str, lines: list[str]) -> None:
    assert lines_of(written) == lines


@pytest.mark.parametrize(
    "address",
    [
        "2 Dock Road, L1 8JQ",
        "Northport",
        "Jo Price, 2 Dock Road, Flat 3",
        "Jo Price, …, L1 8JQ",
        "-, 2 Dock Road, L1 8JQ",
    ],
    ids=["no_name", "one_line", "no_postcode", "no_street", "no_letters"],
)
def test_an_address_that_notify_could_not_post_to_is_refused_before_it_is_asked(address: str) -> None:
    with pytest.raises(PayloadError) as refused:
        ADAPTER.render(letter(recipient=post_urn(address)))

    assert "Dock" not in str(refused.value)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Jo Price", "2 Dock Road", "Wales", "l1 8jq", "BFPO 8", "(", "…", "Flat 3", "ŵ"]), max_size=12
    )
)
def test_any_address_is_written_in_three_to_seven_lines_or_refused(parts: list[str]) -> None:
    try:
        lines = lines_of(", ".join(parts))
    except (PayloadError, ContactPointError):
        return

    assert 3 <= len(lines) <= 7
    assert all(line and line[0] not in '@()=[]"”\\/,<>' for line in lines)
    assert all(any(map(str.isalnum, line)) for line in lines[:2])


@pytest.mark.parametrize("code", FORMATS)
def test_what_must_be_in_another_format_is_never_printed(code: str) -> None:
    with pytest.raises(PayloadError, match="one size"):
        ADAPTER.render(letter(format=code))


@pytest.mark.parametrize(
    "changes",
    [{"text": " "}, {"text": "x" * 30_001}, {"channel": "sms"}, {"recipient": Urn.parse("tel:+447700900123")}],
    ids=["empty", "long", "text_message", "number"],
)
def test_messages_that_cannot_go_this_way_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PayloadError):
        ADAPTER.render(letter(**changes))


def test_no_heading_breaks_out_of_its_line() -> None:
    rendered = ADAPTER.render(letter(subject="Hello\r\nnp-049n-3021"))

    assert json.loads(rendered.body)["personalisation"]["subject"] == "Hello np-049n-3021"


def test_what_notify_tells_of_a_letter_names_it() -> None:
    reference = json.loads(ADAPTER.render(letter()).body)["reference"]
    returned = {"notification_id": "n1", "reference": reference, "date_sent": "2026-02-02T09:00:00.000000Z"}

    (report,) = ADAPTER.parse(Raw(body=json.dumps(returned).encode(), received_at="2026-03-02T09:30:00Z"))

    assert isinstance(report, DeliveryReport)
    assert (report.message_id, report.kind, report.permanent) == ("m-0001", "failed", True)


def test_without_a_template_letters_stay_with_people() -> None:
    without = NotifyLetter()

    assert (without.capabilities.sends, ADAPTER.capabilities.sends) == (False, True)
    with pytest.raises(PayloadError):
        without.render(letter())
