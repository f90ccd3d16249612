"""
GOV.UK Notify: callbacks of incoming texts and of what became of our messages, JSON with a bearer token.

GOV.UK Notify documentation, "Callbacks" and "REST API: send a message" (read 2026-03-02). One address may take both
callbacks: a text has a `source_number`, a receipt a `status`. Receipts of e-mails and letters come by the same callback
and become reports of their own channel.

What we keep of Notify's own fields in `gateway_meta`, under Notify's names:

    date_received                      when Notify took the text, by Notify's clock
    destination_number                 the number written to, where it is no telephone number
    id, template_id                    of a receipt: Notify's id of our message, and the template it was made with
    completed_at                       when the status was the last one
    notification_type                  of a receipt, where it is none that we know
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from onestop.channels.base import Parsed
from onestop.channels.callers import Party, read_party
from onestop.channels.text import clean_text, cut_text, decode_text
from onestop.channels.webhook import secrets_of, status_of, verify_bearer
from onestop.core.contact import Urn, mailto_urn, number_kind
from onestop.core.enquiry import Channel, DeliveryReport, Enquiry, ReportKind
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import ContactPointError, LimitError, OnestopError, PayloadError

__all__ = ["NotifySms"]

_BODY_LIMIT = 1 << 18  # an incoming text has at most 918 characters; the rest is ids and times
_FIELD_LIMIT = 1_000  # characters of an id, a number, a time
_SMS_URL = "https://api.notifications.service.gov.uk/v2/notifications/sms"
# "Text message length": 918 characters, which are six parts of 153.
_CAPABILITIES = Capabilities(text_limit=918, receipts=True, replies=True, sends=True, signed=True, cost_class="medium")


class _Outcome(NamedTuple):
    kind: ReportKind
    permanent: bool | None


# "Message status": what Notify says, and whether another try may succeed. What is on its way (created, sending, sent to
# another country, whose networks tell no more) is no outcome yet; a word of next year is no guess of ours.
_OUTCOMES = {
    "delivered": _Outcome("delivered", None),
    "received": _Outcome("delivered", None),  # a letter that the printer posted
    "permanent-failure": _Outcome("failed", True),
    "temporary-failure": _Outcome("failed", False),
    "technical-failure": _Outcome("failed", False),  # between Notify and the network: "try again"
    "validation-failed": _Outcome("failed", True),
    "virus-scan-failed": _Outcome("failed", True),
    "returned-letter": _Outcome("failed", True),
    "cancelled": _Outcome("failed", True),
}
_UNKNOWN = _Outcome("unknown", None)

_CHANNELS: dict[str, Channel] = {"sms": "sms", "email": "email", "letter": "post"}
_REPORT_META = ("id", "template_id", "completed_at")


class NotifySms:
    """
    Text messages by GOV.UK Notify.

    `bearer_token` is the one that was set with the callbacks; give several while you change it. `template_id` is a text
    message template with one placeholder, `((text))`, and is needed to send: Notify sends nothing but templates.

    >>> from onestop.channels import Raw
    >>> body = b'{"id": "1", "source_number": "447700900123", "destination_number": "07700900999", "message": "Bin"}'
    >>> NotifySms().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].sender
    Urn('tel:+447700900123')
    """

    channel: Channel = "sms"
    capabilities = _CAPABILITIES

    def __init__(
        self,
        name: str = "notify_sms",
        *,
        bearer_token: str | Sequence[str] | None = None,
        template_id: str | None = None,
    ) -> None:
        self.name = name
        self._tokens = secrets_of(bearer_token)
        self._template_id = template_id
        if not template_id:  # messages wait in the outbox for an adapter that can
            self.capabilities = self.capabilities.model_copy(update={"sends": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the text, or the report about one of our messages.

        Raises:
            PayloadError: this is no callback of Notify's; `LimitError` when it is larger than any.
        """
        defects: list[str] = []
        fields = self._fields(raw, defects)
        if "source_number" in fields or "message" in fields:
            return [self._enquiry(raw, fields, defects)]
        if "status" in fields:
            return [self._report(raw, fields, defects)]
        raise PayloadError("a callback of Notify's has source_number and message, or status", adapter=self.name)

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request carries the bearer token of the callback.

        Raises:
            SignatureError: it does not, or no token was configured.
        """
        verify_bearer(raw, self._tokens)

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give an empty answer: Notify looks at the status, and sends again what was not taken in."""
        return HttpResponse(status=status_of(error) if error else 200)

    def render(self, message: Message, /) -> GatewayRequest:
        """
        Give the request that sends a text message; `reference` is our message's id, which the receipt brings back.

        It has no Authorization header: Notify wants a token made with the API key and the time of sending (JWT, RFC
        7519), and an adapter knows no time. Who sends the request adds it.

        Raises:
            PayloadError: no template was configured; the recipient cannot be texted; the text is empty or longer than
                918 characters.
        """
        if not self._template_id:
            raise PayloadError("sending by Notify needs template_id", adapter=self.name)
        if message.channel != self.channel:
            raise PayloadError("this adapter sends text messages: the message is of another channel", adapter=self.name)
        if message.recipient.scheme != "tel" or not message.recipient.path.startswith("+"):
            raise PayloadError("a text message goes to a tel: contact point in E.164", adapter=self.name)
        if (kind := number_kind(message.recipient)) in ("premium", "emergency"):
            raise PayloadError(f"{kind} numbers are never written to", adapter=self.name)
        if not message.text.strip() or len(message.text) > (_CAPABILITIES.text_limit or 0):
            raise PayloadError("a text message by Notify has 1 to 918 characters", adapter=self.name)
        content = {
            "phone_number": message.recipient.path,
            "template_id": self._template_id,
            "personalisation": {"text": message.text},
            "reference": message.id,
        }
        return GatewayRequest(
            url=_SMS_URL,
            headers={"Content-Type": "application/json"},
            body=json.dumps(content, ensure_ascii=False).encode(),
        )

    def _fields(self, raw: Raw, defects: list[str]) -> dict[str, str]:
        """Give the fields as text: null is none, a number is its digits, and what is nested is no field of Notify's."""
        if len(raw.body) > _BODY_LIMIT:
            raise LimitError(f"a callback of Notify's has at most {_BODY_LIMIT} bytes", adapter=self.name)
        try:
            content = from_json(decode_text(raw.body, "utf-8", defects), allow_inf_nan=False)
        except ValueError:  # no cause: it would quote
            raise PayloadError("a callback of Notify's is JSON", adapter=self.name) from None
        if not isinstance(content, Mapping):
            raise PayloadError("a callback of Notify's is a JSON object", adapter=self.name)
        return {name: text for name, value in content.items() if (text := _text(value, defects)) is not None}

    def _enquiry(self, raw: Raw, fields: Mapping[str, str], defects: list[str]) -> Enquiry:
        sender = self._party(fields.get("source_number"), "sender", defects)
        recipient = self._party(fields.get("destination_number"), "recipient", defects)
        source_id = _short(fields.get("id"), defects)
        if source_id is None:
            defects.append("source_id_missing")
        text, full_text = cut_text(fields.get("message", ""), defects)
        meta = _meta(fields, ("date_received",), defects)
        if recipient.defects:
            meta |= _meta(fields, ("destination_number",), defects)
        return Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=source_id,
            received_at=raw.received_at,
            sender=sender.urn,
            recipients=(recipient.urn,) if recipient.urn else (),
            text=text,
            full_text=full_text,
            defects=tuple(dict.fromkeys(defects)),
            gateway_meta=meta,
        )

    def _report(self, raw: Raw, fields: Mapping[str, str], defects: list[str]) -> DeliveryReport:
        kind = fields.get("notification_type", "sms")
        status = _short(fields["status"], defects)
        outcome = _OUTCOMES.get(status or "", _UNKNOWN)
        own_id, notifys_id = (_short(fields.get(name), defects) for name in ("reference", "id"))
        return DeliveryReport(
            channel=_CHANNELS.get(kind, self.channel),
            adapter=self.name,
            source_id=notifys_id,
            received_at=raw.received_at,
            kind=outcome.kind,
            recipient=self._recipient(kind, fields.get("to"), defects),
            message_id=own_id or notifys_id,
            status=status,
            permanent=outcome.permanent,
            defects=tuple(dict.fromkeys(defects)),
            gateway_meta=_meta(
                fields, (*_REPORT_META, *(("notification_type",) if kind not in _CHANNELS else ())), defects
            ),
        )

    def _recipient(self, kind: str, to: str | None, defects: list[str]) -> Urn | None:
        """Give whom a message was for; a letter's `to` is the first line of an address, which is no contact point."""
        if kind == "letter" or not to:
            return None
        if kind != "email":
            return self._party(to, "recipient", defects).urn
        try:
            return mailto_urn(to)
        except ContactPointError:
            defects.append("recipient_invalid")
            return None

    def _party(self, number: str | None, role: str, defects: list[str]) -> Party:
        if number is None:
            defects.append(f"{role}_missing")
            return Party(None)
        party = read_party(number, system="notify_sms", role=role)
        defects.extend(party.defects)
        return party


def _text(value: Any, defects: list[str]) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return clean_text(value, defects) if isinstance(value, str) else None


def _short(text: str | None, defects: list[str]) -> str | None:
    """Give an id or a word as it is; cut, with a defect, where it is longer than any."""
    if text and len(text) > _FIELD_LIMIT:
        defects.append("field_cut")
        return text[:_FIELD_LIMIT]
    return text or None


def _meta(fields: Mapping[str, str], names: Sequence[str], defects: list[str]) -> dict[str, str]:
    return {name: value for name in names if (value := _short(fields.get(name), defects))}
