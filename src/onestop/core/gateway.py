"""What passes between a host, an adapter and a gateway: requests, responses, messages; and what a gateway can do."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from onestop.core.contact import Urn
from onestop.core.model import Frozen, FrozenMap, UtcDatetime

__all__ = ["Capabilities", "GatewayRequest", "HttpResponse", "Message", "Raw", "Taken"]


class Raw(Frozen):
    """
    One request exactly as it came, and when.

    >>> raw = Raw(body=b"From=x", received_at="2026-03-02T09:30:00Z", headers={"Content-Type": "text/plain"})
    >>> raw.header("content-type"), raw.method
    ('text/plain', 'POST')
    """

    body: bytes = Field(repr=False)
    received_at: UtcDatetime
    method: str = "POST"
    url: str = ""  # as the gateway called it, with its query: signatures are made over it
    headers: FrozenMap[str, str] = FrozenMap()

    def header(self, name: str) -> str | None:
        """Give a header's value whatever the case of its name; None when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    @classmethod
    def from_fixture(cls, request: Mapping[str, Any]) -> Raw:
        """
        Read the `request` of a fixture: a body as text (`body`), or as base64 (`body_base64`) where it is not UTF-8.

        Raises:
            ValueError: the fixture has no body, or fields that a request does not have.
        """
        fields = dict(request)
        if "body_base64" in fields:
            fields["body"] = base64.b64decode(fields.pop("body_base64"), validate=True)
        elif isinstance(fields.get("body"), str):
            fields["body"] = fields["body"].encode()
        return cls.model_validate(fields)

    def to_fixture(self) -> dict[str, Any]:
        """Give the `request` of a fixture, as JSON can hold it."""
        request: dict[str, Any] = {"method": self.method, "url": self.url, "headers": dict(self.headers)}
        try:
            request["body"] = self.body.decode()
        except UnicodeDecodeError:
            request["body_base64"] = base64.b64encode(self.body).decode()
        return request | {"received_at": self.received_at.isoformat()}


class Taken(Frozen):
    """What became of one thing that a payload said, as far as its gateway may be told."""

    outcome: str  # opened, joined, asked, repeat, recorded, rejected
    reference: str | None = None  # the case's; None where nothing became a case
    service: str | None = None
    defects: tuple[str, ...] = ()
    reason: str | None = None  # why it was rejected, in words that hold nothing personal
    notice: str | None = None  # what the citizen must be told at once


class HttpResponse(Frozen):
    """What the host answers to a gateway's request."""

    status: int
    body: bytes = b""
    headers: FrozenMap[str, str] = FrozenMap()


class GatewayRequest(Frozen):
    """
    What a gateway must be sent so that one message goes out.

    For e-mail `body` is the whole message (RFC 5322) and `url` its envelope recipient as `mailto:`.
    """

    method: str = "POST"
    url: str
    headers: FrozenMap[str, str] = Field(default=FrozenMap(), repr=False)  # they carry the gateway's credentials
    body: bytes = Field(repr=False)


class Message(Frozen):
    """One outbound contact, addressed and worded, ready for an adapter to render."""

    id: str  # ours; the idempotency key towards the gateway, the same for every try
    channel: str
    recipient: Urn
    purpose: str  # service_update, acknowledgement, …
    subject: str | None = None
    text: str  # always, whatever else there is; to be said aloud on a channel that speaks
    html: str | None = None  # the same words for a channel that shows them
    format: str | None = None  # how it must be given, as `needs` has it: large_print, braille … ; None: as it comes
    task: str | None = None  # what a person does, where no gateway carries it: call_back, relay_call, letter, meeting
    professionals: tuple[str, ...] = ()  # who must be there when they are spoken to
    language: str = "en"
    stoppable: bool = False  # it says how it can be stopped, where its channel has a place for that (RFC 8058)
    reference: str  # the case's, shown to the citizen
    in_reply_to: str | None = None  # the Message-ID that this answers
    references: tuple[str, ...] = ()
    created_at: UtcDatetime
    automatic: bool = False  # no person wrote it: RFC 3834 says so to the receiving system
    one_time_code: str | None = None  # the id of the code whose digits are put in when it leaves


class Capabilities(Frozen):
    """What a gateway can do, as data that the core can ask."""

    text_limit: int | None = None  # characters of one outbound message; None: no limit that matters
    charset: Literal["unicode", "gsm7", "ascii"] = "unicode"  # of an outbound message; others must be written round
    attachments: bool = False  # inbound files
    receipts: bool = False  # tells what became of our messages
    replies: bool = False  # an outbound message can be answered on the same channel
    reply_window_hours: int | None = None  # after the citizen's last message, for words of our own; None: always
    sends: bool = False  # can carry outbound messages at all
    signed: bool = False  # requests can prove who sent them
    one_size: bool = False  # what it prints or shows is of one size: large print does not go by it
    cost_class: Literal["free", "low", "medium", "high"] = "free"  # of one outbound message
