"""
Open311 GeoReport v2, `POST requests.[format]`: reports from apps, neighbouring councils, FixMyStreet.

Specification: wiki.open311.org/GeoReport_v2 (read 2026-03-02). What we keep in `gateway_meta`: every parameter that has
no place of its own (`device_id`, `account_id` …), `also` and `relay` as web forms have them; never the key.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from onestop.channels.answers import text_answers
from onestop.channels.base import Parsed
from onestop.channels.sender import read_sender
from onestop.channels.text import cut_text
from onestop.channels.web.open311_answer import Record, answer, format_of
from onestop.channels.web.open311_request import Fault, Open311Request, read_request
from onestop.channels.webhook import secrets_of, status_of
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import FrozenMap
from onestop.errors import OnestopError, PayloadError, SignatureError

__all__ = ["Open311"]

_KEY, _JURISDICTION = "api_key", "jurisdiction_id"
_NO_SUCH_SERVICE = "No service has this service_code; the request was given to the council's own staff to place."
_NOT_READ = "The request cannot be read: it is form-encoded, in UTF-8."


class Open311:
    """
    Service requests by Open311 GeoReport v2; the answer names the case, in XML or JSON as the URL asks.

    A request without a service code or a place is refused as the specification wants, and kept all the same. A place
    may also come from a photo or from a postcode in the description. A service code that the council does not know is
    taken in: the rules or a person find its service.

    Args:
        name: the configured name.
        api_keys: the keys given to clients, one or several; without one every request is refused.
        jurisdiction_id: what this council is called; left out, any is taken.
        client_id: the attribute in which clients send their own id of a request, such as FixMyStreet's
            `fixmystreet_id`: with it a repeat is told by what the client calls it.

    >>> raw = Raw(body=b"service_code=graffiti&lat=53.4&long=-2.9", received_at="2026-03-02T09:30:00Z")
    >>> enquiry = Open311().parse(raw)[0]
    >>> enquiry.service_code, enquiry.location.lat
    ('graffiti', 53.4)
    """

    channel: Channel = "web"
    capabilities = Capabilities(attachments=True, signed=True)

    def __init__(
        self,
        name: str = "open311",
        *,
        api_keys: str | Sequence[str] | None = None,
        jurisdiction_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        self.name = name
        self._keys = secrets_of(api_keys)
        self._jurisdiction = jurisdiction_id
        self._client_id = client_id
        if not self._keys:  # without a key the host vouches for what it hands over
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the service request as one enquiry.

        Raises:
            PayloadError: it has no service code or no place, or is for another jurisdiction; `LimitError` when it is
                too large.
        """
        request = read_request(raw, self.name)
        if faults := self._faults(request):
            raise PayloadError(" ".join(fault.description for fault in faults), adapter=self.name)
        return [self._enquiry(raw, request)]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the request has one of the keys as `api_key`, compared in constant time.

        Raises:
            SignatureError: it has none, or no key was configured.
        """
        if not self._keys:
            raise SignatureError("no API key is configured, so nobody can prove to be a client")
        try:
            given = read_request(raw, self.name).values.get(_KEY, [""])
        except PayloadError as exc:
            raise SignatureError("the request cannot be read, so it shows no api_key") from exc
        sent = given[0].encode("utf-8", "surrogatepass")
        matches = [hmac.compare_digest(sent, key) for key in self._keys]
        if not any(matches):
            raise SignatureError("The api_key is missing, or is not one of those given out.")

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """
        Give `service_requests` with the case's reference, or `errors`, in the format that the request's URL asks for.

        400: a parameter is missing or cannot be read; 403: the key; 404: another jurisdiction; 503: to be sent again.
        """
        form = format_of(raw.url) if raw else "xml"
        if error is not None:
            return _errors([Fault(status_of(error), str(error))], form)
        if refused := [each for each in taken if each.reference is None]:
            return _errors(self._faults_of(raw) or [Fault(400, each.reason or _NOT_READ) for each in refused], form)
        account = self._account(raw)
        records: list[Record] = [
            {
                "service_request_id": each.reference,
                "service_notice": each.notice or (_NO_SUCH_SERVICE if "service_unknown" in each.defects else None),
                "account_id": account,
            }
            for each in taken
        ]
        return answer(200, "service_requests", "request", records, form=form)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: clients ask for what became of a request."""
        raise PayloadError("Open311 carries no messages out: answer by another channel", adapter=self.name)

    def _faults(self, request: Open311Request) -> list[Fault]:
        """Give what the specification finds wrong, all of it."""
        faults = []
        asked_for = request.first(_JURISDICTION)
        if self._jurisdiction and asked_for and asked_for.casefold() != self._jurisdiction.casefold():
            faults.append(Fault(404, "The jurisdiction_id is not one that is served here."))
        if request.first("service_code") is None:
            faults.append(Fault(400, "The service_code was not provided."))
        if request.location() is None:
            faults.append(
                Fault(400, "A location was not provided: lat and long in degrees, address_string or address_id.")
            )
        return faults

    def _faults_of(self, raw: Raw | None) -> list[Fault]:
        """Give what was wrong with a request that was refused, which is read once more for it."""
        try:
            return self._faults(read_request(raw, self.name)) if raw else []
        except PayloadError as exc:
            return [Fault(400, str(exc))]

    def _account(self, raw: Raw | None) -> str | None:
        try:
            return read_request(raw, self.name).first("account_id") if raw else None
        except PayloadError:
            return None

    def _enquiry(self, raw: Raw, request: Open311Request) -> Enquiry:
        defects, take = request.defects, request.take
        for name in (_KEY, _JURISDICTION):
            request.values.pop(name, None)
        location = request.take_location()
        sender = read_sender(request.first("email"), request.first("phone"), defects)
        for name, is_read in (("email", sender.email_read), ("phone", sender.phone_read)):
            if is_read:
                request.values.pop(name, None)
        text, full_text = cut_text(take("description") or "", defects)
        enquiry = Enquiry(
            channel=self.channel,
            adapter=self.name,
            source_id=self._source_id(request),
            received_at=raw.received_at,
            sent_at=_moment(request),
            sender=sender.urn,
            sender_name=" ".join(filter(None, (take("first_name"), take("last_name")))) or None,
            text=text,
            full_text=full_text,
            attachments=(*request.attachments, *request.take_media()),
            location=location,
            service_code=take("service_code"),
        )
        left = {name: "\n".join(values) for name, values in request.values.items()}
        more = {
            "answers": FrozenMap(text_answers(request.answers(), defects, self.name)),
            "gateway_meta": FrozenMap({**left, **sender.meta}),
        }
        return enquiry.model_copy(update=more).with_defects(*defects)

    def _source_id(self, request: Open311Request) -> str | None:
        if self._client_id is None:
            return None
        return next(iter(request.attributes.get(self._client_id, [])), None)


def _moment(request: Open311Request) -> datetime | None:
    """Give when the citizen reported it, as some clients say beyond the specification; `date_invalid` where unread."""
    given = request.first("requested_datetime")
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        request.defects.append("date_invalid")
        return None
    request.take("requested_datetime")
    return moment


def _errors(faults: Sequence[Fault], form: str) -> HttpResponse:
    records: list[Record] = [{"code": fault.status, "description": fault.description} for fault in faults]
    return answer(faults[0].status, "errors", "error", records, form=form)
