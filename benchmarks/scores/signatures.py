"""Signatures of requests that gateways' own libraries test, of the schemes that we have adapters for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from onestop.channels import Raw
from onestop.channels.sms import TwilioSms
from onestop.errors import SignatureError

from . import OURS, Case, Score, cases, score

_FORM = "application/x-www-form-urlencoded"


def measure(folder: Path, peers: bool) -> list[Score]:
    """Give the score of Twilio's scheme; the vectors are of its own library, which has them all right."""
    found = [case for case in cases(folder) if case["scheme"] == "twilio-x-twilio-signature"]
    return [score("signatures: Twilio", OURS, {case["id"]: _is_right(case) for case in found})]


def _is_right(case: Case) -> bool:
    given = case["input"]
    raw = Raw(
        body=(given["body"] or "").encode() if given["params"] is None else _form(given["params"]),
        received_at="2026-03-02T09:30:00Z",
        url=given["url"],
        headers={
            "Content-Type": "application/json" if given["params"] is None else _FORM,
            "X-Twilio-Signature": given["signature"],
        },
    )
    try:
        TwilioSms(auth_token=given["auth_token"]).verify(raw)
    except SignatureError:
        return not case["expected"]["valid"]
    return bool(case["expected"]["valid"])


def _form(params: dict[str, str] | list[list[str]]) -> bytes:
    pairs = params.items() if isinstance(params, dict) else params
    return urlencode([(name, value) for name, value in pairs]).encode()
