"""What a form says, whatever format it came in: values by name, taken out one by one as they find their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onestop.channels.text import clean_text
from onestop.core.enquiry import Attachment

__all__ = ["Submission"]


class Submission:
    """A form's values by lower-case name, in their order; `take` removes what has found its place."""

    def __init__(self, defects: list[str]) -> None:
        self.values: dict[str, list[Any]] = {}
        self.attachments: list[Attachment] = []
        self.defects = defects

    def add(self, name: str, value: Any) -> None:
        """Add one value; blank ones say nothing and are left out."""
        if isinstance(value, str):
            value = clean_text(value, self.defects)
        if value not in ("", None, []):
            self.values.setdefault(clean_text(name, self.defects).lower(), []).append(value)

    def take(self, names: Sequence[str]) -> str | None:
        """
        Give the first filled-in value that one of the names has; further ones stay, and become answers.

        A repeated field is a defect (`repeated_field`) here, and no defect among the answers: a form's tick boxes.
        """
        for name in names:
            values = self.values.get(name.lower(), [])
            if values and isinstance(values[0], str | int | float) and not isinstance(values[0], bool):
                value = values.pop(0)
                if not values:
                    del self.values[name.lower()]
                else:
                    self.defects.append("repeated_field")
                return str(value)
        return None

    def give_back(self, names: Sequence[str], value: str) -> None:
        """Put a value that could not be read among the answers, so that it is not lost."""
        self.values.setdefault(names[0].lower(), []).insert(0, value)
