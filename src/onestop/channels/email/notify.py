"""
GOV.UK Notify: e-mail of ours, and the callbacks that tell what became of it.

GOV.UK Notify documentation, "REST API: send an email" and "Callbacks" (read 2026-03-02). Notify takes no e-mail
in: what citizens answer goes to the reply-to address, and from that mailbox to the adapter `Email`. It makes the HTML
itself, of one size: whoever needs large print is written to by another way.
"""

from __future__ import annotations

from collections.abc import Sequence

from onestop.channels.email.headers import clean
from onestop.channels.email.render import Stops
from onestop.channels.email.tokens import Keys
from onestop.channels.notify import notify_request, read_fields, read_receipt
from onestop.channels.webhook import secrets_of, status_of, verify_bearer
from onestop.core.enquiry import Channel, DeliveryReport
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.needs import points_of
from onestop.errors import OnestopError, PayloadError

__all__ = ["NotifyEmail"]

_SUBJECT_LIMIT = 300
_TEXT_LIMIT = 100_000  # Notify takes two megabytes of personalisation; nobody reads as much


class NotifyEmail:
    """
    E-mail of ours by GOV.UK Notify.

    `bearer_token` is the one that was set with the callback; give several while you change it. `template_id` is an
    e-mail template whose subject is `((subject))` and whose message is `((text))`, and is needed to send: Notify sends
    nothing but templates. `email_reply_to_id` is Notify's id of the address that answers go to. `unsubscribe_url` is a
    page of yours, over HTTPS, where one click stops the messages that may be stopped (RFC 8058): Notify is told it as
    `one_click_unsubscribe_url`, with a token signed by the first `unsubscribe_key`.

    >>> from onestop.channels import Raw
    >>> body = b'{"id": "1", "to": "jo@example.org", "status": "delivered", "notification_type": "email"}'
    >>> NotifyEmail().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].kind
    'delivered'
    """

    channel: Channel = "email"
    capabilities = Capabilities(
        text_limit=_TEXT_LIMIT, receipts=True, sends=True, signed=True, cost_class="free", one_size=True
    )

    def __init__(
        self,
        name: str = "notify_email",
        *,
        bearer_token: str | Sequence[str] | None = None,
        template_id: str | None = None,
        email_reply_to_id: str | None = None,
        unsubscribe_url: str | None = None,
        unsubscribe_key: str | bytes | Sequence[str | bytes] | None = None,
    ) -> None:
        self.name = name
        self._tokens = secrets_of(bearer_token)
        self._template_id = template_id
        self._reply_to_id = email_reply_to_id
        self._stops = Stops(unsubscribe_url, Keys.of(unsubscribe_key))
        if not template_id:  # messages wait in the outbox for an adapter that can
            self.capabilities = self.capabilities.model_copy(update={"sends": False})

    def parse(self, raw: Raw, /) -> Sequence[DeliveryReport]:
        """
        Give the report about one of our messages.

        Raises:
            PayloadError: this is no receipt of Notify's; `LimitError` when it is larger than any.
        """
        defects: list[str] = []
        fields = read_fields(raw, self.name, defects)
        if "status" not in fields:
            raise PayloadError("a receipt of Notify's has a status", adapter=self.name)
        return [read_receipt(raw, fields, defects, channel=self.channel, adapter=self.name)]

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
        Give the request that sends an e-mail; `reference` is our message's id, which the receipt brings back.

        Notify makes the HTML from the text. Who sends the request signs it.

        Raises:
            PayloadError: no template was configured; the recipient has no e-mail address; it must be in large print;
                the text is empty, or longer than 100,000 characters.
        """
        if not self._template_id:
            raise PayloadError("sending by Notify needs template_id", adapter=self.name)
        if message.channel != self.channel or message.recipient.scheme != "mailto":
            raise PayloadError("an e-mail goes to a mailto: contact point", adapter=self.name)
        if points_of(message.format) is not None:
            raise PayloadError("Notify shows an e-mail in one size: it sends no large print", adapter=self.name)
        if not message.text.strip() or len(message.text) > _TEXT_LIMIT:
            raise PayloadError("an e-mail by Notify has 1 to 100,000 characters", adapter=self.name)
        content = {
            "email_address": message.recipient.path,
            "template_id": self._template_id,
            "personalisation": {"subject": _subject(message), "text": message.text},
            "reference": message.id,
        }
        if self._reply_to_id:
            content["email_reply_to_id"] = self._reply_to_id
        if (link := self._stops.link(message)) is not None:
            content["one_click_unsubscribe_url"] = link
        return notify_request("email", content)


def _subject(message: Message) -> str:
    """Give the subject with the case's reference, by which an answer finds the case."""
    subject = clean(message.subject or "", _SUBJECT_LIMIT)
    shown = message.reference.lower() in subject.lower()
    return subject if shown else f"{subject} [{clean(message.reference, 80)}]".strip()
