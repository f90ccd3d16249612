"""
The generic CTI form, which many telephone systems post: newCall, answer and hangup of each call.

Zammad system documentation, "Generic CTI": new call, call answered, call hangup (read 2026-03-02). It comes as JSON,
`application/x-www-form-urlencoded` or `multipart/form-data`, where `user` may be `user[]`.

Each request is one piece of a call, and all pieces of one call have its `callId` as source id; `onestop.core.calls`
puts them together. What we keep in `gateway_meta`:

    call_event         the form's word: newCall, answer, hangup
    status             cause: why it was hung up
    queue              the queue's name
    user               who of ours it rang at, or who picked up; several are parted by ` | `
    answering_number   the number or the login that picked up
    answered_by        line, where somebody or something picked up and nobody was named
    from, to           where they are no telephone numbers
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic_core import from_json

from onestop.channels.base import Parsed
from onestop.channels.callers import read_party
from onestop.channels.forms import FIELD_LIMIT, Fields, content_parameters, read_urlencoded
from onestop.channels.multipart import read_multipart
from onestop.channels.text import decode_text, media_type_of
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.calls import ANSWERED_BY, LINE, call_kind
from onestop.core.enquiry import Call, Channel, Disposition, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import LimitError, OnestopError, PayloadError, SignatureError

__all__ = ["CtiForm"]

_BODY_LIMIT = 64 << 10  # a dozen short fields

_EVENTS = {"newcall": "newCall", "answer": "answer", "hangup": "hangup"}

# "Call hangup", cause. `normalClearing` is said of a call that was established, with a person or with a machine;
# `forwarded` of one that goes on elsewhere; and a new word is no guess of ours.
_CAUSES: Mapping[str, Disposition] = {
    "normalclearing": "answered",
    "busy": "busy",
    "cancel": "hung-up",
    "noanswer": "no-answer",
    "congestion": "failed",
    "notfound": "failed",
}
_VOICEMAIL = "voicemail"  # the user that telephone systems name where their answering machine picks up
_JOINT = " | "
_USERS_LIMIT = 20


class CtiForm:
    """
    Calls that a telephone system tells of by the generic CTI form; give several tokens while you change them.

    Most telephone systems can be given a URL and no header, so that the token may stand in the URL, as its last part
    (`/hooks/cti/TOKEN`) or as `?token=TOKEN`: keep such URLs out of the logs of your web server.

    >>> from onestop.channels import Raw
    >>> body = b"event=hangup&from=01632960018&to=01632960100&direction=in&callId=c1&cause=noAnswer"
    >>> CtiForm().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].kind
    'missed_call'
    """

    channel: Channel = "phone"
    capabilities = Capabilities(signed=True)

    def __init__(self, name: str = "cti", *, token: str | Sequence[str] | None = None) -> None:
        self.name = name
        self._tokens = secrets_of(token)
        if not self._tokens:  # without a token the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give what this request tells of its call.

        Raises:
            PayloadError: this is no such form; `LimitError` when it is too large.
        """
        fields = self._fields(raw)
        if not fields.first("event"):
            raise PayloadError("the CTI form has a field event: newCall, answer or hangup", adapter=self.name)
        if not any(fields.first(name) for name in ("callId", "from", "to")):
            raise PayloadError("the CTI form has a field callId, and says from and to", adapter=self.name)
        return [self._enquiry(raw, fields)]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request carries a configured token: as bearer token, or in its URL.

        Raises:
            SignatureError: it does not, or none was configured.
        """
        if self._tokens and raw.header("authorization") is None:
            matches = [hmac.compare_digest(given, token) for given in _in_url(raw.url) for token in self._tokens]
            if not any(matches):
                raise SignatureError("the request needs the configured token: as bearer token, or in its URL")
            return
        verify_bearer(raw, self._tokens)

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give `{}`, which lets the call go on as it would, or the error's code and text, as JSON."""
        if error is not None:
            return json_answer(error)
        return HttpResponse(status=200, body=b"{}", headers={"Content-Type": "application/json"})

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: nobody is rung by this adapter."""
        raise PayloadError("calls carry no messages out: answer by another channel", adapter=self.name)

    def _fields(self, raw: Raw) -> Fields:
        if len(raw.body) > _BODY_LIMIT:
            raise LimitError(f"a CTI form has at most {_BODY_LIMIT} bytes", adapter=self.name)
        defects: list[str] = []
        header = raw.header("content-type") or ""
        parameters = content_parameters(header)
        media_type = media_type_of(header)
        charset = parameters.get("charset")
        if media_type == "application/json" or raw.body.lstrip()[:1] == b"{":
            return Fields(self._json_pairs(raw.body, charset, defects), None, defects)
        if media_type == "multipart/form-data":
            boundary = parameters.get("boundary", "").encode("latin-1", "replace")
            parts = read_multipart(raw.body, boundary, defects, self.name)
            return Fields([(part.name or b"", part.content) for part in parts], charset, defects)
        return Fields(read_urlencoded(raw.body, self.name), charset, defects)

    def _json_pairs(self, body: bytes, charset: str | None, defects: list[str]) -> list[tuple[bytes, bytes]]:
        text = decode_text(body, charset, defects).removeprefix("\ufeff")
        try:
            form = from_json(text, allow_inf_nan=False)
        except ValueError:
            # The cause is left out: it would quote numbers and names.
            raise PayloadError("the body is no JSON, or nested too deep", adapter=self.name) from None
        if not isinstance(form, dict):
            raise PayloadError("the CTI form in JSON is one object of fields", adapter=self.name)
        if sum(len(value) if isinstance(value, list) else 1 for value in form.values()) > FIELD_LIMIT:
            raise LimitError(f"a form has at most {FIELD_LIMIT} fields", adapter=self.name)
        return list(_pairs(form))

    def _enquiry(self, raw: Raw, fields: Fields) -> Enquiry:
        outbound = _is_outbound(fields)
        names = ("to", "from") if outbound else ("from", "to")
        citizen, council = (
            read_party(fields.first(name), system="cti", role=role)
            for name, role in zip(names, ("sender", "recipient"), strict=True)
        )
        disposition, by_line = _outcome(fields)
        call = Call(
            direction="outbound" if outbound else "inbound",
            duration_s=_duration(fields),
            disposition=disposition,
            relay=citizen.relay,
        )
        source_id = fields.first("callId") or None
        if source_id is None:
            fields.defects.append("source_id_missing")
        meta = _meta(fields, by_line=by_line)
        meta |= {
            name: fields.first(name) for name, party in zip(names, (citizen, council), strict=True) if party.defects
        }
        enquiry = Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=source_id,
            received_at=raw.received_at,
            kind=call_kind(call),
            sender=citizen.urn,
            recipients=(council.urn,) if council.urn else (),
            call=call,
            gateway_meta=meta,
        )
        return enquiry.with_defects(*fields.defects, *citizen.defects, *council.defects)


def _in_url(url: str) -> list[bytes]:
    """Give what may be a token in a URL: its last part, and the parameter `token`."""
    try:
        parts = urlsplit(url)
        given = [unquote(parts.path.rpartition("/")[2]), *parse_qs(parts.query, max_num_fields=100).get("token", [])]
    except ValueError:
        return []
    return [each.encode("utf-8", "surrogatepass") for each in given if each]


def _pairs(form: Mapping[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Give a JSON object as the pairs of a form: lists as several, what is nested or null left out."""
    for name, value in form.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str | int | float) and not isinstance(each, bool):
                yield _bytes(name), _bytes(str(each))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # half a surrogate pair is no text


def _is_outbound(fields: Fields) -> bool:
    direction = fields.first("direction").lower()
    if direction not in ("in", "inbound", "out", "outbound", ""):
        fields.defects.append("direction_unknown")
    return direction.startswith("out")


def _outcome(fields: Fields) -> tuple[Disposition, bool]:
    """Give what became of the call as far as this piece tells, and whether `answered` means no more than the line."""
    event = fields.first("event").lower()
    if event not in ("newcall", "answer", "hangup"):
        fields.defects.append("event_unknown")
    if event not in ("answer", "hangup"):
        return "unknown", False
    disposition = "answered" if event == "answer" else _CAUSES.get(fields.first("cause").lower(), "unknown")
    if disposition == "answered" and [user.lower() for user in _users(fields)] == [_VOICEMAIL]:
        return "voicemail", False
    return disposition, disposition == "answered" and event == "hangup" and not fields.first("answeringNumber")


def _users(fields: Fields) -> list[str]:
    """Give the users named, sorted; `user[]` is how forms write a list."""
    named = [user for name in ("user", "user[]") for user in fields.values.get(name, []) if user]
    return sorted(set(named))[:_USERS_LIMIT]


def _duration(fields: Fields) -> float | None:
    value = fields.first("duration")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    fields.defects.append("duration_invalid")
    return None


def _meta(fields: Fields, *, by_line: bool) -> dict[str, str]:
    event = fields.first("event")
    meta = {
        "call_event": _EVENTS.get(event.lower(), event),
        "status": fields.first("cause"),
        "queue": fields.first("queue"),
        "user": _JOINT.join(_users(fields)),
        "answering_number": fields.first("answeringNumber"),
        ANSWERED_BY: LINE if by_line else "",
    }
    return {name: value for name, value in meta.items() if value}
