"""
A call as an agent wrote it down: JSON that the agent's screen posts, in the format of `Note`.

What we keep in `gateway_meta`: `disposition`, where the screen's word is none of ours; `case_reference`, where the
agent's is no reference; `number` and `called`, where they are no telephone numbers; `received_at`, where the note says
when the call was answered too; `unknown_fields`, the names of fields that the format does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from onestop.channels.answers import text_answers
from onestop.channels.base import Parsed
from onestop.channels.forms import content_parameters
from onestop.channels.numbers import is_withheld
from onestop.channels.text import clean_text, cut_text, decode_text
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.contact import Urn, split_relay, tel_urn
from onestop.core.enquiry import Call, Channel, Disposition, Enquiry, EnquiryKind, Location, Thread
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import Frozen, UtcDatetime, utc_text
from onestop.core.reference import find_references
from onestop.errors import ContactPointError, LimitError, OnestopError, PayloadError

__all__ = ["CallNote", "Note", "Place"]

_BODY_LIMIT = 4 << 20
_NAMES_LIMIT = 20  # names of unknown fields that are kept, each cut to 64 characters

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


class _Posted(Frozen):
    """Types are not guessed at; names that we do not know are noted, not refused: screens outlive their formats."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True, allow_inf_nan=False)


class Place(_Posted):
    """Where the matter is, as the agent wrote it down."""

    lat: float | None = Field(default=None, ge=-90, le=90)  # WGS 84, degrees
    lon: float | None = Field(default=None, ge=-180, le=180)
    address: str | None = None
    postcode: str | None = None
    uprn: str | None = None


class Note(_Posted):
    """What an agent's screen posts: `entered_by` and `notes` at least."""

    id: str | None = None  # the screen's own id of the note: what tells a repeat
    received_at: UtcDatetime | None = None  # when the call came in
    started_at: UtcDatetime | None = None  # when it was answered
    direction: Literal["inbound", "outbound"] = "inbound"
    duration_s: float | None = Field(default=None, ge=0)
    disposition: str | None = None  # answered, no-answer, busy, failed, hung-up, voicemail
    number: str | None = None  # the citizen's; null when withheld; 18001 in front: a relay call
    withheld: bool = False
    name: str | None = None
    called: str | None = None  # the council's number
    entered_by: str = Field(pattern=r"[^\s\p{C}]")  # the worker; not blank
    on_behalf_of: str | None = None  # for whom the caller speaks
    notes: str
    subject: str | None = None
    service_code: str | None = None  # the service that the agent chose
    # Any: a union is tried member by member for each value, and every failure is kept, which a hostile note can make
    # cost a thousand times its size. `text_answers` takes them as they are.
    answers: dict[str, Any] = Field(
        default_factory=dict
    )  # by the questions' names: text, numbers, true, lists of these
    language: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$")  # BCP 47
    case_reference: str | None = None  # the case that the agent chose
    location: Place | None = None
    relay: bool = False  # through Relay UK


class CallNote:
    """
    Notes of calls, posted as JSON with a bearer token; give several tokens while you change them.

    >>> from onestop.channels import Raw
    >>> body = b'{"number": "01632 960018", "entered_by": "alice", "notes": "Street light out"}'
    >>> CallNote().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].entered_by
    'alice'
    """

    channel: Channel = "phone"
    capabilities = Capabilities(signed=True)

    def __init__(self, name: str = "call_note", *, token: str | Sequence[str] | None = None) -> None:
        self.name = name
        self._tokens = secrets_of(token)

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the call as one enquiry.

        Raises:
            PayloadError: this is no such JSON; the text names the fields that are wrong. `LimitError` when too large.
        """
        defects: list[str] = []
        return [self._enquiry(raw, self._note(raw, defects), defects)]

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
        """Give `{"taken_in": true}`, or the error's code and text, as JSON."""
        return json_answer(error)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: nobody is rung by this adapter."""
        raise PayloadError("call notes carry no messages out: answer by another channel", adapter=self.name)

    def _note(self, raw: Raw, defects: list[str]) -> Note:
        if len(raw.body) > _BODY_LIMIT:
            raise LimitError(f"a call note has at most {_BODY_LIMIT} bytes", adapter=self.name)
        charset = content_parameters(raw.header("content-type") or "").get("charset")
        text = decode_text(raw.body, charset, defects).removeprefix("\ufeff")
        try:
            return Note.model_validate_json(text)
        except ValidationError as exc:
            # Only names of our own format are quoted, and the cause is left out: it would show a citizen's answers.
            problems = sorted({_problem(error) for error in exc.errors(include_input=False, include_url=False)})
            message = f"a call note is a JSON object as documented; wrong: {'; '.join(problems)}"
            raise PayloadError(message, adapter=self.name) from None

    def _enquiry(self, raw: Raw, note: Note, defects: list[str]) -> Enquiry:
        clean = _Cleaner(defects)
        text, full_text = cut_text(clean(note.notes) or "", defects)
        meta: dict[str, str] = {}
        sender, relay = _caller(note, meta, defects)
        disposition = _disposition(note, meta, defects)
        thread, recipients = _thread(note, meta, defects), _called(note, meta, defects)
        _unknown(note, meta, defects)
        if note.started_at and note.received_at:
            meta["received_at"] = utc_text(note.received_at)
        meta = {key: clean(value) or "" for key, value in meta.items()}
        source_id = clean(note.id)
        if source_id is None:
            defects.append("source_id_missing")
        enquiry = Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=source_id,
            received_at=raw.received_at,
            sent_at=note.started_at or note.received_at,
            kind=_KINDS.get(disposition, "call"),
            sender=sender,
            sender_name=clean(note.name),
            recipients=recipients,
            subject=clean(note.subject),
            text=text,
            full_text=full_text,
            language=note.language,
            location=_location(note.location, clean),
            thread=thread,
            call=Call(direction=note.direction, duration_s=note.duration_s, disposition=disposition, relay=relay),
            service_code=clean(note.service_code),
            answers=text_answers(note.answers, defects, self.name),
            entered_by=clean(note.entered_by),
            on_behalf_of=clean(note.on_behalf_of),
            gateway_meta=meta,
        )
        return enquiry.with_defects(*defects)


class _Cleaner:
    """Cleans one optional text after the other; what is blank is None."""

    def __init__(self, defects: list[str]) -> None:
        self._defects = defects

    def __call__(self, text: str | None) -> str | None:
        return clean_text(text, self._defects) or None if text else None


def _problem(error: Any) -> str:
    """Say which field is wrong and how, in words that hold nothing of the payload."""
    known = [part for part in error["loc"][:1] if part in Note.model_fields]
    return f"{known[0]} ({error['type']})" if known else str(error["type"])


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


def _thread(note: Note, meta: dict[str, str], defects: list[str]) -> Thread:
    """Give the case that the agent chose: a worker decided, so that the reference counts as proved."""
    if not note.case_reference or not note.case_reference.strip():
        return Thread()
    references = find_references(note.case_reference)
    if len(references) != 1:
        defects.append("case_reference_invalid")
        meta["case_reference"] = note.case_reference
        return Thread()
    return Thread(token=references[0])


def _location(place: Place | None, clean: _Cleaner) -> Location | None:
    if place is None:
        return None
    address, postcode, uprn = clean(place.address), clean(place.postcode), clean(place.uprn)
    if not (address or postcode or uprn) and place.lat is None and place.lon is None:
        return None
    return Location(lat=place.lat, lon=place.lon, address=address, postcode=postcode, uprn=uprn, source="agent")


def _unknown(note: Note, meta: dict[str, str], defects: list[str]) -> None:
    names = sorted(note.model_extra or ())
    names += [f"location.{name}" for name in sorted((note.location and note.location.model_extra) or ())]
    if names:
        defects.append("unknown_field")
        meta["unknown_fields"] = ", ".join(name[:64] for name in names[:_NAMES_LIMIT])
