"""
Messages by Twilio: the requests of `TwilioSms` and `TwilioWhatsApp`, and what its API answers.

Twilio documentation, "Messages resource", "Twilio's REST API: error responses", "Error and warning dictionary" (read
2026-03-02). Twilio takes no key of ours by which it would know a repeat.
"""

from __future__ import annotations

import ssl

from onestop.core.gateway import GatewayRequest, Message
from onestop.errors import OptedOutError, UnsureError
from onestop.gateways.base import Sent
from onestop.gateways.http import Http, error_of

__all__ = ["TwilioSender"]

_HOST = "api.twilio.com"
_OPTED_OUT = "21610"
# Codes of a 4xx that speak of now: wrong credentials, the account's and the number's queue, the networks' limits.
_TEMPORARY = frozenset({"14107", "20003", "20429", "21611", "30001", "30022", "63018"})
# … and those that speak of the recipient's number: no number, none that takes texts, none that WhatsApp has.
_NUMBER_FAILS = frozenset({"21211", "21217", "21614", "63003", "63024"})


class TwilioSender:
    """
    Carries messages to Twilio's API.

    A permanent failure has Twilio's code as its `status`.

    Args:
        base_url: where the API is reached in place of `https://api.twilio.com`.
        timeout_s: for one message.
        tls: left out: the system's certificates.

    Raises:
        RequestError: `base_url` is no such address.
    """

    def __init__(
        self, *, base_url: str | None = None, timeout_s: float = 30, tls: ssl.SSLContext | None = None
    ) -> None:
        self._http = Http(_HOST, base_url=base_url, timeout_s=timeout_s, tls=tls)

    def send(self, message: Message, request: GatewayRequest, /) -> Sent:
        """
        Give the message to Twilio; `gateway_id` is its sid, which status callbacks name.

        Raises:
            SendError: Twilio did not take it.
            OptedOutError: … since the recipient answered STOP to it.
            RateLimitedError: it takes no more for now.
            UnsureError: it may have taken it: no answer, or one that names no message.
        """
        answer = self._http.ask(request)
        fields = answer.fields()
        if not 200 <= answer.status < 300:
            code = _code(fields.get("code"))
            if code == _OPTED_OUT:
                raise OptedOutError("Twilio was told that the recipient wants no more", status=code)
            raise error_of(answer, "Twilio", code, temporary=code in _TEMPORARY, address_fails=code in _NUMBER_FAILS)
        sid = fields.get("sid")
        if not isinstance(sid, str) or not sid:  # a page by something in between, perhaps: not even "taken" is sure
            raise UnsureError("Twilio's answer names no message", status="answer_unreadable")
        return Sent(sid)


def _code(value: object) -> str | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000
    return str(value) if known else None
