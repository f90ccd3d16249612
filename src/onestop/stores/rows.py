"""Turning rows into the core's values and back: times, priorities, cases, cursors."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from onestop.core.case import Case
from onestop.core.enquiry import Enquiry
from onestop.core.rules import PRIORITIES
from onestop.errors import RequestError, StoreError

__all__ = ["case_columns", "from_us", "load_case", "load_enquiry", "read_cursor", "to_us", "write_cursor"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63  # that an integer column holds


def to_us(moment: datetime) -> int:
    """Give a moment as whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Give the moment of microseconds since 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def case_columns(case: Case) -> dict[str, Any]:
    """Give the columns by which a case is looked up, beside its id and document."""
    return {
        "reference": case.reference,
        "service": case.service,
        "provider": case.provider,
        "state": case.state,
        "state_type": case.state_type,
        "priority": PRIORITIES.index(case.priority),
        "flags": f" {' '.join(case.flags)} " if case.flags else "",
        "assignee": case.assignee,
        "opened_at": to_us(case.opened_at),
        "updated_at": to_us(case.updated_at),
        "target_at": to_us(case.target_at) if case.target_at else None,
        "version": case.version,
    }


def load_case(document: str | bytes) -> Case:
    """
    Read a case's document.

    Raises:
        StoreError: the document is damaged.
    """
    try:
        return Case.model_validate_json(document)
    except ValidationError as exc:
        raise StoreError("a case's row cannot be read: its document is damaged; onestop verify says which") from exc


def load_enquiry(body: bytes) -> Enquiry:
    """
    Read a stored enquiry.

    Raises:
        StoreError: the bytes are damaged.
    """
    try:
        return Enquiry.model_validate_json(body)
    except ValidationError as exc:
        raise StoreError("a stored enquiry cannot be read: its bytes are damaged") from exc


def write_cursor(value: int, identifier: str) -> str:
    """Give the cursor of a page that ended with this value and id."""
    return base64.urlsafe_b64encode(json.dumps([value, identifier]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """
    Read a cursor.

    Raises:
        RequestError: it was not given by an earlier page.
    """
    try:
        value, identifier = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError) as exc:
        raise RequestError("a cursor is what an earlier page gave as next") from exc
    if not isinstance(value, int) or not isinstance(identifier, str) or not -_LARGEST <= value < _LARGEST:
        raise RequestError("a cursor is what an earlier page gave as next")
    return value, identifier
