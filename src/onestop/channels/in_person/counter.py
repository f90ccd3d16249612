"""
A visit as a worker wrote it down at a counter, in a library or on a doorstep: JSON in the format of `CounterNote`.

What we keep in `gateway_meta`, beside what every note may leave there (`onestop.channels.notes`): `site`, where it was;
`also`, the citizen's other contact point; `email` and `number`, where they cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from onestop.channels.base import Parsed
from onestop.channels.notes import Cleaner, WorkersNote, read_note, written
from onestop.channels.sender import read_sender
from onestop.channels.webhook import json_answer, secrets_of, verify_bearer
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import UtcDatetime
from onestop.errors import OnestopError, PayloadError

__all__ = ["CounterNote", "InPerson"]


class CounterNote(WorkersNote):
    """What a screen at the counter posts: `entered_by` and `notes` at least."""

    seen_at: UtcDatetime | None = None  # when the citizen was there
    site: str | None = None  # which counter
    email: str | None = None  # how the citizen can be reached; the e-mail address comes first
    number: str | None = None
    entered_by: str = Field(pattern=r"[^\s\p{C}]")  # the worker; not blank
    notes: str


class InPerson:
    """
    Notes of visits, posted as JSON with a bearer token; give several tokens while you change them.

    >>> from onestop.channels import Raw
    >>> body = b'{"site": "Idea Store", "entered_by": "alice", "notes": "Asks for a bus pass"}'
    >>> enquiry = InPerson().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0]
    >>> enquiry.channel, enquiry.text, enquiry.gateway_meta["site"]
    ('in_person', 'Asks for a bus pass', 'Idea Store')
    """

    channel: Channel = "in_person"
    capabilities = Capabilities(signed=True)

    def __init__(self, name: str = "in_person", *, token: str | Sequence[str] | None = None) -> None:
        self.name = name
        self._tokens = secrets_of(token)
        if not self._tokens:  # without a token the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the visit as one enquiry.

        Raises:
            PayloadError: this is no such JSON; the text names the fields that are wrong. `LimitError` when too large.
        """
        defects: list[str] = []
        note = read_note(raw, CounterNote, "a counter note", defects, self.name)
        meta: dict[str, str] = {}
        fields = written(note, note.notes, meta, defects, self.name)
        clean = Cleaner(defects)
        email, number = clean(note.email), clean(note.number)
        sender = read_sender(email, number, defects)
        meta |= {"site": note.site or "", **sender.meta}
        meta["email"] = email if email and not sender.email_read else ""
        meta["number"] = number if number and not sender.phone_read else ""
        enquiry = Enquiry(
            **fields,
            channel=self.channel,
            adapter=self.name,
            received_at=raw.received_at,
            sent_at=note.seen_at,
            sender=sender.urn,
            gateway_meta={key: text for key, value in meta.items() if (text := clean(value))},
        )
        return [enquiry.with_defects(*defects)]

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
        return json_answer(error, taken)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: who has left the counter is reached by another channel."""
        raise PayloadError("counter notes carry no messages out: answer by another channel", adapter=self.name)
