"""
What a line looks like, whatever its language: whether it holds an address, a date, a label; digits of every script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from onestop.channels.email.reply_words import LABELS

__all__ = ["ADDRESS", "AROUND", "DATE", "TIME", "UNSEEN", "YEAR", "bare", "field", "is_block", "parted"]

TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時시点點]\s?\d{2}(?!\d)")
YEAR = re.compile(r"(?<!\d)(?:19|20|[^\D0-9]{2})\d\d(?!\d)|(?<!\d)\d{1,2}[./\-]\d{1,2}[./\-]\d{2}(?!\d)")
DATE = re.compile(f"{TIME.pattern}|{YEAR.pattern}")
ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{2,}")

AROUND = "* \t\xa0"
"""What may stand around a mark and is none of it: spaces, and the stars of bold text."""

_LABEL_LENGTH = 30
_SHAPE_LINES = 8

# Marks that steer the direction of text and do not show; mail programs put them around names in Arabic script.
UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff]")


def bare(line: str) -> str:
    """Give a line without what does not show in it, and without the stars and spaces around it."""
    return (line if line.isascii() else UNSEEN.sub("", line)).strip(AROUND)


def field(line: str) -> tuple[str, str]:
    """
    Give what a line of a header block is, by its label, and its value; empty when its label is none we know.

    >>> field("*Oddi wrth:* Jo <jo@example.org>")
    ('from', 'Jo <jo@example.org>')
    """
    label, value = parted(line)
    kind = LABELS.get(label.casefold()) if label else None
    return (kind, value) if kind else ("", "")


def parted(line: str) -> tuple[str, str]:
    """Give the two sides of the first colon; no label when it is longer than labels are."""
    text = bare(line).lstrip("*_>| ")
    head, colon, value = text.replace("：", ":", 1).partition(":")
    if not colon or len(head) > _LABEL_LENGTH:
        return "", ""
    return head.strip("*_ \t\xa0"), value.strip("*_ \t\xa0")


def is_block(lines: Sequence[str], subject: str, *, below_rule: bool) -> bool:
    """
    Say whether a header block in a language that we do not know begins here.

    Four labelled lines, the first with a person's address, another with a day and a time. A citizen who fills in a
    form writes such lines too, so that something else must say it is a mail's: a rule above it, the subject of this
    mail in it, or the address of a second person.
    """
    values: list[str] = []
    for line in lines[:_SHAPE_LINES]:
        label, value = parted(line)
        if not label or not value or len(label.split()) > 3:
            break
        values.append(value)
    if len(values) < 3 or not ("@" in values[0] and ADDRESS.search(values[0])):
        return False
    if not any(TIME.search(value) and YEAR.search(value) for value in values[1:]):
        return False
    wanted = _last_word_of(subject)
    titled = bool(wanted) and any(_last_word_of(value) == wanted for value in values[1:])
    second = sum("@" in value for value in values) > 1 and "<" in values[0] and len(values) >= 4
    return titled or below_rule or second


def _last_word_of(subject: str) -> str:
    """Give a subject without `Re:` and the like before it, in any language."""
    return re.split(r"[:：]\s*", subject.strip())[-1].strip().casefold()
