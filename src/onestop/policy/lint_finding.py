"""One thing that lint found."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """What a policy probably does not mean: where it stands, and what it leads to."""

    code: str  # of `lint.CODES`
    file: str
    where: str  # the table, as `services.graffiti`, or the id of a rule
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.problem} [{self.code}]"
