"""
Twilio Programmable Voice: webhooks of calls, their status, recordings and transcriptions, form-encoded.

Twilio documentation, "Twilio's request to your application", "Call resource: status callbacks", "TwiML: Dial, Record,
Enqueue", "Recording status callbacks", "Transcriptions" (read 2026-03-02).

Each request is one piece of a call, and all pieces of one call have its `CallSid` as source id: those of a leg that
`<Dial>` makes to one of our own telephones have its `ParentCallSid`. `onestop.core.calls` puts them together.

What we keep in `gateway_meta`:

    call_event       which piece it is: incoming, ringing, completed, dial-no-answer, recording-completed, …
    status           Twilio's own word: CallStatus, RecordingStatus or TranscriptionStatus
    queue            QueueSid
    answered_by      line, where the line was picked up and Twilio does not tell whether by a person

and under Twilio's names: AccountSid, AnsweredBy, ErrorCode, ForwardedFrom, RecordingSid, SipResponseCode, StirVerstat;
From and To, where they are no telephone numbers; Caller and Called, where they say something else; CallSid, where it is
one of our own leg. Keys that were pressed (Digits) are not kept: they may be the number of a bank card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from onestop.channels.base import Parsed
from onestop.channels.callers import Party, read_party
from onestop.channels.forms import Fields, content_parameters
from onestop.channels.text import cut_text
from onestop.channels.twilio import EMPTY_TWIML, read_pairs, twiml_answer, verify_signature
from onestop.channels.webhook import secrets_of
from onestop.core.calls import ANSWERED_BY, LINE, call_kind
from onestop.core.enquiry import Call, Channel, Disposition, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import OnestopError, PayloadError

__all__ = ["TwilioVoice"]

# "Call resource", call status values, and those of DialCallStatus and QueueResult. queued, initiated and ringing are no
# outcome yet, and a new word is no guess of ours: both are `unknown`, and the word stands in `status`.
_OUTCOMES: Mapping[str, Disposition] = {
    "in-progress": "answered",
    "answered": "answered",
    "completed": "answered",
    "bridged": "answered",
    "busy": "busy",
    "no-answer": "no-answer",
    "failed": "failed",
    "canceled": "hung-up",
    "hangup": "hung-up",
}
_BLANK = "(blank)"  # the transcript of a recording in which nothing was understood

_META = (
    "AccountSid",
    "AnsweredBy",
    "ErrorCode",
    "ForwardedFrom",
    "RecordingSid",
    "SipResponseCode",
    "StirVerstat",
)
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]{1,2000}\Z")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?\Z", re.ASCII)


class TwilioVoice:
    """
    Calls by Twilio: the request for instructions, status, recording and transcription callbacks.

    `auth_token` checks signatures; give several while you change it. `answer` is the TwiML document that an incoming
    call is answered with: without one the answer is empty, and Twilio hangs up. Point Twilio's "a call comes in" here
    only with an `answer`; callbacks (status, recording, transcription) need none.

    >>> from onestop.channels import Raw
    >>> body = b"CallSid=CA1&From=%2B441632960018&CallStatus=no-answer&Direction=inbound&CallbackSource=x"
    >>> TwilioVoice().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].kind
    'missed_call'
    """

    channel: Channel = "phone"
    capabilities = Capabilities(signed=True)

    def __init__(
        self,
        name: str = "twilio_voice",
        *,
        auth_token: str | Sequence[str] | None = None,
        answer: str | None = None,
    ) -> None:
        self.name = name
        self._tokens = secrets_of(auth_token)
        self._answer = answer.encode() if answer else EMPTY_TWIML

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give what this request tells of its call; nothing for a piece of a live transcription, which says half a word.

        Raises:
            PayloadError: this is no form, or none of a call; `LimitError` when it is too large.
        """
        fields = self._fields(raw)
        if "MessageSid" in fields or not any(name in fields for name in ("CallSid", "From", "Caller", "RecordingSid")):
            raise PayloadError("a webhook of a call by Twilio has the form field CallSid", adapter=self.name)
        if "TranscriptionEvent" in fields:
            return []
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
        """Give the configured TwiML to a call that comes in, and an empty document to everything else."""
        if error is None and raw is not None and self._answer is not EMPTY_TWIML:
            try:
                incoming = _event(self._fields(raw)) == "incoming"
            except PayloadError:
                incoming = False
            return twiml_answer(None, self._answer if incoming else EMPTY_TWIML)
        return twiml_answer(error)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: nobody is rung by this adapter."""
        raise PayloadError("calls carry no messages out: answer by another channel", adapter=self.name)

    def _fields(self, raw: Raw) -> Fields:
        charset = content_parameters(raw.header("content-type") or "").get("charset")
        return Fields(read_pairs(raw, self.name), charset, [])

    def _enquiry(self, raw: Raw, fields: Fields) -> Enquiry:
        defects = fields.defects
        is_leg = bool(fields.first("ParentCallSid"))
        outbound = not is_leg and fields.first("Direction").lower().startswith("outbound")
        citizen, council = _parties(fields, is_leg=is_leg, outbound=outbound)
        disposition, by_line = _outcome(fields, is_leg=is_leg, outbound=outbound)
        transcript = _transcript(fields)
        text, full_text = cut_text(transcript or "", defects)
        call = Call(
            direction="outbound" if outbound else "inbound",
            duration_s=_duration(fields),
            disposition=disposition,
            relay=citizen.relay,
            recording_url=_recording(fields),
            transcript=transcript,
        )
        source_id = fields.first("ParentCallSid") or fields.first("CallSid") or None
        if source_id is None:
            defects.append("source_id_missing")
        enquiry = Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=source_id,
            received_at=raw.received_at,
            sent_at=_sent_at(fields),
            kind=call_kind(call),
            sender=citizen.urn,
            sender_name=(not (is_leg or outbound) and fields.first("CallerName")) or None,
            recipients=(council.urn,) if council.urn else (),
            text=text,
            full_text=full_text,
            call=call,
            gateway_meta=_meta(fields, citizen, council, is_leg=is_leg, by_line=by_line),
        )
        return enquiry.with_defects(*defects, *citizen.defects, *council.defects)


def _event(fields: Fields) -> str:
    """Say which piece of a call this is: Twilio gives its webhooks no names, but each has fields of its own."""
    for event, status in (
        ("transcription", "TranscriptionStatus"),
        ("recording", "RecordingStatus"),
        ("dial", "DialCallStatus"),
        ("queue", "QueueResult"),
    ):
        if status in fields:
            return f"{event}-{fields.first(status).lower()}"
    if "RecordingUrl" in fields:
        return "record"  # what `<Record>` asks to go on with
    if "Digits" in fields or "SpeechResult" in fields:
        return "gather"
    status = (fields.first("CallStatus") or fields.first("StatusCallbackEvent")).lower()
    is_callback = "CallbackSource" in fields or "SequenceNumber" in fields
    if not is_callback and status in ("", "ringing") and fields.first("Direction").lower() in ("", "inbound"):
        return "incoming"
    return status or "unknown"


def _outcome(fields: Fields, *, is_leg: bool, outbound: bool) -> tuple[Disposition, bool]:
    """
    Give what became of the call as far as this piece tells, and whether `answered` means no more than the line.

    Twilio itself picks up a call that comes in, to speak or to record; that a person answered shows in what `<Dial>`
    and `<Enqueue>` tell, and in the legs that they make.
    """
    event = _event(fields)
    kind, _, result = event.partition("-")
    if kind in ("dial", "queue"):
        return _OUTCOMES.get(result, "unknown"), False
    if event == "record" or kind == "transcription":  # both are of `<Record>` alone
        return "voicemail", False
    if kind == "recording":
        of_verb = fields.first("RecordingSource").lower() == "recordverb"
        return ("voicemail" if of_verb and result == "completed" else "unknown"), False
    disposition = _OUTCOMES.get(fields.first("CallStatus").lower(), "unknown")
    return disposition, disposition == "answered" and not (is_leg or outbound)


def _parties(fields: Fields, *, is_leg: bool, outbound: bool) -> tuple[Party, Party]:
    """Give the citizen's end and ours; of a leg between our own telephones neither is the citizen's."""
    if is_leg:
        return Party(None), Party(None)
    ends = [fields.first(name) or fields.first(older) for name, older in (("From", "Caller"), ("To", "Called"))]
    citizen, council = reversed(ends) if outbound else ends
    return (
        read_party(citizen, system="twilio_voice", role="sender"),
        read_party(council, system="twilio_voice", role="recipient"),
    )


def _duration(fields: Fields) -> float | None:
    """Give the seconds that the call lasted, or the part of it that was recorded or connected."""
    names = ("CallDuration", "DialCallDuration", "RecordingDuration")
    for name in names if _is_recorded(fields) else names[:2]:  # an absent recording lasted -1
        value = fields.first(name)
        if _SECONDS.match(value):
            return float(value)
        if value:
            fields.defects.append("duration_invalid")
    return None


def _is_recorded(fields: Fields) -> bool:
    return fields.first("RecordingStatus").lower() in ("", "completed")


def _recording(fields: Fields) -> str | None:
    """Give where the recording is, once there is one."""
    url = fields.first("RecordingUrl")
    if not url or not _is_recorded(fields):
        return None
    if _WEB_ADDRESS.match(url):
        try:
            if urlsplit(url).hostname:
                return url
        except ValueError:
            pass
    fields.defects.append("recording_url_invalid")
    return None


def _transcript(fields: Fields) -> str | None:
    if fields.first("TranscriptionStatus").lower() not in ("", "completed"):
        return None
    text = fields.first("TranscriptionText") or fields.first("SpeechResult")
    return text if text and text != _BLANK else None


def _sent_at(fields: Fields) -> datetime | None:
    """Give Twilio's own clock: RFC 5322 dates, in UTC."""
    text = fields.first("Timestamp") or fields.first("RecordingStartTime")
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text[:64])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):  # what the standard library raises for damaged dates
        fields.defects.append("date_invalid")
        return None


def _meta(fields: Fields, citizen: Party, council: Party, *, is_leg: bool, by_line: bool) -> dict[str, str]:
    meta = {name: value for name in _META if (value := fields.first(name))}
    meta["call_event"] = _event(fields)
    words = ("CallStatus", "RecordingStatus", "TranscriptionStatus")
    if status := next(filter(None, map(fields.first, words)), None):
        meta["status"] = status
    if queue := fields.first("QueueSid"):
        meta["queue"] = queue
    if is_leg:
        meta["CallSid"] = fields.first("CallSid")
    ends = (("From", "Caller"), ("To", "Called"))
    outbound = fields.first("Direction").lower().startswith("outbound")
    for party, (name, older) in zip((citizen, council), reversed(ends) if outbound else ends, strict=True):
        if party.defects:
            meta[name] = fields.first(name) or fields.first(older)
        if name in fields and fields.first(older) not in ("", fields.first(name)):
            meta[older] = fields.first(older)
    if by_line:
        meta[ANSWERED_BY] = LINE
    return meta
