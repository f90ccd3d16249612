"""
What GOV.UK Notify's adapters have in common, whatever they send: callbacks as JSON, receipts, requests.

GOV.UK Notify documentation, "Callbacks" and "REST API" (read 2026-03-02). The receipts of texts, e-mails and letters
come by one callback, and each becomes a report of its own channel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from onestop.channels.callers import Party, read_party
from onestop.channels.text import clean_text, decode_text
from onestop.core.contact import Urn, mailto_urn
from onestop.core.enquiry import Channel, DeliveryReport, ReportKind
from onestop.core.gateway import GatewayRequest, Raw
from onestop.errors import ContactPointError, LimitError, PayloadError

__all__ = ["meta_of", "notify_request", "party_of", "read_fields", "read_receipt", "short"]

_BODY_LIMIT = 1 << 18  # an incoming text has at most 918 characters; the rest is ids and times
_FIELD_LIMIT = 1_000  # characters of an id, a number, a time
_URL = "https://api.notifications.service.gov.uk/v2/notifications/"


class _Outcome(NamedTuple):
    kind: ReportKind
    permanent: bool | None
    address_fails: bool = True


# "Message status": what Notify says, and whether another try may succeed. What is on its way (created, sending, sent to
# another country, whose networks tell no more) is no outcome yet; a word of next year is no guess of ours.
_OUTCOMES = {
    "delivered": _Outcome("delivered", None),
    "received": _Outcome("delivered", None),  # a letter that the printer posted
    "permanent-failure": _Outcome("failed", True),
    "temporary-failure": _Outcome("failed", False),
    "technical-failure": _Outcome("failed", False),  # between Notify and the network: "try again"
    "validation-failed": _Outcome("failed", True, address_fails=False),
    "virus-scan-failed": _Outcome("failed", True, address_fails=False),
    "returned-letter": _Outcome("failed", True),
    "cancelled": _Outcome("failed", True, address_fails=False),
}
_OF_LETTERS = {**_OUTCOMES, "permanent-failure": _Outcome("failed", True, address_fails=False)}  # it cannot be printed
_UNKNOWN = _Outcome("unknown", None)

_CHANNELS: dict[str, Channel] = {"sms": "sms", "email": "email", "letter": "post"}
_REPORT_META = ("id", "template_id", "completed_at")


def read_fields(raw: Raw, adapter: str, defects: list[str]) -> dict[str, str]:
    """
    Give the fields as text: null is none, a number is its digits, and what is nested is no field of Notify's.

    Raises:
        PayloadError: this is no JSON object; `LimitError` when it is larger than any callback.
    """
    if len(raw.body) > _BODY_LIMIT:
        raise LimitError(f"a callback of Notify's has at most {_BODY_LIMIT} bytes", adapter=adapter)
    try:
        content = from_json(decode_text(raw.body, "utf-8", defects), allow_inf_nan=False)
    except ValueError:  # no cause: it would quote
        raise PayloadError("a callback of Notify's is JSON", adapter=adapter) from None
    if not isinstance(content, Mapping):
        raise PayloadError("a callback of Notify's is a JSON object", adapter=adapter)
    return {name: text for name, value in content.items() if (text := _text(value, defects)) is not None}


def read_receipt(
    raw: Raw, fields: Mapping[str, str], defects: list[str], *, channel: Channel, adapter: str
) -> DeliveryReport:
    """Give what a receipt tells of one of our messages; of a kind of messages that is not known, it is `channel`'s."""
    kind = fields.get("notification_type", "sms")
    status = short(fields["status"], defects)
    outcome = (_OF_LETTERS if kind == "letter" else _OUTCOMES).get(status or "", _UNKNOWN)
    own_id, notifys_id = (short(fields.get(name), defects) for name in ("reference", "id"))
    return DeliveryReport(
        channel=_CHANNELS.get(kind, channel),
        adapter=adapter,
        source_id=notifys_id,
        received_at=raw.received_at,
        kind=outcome.kind,
        recipient=_recipient(kind, fields.get("to"), defects),
        message_id=own_id or notifys_id,
        status=status,
        permanent=outcome.permanent,
        address_fails=outcome.address_fails,
        defects=tuple(dict.fromkeys(defects)),
        gateway_meta=meta_of(
            fields, (*_REPORT_META, *(("notification_type",) if kind not in _CHANNELS else ())), defects
        ),
    )


def _recipient(kind: str, to: str | None, defects: list[str]) -> Urn | None:
    """Give whom a message was for; a letter's `to` is the first line of an address, which is no contact point."""
    if kind == "letter" or not to:
        return None
    if kind != "email":
        return party_of(to, "recipient", defects).urn
    try:
        return mailto_urn(to)
    except ContactPointError:
        defects.append("recipient_invalid")
        return None


def party_of(number: str | None, role: str, defects: list[str]) -> Party:
    """Give who a number is, the defects of it noted."""
    if number is None:
        defects.append(f"{role}_missing")
        return Party(None)
    party = read_party(number, system="notify_sms", role=role)
    defects.extend(party.defects)
    return party


def notify_request(kind: str, content: Mapping[str, Any]) -> GatewayRequest:
    """
    Give the request that has Notify send a message of a kind: sms, email.

    It has no Authorization header: Notify wants a token made with the API key and the time of sending (JWT, RFC 7519),
    and an adapter knows no time. Who sends the request adds it.
    """
    return GatewayRequest(
        url=f"{_URL}{kind}",
        headers={"Content-Type": "application/json"},
        body=json.dumps(content, ensure_ascii=False).encode(),
    )


def _text(value: Any, defects: list[str]) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return clean_text(value, defects) if isinstance(value, str) else None


def short(text: str | None, defects: list[str]) -> str | None:
    """Give an id or a word as it is; cut, with a defect, where it is longer than any."""
    if text and len(text) > _FIELD_LIMIT:
        defects.append("field_cut")
        return text[:_FIELD_LIMIT]
    return text or None


def meta_of(fields: Mapping[str, str], names: Sequence[str], defects: list[str]) -> dict[str, str]:
    """Give the named fields that there are."""
    return {name: value for name in names if (value := short(fields.get(name), defects))}
