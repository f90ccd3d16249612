"""
What somebody sends on: their own words, who really wrote, and what.

By the mark that mail programs put above it (Gmail, Apple, Thunderbird, Yahoo), by the block of From, Sent, To and
Subject that Outlook puts there, by an attribution under a subject that begins with `Fw:`; as an attachment, see
`adapter`. Of several that were only passed on, one to the next, the last is the one that says something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.headers import clean
from onestop.channels.email.shapes import ADDRESS, bare, field, parted
from onestop.core.contact import Urn, mailto_urn
from onestop.errors import ContactPointError

__all__ = ["Forwarded", "author", "read_forward"]

_BLOCK_LINES = 20
_GAP = 3  # empty lines and rules between the mark and the block, or between its fields
_NAME_LIMIT = 200
_SUBJECT_LIMIT = 998
_MAILTO = re.compile(r"\[mailto:[^\]]*\]|mailto:")
_PREFIX = re.compile(r"\s*(?:(?!\d)\w{1,10}\s*(?:\[\d{1,3}\])?\s*[:：]\s*)+")


class Forwarded(NamedTuple):
    """A mail inside a mail; `sender` and `subject` as they stand there."""

    above: str  # what who sends it on says, above and below
    sender: str
    subject: str
    words: str
    below: str = ""

    @property
    def text(self) -> str:
        """Their own words, then those that they send on."""
        return "\n\n".join(filter(None, (self.above, self.words, self.below)))


def author(sender: str) -> tuple[str, Urn | None]:
    """
    Give the name and the address of `Jo Bloggs <jo@example.org>`, `Jo [mailto:jo@example.org]` or `Jo`.

    >>> author("Jo Bloggs [mailto:jo@example.org]")
    ('Jo Bloggs', Urn('mailto:jo@example.org'))
    """
    found, _ = read_mailboxes(
        [_MAILTO.sub("", sender) if "<" in sender else sender.replace("[mailto:", "<").replace("]", ">")], 1
    )
    if found:
        return found[0]
    address = ADDRESS.search(sender)
    try:
        urn = mailto_urn(address[0].strip("[]()<>,;.'\"")) if address else None
    except ContactPointError:
        urn = None
    return clean(ADDRESS.sub("", sender).strip("<>[]()\"'* "), _NAME_LIMIT), urn


def same_subject(one: str, other: str) -> bool:
    """Say whether two subjects are one, whatever `Re:` and `Fw:` stand before them."""
    return bool(one.strip()) and _PREFIX.sub("", one).strip().casefold() == _PREFIX.sub("", other).strip().casefold()


def read_forward(above: str, lines: Sequence[str]) -> Forwarded:
    """Read the mail that begins in these lines, the first of which is its block or the mark above it."""
    lines, below = _unquoted(lines)
    fields, start = _block(lines)
    words = "\n".join(lines[start:]).strip("\n")
    return Forwarded(above, fields.get("from", ""), clean(fields.get("subject", ""), _SUBJECT_LIMIT), words, below)


def _unquoted(lines: Sequence[str]) -> tuple[list[str], str]:
    """Give a forward without its quote marks, and what stands below the quoted lines; as it is when not quoted."""
    first = next((number for number, line in enumerate(lines[: _GAP + 2]) if bare(line).startswith(">")), None)
    if first is None:
        return list(lines), ""
    last = first
    while last < len(lines) and (bare(lines[last]).startswith(">") or not lines[last].strip()):
        last += 1
    inside = [re.sub(r"^\s*> ?", "", line) for line in lines[:last]]
    return inside, "\n".join(lines[last:]).strip("\n")


def _block(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """Give the fields of the block that begins within the first lines, and the line below it."""
    fields: dict[str, str] = {}
    number, last, gap, current = 0, 0, 0, ""
    while number < min(len(lines), _BLOCK_LINES):
        label, value = field(lines[number])
        text = bare(lines[number])
        if label and label not in fields:
            fields[label], current, gap = value, label, 0
            last = number + 1
        elif not text or (not fields and number == 0):
            gap, current = gap + 1, ""
        elif not fields and number <= _GAP:
            gap += 1
        elif current and _goes_on(lines, number):
            fields[current] += " " + text
            last = number + 1
        else:
            break
        if gap > _GAP or (gap and {"from", "subject"} <= fields.keys()):
            break
        number += 1
    if fields.keys() & {"from", "subject"}:
        return fields, last
    return _unknown_block(lines) or ({}, 1 if lines else 0)


def _unknown_block(lines: Sequence[str]) -> tuple[dict[str, str], int] | None:
    """Give the fields of a block whose labels we do not know: who wrote stands first in it, the subject last."""
    start = next((number for number, line in enumerate(lines[: _GAP + 1]) if parted(line)[0]), 0)
    end = start
    while end < min(len(lines), start + _BLOCK_LINES) and all(parted(lines[end])):
        end += 1
    if end - start < 3 or not ADDRESS.search(lines[start]):
        return None
    return {"from": parted(lines[start])[1], "subject": parted(lines[end - 1])[1]}, end


def _goes_on(lines: Sequence[str], number: int) -> bool:
    """Say whether this line is the rest of a field: another field follows before an empty line."""
    for line in lines[number + 1 : number + 3]:
        if not bare(line):
            return False
        if field(line)[0]:
            return True
    return False


def of_attribution(above: str, mark: str, lines: Sequence[str]) -> Forwarded:
    """Read a mail that is sent on below `On … Jo <jo@example.org> wrote:`."""
    inside, below = _unquoted(lines)
    address = ADDRESS.search(mark)
    return Forwarded(above, address[0].strip("<>[]():") if address else "", "", "\n".join(inside).strip("\n"), below)
