"""
GOV.UK Notify: letters of ours, and what it tells of them.

GOV.UK Notify documentation, "REST API: send a letter", "Get the status of one message" and "Callbacks"; the source of
its API for the callback of returned letters (all read 2026-03-02). Notify prints and posts; what citizens answer comes
to the post room, and from there to the adapter `Post`. It prints in one size: a letter in large print is a person's
work, as one in braille is.

Notify calls back when Royal Mail brings a letter back. Of one that is on its way it tells by its API alone: what a host
gets from `GET /v2/notifications/{id}` is read here, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from onestop.channels.notify import notify_request, read_fields, read_receipt
from onestop.channels.webhook import secrets_of, status_of, verify_bearer
from onestop.core.contact import Urn
from onestop.core.enquiry import Channel, DeliveryReport
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.postcode import find_postcodes, normalise_postcode
from onestop.errors import OnestopError, PayloadError

__all__ = ["NotifyLetter"]

Postage = Literal["first", "second", "economy"]

_TEXT_LIMIT = 30_000  # Notify prints ten pages at most, of which each holds some 3,000 characters
_FEWEST_LINES, _MOST_LINES = 3, 7
_SUBJECT_LIMIT = 300
# "Address lines must not start with any of": what Notify's printers cannot have there.
_NOT_FIRST = '@()=[]"\u201c\u201d\\/,<> '
# Notify wants the postcode last, without the country that people write below it.
_AT_HOME = frozenset(
    ("united kingdom", "uk", "u.k", "great britain", "gb", "england", "wales", "cymru", "scotland", "northern ireland")
)
_FORCES = re.compile(r"BFPO (?:c/o )?\d{1,4}\Z", re.IGNORECASE)


class NotifyLetter:
    """
    Letters of ours by GOV.UK Notify.

    `bearer_token` is the one that was set with the callback; give several while you change it. `template_id` is a
    letter template whose heading is `((subject))` and whose body is `((text))`, and is needed to send: Notify sends
    nothing but templates. Left out, `postage` is the template's.

    >>> from onestop.channels import Raw
    >>> body = b'{"id": "1", "to": "Jo Bloggs", "status": "returned-letter", "notification_type": "letter"}'
    >>> NotifyLetter().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))[0].permanent
    True
    """

    channel: Channel = "post"
    capabilities = Capabilities(
        text_limit=_TEXT_LIMIT, receipts=True, sends=True, signed=True, cost_class="high", one_size=True
    )

    def __init__(
        self,
        name: str = "notify_letter",
        *,
        bearer_token: str | Sequence[str] | None = None,
        template_id: str | None = None,
        postage: Postage | None = None,
    ) -> None:
        if postage is not None and postage not in get_args(Postage):
            raise ValueError(f"postage is one of {', '.join(get_args(Postage))}")
        self.name = name
        self._postage = postage
        self._tokens = secrets_of(bearer_token)
        self._template_id = template_id
        if not template_id:  # letters are tasks for people, as without this adapter
            self.capabilities = self.capabilities.model_copy(update={"sends": False})

    def parse(self, raw: Raw, /) -> Sequence[DeliveryReport]:
        """
        Give the report about one of our letters: `delivered` is one that the printer posted.

        Raises:
            PayloadError: this is nothing that Notify tells of a letter; `LimitError` when it is larger than any.
        """
        defects: list[str] = []
        fields = _as_receipt(read_fields(raw, self.name, defects))
        if "status" not in fields:
            raise PayloadError("what Notify tells of a letter has a status, or is of one returned", adapter=self.name)
        return [read_receipt(raw, fields, defects, channel=self.channel, adapter=self.name)]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request carries the bearer token of the callback.

        Raises:
            SignatureError: it does not, or no token was configured.
        """
        verify_bearer(raw, self._tokens)

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give an empty answer: Notify looks at the status, and sends again what was not taken in."""
        return HttpResponse(status=status_of(error) if error else 200)

    def render(self, message: Message, /) -> GatewayRequest:
        """
        Give the request that posts a letter; `reference` is our message's id, which the receipt brings back.

        The address is written with its postcode alone on the last line, in three to seven lines. Who sends the request
        signs it.

        Raises:
            PayloadError: no template was configured; the recipient is no postal address that Notify can post to; it
                must be in another format, such as large print; the text is empty, or longer than 30,000 characters.
        """
        if not self._template_id:
            raise PayloadError("sending by Notify needs template_id", adapter=self.name)
        if message.channel != self.channel or message.recipient.scheme != "post":
            raise PayloadError("a letter goes to a post: contact point", adapter=self.name)
        if message.format is not None:
            raise PayloadError("Notify prints letters in one size, and in no other format", adapter=self.name)
        if not message.text.strip() or len(message.text) > _TEXT_LIMIT:
            raise PayloadError("a letter by Notify has 1 to 30,000 characters", adapter=self.name)
        lines = self._address(message.recipient)
        content = {
            "template_id": self._template_id,
            "personalisation": {f"address_line_{number}": line for number, line in enumerate(lines, 1)}
            | {"subject": _heading(message), "text": message.text},
            "reference": message.id,
        }
        if self._postage:
            content["postage"] = self._postage
        return notify_request("letter", content)

    def _address(self, urn: Urn) -> list[str]:
        """Give the lines of an address as Notify takes them."""
        lines = [line for each in urn.path.split(", ") if (line := each.lstrip(_NOT_FIRST))]
        if len(lines) > 1 and lines[-1].casefold().rstrip(".") in _AT_HOME:
            lines.pop()
        lines[-1:] = _with_postcode_last(lines[-1]) if lines else []
        if len(lines) > _MOST_LINES:  # what is too much is joined behind the name: the town and all below stay
            surplus = len(lines) - _MOST_LINES + 1
            lines[1 : 1 + surplus] = [", ".join(lines[1 : 1 + surplus])]
        if len(lines) < _FEWEST_LINES:
            raise PayloadError("an address for Notify has three lines: a name, a street, a postcode", adapter=self.name)
        if not all(any(map(str.isalnum, line)) for line in lines[:2]):
            raise PayloadError("the first lines of an address have letters or digits", adapter=self.name)
        if not _may_be_last(lines[-1]):
            raise PayloadError("the last line of an address is a postcode, or another country", adapter=self.name)
        return lines


def _as_receipt(fields: Mapping[str, str]) -> dict[str, str]:
    """Give what the API tells, or the callback of a letter that came back, under the names that receipts have."""
    kind = fields.get("notification_type") or fields.get("type") or "letter"
    if "status" in fields or "date_sent" not in fields or "notification_id" not in fields:
        return {**fields, "notification_type": kind}
    return {**fields, "notification_type": "letter", "id": fields["notification_id"], "status": "returned-letter"}


def _with_postcode_last(line: str) -> list[str]:
    """Give the last line of an address with its postcode, where it has one, on a line of its own."""
    if (whole := normalise_postcode(line)) is not None:
        return [whole]
    found = find_postcodes(line)
    if not found:
        return [line]
    words = line.split()
    for count in (2, 1):  # "Northport L1 8JQ": a town may stand before it, nothing behind it
        before, last = words[:-count], "".join(words[-count:])
        if before and normalise_postcode(last) == found[-1]:
            return [" ".join(before).rstrip(" .;:-"), found[-1]]
    return [line]


def _may_be_last(line: str) -> bool:
    """Say whether Notify could post by this: a country has no digits, and which of them there are it knows itself."""
    return bool(normalise_postcode(line) or _FORCES.match(line) or not any(map(str.isdigit, line)))


def _heading(message: Message) -> str:
    """Give the heading with the case's reference, which whoever answers may quote."""
    heading = " ".join((message.subject or "").split())[:_SUBJECT_LIMIT]
    return heading if message.reference.lower() in heading.lower() else f"{heading} [{message.reference}]".strip()
