"""
Payloads in files: an e-mail as it is, a request in the fixture format, or a body.

What only the running system can know stands in a recorded payload as a placeholder: `{{reply_to LABEL}}`,
`{{message_id LABEL}}`, `{{reference LABEL}}`, `{{unsubscribe LABEL}}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from onestop.core.gateway import Raw
from onestop.errors import ReplayError

__all__ = ["Fill", "Placeholder", "load_payload", "placeholders", "read_payload"]

Placeholder = Literal["reply_to", "message_id", "reference", "unsubscribe"]

Fill = Callable[[Placeholder, str], str]
"""Gives what stands for a placeholder and a label."""

# Other words in double braces are the sender's own: mail merges that went wrong are full of them.
_PLACEHOLDER = re.compile(rb"\{\{(reply_to|message_id|reference|unsubscribe) ([A-Za-z0-9][A-Za-z0-9._-]{0,99})\}\}")
_MEDIA_TYPES = {".eml": "message/rfc822", ".json": "application/json"}


def load_payload(path: str | Path, received_at: datetime, *, fill: Fill | None = None) -> Raw:
    """
    Give the request that a file holds, with its placeholders put in when `fill` says what they stand for.

    A `.json` file with a `request` is a fixture, whose own `received_at` counts where it has one; any other file is the
    body of a POST.

    Raises:
        ReplayError: the file cannot be read, or is a fixture with mistakes.
    """
    path = Path(path)
    return read_payload(path.name, read_bytes(path), received_at, fill=fill)


def read_payload(name: str, data: bytes, received_at: datetime, *, fill: Fill | None = None) -> Raw:
    """
    Give the request that the bytes of a file of this name hold; see `load_payload`.

    Raises:
        ReplayError: it is a fixture with mistakes.
    """
    if fill is not None:
        put_in = fill
        data = _PLACEHOLDER.sub(lambda match: put_in(_kind(match), match[2].decode()).encode(), data)
    suffix = Path(name).suffix.lower()
    request = _request(data) if suffix == ".json" else None
    if request is None:
        media_type = _MEDIA_TYPES.get(suffix)
        headers = {"Content-Type": media_type} if media_type else {}
        return Raw.model_validate({"body": data, "received_at": received_at, "headers": headers})
    try:
        return Raw.from_fixture({"received_at": received_at, **request})
    except (ValueError, TypeError) as exc:  # TypeError: body_base64 that is no text
        raise ReplayError(
            f"{name}: its request is none: it takes method, url, headers, received_at, and body or body_base64"
        ) from exc


def placeholders(data: bytes) -> list[tuple[Placeholder, str]]:
    """
    Give the placeholders of a payload with their labels, in order.

    >>> placeholders(b"To: {{reply_to bin}}, Dear {{first name}}")
    [('reply_to', 'bin')]
    """
    return [(_kind(match), match[2].decode()) for match in _PLACEHOLDER.finditer(data)]


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """
    Give a file's bytes; an error calls it by `name`, or by its path.

    Raises:
        ReplayError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as exc:  # ValueError: a name that no file system takes
        said = exc.strerror if isinstance(exc, OSError) and exc.strerror else "there is no file of this name"
        raise ReplayError(f"{name or str(path)!r} cannot be read: {said}") from exc


def _kind(match: re.Match[bytes]) -> Placeholder:
    return cast(Placeholder, match[1].decode())


def _request(data: bytes) -> dict[str, Any] | None:
    """Give the request of a fixture; None for JSON that is a payload itself, whole or broken."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    request = document.get("request") if isinstance(document, dict) else None
    return request if isinstance(request, dict) and {"body", "body_base64"} & set(request) else None
