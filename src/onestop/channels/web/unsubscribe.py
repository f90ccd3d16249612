"""
One-click unsubscribing: the address in the List-Unsubscribe header of our e-mails.

RFC 8058 (one-click POST), RFC 2369 (List-Unsubscribe), RFC 9110 (safe methods); read 2026-03-02. A mail program posts
`List-Unsubscribe=One-Click` there, without cookies and without asking anybody. Whatever follows links, the scanners of
mail servers before all, sends a GET, so that a GET changes nothing: it shows a page with one button.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from onestop.channels.base import Parsed
from onestop.channels.forms import content_parameters, read_urlencoded
from onestop.channels.multipart import read_multipart
from onestop.channels.text import media_type_of
from onestop.channels.webhook import secrets_of, status_of
from onestop.core.enquiry import Channel, DeliveryReport
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken
from onestop.core.model import FrozenMap
from onestop.core.unsubscribing import StopToken, read_stop_token
from onestop.errors import LimitError, OnestopError, PayloadError, SignatureError

__all__ = ["Unsubscribe"]

_PARAMETER = b"t"
_FIELD, _ASKED = b"List-Unsubscribe", b"One-Click"
_BODY_LIMIT = 64 << 10
_URL_LIMIT = 2_000
_HEADERS = FrozenMap(
    {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
)
_LOOKS = frozenset({"GET", "HEAD"})

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>{title}</title></head>
<body><main>
<h1>{title}</h1>
<p>{english}</p>
<p lang="cy">{welsh}</p>
{form}</main></body>
</html>
"""
_FORM = """<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>Stop these e-mails / <span lang="cy">Atal yr e-byst hyn</span></button>
</form>
"""


class Unsubscribe:
    """
    The address by which an e-mail of ours is stopped with one click (RFC 8058).

    `key` is the e-mail adapter's `unsubscribe_key`: it proves that the link stood in a mail of ours. Where the host
    has it checked elsewhere it may be left out.

    >>> from onestop.channels import Raw
    >>> from onestop.core.unsubscribing import stop_token
    >>> url = "https://council.example/unsubscribe?t=" + stop_token("019c1f4a5b60a1b2c3d4e5f6m", b"secret")
    >>> raw = Raw(body=b"List-Unsubscribe=One-Click", url=url, received_at="2026-03-02T09:30:00Z")
    >>> Unsubscribe(key="secret").parse(raw)[0].kind
    'opt_out'
    """

    channel: Channel = "email"  # of the messages that are stopped
    capabilities = Capabilities(receipts=True, signed=True)

    def __init__(self, name: str = "unsubscribe", *, key: str | Sequence[str] | None = None) -> None:
        self.name = name
        self._keys = secrets_of(key)
        if not self._keys:
            self.capabilities = self.capabilities.model_copy(update={"signed": False})

    def parse(self, raw: Raw, /) -> Sequence[Parsed]:
        """
        Give the opt-out from the message that the link stood in; nothing when the page was only looked at.

        Raises:
            PayloadError: the link is not whole, was not signed by us, or the form does not ask for it; `LimitError`
                when it is too large.
        """
        token = self._token(raw)
        if token is None or (self._keys and not token.proved):
            raise PayloadError("the link to unsubscribe is not whole, or not one of ours", adapter=self.name)
        if raw.method.upper() in _LOOKS:
            return []
        if raw.method.upper() != "POST" or not self._asked(raw):
            raise PayloadError("unsubscribing posts List-Unsubscribe=One-Click", adapter=self.name)
        return [
            DeliveryReport(
                channel="email",
                adapter=self.name,
                # None: who clicks, says START and clicks again has told us three things, and not two.
                source_id=None,
                received_at=raw.received_at,
                kind="opt_out",
                message_id=token.message,
            )
        ]

    def verify(self, raw: Raw, /) -> None:
        """
        Return when the link is one that we signed.

        Raises:
            SignatureError: it is not, or no key was configured.
        """
        token = self._token(raw) if self._keys else None
        if token is None or not token.proved:
            raise SignatureError("the link to unsubscribe is none of ours, or its key was given up")

    def acknowledge(
        self, error: OnestopError | None = None, /, *, raw: Raw | None = None, taken: Sequence[Taken] = ()
    ) -> HttpResponse:
        """Give the page: the button, or what became of pressing it, in English and Welsh."""
        status = 200 if error is None else status_of(error)
        if error is not None or any(each.outcome == "rejected" for each in taken):  # nobody knows its message any more
            page = _page("This link does not work", _BROKEN)
        elif raw is not None and raw.method.upper() in _LOOKS:
            page = _page("Stop these e-mails?", _ASKING, _FORM)
        else:
            page = _page("You will get no more of these e-mails", _STOPPED)
        return HttpResponse(status=status, body=page, headers=_HEADERS)

    def render(self, message: Message, /) -> GatewayRequest:
        """Raise `PayloadError`: nothing is sent this way."""
        raise PayloadError("nothing is sent by a link to unsubscribe", adapter=self.name)

    def _token(self, raw: Raw) -> StopToken | None:
        if len(raw.url) > _URL_LIMIT:
            return None
        try:
            query = urlsplit(raw.url).query
        except ValueError:  # half an IPv6 address
            return None
        pairs = read_urlencoded(query.encode("utf-8", "replace"), self.name)
        given = [value.decode("ascii", "replace") for name, value in pairs if name == _PARAMETER]
        return read_stop_token(given[0], self._keys) if len(given) == 1 else None

    def _asked(self, raw: Raw) -> bool:
        """Say whether the form asks for it; RFC 8058, section 3.1, allows both ways in which browsers post."""
        if len(raw.body) > _BODY_LIMIT:
            raise LimitError(f"such a form has at most {_BODY_LIMIT} bytes", adapter=self.name)
        header = raw.header("content-type") or ""
        if header and media_type_of(header) == "multipart/form-data":
            boundary = content_parameters(header).get("boundary", "").encode("latin-1", "replace")
            parts = read_multipart(raw.body, boundary, [], self.name)
            pairs = [(part.name or b"", part.content) for part in parts]
        else:
            pairs = read_urlencoded(raw.body, self.name)
        return any((name.strip(), value.strip()) == (_FIELD, _ASKED) for name, value in pairs)


_ASKING = (
    "Press the button, and we send you no more e-mails of this kind. What is about your own matters still comes.",
    "Pwyswch y botwm, ac ni anfonwn ragor o e-byst o'r math hwn atoch. Bydd yr hyn sydd am eich materion eich hun yn "
    "dal i ddod.",
)
_STOPPED = (
    "It is done. What is about your own matters still comes. To have these e-mails again, answer one with START.",
    "Mae wedi'i wneud. Bydd yr hyn sydd am eich materion eich hun yn dal i ddod. I gael yr e-byst hyn eto, atebwch un "
    "gyda DECHRAU.",
)
_BROKEN = (
    "Nothing was changed. Please answer the e-mail with STOP instead.",
    "Ni newidiwyd dim. Atebwch yr e-bost gyda STOP yn lle hynny, os gwelwch yn dda.",
)


def _page(title: str, words: tuple[str, str], form: str = "") -> bytes:
    return _PAGE.format(title=title, english=words[0], welsh=words[1], form=form).encode()
