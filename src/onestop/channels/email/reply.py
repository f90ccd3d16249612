"""
What a person wrote now, without the history below it, the signature, and the mark of their telephone.

One pass over the lines, each looked at with the few around it. Marks are known by their shape: an attribution holds an
address or a date and stands above quoted lines, a header block is labelled lines with both; words of languages are only
support. It fails toward people: where nothing would be left, all is kept; what is forwarded is kept, since it is what
they send us; so are answers between quoted lines.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from onestop.channels.email.footers import RULE, ends_mail, is_banner, is_legal, is_sign_off
from onestop.channels.email.forwards import Forwarded, of_attribution, read_forward
from onestop.channels.email.reply_words import (
    ATTRIBUTION_START,
    ATTRIBUTION_VERB,
    FORWARD,
    FORWARD_SUBJECT,
    ORIGINAL,
)
from onestop.channels.email.shapes import ADDRESS, AROUND, TIME, UNSEEN, YEAR, bare, field, is_block

__all__ = ["Reply", "read_reply", "visible"]

_ATTRIBUTION_LINES = 4  # over which "On … wrote:" is broken at most
_ATTRIBUTION_LENGTH = 500
_BLOCK_LINES = 14  # in which a header block shows what it is
_LONG_LINE = 1_000  # characters beyond which a line is prose, and no mark
_SIGNATURE_LINES = 15  # of a signature below a bare "--"; more is text
_FOOTER_LINES = 40  # of a lawyer's paragraph

_LOOKED_AT = 500_000  # characters in which marks are looked for: five times as many as an enquiry's text has

# What every mark of history, quote and signature has; a line without is its writer's, and no more is asked of it.
_BEGIN_MARKS, _END_MARKS = ">-_=—", "-_="

_Mark = Literal["cut", "forward", "quoted"]


class Reply(NamedTuple):
    """What was written now, and the mail that was sent on with it."""

    text: str
    forwarded: Forwarded | None = None


class _Found(NamedTuple):
    """A mark of history: what follows it, the lines it covers."""

    mark: _Mark
    first: int
    last: int
    attribution: bool = False


def visible(text: str, subject: str = "") -> str:
    """
    Give what was written now, of text whose lines have no space at their ends; all of it where that would be nothing.

    >>> visible("Still not emptied.\\n\\nAr Llun, 2 Maw 2026 am 09:30 Jo <jo@example.org> ysgrifennodd:\\n> Yn y bore.")
    'Still not emptied.'
    """
    return read_reply(text, subject).text


def read_reply(text: str, subject: str = "") -> Reply:
    """Give what was written now, and the mail that is sent on below it; the text of a forward has the words of both."""
    whole = text.strip("\n")
    pages = _Pages(whole[:_LOOKED_AT].split("\n"), subject)
    kept = "\n".join(pages.kept()).strip("\n")
    if pages.begins is None:
        return Reply(kept or whole)
    first, found = pages.begins
    rest = [*pages.lines[first:], *whole[_LOOKED_AT:].split("\n")] if whole[_LOOKED_AT:] else pages.lines[first:]
    if found is not None and found.attribution:
        mark, rest = " ".join(rest[: found.last - first + 1]), rest[found.last - first + 1 :]
        forward = of_attribution(kept, mark, rest)
    else:
        forward = _innermost(read_forward(kept, rest))
    return Reply(forward.text.strip("\n") or whole, forward)


def _innermost(forward: Forwarded) -> Forwarded:
    """Give who wrote what several people only passed on, one to the next."""
    for _ in range(5):
        inner = _Pages(forward.words[:_LOOKED_AT].split("\n"), "")
        if inner.kept() or inner.begins is None:
            break
        deeper = read_forward(forward.above, inner.lines[inner.begins[0] :])
        if not deeper.sender or not deeper.words:
            break
        forward = deeper._replace(below="\n\n".join(filter(None, (deeper.below, forward.below))))
    return forward


def _may_mark(line: str) -> bool:
    if not line:
        return False
    # Asked of every line: a loop over the marks takes three times as long.
    return line[0] in _BEGIN_MARKS or line[-1] in _END_MARKS or ":" in line or "@" in line or "：" in line


class _Pages:
    """The lines of one mail, and which of them are kept."""

    def __init__(self, lines: list[str], subject: str) -> None:
        self.lines = lines
        unseen = any(not line.isascii() and UNSEEN.search(line) for line in lines)
        self.bare = list(map(bare, lines)) if unseen else [line.strip(AROUND) for line in lines]
        self.subject = subject
        self.sent_on = FORWARD_SUBJECT.match(subject) is not None
        self.out: list[tuple[int, str]] = []  # with the number of the line, since marks reach back
        self.last_unquoted = next(
            (n for n in reversed(range(len(lines))) if self.bare[n] and self.bare[n][0] != ">"), -1
        )
        self.quotes = 0  # quoted blocks that were passed
        self.begins: tuple[int, _Found | None] | None = None  # the line in which a forwarded mail begins

    def kept(self) -> list[str]:
        """Give the lines that were written now."""
        number, count = self.banner(), len(self.lines)
        while number < count:
            if not _may_mark(self.bare[number]):
                self.out.append((number, self.lines[number]))
                number += 1
            elif self.bare[number].startswith(">"):
                if self.sent_on or FORWARD.match(self.bare[number][:_LONG_LINE].lstrip("> ").casefold()):
                    self.begins = (number, None)
                    break
                if not self.written() and self.opens_quoted(number):
                    self.begins = (number, None)
                    break
                number = self.skip_quoted(number)
            elif found := self.mark(number):
                while self.out and self.out[-1][0] >= found.first:
                    self.out.pop()
                self.end()
                if self.is_forward(found):
                    self.begins = (found.first, found)
                    break
                if found.mark == "cut":
                    break
                number = found.last + 1
            elif self.is_signature(number):
                written = self.written()
                number = self.skip_signature(number)
                if written and not self.mark_of_forward(number):
                    break
            else:
                self.out.append((number, self.lines[number]))
                number += 1
        self.end()
        return [line for _, line in self.out]

    def written(self) -> bool:
        """Say whether anything was written above this line."""
        return any(line for _, line in self.out)

    def is_forward(self, found: _Found) -> bool:
        """Say whether a mark stands above what is sent on: it says so, the subject does, or there is nothing else."""
        if found.mark == "forward" or self.sent_on:
            return True
        return found.mark == "cut" and not found.attribution and not self.written() and not self.quotes

    def mark_of_forward(self, number: int) -> bool:
        """Say whether a forwarded mail begins in this line."""
        found = self.mark(number) if number < len(self.lines) else None
        return found is not None and self.is_forward(found)

    def opens_quoted(self, number: int) -> bool:
        """Say whether a mail that is sent on, quoted whole and with its block and nothing below it, begins here."""
        if field(self.lines[number])[0] not in ("from", "subject") or self.header_block(number) is None:
            return False
        return self.last_unquoted < number

    def banner(self) -> int:
        """Give the first line below the warning that our own server put on top."""
        end = next((number for number, line in enumerate(self.bare[:_SIGNATURE_LINES]) if not line), 0)
        if end and is_banner("\n".join(self.bare[:end])):
            return end
        return 0

    def skip_quoted(self, number: int) -> int:
        """Pass over quoted lines, and what a mail program broke of them; what stands below is an answer to them."""
        self.quotes += 1
        while number < len(self.lines) and self.bare[number].startswith(">"):
            number += 1
        if self.out and self.out[-1][1]:
            self.out.append((number - 1, ""))
        while number < len(self.lines) and not self.lines[number]:
            number += 1
        return number

    def skip_signature(self, number: int) -> int:
        """Pass over a signature to the history below it."""
        while number < len(self.lines) and not self.bare[number].startswith(">") and not self.mark(number):
            number += 1
        return number

    def end(self) -> None:
        """Take away what stands at the end of what was written and is none of it."""
        while self.out:
            last = self.out[-1][1].strip()
            if not last or ends_mail(last) or self.signs_off(last):
                self.out.pop()
            elif not self.end_legal():
                return

    def signs_off(self, last: str) -> bool:
        """Say whether the last line is a dash and a name, apart from what is written, which announces no list."""
        if len(self.out) < 3 or self.out[-2][1] or not is_sign_off(last):
            return False
        return not self.out[-3][1].endswith(":")

    def end_legal(self) -> bool:
        """Take away a lawyer's paragraph from the end, unless it is all there is."""
        start = len(self.out)
        while start and self.out[start - 1][1] and len(self.out) - start < _FOOTER_LINES:
            start -= 1
        if not any(line for _, line in self.out[:start]) or not is_legal(
            " ".join(line for _, line in self.out[start:])
        ):
            return False
        del self.out[start:]
        return True

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
        line = self.bare[number]
        if not line or len(line) > _LONG_LINE:
            return None
        if (line[-1] in ":：" or ("@" in line and self.above_quote(number))) and (found := self.attribution(number)):
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

    def above_quote(self, number: int) -> bool:
        """Say whether quoted lines begin below this line."""
        below = next((line for line in self.bare[number + 1 : number + 8] if line), "")
        return below.startswith(">")

    def attribution(self, number: int) -> _Found | None:
        """Give the `On … wrote:` that ends in this line, if it is one: the fewest lines that make it evident."""
        quoted = self.above_quote(number)
        joined = ""
        evident: _Found | None = None
        for first in range(number, max(number - _ATTRIBUTION_LINES, -1), -1):
            line = self.bare[first].casefold()
            if not line or line.startswith(">") or len(joined) + len(line) > _ATTRIBUTION_LENGTH:
                break
            joined = f"{line} {joined}"
            if FORWARD.match(joined.strip()):
                return _Found("forward", first, number)
            if joined.count(">") > joined.count("<") and first and "<" in self.bare[first - 1]:
                continue  # broken inside the address
            if not self.speaks(joined, quoted):
                continue
            starts = ATTRIBUTION_START.match(line) is not None and any(map(str.isdigit, line))
            if starts or evident is None:
                evident = self.attributed(first, number, joined, quoted, starts) or evident
            if starts:
                break
        return self.with_date(evident) if evident else None

    def with_date(self, found: _Found) -> _Found:
        """Take the line above too where the mark was broken behind a date: alone, and ending in a comma."""
        first = found.first - 1
        if first < 1 or not self.bare[first].endswith((",", "،", "、")) or self.bare[first - 1]:
            return found
        return found._replace(first=first) if YEAR.search(self.bare[first]) else found

    def speaks(self, joined: str, quoted: bool) -> bool:
        """Say whether a text says who wrote, and when: by a verb we know, or by address and date alone."""
        address = "@" in joined and ADDRESS.search(joined)
        time, year = TIME.search(joined), YEAR.search(joined)
        if address and (time or (quoted and year)):
            return True
        if quoted and time and year and not self.quotes:
            return True
        return bool((address or time or year) and ATTRIBUTION_VERB.search(joined))

    def attributed(self, first: int, last: int, joined: str, quoted: bool, starts: bool) -> _Found | None:
        """Say what an attribution stands above: quoted lines, or history that nothing marks."""
        if quoted:
            return _Found("quoted", first, last, attribution=True)
        # A person's own sentence can hold an address and a time: history must be evident where no line is quoted.
        address = "@" in joined and ADDRESS.search(joined)
        time = TIME.search(joined)
        evident = bool((address or time) and (starts or ATTRIBUTION_VERB.search(joined)))
        evident = evident or bool("<" in joined and address and time and YEAR.search(joined))
        return _Found("cut", first, last, attribution=True) if evident else None

    def header_block(self, number: int) -> _Found | None:
        """Give the block of From, Sent, To, Subject that begins in this line, if it is one."""
        kind, _ = field(self.lines[number])
        if kind in ("from", "subject", "date", "to"):
            kinds = {kind}
            for line in self.lines[number + 1 : number + _BLOCK_LINES]:
                if label := field(line)[0]:
                    kinds.add(label)
                    if {"from", "subject"} <= kinds and kinds & {"date", "to"}:
                        return _Found("cut", number, number)
        above = next((line for line in reversed(self.bare[max(number - 3, 0) : number]) if line), "")
        if "@" in self.bare[number] and (number == 0 or not self.bare[number - 1] or RULE.match(self.bare[number - 1])):
            below_rule = RULE.match(above) is not None
            if is_block(self.lines[number : number + _BLOCK_LINES], self.subject, below_rule=below_rule):
                return _Found("cut", number, number)
        return None
