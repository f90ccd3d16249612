"""
Letters that were scanned: their fields and files, as the post room's software posts them.

Formats: `multipart/form-data` with the files as its files (RFC 7578), or a JSON object with them as base64; both in the
format of `Letter`. A form writes what is inside `location` and `answers` with a dot: `location.postcode`.

What we keep in `gateway_meta`, beside what every note may leave there (`onestop.channels.notes`): `received_on`, the
day of the post room's stamp; `pages`; `address` and `postcode` of the sender; `also`, the sender's other contact point;
`email` and `number`, where they cannot be read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import Field, ValidationError

from onestop.channels.base import Parsed
from onestop.channels.forms import Fields, content_parameters, read_urlencoded
from onestop.channels.multipart import attachment_of, read_multipart
from onestop.channels.notes import NOTE_LIMIT, Cleaner, Posted, WorkersNote, problems_of, read_note, written
from onestop.channels.sender import read_sender
from onestop.channels.text import media_type_of
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.enquiry import Attachment, Channel, Enquiry
from onestop.core.filenames import safe_filename
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.errors import LimitError, OnestopError, PayloadError

__all__ = ["Letter", "LetterFile", "Post"]

_BODY_LIMIT = 64 << 20  # some hundred scanned pages; each is held once in the body and once as an attachment
_MULTIPART, _FORM = "multipart/form-data", "application/x-www-form-urlencoded"
_WHAT = "a scanned letter"


class LetterFile(Posted):
    """One file of a letter in JSON."""

    filename: str = ""
    media_type: str = "application/octet-stream"
    content_base64: str


class Letter(WorkersNote):
    """What the post room posts: the text that was read, or a file, at least; `id` is the scan's reference."""

    received_on: date | None = None  # the post room's stamp
    letter_date: date | None = None  # what the sender wrote over it
    address: str | None = None  # the sender's
    postcode: str | None = None
    email: str | None = None  # how the sender can be reached, where the letter says so
    number: str | None = None
    text: str | None = None  # what was read from the scan
    pages: int | None = Field(default=None, ge=1, le=100_000)
    files: tuple[LetterFile, ...] = Field(default=(), max_length=1_000)


class Post:
    """
    Scanned letters, posted with a bearer token; give several tokens while you change them.

    A letter goes into the case whose reference the person who scanned it chose as `case_reference`. Its scan is an
    attachment; `sent_at` is the letter's own date, at noon.

    >>> from onestop.channels import Raw
    >>> body = b'{"id": "S-17", "name": "Jo", "text": "Dear Sirs, our street light is out."}'
    >>> Post().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].channel
    'post'
    """

    channel: Channel = "post"
    capabilities = Capabilities(attachments=True, signed=True)

    def __init__(self, name: str = "post", *, token: str | Sequence[str] | None = None) -> None:
        self.name = name
        self._tokens = secrets_of(token)
        if not self._tokens:  # without a token the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the letter as one enquiry.

        Raises:
            PayloadError: this is no such form or JSON; the text names the fields that are wrong. `LimitError` when it
                is too large.
        """
        defects: list[str] = []
        media_type = media_type_of(raw.header("content-type"))
        if media_type in (_MULTIPART, _FORM):
            letter, files = self._form(raw, media_type, defects)
        else:
            letter = read_note(raw, Letter, _WHAT, defects, self.name, limit=_BODY_LIMIT)
            files = self._files(letter.files)
        if not files and not (letter.text and letter.text.strip()):
            raise PayloadError(f"{_WHAT} has a text or a file", adapter=self.name)
        return [self._enquiry(raw, letter, files, defects)]

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
        """Raise `PayloadError`: nothing is printed by this adapter."""
        raise PayloadError("scanned letters carry no messages out: answer by another channel", adapter=self.name)

    def _form(self, raw: Raw, media_type: str, defects: list[str]) -> tuple[Letter, tuple[Attachment, ...]]:
        parameters = content_parameters(raw.header("content-type") or "")
        limit = _BODY_LIMIT if media_type == _MULTIPART else NOTE_LIMIT
        if len(raw.body) > limit:
            raise LimitError(f"{_WHAT} has at most {limit} bytes", adapter=self.name)
        charset = parameters.get("charset")
        if media_type == _FORM:
            return self._letter(Fields(read_urlencoded(raw.body, self.name), charset, defects)), ()
        boundary = parameters.get("boundary", "").encode("latin-1", "replace")
        parts = read_multipart(raw.body, boundary, defects, self.name)
        pairs = [(part.name, part.content) for part in parts if part.name is not None and part.filename is None]
        if sum(len(content) for _, content in pairs) > NOTE_LIMIT:
            raise LimitError(f"the fields of {_WHAT} have at most {NOTE_LIMIT} bytes", adapter=self.name)
        letter = self._letter(Fields(pairs, charset, defects))
        scans = [part for part in parts if part.name is None or part.filename is not None]
        return letter, tuple(attachment_of(part, charset, defects) for part in scans if part.content or part.filename)

    def _letter(self, fields: Fields) -> Letter:
        nested: dict[str, Any] = {}
        for name in fields.values:
            value = fields.first(name)
            outer, dot, inner = name.partition(".")
            if not value:
                continue
            if dot and outer in ("location", "answers"):
                nested.setdefault(outer, {})[inner] = value
            elif name not in ("location", "answers", "files"):
                nested[name] = value
        try:
            return Letter.model_validate_strings(nested)
        except ValidationError as exc:
            problems = problems_of(exc, Letter)
            raise PayloadError(f"{_WHAT} is a form as documented; wrong: {problems}", adapter=self.name) from None

    def _files(self, files: Iterable[LetterFile]) -> tuple[Attachment, ...]:
        found = []
        for file in files:
            try:
                content = base64.b64decode(file.content_base64, validate=True)
            except ValueError:
                message = f"{_WHAT} is a JSON object as documented; wrong: files (no base64)"
                raise PayloadError(message, adapter=self.name) from None
            media_type = media_type_of(file.media_type)
            found.append(Attachment.of(safe_filename(file.filename, media_type), media_type, content))
        return tuple(found)

    def _enquiry(self, raw: Raw, letter: Letter, files: tuple[Attachment, ...], defects: list[str]) -> Enquiry:
        clean = Cleaner(defects)
        meta: dict[str, str] = {}
        fields = written(letter, letter.text, meta, defects, self.name)
        email, number = clean(letter.email), clean(letter.number)
        sender = read_sender(email, number, defects)
        meta |= sender.meta
        meta["email"] = email if email and not sender.email_read else ""
        meta["number"] = number if number and not sender.phone_read else ""
        meta |= {"address": letter.address or "", "postcode": letter.postcode or ""}
        meta["received_on"] = letter.received_on.isoformat() if letter.received_on else ""
        meta["pages"] = str(letter.pages or "")
        enquiry = Enquiry(
            **fields,
            channel=self.channel,
            adapter=self.name,
            received_at=raw.received_at,
            sent_at=_noon(letter.letter_date),
            sender=sender.urn,
            attachments=files,
            gateway_meta={key: text for key, value in meta.items() if (text := clean(value))},
        )
        return enquiry.with_defects(*defects)


def _noon(day: date | None) -> datetime | None:
    """Give a day as a moment: at noon, so that it is the same day in winter and in summer time."""
    return datetime.combine(day, time(12), UTC) if day else None
