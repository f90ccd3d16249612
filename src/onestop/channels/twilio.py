"""
What Twilio's webhooks have in common, whether they tell of messages or of calls: forms, their signature, the answer.

Twilio documentation, "Webhooks security", validating signatures from Twilio (read 2026-03-02).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, parse_qs, urlsplit

from onestop.channels.forms import read_urlencoded
from onestop.channels.text import media_type_of
from onestop.channels.webhook import status_of
from onestop.core.gateway import HttpResponse, Raw
from onestop.errors import LimitError, OnestopError, SignatureError

__all__ = ["EMPTY_TWIML", "is_signed", "read_pairs", "signature_of", "twiml_answer", "verify_signature"]

EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

_BODY_LIMIT = 1 << 20  # the longest message has 1,600 characters, a transcript some thousands; the rest is small
_DEFAULT_PORTS = {"https": 443, "http": 80}


def read_pairs(raw: Raw, adapter: str) -> list[tuple[bytes, bytes]]:
    """
    Give the form's fields: of the body, or of the query where the webhook is configured to be called by GET.

    Raises:
        LimitError: the body or the number of fields is larger than Twilio sends.
    """
    if len(raw.body) > _BODY_LIMIT:
        raise LimitError(f"a webhook by Twilio has at most {_BODY_LIMIT} bytes", adapter=adapter)
    if raw.method.upper() != "GET" or raw.body:
        return read_urlencoded(raw.body, adapter)
    return read_urlencoded(raw.url.partition("?")[2].partition("#")[0].encode("utf-8", "replace"), adapter)


def verify_signature(raw: Raw, tokens: tuple[bytes, ...], adapter: str) -> None:
    """
    Return when `X-Twilio-Signature` proves that Twilio sent this to the URL in `raw.url`.

    Raises:
        SignatureError: it does not, or there are no tokens to tell by.
    """
    if not tokens:
        raise SignatureError("no auth token is configured, so Twilio's signature cannot be checked")
    given = (raw.header("x-twilio-signature") or "").strip().encode("utf-8", "surrogatepass")
    try:
        pairs = _signed_pairs(raw, adapter)
    except LimitError as exc:
        raise SignatureError("the request is larger than any that Twilio signs") from exc
    if not is_signed(raw.url, pairs, raw.body, given, tokens):
        raise SignatureError("X-Twilio-Signature does not fit the URL and the body: check the token and the URL")


def _signed_pairs(raw: Raw, adapter: str) -> list[tuple[bytes, bytes]] | None:
    if raw.method.upper() == "GET" and not raw.body:
        return []  # the query is part of the URL that was signed
    media_type = media_type_of(raw.header("content-type"))
    is_form = media_type == "application/x-www-form-urlencoded" or not raw.header("content-type")
    return read_pairs(raw, adapter) if is_form else None


def twiml_answer(error: OnestopError | None, document: bytes = EMPTY_TWIML) -> HttpResponse:
    """Give the TwiML document that tells Twilio what to do next, with the status that an error asks for."""
    return HttpResponse(
        status=status_of(error) if error else 200,
        body=EMPTY_TWIML if error else document,
        headers={"Content-Type": "text/xml"},
    )


def signature_of(url: str, pairs: Iterable[tuple[bytes, bytes]], token: bytes) -> bytes:
    """
    Give the signature of a URL and form fields: base64 of HMAC-SHA1 over the URL, then each name and value, sorted.

    A name's values count once each. Bytes are signed as they were sent, so that no character set is guessed.
    """
    signed = url.encode("utf-8", "surrogatepass") + b"".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token, signed, hashlib.sha1))


def is_signed(
    url: str, pairs: Iterable[tuple[bytes, bytes]] | None, body: bytes, given: bytes, tokens: tuple[bytes, ...]
) -> bool:
    """
    Say whether one of the tokens signed the request: its form fields, or (None) its body by `bodySHA256` in the URL.

    Proxies add and remove ports, so the URL is tried with its port and without, as Twilio's own libraries do.
    """
    try:
        parts = urlsplit(url)
        urls = [url, *_with_and_without_port(parts)]
        wanted = parse_qs(parts.query, max_num_fields=100).get("bodySHA256", [""])[0].lower().encode()
    except ValueError:  # no URL at all, a port that is no number, a query that is no text
        return False
    if pairs is None and not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), wanted):
        return False
    fields = list(pairs or ())
    # A list, not a generator: every candidate is compared, so that the time does not tell which one fits.
    matches = [hmac.compare_digest(signature_of(each, fields, token), given) for each in urls for token in tokens]
    return any(matches)


def _with_and_without_port(parts: SplitResult) -> Iterator[str]:
    port = parts.port
    bare = parts.netloc[: -len(f":{port}")] if port is not None and parts.netloc.endswith(f":{port}") else parts.netloc
    yield parts._replace(netloc=bare).geturl()
    port = port or _DEFAULT_PORTS.get(parts.scheme)
    if port is not None:
        yield parts._replace(netloc=f"{bare}:{port}").geturl()
