"""
Twilio Programmable Messaging: webhooks of incoming messages and of what became of ours, form-encoded.

Twilio documentation, "Webhooks: messaging", "Twilio's request to your incoming message webhook URL", "Track the message
status of outbound messages", "Messages resource" (read 2026-03-02).

What we keep of Twilio's own fields in `gateway_meta`, under Twilio's names:

    AccountSid, MessagingServiceSid    which account and service took the message
    NumSegments                        in how many parts it travelled
    OptOutType                         STOP, START or HELP, where Twilio answers opt-outs itself
    ButtonPayload                      which button of a template was pressed
    To                                 the address written to, where it is no telephone number
    MessageStatus, ErrorCode           what Twilio says of our message
    channel                            whatsapp, messenger or rcs, where the message came by one of them
    answered                           opt_out, opt_in or help: the same as OptOutType, in our words
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from onestop.channels.base import Parsed
from onestop.channels.forms import Fields, content_parameters
from onestop.channels.numbers import is_withheld
from onestop.channels.text import cut_text, media_type_of
from onestop.channels.twilio import read_pairs, twiml_answer, verify_signature
from onestop.channels.webhook import secrets_of
from onestop.core.contact import Urn, ext_urn, number_kind, tel_urn
from onestop.core.enquiry import Attachment, Channel, DeliveryReport, Enquiry, Location, ReportKind, Thread
from onestop.core.filenames import safe_filename
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import ContactPointError, OnestopError, PayloadError

__all__ = ["TwilioSms"]

_MESSAGES_URL = "https://api.twilio.com/2010-04-01/Accounts/{}/Messages.json"
_CAPABILITIES = Capabilities(
    text_limit=1_600, attachments=True, receipts=True, replies=True, sends=True, signed=True, cost_class="medium"
)

# Prefixes of an address ("Messages resource", To and From), and the channel of ours that they are.
_PREFIXES: dict[str, Channel] = {"whatsapp": "chat", "messenger": "chat", "rcs": "chat"}
_ID_PREFIXES = frozenset({"messenger"})  # what follows is an id of digits, and no telephone number

# "Messages resource", message status values. Those on the way (accepted, scheduled, queued, sending, sent) are no
# outcome yet, and a new word is no guess of ours: both are `unknown`, and the word stands in `status`.
_KINDS: dict[str, ReportKind] = {
    "delivered": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
    "read": "read",
}
_INBOUND = frozenset({"", "received", "receiving"})

# "Error and warning dictionary", 21xxx, 30xxx and 63xxx: may another try succeed?
_PERMANENT = {
    "21610": True,  # the recipient has opted out with this sender
    "21614": True,  # no mobile number
    "30001": False,  # queue overflow
    "30003": False,  # handset switched off or out of reach
    "30004": True,  # blocked by the recipient or the carrier
    "30005": True,  # unknown or no longer existing number
    "30006": True,  # landline, or a carrier that cannot be reached
    "63003": True,  # the network knows no such recipient
    "63016": True,  # WhatsApp: too late for words of our own, only a template would be taken
    "63018": False,  # the network takes no more for now
    "63024": True,  # not a number that WhatsApp has
}
# … and is it the number that cannot be reached? A code that is not known here blames nobody.
_NUMBER_FAILS = frozenset({"", "21614", "30003", "30004", "30005", "30006", "63003", "63024"})
_OPTED_OUT = "21610"

_META = (
    "AccountSid",
    "MessagingServiceSid",
    "NumSegments",
    "OptOutType",
    "ButtonPayload",
    "MessageStatus",
    "ErrorCode",
)
# "Advanced opt-out", OptOutType: Twilio answered this itself; in our words (`core.opting`).
_ANSWERED = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
_MEDIA_URL = re.compile(r"MediaUrl(\d{1,3})\Z", re.ASCII)
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]{1,2000}\Z")
_LETTER = re.compile(r"[^\W\d_]")


class _Party(NamedTuple):
    """One end of a message: its address, and the prefix it came with."""

    urn: Urn | None
    prefix: str
    defects: tuple[str, ...] = ()


class TwilioSms:
    """
    Messages by Twilio: SMS, MMS, and what its webhook brings in the same form (WhatsApp and others, channel `chat`).

    `auth_token` checks signatures; give several while you change it, the new one first: that one is sent with.
    `account_sid` and `from_number` (or the sid of a messaging service, `MG…`) are needed to send.

    >>> from onestop.channels import Raw
    >>> raw = Raw(body=b"From=07700900123&Body=Bin+missed&MessageSid=SM1", received_at="2026-03-02T09:30:00Z")
    >>> TwilioSms().parse(raw)[0].sender
    Urn('tel:+447700900123')
    """

    channel: Channel = "sms"
    capabilities = _CAPABILITIES
    _prefix: ClassVar[str] = ""  # before the addresses of a message that goes by another network

    def __init__(
        self,
        name: str = "twilio_sms",
        *,
        auth_token: str | Sequence[str] | None = None,
        account_sid: str | None = None,
        from_number: str | None = None,
    ) -> None:
        self.name = name
        self._tokens = secrets_of(auth_token)
        self._account_sid = account_sid
        self._from_number = from_number
        if not (account_sid and self._tokens and from_number):  # messages wait in the outbox for an adapter that can
            self.capabilities = self.capabilities.model_copy(update={"sends": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the message, or the report about one of ours.

        Raises:
            PayloadError: this is no form, or one without From, Body and media; `LimitError` when it is too large.
        """
        defects: list[str] = []
        charset = content_parameters(raw.header("content-type") or "").get("charset")
        fields = Fields(read_pairs(raw, self.name), charset, defects)
        if "Body" not in fields and (fields.first("MessageStatus") or fields.first("SmsStatus")) not in _INBOUND:
            return [self._report(raw, fields)]
        if not any(name in fields for name in ("From", "Body", "MediaUrl0")):
            raise PayloadError("a message by Twilio has the form fields From and Body", adapter=self.name)
        return [self._enquiry(raw, fields)]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when `X-Twilio-Signature` proves that Twilio sent this to the URL in `raw.url`.

        Raises:
            SignatureError: it does not, or no auth token was configured.
        """
        verify_signature(raw, self._tokens, self.name)

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give an empty TwiML document, so that Twilio answers the citizen nothing by itself."""
        return twiml_answer(error)

    def render(self, message: Message, /) -> GatewayRequest:
        """
        Give the request that sends a text message, with the account's credentials in its Authorization header.

        Raises:
            PayloadError: account, token or number were not configured; the recipient cannot be texted; the text is
                empty or longer than 1,600 characters.
        """
        if not (self._account_sid and self._tokens and self._from_number):
            raise PayloadError("sending by Twilio needs account_sid, auth_token and from_number", adapter=self.name)
        self._check(message)
        service = self._from_number.startswith("MG")
        sender = {"MessagingServiceSid": self._from_number} if service else {"From": self._prefix + self._from_number}
        form = {"To": self._prefix + message.recipient.path, **sender, "Body": message.text}
        credentials = base64.b64encode(self._account_sid.encode() + b":" + self._tokens[0]).decode()
        return GatewayRequest(
            url=_MESSAGES_URL.format(quote(self._account_sid, safe="")),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )

    def _check(self, message: Message) -> None:
        if message.channel != self.channel:
            raise PayloadError(f"this adapter sends messages of the channel {self.channel}", adapter=self.name)
        if message.recipient.scheme != "tel" or not message.recipient.path.startswith("+"):
            raise PayloadError("a text message goes to a tel: contact point in E.164", adapter=self.name)
        if (kind := number_kind(message.recipient)) in ("premium", "emergency"):
            raise PayloadError(f"{kind} numbers are never written to", adapter=self.name)
        if not message.text.strip() or len(message.text) > (_CAPABILITIES.text_limit or 0):
            raise PayloadError("a text message has 1 to 1,600 characters", adapter=self.name)

    def _report(self, raw: Raw, fields: Fields) -> DeliveryReport:
        status = fields.first("MessageStatus") or fields.first("SmsStatus")
        error = fields.first("ErrorCode")
        kind = "opt_out" if error == _OPTED_OUT else _KINDS.get(status.lower(), "unknown")
        recipient = _party(fields.first("To"), "recipient")
        sid = _sid(fields)
        return DeliveryReport(
            channel=_PREFIXES.get(recipient.prefix, self.channel),
            adapter=self.name,
            source_id=sid,
            received_at=raw.received_at,
            kind=kind,
            recipient=recipient.urn,
            message_id=sid,
            status=error or status,
            permanent=_PERMANENT.get(error),
            address_fails=kind != "failed" or error in _NUMBER_FAILS,
            defects=_once(fields.defects, recipient.defects),
            gateway_meta=_meta(fields, recipient),
        )

    def _enquiry(self, raw: Raw, fields: Fields) -> Enquiry:
        sender, recipient = _sender(fields), _party(fields.first("To"), "recipient")
        text, full_text = cut_text(fields.first("Body"), fields.defects)
        attachments = tuple(_media(fields))
        location = _location(fields)
        if (sid := _sid(fields)) is None:
            fields.defects.append("source_id_missing")
        return Enquiry(
            channel=_PREFIXES.get(sender.prefix, self.channel),
            adapter=self.name,
            source_id=sid,
            received_at=raw.received_at,
            sender=sender.urn,
            sender_name=fields.first("ProfileName") or None,
            recipients=(recipient.urn,) if recipient.urn else (),
            text=text,
            full_text=full_text,
            attachments=attachments,
            location=location,
            thread=Thread(in_reply_to=fields.first("OriginalRepliedMessageSid") or None),
            defects=_once(fields.defects, sender.defects, recipient.defects),
            gateway_meta=_meta(fields, sender, recipient),
        )


def _once(*codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for each in codes for code in each))


def _sid(fields: Fields) -> str | None:
    return next((sid for name in ("MessageSid", "SmsSid", "SmsMessageSid") if (sid := fields.first(name))), None)


def _sender(fields: Fields) -> _Party:
    if "From" not in fields:
        return _Party(None, "", ("sender_missing",))
    return _party(fields.first("From"), "sender")


def _party(address: str, role: str) -> _Party:
    """
    Read one address: a number, a short code, a sender's name (`BankAlert`), an id of another network.

    What is no number keeps a contact point of its own, in `ext:`, so that who wrote is not lost; nobody can answer it.
    """
    prefix, colon, path = address.partition(":")
    prefix = prefix.lower() if colon and prefix.lower() in _PREFIXES else ""
    address = path if prefix else address
    if is_withheld(address):
        return _Party(None, prefix)
    defects: tuple[str, ...] = ()
    if prefix not in _ID_PREFIXES:
        try:
            return _Party(tel_urn(address), prefix)
        except ContactPointError:
            defects = (f"{role}_alphanumeric" if _LETTER.search(address) else f"{role}_invalid",)
    try:
        return _Party(ext_urn(prefix or "twilio_sms", quote(address, safe="+@")), prefix, defects)
    except ContactPointError:  # longer than an id may be
        return _Party(None, prefix, (f"{role}_invalid",))


def _media(fields: Fields) -> Iterator[Attachment]:
    indices = sorted(
        {match[1] for name in fields.values if (match := _MEDIA_URL.match(name))}, key=lambda i: (int(i), i)
    )
    promised = fields.first("NumMedia")
    if promised and promised != str(len(indices)):
        fields.defects.append("media_count_wrong")
    for index in indices:
        url = fields.first(f"MediaUrl{index}")
        if not _WEB_ADDRESS.match(url) or not _has_host(url):
            fields.defects.append("media_url_invalid")
            continue
        media_type = media_type_of(fields.first(f"MediaContentType{index}"))
        yield Attachment(filename=safe_filename(f"media-{index}", media_type), media_type=media_type, url=url)


def _has_host(url: str) -> bool:
    """Say whether the standard library can take this address apart: whoever fetches it will have to."""
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _location(fields: Fields) -> Location | None:
    """Give the place that the citizen sent as such (WhatsApp); FromCity and its like say where a number is from."""
    address = ", ".join(filter(None, (fields.first("Label"), fields.first("Address")))) or None
    latitude, longitude = fields.first("Latitude"), fields.first("Longitude")
    if not (address or latitude or longitude):
        return None
    try:
        return Location(lat=float(latitude), lon=float(longitude), address=address, source="gateway")
    except ValueError:
        fields.defects.append("location_invalid")
        return Location(address=address, source="gateway") if address else None


def _meta(fields: Fields, *parties: _Party) -> dict[str, str]:
    meta = {name: value for name in _META if (value := fields.first(name))}
    if answered := _ANSWERED.get(meta.get("OptOutType", "").upper()):
        meta["answered"] = answered
    prefix = next((party.prefix for party in parties if party.prefix), None)
    if prefix:
        meta["channel"] = prefix
    if parties[-1].defects:
        meta["To"] = fields.first("To")
    return meta
