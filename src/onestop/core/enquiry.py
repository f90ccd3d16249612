"""
The enquiry: one inbound contact, normalised, whatever channel carried it; and what a gateway tells of our messages.

Both are made by adapters (`onestop.channels`) and travel as JSON everywhere else: fixtures, command line, store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from onestop.core.contact import Urn
from onestop.core.model import Frozen, FrozenMap, UtcDatetime

__all__ = [
    "TEXT_LIMIT",
    "Attachment",
    "Call",
    "Channel",
    "DeliveryReport",
    "Enquiry",
    "EnquiryKind",
    "Location",
    "ReportKind",
    "Thread",
]

Channel = Literal["phone", "sms", "email", "web", "post", "in_person", "chat", "social"]

EnquiryKind = Literal["message", "auto_reply", "call", "missed_call", "voicemail", "unknown"]

ReportKind = Literal["delivered", "failed", "bounce", "read", "opt_out", "feedback_report", "unknown"]

Disposition = Literal["answered", "no-answer", "busy", "failed", "hung-up", "voicemail", "unknown"]

_SURROGATE = re.compile("[\ud800-\udfff]")

UNPROVED = "sender_unproved"  # defect: the receiving server says that the address may be forged (RFC 8601)

FACTS_LIMIT = 50  # what the host's maps may say of one place
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FactText = Annotated[str, Field(max_length=200)]

TEXT_LIMIT = 100_000
"""Characters of `text` that are kept on the enquiry; longer text is kept whole as content, with a defect noted."""


class _Received(Frozen):
    """What came from outside: half a surrogate pair, which UTF-8 cannot carry, is U+FFFD wherever it stands."""

    @model_validator(mode="before")
    @classmethod
    def _mend(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: _mended(value) for name, value in values.items()}


def _mended(value: Any, depth: int = 3) -> Any:
    if isinstance(value, str):
        try:
            value.encode()  # much faster than searching
        except UnicodeEncodeError:
            return _SURROGATE.sub("\ufffd", value)
        return value
    if depth and isinstance(value, (dict, FrozenMap)):  # no field is deeper than answers are; what is, is refused
        return {_mended(name): _mended(each, depth - 1) for name, each in value.items()}
    if depth and isinstance(value, (tuple, list)):
        return [_mended(each, depth - 1) for each in value]
    return value


class Attachment(_Received):
    """
    One file that came with an enquiry, or the address where its gateway keeps it.

    The bytes travel beside: `content` is set where the payload held them and never written to JSON.
    """

    filename: str  # safe to show and to save: no folders, no control characters, at most 120 characters
    media_type: str  # lower-case, without parameters; what the sender said, not what the bytes are
    size_bytes: int | None = None  # None when the gateway keeps it and does not say
    sha256: str | None = None  # hexadecimal, of the bytes; None when the gateway keeps them
    inline: bool = False  # shown inside the text, such as the picture of a signature
    url: str | None = None  # where the gateway keeps it; fetched after intake
    content: bytes | None = Field(default=None, exclude=True, repr=False)

    @classmethod
    def of(cls, filename: str, media_type: str, content: bytes, *, inline: bool = False) -> Attachment:
        """Describe bytes that came with the payload."""
        return cls(
            filename=filename,
            media_type=media_type,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            inline=inline,
            content=content,
        )


class Location(_Received):
    """Where the matter is, as far as somebody said; `source` says who: the form, a photo, the agent."""

    lat: float | None = Field(default=None, ge=-90, le=90)  # WGS 84, degrees
    lon: float | None = Field(default=None, ge=-180, le=180)
    address: str | None = None
    postcode: str | None = None
    uprn: str | None = None  # a string: leading zeros count
    source: Literal["form", "photo", "text", "agent", "gateway", "unknown"] = "unknown"
    facts: FrozenMap[FactName, FactText] = Field(default=FrozenMap(), max_length=FACTS_LIMIT)  # of the host's maps


class Thread(_Received):
    """What ties an enquiry to earlier messages."""

    message_id: str | None = None  # RFC 5322 Message-ID, without angle brackets
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()  # oldest first
    token: str | None = None  # a case's reference that was proved by our signature, or chosen by a worker


class Call(_Received):
    """What is known of the telephone call that an enquiry was."""

    direction: Literal["inbound", "outbound"] = "inbound"
    duration_s: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    disposition: Disposition = "unknown"
    relay: bool = False  # through Relay UK (18001): an assistant speaks for the citizen
    recording_url: str | None = None
    transcript: str | None = None


class Enquiry(_Received):
    """
    One contact from one citizen, whatever channel carried it.

    >>> e = Enquiry(channel="sms", adapter="twilio_sms", source_id="SM1", sender="tel:+447700900018",
    ...             text="Bin missed", received_at="2026-03-02T09:30:00Z")
    >>> e.subject is None
    True
    """

    channel: Channel
    adapter: str  # the configured adapter's name
    source_id: str | None = None  # the gateway's own id; with adapter and content digest it tells a repeat
    received_at: UtcDatetime
    sent_at: UtcDatetime | None = None  # what the sender's clock said
    kind: EnquiryKind = "message"
    sender: Urn | None = None  # tel:+44… or mailto:…, already normalised; None when withheld
    sender_name: str | None = None  # as the sender wrote it: never proof of who they are
    recipients: tuple[Urn, ...] = ()  # the address written to, the number called
    cc: tuple[Urn, ...] = ()
    subject: str | None = None
    text: str = ""  # what the citizen wrote now, without quoted history and signature
    full_text: str | None = None  # all of it; None when it is the same as `text`
    language: str | None = None  # a hint: BCP 47, such as `cy`
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    thread: Thread = Thread()
    call: Call | None = None
    service_code: str | None = None  # the service chosen in a form or by an agent
    answers: FrozenMap[str, str | tuple[str, ...]] = FrozenMap()  # to the service's questions, by their `variable`
    entered_by: str | None = None  # the worker who wrote this down for the citizen
    on_behalf_of: str | None = None  # for whom the sender speaks, as they said it
    defects: tuple[str, ...] = ()  # what was wrong with the payload and mended: stable codes, never its words
    gateway_meta: FrozenMap[str, str] = FrozenMap()  # the gateway's own words that may matter later
    schema_version: Literal[1] = 1

    @property
    def proved(self) -> bool:
        """
        Whether the sender may be who they say: False when our own mail server found that the address is forged.

        It says nothing of a sender who was not looked at; a telephone number that is shown is never proof either.
        """
        return UNPROVED not in self.defects

    @property
    def digest(self) -> str:
        """
        The digest of what the citizen sent: hexadecimal SHA-256 over sender, words, place, answers and files.

        How it travelled is left out, so that one e-mail to two of our mailboxes has one digest.
        """
        return digest_of(
            [
                self.sender.key if self.sender else "",
                self.sender_name or "",
                self.on_behalf_of or "",
                self.subject or "",
                self.full_text if self.full_text is not None else self.text,
                self.service_code or "",
                self.call.model_dump_json() if self.call else "",
                self.location.model_dump_json(exclude={"facts"}) if self.location else "",
                *_counted([a.sha256 or a.url or a.filename for a in self.attachments]),
                *(part for name in sorted(self.answers) for part in (name, *_counted(_parts(self.answers[name])))),
            ]
        )

    def with_defects(self, *codes: str) -> Enquiry:
        """Give this enquiry with further defects noted, each once."""
        new = tuple(code for code in dict.fromkeys(codes) if code not in self.defects)
        return self.model_copy(update={"defects": self.defects + new}) if new else self


def _counted(parts: Sequence[str]) -> tuple[str, ...]:
    """Give a list with its length in front, so that what follows it can never be taken for more of it."""
    return (str(len(parts)), *parts)


def _parts(answer: str | tuple[str, ...]) -> tuple[str, ...]:
    return (answer,) if isinstance(answer, str) else answer


def digest_of(parts: Sequence[str]) -> str:
    """Give one digest of several texts, each framed by its length so that no two lists look alike."""
    framed = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        framed.update(b"%d:" % len(encoded))
        framed.update(encoded)
    return framed.hexdigest()


class DeliveryReport(_Received):
    """What a gateway tells of a message that we sent."""

    channel: Channel
    adapter: str
    source_id: str | None = None
    received_at: UtcDatetime
    kind: ReportKind
    recipient: Urn | None = None  # whom the message was for
    message_id: str | None = None  # our Message-ID, or the gateway's id of our message
    status: str | None = None  # the gateway's or mail server's own code, such as 5.1.1 (RFC 3463)
    permanent: bool | None = None  # True: trying again cannot help; None: not said
    address_fails: bool = True  # of a failure for good: the contact point cannot be reached; False: it is not to blame
    defects: tuple[str, ...] = ()
    gateway_meta: FrozenMap[str, str] = FrozenMap()
    schema_version: Literal[1] = 1

    @property
    def digest(self) -> str:
        """The digest of what was reported, which tells a repeat."""
        recipient = self.recipient.key if self.recipient else ""
        return digest_of([self.kind, recipient, self.message_id or "", self.status or "", str(self.permanent)])
