"""What a person wrote now, without what they quote (made in the next step)."""

from __future__ import annotations


def visible(text: str) -> str:
    """Give the text."""
    return text
