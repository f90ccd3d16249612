"""How the tests here write and read mails."""

from onestop.channels.email import Email, Limits
from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import Message, Raw

KEY = "the-council-signs-replies-with-this"
OURS = "contact@northport.example"
HEAD = b"From: jo@example.org\nTo: contact@northport.example\nDate: Mon, 2 Mar 2026 09:29:00 Z\n"
HEAD += b"Message-ID: <m1@example.org>\n"


def raw(body: bytes) -> Raw:
    return Raw(body=body, received_at="2026-03-02T09:30:00Z")


def parse(body: bytes, limits: Limits | None = None, key: str | None = KEY) -> Enquiry:
    (enquiry,) = Email(reply_key=key, from_address=OURS, limits=limits or Limits()).parse(raw(body))
    assert isinstance(enquiry, Enquiry)
    return enquiry


def reports(body: bytes) -> list[DeliveryReport]:
    found = Email().parse(raw(body))
    assert all(isinstance(each, DeliveryReport) for each in found)
    return list(found)  # type: ignore[arg-type]  # the line above


def message(**fields: object) -> Message:
    given = {
        "id": "message-1",
        "channel": "email",
        "recipient": "mailto:jo@example.org",
        "purpose": "service_update",
        "subject": "Your report",
        "text": "Cleaned today.",
        "reference": "NP-049N-3021",
        "created_at": "2026-03-02T09:30:00Z",
    }
    return Message.model_validate(given | fields)
