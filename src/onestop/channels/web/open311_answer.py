"""Answers as Open311 GeoReport v2 has them: XML, which every server must speak, and JSON by its Spark convention."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence

from onestop.core.gateway import HttpResponse

__all__ = ["Record", "answer", "format_of"]

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_FORMAT = re.compile(r"\.(json|xml)\Z", re.IGNORECASE)

Record = Mapping[str, str | int | None]
"""One service request or error: its elements in their order."""


def format_of(url: str) -> str:
    """
    Give the format that a URL's extension asks for: `xml` where it has none.

    >>> format_of("https://northport.example/open311/v2/requests.json?jurisdiction_id=northport.example")
    'json'
    """
    match = _FORMAT.search(url.partition("?")[0].partition("#")[0])
    return match[1].lower() if match else "xml"


def answer(status: int, tag: str, each: str, records: Sequence[Record], *, form: str) -> HttpResponse:
    """Give the records as a list of `each` within `tag`; in JSON neither name is shown."""
    if form == "json":
        body, media_type = json.dumps([dict(record) for record in records], ensure_ascii=False), "application/json"
    else:
        inner = "".join(
            f"<{each}>{''.join(_element(*field) for field in record.items())}</{each}>" for record in records
        )
        body, media_type = f'<?xml version="1.0" encoding="utf-8"?>\n<{tag}>{inner}</{tag}>\n', "text/xml"
    headers = {"Content-Type": f"{media_type}; charset=utf-8"}
    return HttpResponse(status=status, body=body.encode("utf-8", "replace"), headers=headers)


def _element(name: str, value: str | int | None) -> str:
    if value is None:
        return f"<{name}/>"
    return f"<{name}>{html.escape(_NO_XML.sub('', str(value)), quote=False)}</{name}>"
