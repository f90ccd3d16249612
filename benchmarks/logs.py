"""Logging as a host would have it in production; where it ends is for the benchmark to say."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import structlog


def log_to(stream: BinaryIO) -> None:
    """Log as a host in production would: JSON, from the level of information on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(_to_bytes),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )


def _to_bytes(event: Any, **options: Any) -> bytes:
    return json.dumps(event, **options).encode()
