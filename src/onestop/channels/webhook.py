"""What adapters that are called over HTTP share: their secrets, the bearer token, the answer to an error."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from onestop.core.gateway import HttpResponse, Raw, Taken
from onestop.errors import OnestopError, PayloadError, SignatureError

__all__ = ["json_answer", "secrets_of", "status_of", "verify_bearer"]


def secrets_of(value: str | Sequence[str] | None) -> tuple[bytes, ...]:
    """Give the configured secrets as bytes, blank ones left out: an empty secret would let everybody in."""
    values = (value,) if isinstance(value, str) else value or ()
    return tuple(secret.encode() for secret in values if secret.strip())


def verify_bearer(raw: Raw, tokens: tuple[bytes, ...]) -> None:
    """
    Return when the request carries one of the tokens (RFC 6750, section 2.1), compared in constant time.

    Raises:
        SignatureError: it does not, or no token was configured.
    """
    if not tokens:
        raise SignatureError("no token is configured, so nobody can prove to be the sender")
    scheme, _, given = (raw.header("authorization") or "").strip().partition(" ")
    sent = given.strip().encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(sent, token) for token in tokens]
    if scheme.lower() != "bearer" or not any(matches):
        raise SignatureError("the request needs Authorization: Bearer with the configured token")


def status_of(error: OnestopError) -> int:
    """Give the HTTP status that tells a gateway of an error: 503 and 500 ask it to send again, 403 and 400 not to."""
    if error.retryable:
        return 503
    if isinstance(error, SignatureError):
        return 403
    return 400 if isinstance(error, PayloadError) else 500


def json_answer(error: OnestopError | None, taken: Sequence[Taken] = ()) -> HttpResponse:
    """Give the answer of our own JSON interfaces: 202, `taken_in` and any `notice`, or the error's code and text."""
    answer: dict[str, Any] = {"error": error.code, "message": str(error)} if error else {"taken_in": True}
    if notices := list(dict.fromkeys(each.notice for each in taken if each.notice)):
        answer["notice"] = "\n\n".join(notices)
    return HttpResponse(
        status=status_of(error) if error else 202,
        body=json.dumps(answer, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json"},
    )
