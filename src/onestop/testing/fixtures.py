"""Fixtures of adapters: one request exactly as its gateway sent it, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onestop.core.enquiry import DeliveryReport, Enquiry
from onestop.core.gateway import Raw

__all__ = ["expected_model", "load_fixture"]

_REPORT_FIELDS = frozenset(DeliveryReport.model_fields) - frozenset(Enquiry.model_fields)
_REPORT_KINDS = frozenset({"delivered", "failed", "bounce", "read", "opt_out", "feedback_report"})


def load_fixture(path: str | Path) -> tuple[Raw, list[dict[str, Any]]]:
    """
    Give the request of a fixture and what is expected of it, as it is written: `{"request": {…}, "enquiries": […]}`.

    Each expectation is an enquiry or a delivery report without the fields that have their default, or
    `{"error": code}` where parsing must fail with the error of that code.

    Raises:
        ValueError: the file is no such fixture; the text names it.
    """
    path = Path(path)
    try:
        fixture = json.loads(path.read_text("utf-8"))
        raw, expected = Raw.from_fixture(fixture["request"]), fixture["enquiries"]
    except (ValueError, KeyError, TypeError) as exc:
        raise ValueError(f"{path.name} is no fixture: it needs request and enquiries, as documented ({exc})") from exc
    if not isinstance(expected, list) or not all(isinstance(each, dict) for each in expected):
        raise ValueError(f"{path.name} is no fixture: enquiries is a list of objects")
    return raw, expected


def expected_model(expected: Mapping[str, Any]) -> type[Enquiry | DeliveryReport]:
    """
    Say which of the two an expectation is: a report has fields or a kind that no enquiry has.

    >>> expected_model({"channel": "sms", "kind": "delivered"}).__name__
    'DeliveryReport'
    """
    is_report = expected.get("kind") in _REPORT_KINDS or bool(_REPORT_FIELDS & set(expected))
    return DeliveryReport if is_report else Enquiry
