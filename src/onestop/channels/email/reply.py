"""
What a person wrote now, without the history below it, the signature, and the mark of their telephone.

One pass over the lines, each looked at with the few around it. It fails toward people: where nothing would be left, all
is kept; what is forwarded is kept, since it is what they send us; so are answers between quoted lines.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from onestop.channels.email.reply_words import (
    ATTRIBUTION_START,
    ATTRIBUTION_VERB,
    FORWARD,
    FORWARD_SUBJECT,
    LABELS,
    MOBILE,
    ORIGINAL,
)

__all__ = ["visible"]

_ATTRIBUTION_LINES = 4  # over which "On … wrote:" is broken at most
_ATTRIBUTION_LENGTH = 500
_BLOCK_LINES = 14  # in which a header block shows what it is
_LABEL_LENGTH = 30
_LONG_LINE = 1_000  # characters beyond which a line is prose, and no mark
_SIGNATURE_LINES = 15  # of a signature below a bare "--"; more is text

_LOOKED_AT = 500_000  # characters in which marks are looked for: five times as many as an enquiry's text has

_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{2,}")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2}\b")
_RULE = re.compile(r"[\s*]*[-_=—*]{5,}[\s*]*\Z")
_LINK = re.compile(r"\s*[<(\[]+(?:https?|mailto)[^\s<>]*[>)\]]+")

_Mark = Literal["cut", "forward", "quoted"]


class _Found(NamedTuple):
    """A mark of history: what follows it, the lines it covers."""

    mark: _Mark
    first: int
    last: int


def visible(text: str, subject: str = "") -> str:
    """
    Give what was written now, of text whose lines have no space at their ends; all of it where that would be nothing.

    >>> visible("Still not emptied.\\n\\nAr Llun, 2 Maw 2026 am 09:30 Jo <jo@example.org> ysgrifennodd:\\n> Yn y bore.")
    'Still not emptied.'
    """
    whole = text.strip("\n")
    if FORWARD_SUBJECT.match(subject):
        return whole
    kept = _Pages(whole[:_LOOKED_AT].split("\n")).kept()
    return "\n".join(kept).strip("\n") or whole


class _Pages:
    """The lines of one mail, and which of them are kept."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.out: list[tuple[int, str]] = []  # with the number of the line, since marks reach back

    def kept(self) -> list[str]:
        """Give the lines that were written now."""
        number, count = 0, len(self.lines)
        while number < count:
            line = self.lines[number]
            if line.startswith((">", " >")):
                if FORWARD.match(line[:_LONG_LINE].lstrip("> ").casefold()):
                    return [line for _, line in self.out] + self.lines[number:]
                number = self.skip_quoted(number)
            elif found := self.mark(number):
                while self.out and self.out[-1][0] >= found.first:
                    self.out.pop()
                if found.mark == "forward":
                    return [line for _, line in self.out] + self.lines[found.first :]
                self.end()
                if found.mark == "cut":
                    break
                number = found.last + 1
            elif self.is_signature(number):
                written = any(line for _, line in self.out)
                number = self.skip_signature(number)
                if written:
                    break
            else:
                self.out.append((number, line))
                number += 1
        self.end()
        return [line for _, line in self.out]

    def skip_quoted(self, number: int) -> int:
        """Pass over quoted lines, and what a mail program broke of them; what stands below is an answer to them."""
        while number < len(self.lines) and self.lines[number].startswith((">", " >")):
            number += 1
        if self.out and self.out[-1][1]:
            self.out.append((number - 1, ""))
        while number < len(self.lines) and not self.lines[number]:
            number += 1
        return number

    def skip_signature(self, number: int) -> int:
        """Pass over a signature to the history below it."""
        while number < len(self.lines) and not self.lines[number].startswith(">") and not self.mark(number):
            number += 1
        return number

    def end(self) -> None:
        """Take away what stands at the end of what was written: empty lines, rules, the mark of a telephone."""
        while self.out:
            last = self.out[-1][1].strip()
            if last and not _RULE.match(last) and not self.is_mobile(last):
                return
            self.out.pop()

    def is_mobile(self, line: str) -> bool:
        """Say whether a line is a telephone's own."""
        return len(line) < 200 and MOBILE.match(_LINK.sub("", line).strip("*_[]() .").casefold()) is not None

    def is_signature(self, number: int) -> bool:
        """Say whether a signature begins here: RFC 3676, 4.3, whose space at the end many programs take away."""
        line = self.lines[number]
        if line not in ("--", "—"):
            return self.is_list_footer(number)
        below = self.lines[number + 1 : number + 2 + 4 * _SIGNATURE_LINES]
        quoted = any(text.startswith(">") for text in below)
        return quoted or sum(map(bool, below)) <= _SIGNATURE_LINES

    def is_list_footer(self, number: int) -> bool:
        """Say whether a mailing list's footer begins here."""
        line = self.lines[number]
        return line.startswith("_____") and number + 1 < len(self.lines) and "mailing list" in self.lines[number + 1]

    def mark(self, number: int) -> _Found | None:
        """Give the mark of history that this line completes or begins."""
        line = self.lines[number].strip("* \t\xa0")
        if not line or len(line) > _LONG_LINE:
            return None
        if line[-1] in ":：" and (found := self.attribution(number)):
            return found
        if ":" in line or "：" in line:
            return self.header_block(number)
        if line[0] in "-_=*" or line[-1] in "-_=*":
            folded = line.casefold()
            if ORIGINAL.match(folded):
                return _Found("cut", number, number)
            if FORWARD.match(folded):
                return _Found("forward", number, number)
        return None

    def attribution(self, number: int) -> _Found | None:
        """Give the `On … wrote:` that ends in this line, if it is one."""
        joined = ""
        evident: tuple[int, bool] | None = None
        for first in range(number, max(number - _ATTRIBUTION_LINES, -1), -1):
            line = self.lines[first].strip("* \t\xa0").casefold()
            if not line or line.startswith(">") or len(joined) + len(line) > _ATTRIBUTION_LENGTH:
                break
            joined = f"{line} {joined}"
            if FORWARD.match(joined.strip()):
                return _Found("forward", first, number)
            strong = bool(_ADDRESS.search(joined) or _TIME.search(joined))
            said = ATTRIBUTION_VERB.search(joined) is not None
            if not (said or (_ADDRESS.search(joined) and _TIME.search(joined))) or not (strong or _YEAR.search(joined)):
                continue
            if ATTRIBUTION_START.match(line) and any(map(str.isdigit, line)):
                evident = (first, strong)
                break
            evident = evident or ((first, strong) if strong and said else None)
        return self.attributed(*evident, number) if evident else None

    def attributed(self, first: int, strong: bool, last: int) -> _Found | None:
        """Say what an attribution stands above: quoted lines, or history that nothing marks."""
        below = next((line for line in self.lines[last + 1 : last + 8] if line.strip()), "")
        if below.startswith((">", " >")):
            return _Found("quoted", first, last)
        return _Found("cut", first, last) if strong else None

    def header_block(self, number: int) -> _Found | None:
        """Give the block of From, Sent, To, Subject that begins in this line, if it is one."""
        kind = _label(self.lines[number])
        if kind not in ("from", "subject", "date", "to"):
            return None
        kinds = {kind}
        for line in self.lines[number + 1 : number + _BLOCK_LINES]:
            if label := _label(line):
                kinds.add(label)
                if {"from", "subject"} <= kinds and kinds & {"date", "to"}:
                    return _Found("cut", number, number)
        return None


def _label(line: str) -> str | None:
    head, colon, _ = line.lstrip("*_>| \t\xa0")[: _LABEL_LENGTH + 2].replace("：", ":").partition(":")
    return LABELS.get(head.strip("*_ \t\xa0").casefold()) if colon else None
