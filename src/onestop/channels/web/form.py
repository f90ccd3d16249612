"""
Forms of the council's own website: posted by the browser, or passed on by the host, with a bearer token.

Formats: `application/x-www-form-urlencoded` (WHATWG URL standard), `multipart/form-data` with files (RFC 7578), a JSON
object. What we keep in `gateway_meta`: `also`, the citizen's other contact point; `relay`, where the number was given
with Relay UK's prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from onestop.channels.answers import text_answers
from onestop.channels.base import Parsed
from onestop.channels.forms import FIELD_LIMIT, content_parameters, read_urlencoded
from onestop.channels.multipart import attachment_of, read_multipart
from onestop.channels.sender import Sender, read_sender
from onestop.channels.text import cut_text, decode_text, media_type_of
from onestop.channels.web.fields import FormFields
from onestop.channels.web.submission import Submission
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.enquiry import Channel, Enquiry, Location
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import FrozenMap
from onestop.core.places import place_in
from onestop.core.postcode import normalise_postcode
from onestop.errors import LimitError, OnestopError, PayloadError

__all__ = ["WebForm"]

_BODY_LIMIT = 64 << 20  # a form with some photos; each is held once in the body and once as an attachment
_TEXT_BODY_LIMIT = 4 << 20  # a form without files

_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,8}\Z")  # BCP 47
_LANGUAGES = {"english": "en", "saesneg": "en", "welsh": "cy", "cymraeg": "cy"}
_FIRST_BOUNDARY = re.compile(rb"--([^\r\n]{1,70})\r?\n")


class WebForm:
    """
    Forms of a website. `fields` says which field means what; what it does not name is an answer.

    A form that names no place takes that of a photo, or of the one postcode in the message.

    Spam traps and forged requests are the host's to refuse before it passes a form on. Answers are checked against the
    service's questions later, where the directory is known.

    >>> from onestop.channels import Raw
    >>> body = b"email=jo%40example.org&message=Graffiti&surface=brick"
    >>> enquiry = WebForm().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0]
    >>> enquiry.sender, enquiry.text, dict(enquiry.answers)
    (Urn('mailto:jo@example.org'), 'Graffiti', {'surface': 'brick'})
    """

    channel: Channel = "web"
    capabilities = Capabilities(attachments=True, signed=True)

    def __init__(
        self,
        name: str = "web_form",
        *,
        token: str | Sequence[str] | None = None,
        fields: FormFields = FormFields(),  # noqa: B008  # frozen: one for all is safe
    ) -> None:
        self.name = name
        self._tokens = secrets_of(token)
        if not self._tokens:  # without a token the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})
        self._fields = fields

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the form as one enquiry.

        Raises:
            PayloadError: this is no form with at least one field filled in; `LimitError` when it is too large.
        """
        submission = self._read(raw)
        for name in self._fields.ignored:
            submission.values.pop(name.lower(), None)
        if not submission.values and not submission.attachments:
            raise PayloadError("the form holds no field that is filled in", adapter=self.name)
        return [self._enquiry(raw, submission)]

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
        """Raise `PayloadError`: a form cannot be answered by a form."""
        raise PayloadError("web forms carry no messages out: answer by another channel", adapter=self.name)

    def _read(self, raw: Raw) -> Submission:
        submission = Submission([])
        header = raw.header("content-type") or ""
        media_type = media_type_of(header) if header else ""
        parameters = content_parameters(header)
        if media_type not in (_FORM, _MULTIPART, _JSON):
            media_type = _guess(raw.body)
            if header:
                submission.defects.append("content_type_wrong")
        limit = _BODY_LIMIT if media_type == _MULTIPART else _TEXT_BODY_LIMIT
        if len(raw.body) > limit:
            raise LimitError(f"a form of this type has at most {limit} bytes", adapter=self.name)
        if media_type == _MULTIPART:
            self._read_multipart(raw.body, parameters, submission)
        elif media_type == _JSON:
            self._read_json(raw.body, parameters.get("charset"), submission)
        else:
            self._read_pairs(read_urlencoded(raw.body, self.name), parameters.get("charset"), submission)
        return submission

    def _read_pairs(self, pairs: list[tuple[bytes, bytes]], charset: str | None, submission: Submission) -> None:
        # A hidden field _charset_ is filled in by the browser (RFC 7578, section 4.6), and knows better than a header.
        told = next((value for name, value in pairs if name == b"_charset_" and value), b"").decode("ascii", "replace")
        for name, value in pairs:
            decoded = (decode_text(part, told or charset, submission.defects) for part in (name, value))
            submission.add(*decoded)

    def _read_multipart(self, body: bytes, parameters: Mapping[str, str], submission: Submission) -> None:
        boundary = parameters.get("boundary", "").encode("latin-1", "replace")
        if not boundary and (match := _FIRST_BOUNDARY.match(body)):
            boundary = match[1].rstrip()
            submission.defects.append("boundary_missing")
        parts = read_multipart(body, boundary, submission.defects, self.name)
        charset = parameters.get("charset")
        fields = [(part.name, part.content) for part in parts if part.name is not None and part.filename is None]
        if sum(len(content) for _, content in fields) > _TEXT_BODY_LIMIT:
            raise LimitError(
                f"the fields of a form have at most {_TEXT_BODY_LIMIT} bytes, its files apart", adapter=self.name
            )
        self._read_pairs(fields, charset, submission)
        for part in parts:
            is_file = part.name is None or part.filename is not None
            if is_file and (part.content or part.filename):  # where no file was chosen, both are empty
                submission.attachments.append(attachment_of(part, charset, submission.defects))

    def _read_json(self, body: bytes, charset: str | None, submission: Submission) -> None:
        text = decode_text(body, charset, submission.defects).removeprefix("\ufeff")
        try:
            form = from_json(text, allow_inf_nan=False)
        except ValueError:
            # The cause is left out: it would quote the citizen's words.
            raise PayloadError("the body is no JSON, or nested too deep", adapter=self.name) from None
        if not isinstance(form, dict):
            raise PayloadError("a form in JSON is one object of fields", adapter=self.name)
        if sum(len(value) if isinstance(value, list) else 1 for value in form.values()) > FIELD_LIMIT:
            raise LimitError(f"a form has at most {FIELD_LIMIT} fields and values of fields", adapter=self.name)
        for name, value in form.items():
            for each in value if isinstance(value, list) else [value]:
                submission.add(name, each)

    def _enquiry(self, raw: Raw, submission: Submission) -> Enquiry:
        fields, defects, take = self._fields, submission.defects, submission.take
        sender = self._sender(submission)
        message = take(fields.message) or ""
        text, full_text = cut_text(message, defects)
        location = _location(submission, fields) or place_in(message, submission.attachments)
        language = _language(submission, fields)
        enquiry = Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=take(fields.source_id),
            received_at=raw.received_at,
            sender=sender.urn,
            sender_name=take(fields.name),
            subject=take(fields.subject),
            text=text,
            full_text=full_text,
            language=language,
            attachments=tuple(submission.attachments),
            location=location,
            service_code=take(fields.service),
            on_behalf_of=take(fields.on_behalf_of),
            gateway_meta=sender.meta,
        )
        answers = {name: values if len(values) > 1 else values[0] for name, values in submission.values.items()}
        return enquiry.model_copy(
            update={"answers": FrozenMap(text_answers(answers, defects, self.name))}
        ).with_defects(*defects)

    def _sender(self, submission: Submission) -> Sender:
        email, phone = submission.take(self._fields.email), submission.take(self._fields.phone)
        sender = read_sender(email, phone, submission.defects)
        if email and not sender.email_read:
            submission.give_back(self._fields.email, email)
        if phone and not sender.phone_read:
            submission.give_back(self._fields.phone, phone)
        return sender


def _guess(body: bytes) -> str:
    """Tell the format of a body without a usable Content-Type by how it begins."""
    start = body[:64].lstrip()
    if start.startswith((b"{", b"\xef\xbb\xbf{")):
        return _JSON
    return _MULTIPART if start.startswith(b"--") else _FORM


def _language(submission: Submission, fields: FormFields) -> str | None:
    given = submission.take(fields.language)
    if not given:
        return None
    language = _LANGUAGES.get(given.casefold(), given)
    if _LANGUAGE.match(language):
        return language
    submission.defects.append("language_unknown")
    submission.give_back(fields.language, given)
    return None


def _location(submission: Submission, fields: FormFields) -> Location | None:
    """Give the place; coordinates that are none, or only half of them, stay among the answers."""
    take = submission.take
    lat, lon = take(fields.lat), take(fields.lon)
    address, postcode, uprn = take(fields.address), take(fields.postcode), take(fields.uprn)
    if postcode:
        read = normalise_postcode(postcode)
        if read is None:
            submission.defects.append("postcode_invalid")
        postcode = read or postcode  # kept as it was typed: a person may see what was meant
    place = Location(address=address, postcode=postcode, uprn=uprn, source="form")
    if lat or lon:
        try:
            return Location(**place.model_dump(exclude={"lat", "lon"}), lat=float(lat or ""), lon=float(lon or ""))
        except ValueError:
            submission.defects.append("location_invalid")
            for names, value in ((fields.lat, lat), (fields.lon, lon)):
                if value:
                    submission.give_back(names, value)
    return place if address or postcode or uprn else None
