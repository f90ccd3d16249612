"""
A call as an agent wrote it down: JSON that the agent's screen posts, in the format of `Note`.

What we keep in `gateway_meta`: `disposition`, where the screen's word is none of ours; `case_reference`, where the
agent's is no reference; `number` and `called`, where they are no telephone numbers; `received_at`, where the note says
when the call was answered too; `call_id`, and `call_system`, whose id that is; `unknown_fields`, the names of fields
that the format does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from onestop.channels.base import Parsed
from onestop.channels.notes import Cleaner, Place, WorkersNote, read_note, written
from onestop.channels.numbers import is_withheld
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.calls import CALL_ID, CALL_SYSTEM
from onestop.core.contact import Urn, split_relay, tel_urn
from onestop.core.enquiry import Call, Channel, Disposition, Enquiry, EnquiryKind
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import UtcDatetime, utc_text
from onestop.errors import ContactPointError, OnestopError, PayloadError

__all__ = ["CallNote", "Note", "Place"]

# The words of telephone systems, without marks between, and ours.
_DISPOSITIONS: dict[str, Disposition] = {
    "answered": "answered",
    "noanswer": "no-answer",
    "busy": "busy",
    "failed": "failed",
    "hungup": "hung-up",
    "abandoned": "hung-up",
    "voicemail": "voicemail",
}
_KINDS: Mapping[Disposition, EnquiryKind] = {
    "no-answer": "missed_call",
    "busy": "missed_call",
    "voicemail": "voicemail",
}


class Note(WorkersNote):
    """What an agent's screen posts: `entered_by` and `notes` at least."""

    received_at: UtcDatetime | None = None  # when the call came in
    started_at: UtcDatetime | None = None  # when it was answered
    direction: Literal["inbound", "outbound"] = "inbound"
    duration_s: float | None = Field(default=None, ge=0)
    disposition: str | None = None  # answered, no-answer, busy, failed, hung-up, voicemail
    number: str | None = None  # the citizen's; null when withheld; 18001 in front: a relay call
    withheld: bool = False
    called: str | None = None  # the council's number
    entered_by: str = Field(pattern=r"[^\s\p{C}]")
    notes: str
    relay: bool = False  # through Relay UK
    call_id: str | None = None  # the telephone system's id of the call: the note becomes one with what it tells


class CallNote:
    """
    Notes of calls, posted as JSON with a bearer token; give several tokens while you change them.

    `calls` is the name under which the desk has the adapter of the telephone system whose ids stand in `call_id`;
    without it, a note is an enquiry beside the call's own.

    >>> from onestop.channels import Raw
    >>> body = b'{"number": "01632 960018", "entered_by": "alice", "notes": "Street light out"}'
    >>> CallNote().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].entered_by
    'alice'
    """

    channel: Channel = "phone"
    capabilities = Capabilities(signed=True)

    def __init__(
        self, name: str = "call_note", *, token: str | Sequence[str] | None = None, calls: str | None = None
    ) -> None:
        self.name = name
        self._calls = calls
        self._tokens = secrets_of(token)
        if not self._tokens:  # without a token the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the call as one enquiry.

        Raises:
            PayloadError: this is no such JSON; the text names the fields that are wrong. `LimitError` when too large.
        """
        defects: list[str] = []
        note = read_note(raw, Note, "a call note", defects, self.name)
        return [self._enquiry(raw, note, defects)]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request carries the configured bearer token.

        Raises:
            SignatureError: it does not, or none was configured.
        """
        verify_bearer(raw, self._tokens)

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give `{"taken_in": true}` and the `notice` to be shown at once, or the error's code and text, as JSON."""
        return json_answer(error, taken)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: nobody is rung by this adapter."""
        raise PayloadError("call notes carry no messages out: answer by another channel", adapter=self.name)

    def _enquiry(self, raw: Raw, note: Note, defects: list[str]) -> Enquiry:
        meta: dict[str, str] = {}
        fields = written(note, note.notes, meta, defects, self.name)
        sender, relay = _caller(note, meta, defects)
        disposition, recipients = _disposition(note, meta, defects), _called(note, meta, defects)
        if note.started_at and note.received_at:
            meta["received_at"] = utc_text(note.received_at)
        if note.call_id and note.call_id.strip():
            meta[CALL_ID] = note.call_id.strip()
            meta |= {CALL_SYSTEM: self._calls} if self._calls else {}
        clean = Cleaner(defects)
        enquiry = Enquiry(
            **fields,
            channel=self.channel,
            adapter=self.name,
            received_at=raw.received_at,
            sent_at=note.started_at or note.received_at,
            kind=_KINDS.get(disposition, "call"),
            sender=sender,
            recipients=recipients,
            call=Call(direction=note.direction, duration_s=note.duration_s, disposition=disposition, relay=relay),
            gateway_meta={key: clean(value) or "" for key, value in meta.items()},
        )
        return enquiry.with_defects(*defects)


def _caller(note: Note, meta: dict[str, str], defects: list[str]) -> tuple[Urn | None, bool]:
    """Give the caller's contact point and whether a relay assistant spoke."""
    number, is_relay = split_relay(note.number or "")
    relay = note.relay or is_relay
    if is_withheld(number):
        return None, relay
    if note.withheld:  # the caller's wish stands over what the exchange showed
        defects.append("withheld_number_given")
        return None, relay
    try:
        return tel_urn(number), relay
    except ContactPointError:
        defects.append("sender_invalid")
        meta["number"] = number
        return None, relay


def _called(note: Note, meta: dict[str, str], defects: list[str]) -> tuple[Urn, ...]:
    if not note.called or not note.called.strip():
        return ()
    try:
        return (tel_urn(note.called),)
    except ContactPointError:
        defects.append("recipient_invalid")
        meta["called"] = note.called
        return ()


def _disposition(note: Note, meta: dict[str, str], defects: list[str]) -> Disposition:
    if not note.disposition:
        return "unknown"
    word = "".join(character for character in note.disposition.lower() if character.isalpha())
    if word not in _DISPOSITIONS and word != "unknown":
        defects.append("disposition_unknown")
        meta["disposition"] = note.disposition
    return _DISPOSITIONS.get(word, "unknown")
