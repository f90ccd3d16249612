"""
Messages by GOV.UK Notify: the requests of its adapters, signed when they leave, and what its API answers.

GOV.UK Notify documentation, "REST API: authorisation header" and "Error codes", RFC 7519 (read 2026-03-02). A request
is signed here and not by its adapter, since a token is good for 30 seconds and an adapter knows no time. `reference` in
the request is our message's id; Notify writes it into its receipts, and takes it as often as it is sent: it tells no
repeat.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import time
from collections.abc import Callable

from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import RateLimitedError, RequestError, UnsureError
from onestop.gateways.base import Sent
from onestop.gateways.http import Answer, Http, error_of

__all__ = ["NotifySender"]

_HOST = "api.notifications.service.gov.uk"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf"(?:.*-)?(?P<service>{_UUID})-(?P<secret>{_UUID})\Z", re.IGNORECASE)
_ERROR = re.compile(r"[A-Za-z]{1,40}\Z")
_DAILY = "TooManyRequestsError"  # a day's limit, beside RateLimitError, which is a minute's
_UNTIL_TOMORROW_S = 3_600.0  # the day is Notify's, and not said to end when: asked once an hour


class NotifySender:
    """
    Carries messages to GOV.UK Notify's API.

    Args:
        api_key: as Notify shows it: its name, the service's id and the secret.
        base_url: where the API is reached in place of `https://api.notifications.service.gov.uk`.
        timeout_s: for one message.
        tls: left out: the system's certificates.
        clock: seconds since 1970; tokens say when they were made.

    Raises:
        RequestError: `api_key` is none of Notify's, or `base_url` no such address.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        timeout_s: float = 30,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        key = _KEY.match(api_key.strip())
        if key is None:
            raise RequestError("api_key must be a key of GOV.UK Notify's: a name, and two ids joined by hyphens")
        self._service, self._secret = key["service"], key["secret"].encode()
        self._http = Http(_HOST, base_url=base_url, timeout_s=timeout_s, tls=tls)
        self._clock = clock

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Give the message to Notify; `gateway_id` is Notify's id of it.

        Raises:
            SendError: Notify did not take it; `status` is Notify's word, such as ValidationError.
            RateLimitedError: it takes no more this minute, or today.
            UnsureError: it may have taken it: no answer, or one that names no message.
        """
        answer = self._http.ask(request, {"Authorization": f"Bearer {self._token()}"})
        if not 200 <= answer.status < 300:
            error = _error(answer)
            if answer.status == 429 and error == _DAILY:
                raise RateLimitedError("GOV.UK Notify takes no more today", retry_after_s=_UNTIL_TOMORROW_S)
            raise error_of(answer, "GOV.UK Notify", error)
        notifys_id = answer.fields().get("id")
        if not isinstance(notifys_id, str) or not notifys_id:
            raise UnsureError("GOV.UK Notify's answer names no message", status="answer_unreadable")
        return Sent(notifys_id)

    def _token(self) -> str:
        """Give a token that says who sends and when: HS256 over header and claims, as base64 without padding."""
        header, claims = {"typ": "JWT", "alg": "HS256"}, {"iss": self._service, "iat": int(self._clock())}
        signed = b".".join(_base64(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims))
        signature = hmac.digest(self._secret, signed, hashlib.sha256)
        return b".".join((signed, _base64(signature))).decode()


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _error(answer: Answer) -> str | None:
    """Give Notify's word for what was wrong; its sentences may quote the recipient, and are left out."""
    errors = answer.fields().get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    word = first.get("error") if isinstance(first, dict) else None
    return word if isinstance(word, str) and _ERROR.match(word) else None
