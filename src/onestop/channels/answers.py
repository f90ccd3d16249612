"""Answers to a service's questions as JSON has them: text, numbers, yes and no, lists of these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from onestop.channels.forms import FIELD_LIMIT
from onestop.channels.text import clean_text
from onestop.errors import LimitError

__all__ = ["text_answers"]


def text_answers(answers: Mapping[str, Any], defects: list[str], adapter: str) -> dict[str, str | tuple[str, ...]]:
    """
    Give answers as the enquiry holds them: text, or several texts; blank ones and null are left out.

    What is nested deeper is kept as JSON text, with the defect `nested_answer`.

    >>> text_answers({"size": 240, "sharps": False, "items": ["sofa", "bed"], "note": " "}, [], "call_note")
    {'size': '240', 'sharps': 'false', 'items': ('sofa', 'bed')}

    Raises:
        LimitError: there are more than `FIELD_LIMIT` answers and values of answers.
    """
    if sum(len(value) if isinstance(value, list) else 1 for value in answers.values()) > FIELD_LIMIT:
        raise LimitError(f"an enquiry has at most {FIELD_LIMIT} answers", adapter=adapter)
    found: dict[str, str | tuple[str, ...]] = {}
    for name, value in answers.items():
        values = value if isinstance(value, list) else [value]
        texts = tuple(text for each in values if (text := _text(each, defects)))
        if texts:
            found[clean_text(name, defects)] = texts if isinstance(value, list) else texts[0]
    return found


def _text(value: Any, defects: list[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        defects.append("nested_answer")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clean_text(text, defects)
