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

from collections.abc import Mapping, Sequence

from onestop.channels.base import Parsed
from onestop.channels.notify import meta_of, notify_request, party_of, read_fields, read_receipt, short
from onestop.channels.text import cut_text
from onestop.channels.webhook import secrets_of, status_of, verify_bearer
from onestop.core.contact import number_kind
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import OnestopError, PayloadError

__all__ = ["NotifySms"]

# "Text message length": 918 characters, which are six parts of 153.
_CAPABILITIES = Capabilities(text_limit=918, receipts=True, replies=True, sends=True, signed=True, cost_class="medium")


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
        fields = read_fields(raw, self.name, defects)
        if "source_number" in fields or "message" in fields:
            return [self._enquiry(raw, fields, defects)]
        if "status" in fields:
            return [read_receipt(raw, fields, defects, channel=self.channel, adapter=self.name)]
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
        return notify_request("sms", content)

    def _enquiry(self, raw: Raw, fields: Mapping[str, str], defects: list[str]) -> Enquiry:
        sender = party_of(fields.get("source_number"), "sender", defects)
        recipient = party_of(fields.get("destination_number"), "recipient", defects)
        source_id = short(fields.get("id"), defects)
        if source_id is None:
            defects.append("source_id_missing")
        text, full_text = cut_text(fields.get("message", ""), defects)
        meta = meta_of(fields, ("date_received",), defects)
        if recipient.defects:
            meta |= meta_of(fields, ("destination_number",), defects)
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
