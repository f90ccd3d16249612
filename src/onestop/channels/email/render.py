"""
Our own mail as bytes: the same bytes every time, and no field that a text could break out of.

A mail is one part of plain text or, where the message has HTML, the plain text and then the HTML as alternatives (RFC
2046, section 5.1.4: the last is the one preferred), which say the same. What must be in large print always has HTML:
plain text is as large as a program makes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC

from onestop.channels.email.headers import clean
from onestop.channels.email.sizes import in_print
from onestop.channels.email.tokens import Keys
from onestop.core.contact import Urn
from onestop.core.gateway import GatewayRequest, Message
from onestop.core.model import FrozenMap
from onestop.core.needs import points_of
from onestop.core.reference import reply_token
from onestop.core.unsubscribing import stop_token
from onestop.errors import PayloadError

__all__ = ["Stops", "render_mail"]

_SUBJECT_LIMIT = 300
_WORD_BYTES = 45  # of an encoded word: 60 characters of base64, and `=?utf-8?b?…?=` around them, are within 75
_LOCAL_LIMIT = 64  # RFC 5321, 4.5.3.1.1
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NOT_ID = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]")
_KNOWN_ID = re.compile(r"[!-;=?-~]{1,250}\Z")  # printable ASCII without angle brackets
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
_REFERENCES = 20  # written at most: the first and the last ones (RFC 5322 sets no limit, servers do)


_STOP_URL = re.compile(r"https://[a-z0-9][a-z0-9.\-]*(?::\d+)?(?:[/?][!#-;=?-~]*)?\Z", re.IGNORECASE)


class Stops:
    """Where one click stops messages (RFC 8058), and the key that signs which: a page of the council's, over HTTPS."""

    def __init__(self, url: str | None, keys: Keys) -> None:
        """
        Take both or neither.

        Raises:
            ValueError: one is given without the other, or the address is none of a page over HTTPS.
        """
        if bool(url) != bool(keys):
            raise ValueError("unsubscribing needs both unsubscribe_url and unsubscribe_key")
        if url and not _STOP_URL.match(url):
            raise ValueError("unsubscribe_url is an address that begins with https://")
        self._url = f"{url}{'&' if '?' in url else '?'}t=" if url else ""
        self._keys = keys

    def fields(self, message: Message) -> list[tuple[str, str]]:
        """Give the fields that say how a message is stopped; none where nothing was configured, or it cannot be."""
        if (link := self.link(message)) is None:
            return []
        return [("List-Unsubscribe", f"<{link}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]

    def link(self, message: Message) -> str | None:
        """Give the address where a POST stops messages such as this one."""
        return f"{self._url}{stop_token(message.id, self._keys[0])}" if message.stoppable and self._url else None


_NO_STOPS = Stops(None, Keys.of(None))


def render_mail(
    message: Message, *, from_: Urn | None, keys: Keys, adapter: str, stops: Stops = _NO_STOPS
) -> GatewayRequest:
    """Give the request whose body is the mail; see `Email.render`."""
    if from_ is None:
        raise PayloadError("an e-mail needs a sender: give the adapter a from_address", adapter=adapter)
    if message.recipient.scheme != "mailto":
        raise PayloadError("an e-mail goes to a mailto: contact point", adapter=adapter)
    if not message.text.strip():
        raise PayloadError("an e-mail needs a text", adapter=adapter)
    if not (from_.isascii() and message.recipient.isascii()):
        raise PayloadError("an address with letters beyond ASCII needs SMTPUTF8 (RFC 6531)", adapter=adapter)
    reply_to, in_subject = _reply_to(message, from_, keys)
    content, body = _content(message)
    moment = message.created_at.astimezone(UTC)
    answered = [message.in_reply_to] if message.in_reply_to and _KNOWN_ID.match(message.in_reply_to) else []
    chain = [known for known in dict.fromkeys([*message.references, *answered]) if _KNOWN_ID.match(known)]
    chain = chain if len(chain) <= _REFERENCES else chain[:1] + chain[1 - _REFERENCES :]
    domain = from_.path.rpartition("@")[2]
    fields = [
        ("From", from_.path),
        ("To", message.recipient.path),
        ("Reply-To", reply_to),
        ("Subject", _words(_subject(message, in_subject))),
        ("Date", f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} +0000"),
        ("Message-ID", f"<{_NOT_ID.sub('_', message.id)}@{domain}>"),
        ("In-Reply-To", "".join(f"<{known}>" for known in answered)),
        ("References", "\r\n ".join(f"<{known}>" for known in chain)),
        ("Auto-Submitted", ("auto-replied" if answered else "auto-generated") if message.automatic else ""),
        # Exchange knows no RFC 3834; bounces are not asked to stay away.
        ("X-Auto-Response-Suppress", "OOF, AutoReply" if message.automatic else ""),
        ("Content-Language", message.language if _LANGUAGE.match(message.language) else ""),
        ("X-Loop", from_.path),
        *stops.fields(message),
        ("MIME-Version", "1.0"),
        *content,
    ]
    header = _lines(fields)
    headers = FrozenMap({"Content-Type": "message/rfc822"})
    return GatewayRequest(url=str(message.recipient), headers=headers, body=header.encode("ascii") + b"\r\n" + body)


def _reply_to(message: Message, from_: Urn, keys: Keys) -> tuple[str, str]:
    """Give the signed address, or the signed token for the subject where the address would be too long."""
    if not keys:
        return "", ""
    token = reply_token(message.reference, keys[0])
    local, _, domain = from_.path.rpartition("@")
    address = f"{local.partition('+')[0]}+{token}"
    fits = len(address) <= _LOCAL_LIMIT and not local.startswith('"')
    return (f"{address}@{domain}", "") if fits else ("", token)


def _subject(message: Message, token: str) -> str:
    """Give the subject with the reference that the citizen may quote, or the token, which says the same."""
    subject = clean(message.subject or "", _SUBJECT_LIMIT)
    mark = token or message.reference
    return subject if mark.lower() in subject.lower() else f"{subject} [{clean(mark, 80)}]".strip()


def _words(text: str) -> str:
    """Give a field's text in ASCII: encoded words (RFC 2047) where it has other letters, folded."""
    if text.isascii():
        return text if len(text) < 900 and "=?" not in text else _encoded(text)
    return _encoded(text)


def _encoded(text: str) -> str:
    words, chunk = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(chunk) + len(encoded) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += encoded
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def _content(message: Message) -> tuple[list[tuple[str, str]], bytes]:
    """Give the fields that say what the body is, and the body."""
    points = points_of(message.format)
    page = message.html or "" if points is None else in_print(message.text, message.html, points)
    if not page.strip():
        encoding, body = _body(message.text)
        return _fields("text/plain", encoding), body
    plain, html = _quoted(_data(message.text)), _quoted(_data(page))
    # "=_" stands in no quoted-printable (RFC 2045, section 6.7), so that no text can end its part.
    boundary = f"=_{hashlib.sha256(plain + html).hexdigest()[:32]}"
    parts = b"".join(
        f"--{boundary}\r\n{_lines(_fields(kind, 'quoted-printable'))}\r\n".encode("ascii") + part
        for kind, part in (("text/plain", plain), ("text/html", html))
    )
    return (
        [("Content-Type", f'multipart/alternative; boundary="{boundary}"')],
        parts + f"--{boundary}--\r\n".encode("ascii"),
    )


def _fields(kind: str, encoding: str) -> list[tuple[str, str]]:
    return [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Transfer-Encoding", encoding)]


def _lines(fields: list[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value)


def _data(text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).encode("utf-8", "replace") + b"\n"


def _body(text: str) -> tuple[str, bytes]:
    """Give the transfer encoding and the encoded text: as it is where every server takes it, else quoted-printable."""
    data = _data(text)
    longest = max(len(line) for line in data.split(b"\n"))
    if data.isascii() and longest <= 900 and not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|^\.|^From ", data, re.MULTILINE):
        return "7bit", data.replace(b"\n", b"\r\n")
    return "quoted-printable", _quoted(data)


def _quoted(data: bytes) -> bytes:
    encoded = binascii.b2a_qp(data, istext=True).replace(b"\r\n", b"\n")
    return encoded.replace(b"\n", b"\r\n")
