"""What an Open311 request says, parameter by parameter, and what the specification finds wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from onestop.channels.forms import content_parameters, read_urlencoded
from onestop.channels.multipart import Part, attachment_of, read_multipart
from onestop.channels.text import clean_text, decode_text, media_type_of
from onestop.core.enquiry import Attachment, Location
from onestop.core.filenames import safe_filename
from onestop.core.gateway import Raw
from onestop.core.places import place_in
from onestop.core.postcode import find_postcodes
from onestop.errors import LimitError

__all__ = ["Fault", "Open311Request", "read_request"]

_FIELDS_LIMIT = 4 << 20  # bytes of all parameters
_BODY_LIMIT = 64 << 20  # bytes with files
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,200})\](\[\])?\Z")
_URL_LIMIT = 2_000
_UPRN = re.compile(r"[0-9]{1,12}\Z")
_GUESSED = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
}


class Fault(NamedTuple):
    """What the client has to mend, with the HTTP status that the specification gives it."""

    status: int
    description: str  # a citizen may see it: never what was sent


class Open311Request:
    """The parameters of one request; `take` removes what has found its place, so that the rest can be kept."""

    def __init__(self, pairs: Iterable[tuple[str, str]], attachments: Iterable[Attachment], defects: list[str]) -> None:
        self.defects = defects
        self.attachments = list(attachments)
        self.attributes: dict[str, list[str]] = {}
        self.lists: set[str] = set()  # attributes that were sent as a list, though of one value
        self.values: dict[str, list[str]] = {}
        for name, value in pairs:
            if not value:
                continue  # the specification: an empty parameter is one that was not sent
            if match := _ATTRIBUTE.match(name):
                self.attributes.setdefault(match[1], []).append(value)
                if match[2]:
                    self.lists.add(match[1])
            else:
                self.values.setdefault(name, []).append(value)

    def first(self, name: str) -> str | None:
        """Give a parameter's first value."""
        values = self.values.get(name)
        return values[0] if values else None

    def take(self, name: str) -> str | None:
        """Give a parameter's first value and remove it; `repeated_field` when a further one differs."""
        values = self.values.pop(name, None)
        if not values:
            return None
        if any(value != values[0] for value in values):
            self.defects.append("repeated_field")
        return values[0]

    def answers(self) -> dict[str, str | list[str]]:
        """Give the attributes as answers to the service's questions."""
        return {
            code: values if code in self.lists or len(values) > 1 else values[0]
            for code, values in self.attributes.items()
        }

    def location(self) -> Location | None:
        """Give the place: of the parameters, else of a photo, else of the one postcode of the description."""
        point = _point(self.first("lat"), self.first("long"))
        address, address_id = self.first("address_string"), self.first("address_id")
        if not (point or address or address_id):
            return place_in(self.first("description") or "", self.attachments)
        return Location(
            lat=point[0] if point else None,
            lon=point[1] if point else None,
            address=address,
            postcode=(find_postcodes(address or "") or (None,))[-1],
            uprn=address_id if address_id and _UPRN.match(address_id) else None,
            source="form",
        )

    def take_location(self) -> Location | None:
        """Give the place and remove what it was made of; coordinates that are none stay (`location_invalid`)."""
        location = self.location()
        if location and location.source == "form":
            used = {"lat": location.lat, "long": location.lon, "address_string": location.address}
            for name, value in {**used, "address_id": location.uprn}.items():
                if value is not None:
                    self.values.pop(name, None)
        if "lat" in self.values or "long" in self.values:
            self.defects.append("location_invalid")
        return location

    def take_media(self) -> Iterator[Attachment]:
        """Give the files at `media_url`; one that is no web address stays, with the defect `media_url_invalid`."""
        left = []
        for url in dict.fromkeys([*self.values.pop("media_url", []), *self.values.pop("media_url[]", [])]):
            name = _name_in(url)
            if name is None:
                self.defects.append("media_url_invalid")
                left.append(url)
            else:
                extension = name[name.rfind(".") :].lower() if "." in name else ""
                media_type = _GUESSED.get(extension, "application/octet-stream")
                yield Attachment(filename=safe_filename(name, media_type), media_type=media_type, url=url)
        if left:
            self.values["media_url"] = left


def read_request(raw: Raw, adapter: str) -> Open311Request:
    """
    Read a request's parameters, of the body first and then of the URL.

    Raises:
        PayloadError: a multipart body without its boundary; `LimitError` when there is too much of anything.
    """
    defects: list[str] = []
    header = raw.header("content-type") or ""
    media_type, parameters = media_type_of(header), content_parameters(header)
    is_multipart = media_type == "multipart/form-data"
    if header and not is_multipart and media_type != "application/x-www-form-urlencoded":
        defects.append("content_type_wrong")
    if len(raw.body) > (_BODY_LIMIT if is_multipart else _FIELDS_LIMIT):
        raise LimitError("a service request has at most 4 MiB of parameters, and 64 MiB with files", adapter=adapter)
    charset = parameters.get("charset")
    files: list[Part] = []
    if is_multipart:
        boundary = parameters.get("boundary", "").encode("latin-1", "replace")
        fields, files = _split(read_multipart(raw.body, boundary, defects, adapter), adapter)
    else:
        fields = read_urlencoded(raw.body, adapter)
    query = raw.url.partition("#")[0].partition("?")[2].encode("utf-8", "replace")
    if query:
        fields = [*fields, *read_urlencoded(query, adapter)]
    pairs = [(decode_text(name, charset, defects), decode_text(value, charset, defects)) for name, value in fields]
    attachments = [attachment_of(part, charset, defects) for part in files]
    cleaned = [(clean_text(name, defects), clean_text(value, defects)) for name, value in pairs]
    return Open311Request(cleaned, attachments, defects)


def _split(parts: Sequence[Part], adapter: str) -> tuple[list[tuple[bytes, bytes]], list[Part]]:
    fields = [(part.name, part.content) for part in parts if part.name is not None and part.filename is None]
    if sum(len(content) for _, content in fields) > _FIELDS_LIMIT:
        raise LimitError("a service request has at most 4 MiB of parameters, its files apart", adapter=adapter)
    files = [part for part in parts if part.name is None or part.filename is not None]
    return fields, [part for part in files if part.content or part.filename]


def _point(lat: str | None, lon: str | None) -> tuple[float, float] | None:
    try:
        point = float(lat or ""), float(lon or "")
    except ValueError:
        return None
    within = abs(point[0]) <= 90 and abs(point[1]) <= 180  # false for what is no number, too
    return point if within and all(math.isfinite(part) for part in point) else None


def _name_in(url: str) -> str | None:
    """Give the file name at the end of a web address, empty where it has none; None where it is no web address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    is_address = parts.scheme in ("http", "https") and host and len(url) <= _URL_LIMIT and not re.search(r"\s", url)
    return parts.path.rpartition("/")[2] if is_address else None
