"""
Scores on real third-party cases, one module a folder of the practice material.

A module here has `measure(folder, peers) -> list[Score]`; add yours to `FOLDERS` in practice.py. A score says what was
counted, which cases are right, and by which program, so that ours and a peer's stand in one table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["OURS", "Case", "Score", "cases"]

OURS = "onestop"

Case = dict[str, Any]


class Score(NamedTuple):
    """What one program got right of one kind of case."""

    what: str
    program: str
    right: int
    of: int
    misses: tuple[str, ...] = ()  # the ids of the others


def cases(folder: Path) -> Iterator[Case]:
    """Give the cases of a folder, in their order; each knows its bytes, where it has a file."""
    with (folder / "cases.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            if "file" in case.get("input", {}):
                case["bytes"] = (folder / case["input"]["file"]).read_bytes()
            yield case


def score(what: str, program: str, results: dict[str, bool]) -> Score:
    """Count the results of cases by their ids."""
    misses = tuple(name for name, right in results.items() if not right)
    return Score(what, program, len(results) - len(misses), len(results), misses)
