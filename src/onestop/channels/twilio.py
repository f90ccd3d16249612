"""Twilio's request signature: "Webhooks security", validating signatures from Twilio (read 2026-03-02)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, parse_qs, urlsplit

__all__ = ["is_signed", "signature_of"]

_DEFAULT_PORTS = {"https": 443, "http": 80}


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
