"""Fixtures of one adapter: each request is parsed and compared with the enquiries that stand beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from onestop.channels import Adapter, Raw
from onestop.errors import PayloadError, ReplayError
from onestop.replay.compare import Difference
from onestop.replay.payload import read_bytes, read_payload

__all__ = ["CheckedFixture", "check_fixtures"]

_UNTIMED = datetime(2000, 1, 1, tzinfo=UTC)  # of a fixture that does not say when it came


@dataclass(frozen=True, slots=True)
class CheckedFixture:
    """One fixture, and everything in which what was parsed is not what it says."""

    path: Path
    enquiries: int
    differences: tuple[Difference, ...]


def check_fixtures(folder: str | Path, adapter: Adapter) -> Iterator[CheckedFixture]:
    """
    Parse every `*.json` of a folder, in the order of their names, and compare: every field that has not its default.

    Raises:
        ReplayError: there is none, or a file is no fixture.
    """
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        raise ReplayError(f"{folder} holds neither day.toml nor fixtures (*.json)")
    for path in paths:
        raw, expected = _load(path)
        parsed = _parsed(adapter, raw)
        yield CheckedFixture(path, len(parsed), tuple(_differences(expected, parsed)))


def _load(path: Path) -> tuple[Raw, list[dict[str, Any]]]:
    data = read_bytes(path)
    try:
        document = json.loads(data)
        expected = document["enquiries"]
        well_formed = isinstance(document["request"], dict) and all(isinstance(each, dict) for each in expected)
    except (ValueError, KeyError, TypeError, RecursionError):
        well_formed = False
    if not well_formed:
        raise ReplayError(f"{path.name} is no fixture: it needs request, and enquiries as a list of objects")
    return read_payload(path.name, data, _UNTIMED), list(expected)


def _parsed(adapter: Adapter, raw: Raw) -> list[dict[str, Any]]:
    try:
        return [each.model_dump(mode="json", exclude_defaults=True) for each in adapter.parse(raw)]
    except PayloadError as exc:
        return [{"error": exc.code}]


def _differences(expected: list[dict[str, Any]], parsed: list[dict[str, Any]]) -> Iterator[Difference]:
    nothing: dict[str, Any] = {}
    pairs = list(zip_longest(expected, parsed, fillvalue=nothing))
    for number, (wanted, got) in enumerate(pairs, 1):
        before = f"{number}." if len(pairs) > 1 else ""
        for key in sorted(wanted.keys() | got.keys()):
            if wanted.get(key) != got.get(key):
                yield Difference(f"{before}{key}", wanted.get(key), got.get(key))
