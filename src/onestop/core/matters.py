"""
Matters: whether a message that mentions several things is about several things.

Most messages that mention two topics are about one: rats at a bin that was missed, a light that is out above a hole in
the road, council tax paid by somebody whose street is dirty. So what counts is how the message is made. It is cut into
its sentences and lines, and each is held against the rules by itself: the first rule that matches claims it, as it
would claim the whole. Two matters are told apart for sure when each has a sentence without the other's words, and the
writer parts the two: by numbering them, by saying how many there are, or by beginning the later one with a word such as
"also" and not with one that points back ("also it is…"). Whatever claims a sentence and is not parted like that is for
a person to decide. docs/explanation/linked-cases.md has the reasons and examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from onestop.core.facts import Facts
from onestop.core.words import Text, fold, fold_entries

__all__ = ["Apart", "tell_apart"]

Apart = Literal["sure", "unsure", "no"]
Claim = Callable[[Facts], bool]

_TEXT = 20_000  # characters that are cut into sentences
_MOST_PARTS = 200  # sentences and lines that are looked at: beyond, a message is no longer a list of matters
_WRAPPED = 50  # characters from which a line may be half a sentence that a mail program broke

_LISTED = re.compile(r"\s*(?:[-*•–—]|\(?\d{1,2}[.):]|\(?[a-h][.)])\s+(?=\S)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[^\s])")
_SHORTENED = re.compile(r"(?:^|[\s(])(?:no|nr|st|rd|ave|mr|mrs|ms|dr|cllr|approx|rhif)\.$", re.IGNORECASE)
_CLAUSE = re.compile(r",|\s(?:and|but|also|plus|ac|ond|hefyd)\s", re.IGNORECASE)

# The words below are of the language, not of a council: English, then Welsh.
_ADDING = fold_entries(  # begin another matter
    (
        *("also", "additionally", "in addition", "furthermore", "plus", "another thing", "another issue"),
        *("another problem", "another matter", "other thing", "other issue", "one more thing", "on another note"),
        *("separately", "different matter", "separate matter", "secondly", "second", "thirdly", "third", "lastly"),
        *("finally", "ps", "p s", "while i am writing", "while im writing", "while im here", "as well as that"),
        *("hefyd", "yn ogystal", "peth arall", "mater arall", "problem arall", "un peth arall", "yn ail", "ar wahan"),
        *("yn drydydd", "yn olaf"),
    )
)
_FAR = 3  # words from its beginning within which a sentence says that it adds something
_NUMBERS = ("two", "2", "three", "3", "four", "4", "five", "5", "several", "a few", "couple of", "a couple of")
_ANNOUNCING = fold_entries(  # say how many there are
    (
        *(f"{many} {what}" for many in _NUMBERS for what in ("things", "issues", "problems", "matters", "reports")),
        *("dau beth", "dwy broblem", "dau fater", "tri pheth", "tair problem", "sawl peth", "sawl problem"),
    )
)
_POINTING = fold_entries(  # near its beginning: the sentence goes on about what was said before
    (
        *("it", "its", "they", "theyre", "them", "these", "those", "this is", "this has", "this means", "that is"),
        *("thats", "which", "mae n", "maen nhw", "mae hyn", "dyna"),
    )
)
_POINTS_FAR = 4
_LEANING = fold_entries(  # anywhere: one thing is the cause of the other, or past, or not meant
    (
        *("because", "as a result", "caused by", "due to", "therefore", "attracting", "attracts", "attracted"),
        *("leads to", "leading to", "thanks for", "thank you for", "already reported", "nothing to do with"),
        *("not about", "has been fixed", "was fixed", "been sorted", "instead of", "rather than"),
        *("oherwydd", "o ganlyniad", "o achos", "felly", "denu", "diolch am", "wedi ei drwsio", "yn lle"),
    )
)
_GRIPING = fold_entries(  # what people say they pay for is not what they write about
    (
        *("pay my council tax", "pay our council tax", "pay council tax", "pay so much council tax", "pay for this"),
        *("council tax for", "council tax payer", "council tax payers", "what do i pay", "what do we pay"),
        *("talu treth gyngor", "talu fy nhreth gyngor", "talu ein treth gyngor"),
    )
)


class _Part(NamedTuple):
    """A sentence or line, and how it is tied to the others."""

    text: str
    listed: bool
    claimed: frozenset[int] = frozenset()  # by which services, in the order of the claims

    def begins(self, entries: Sequence[tuple[str, ...]], far: int) -> bool:
        """Say whether one of the entries begins within the first words."""
        words = fold(self.text)
        return any(tuple(words[at : at + len(entry)]) == entry for entry in entries for at in range(far))


def tell_apart(facts: Facts, claims: Sequence[Sequence[Claim]]) -> tuple[Apart, ...]:
    """
    Say of each service but the first whether a message is about it as well.

    `claims` has the rules that hold for the whole message, by service; the main service's come first.
    """
    parts = list(_parts(facts))
    ground = _ground([(part.text, part) for part in parts], facts, claims)
    verdicts: list[Apart] = []
    clauses: list[list[tuple[int, _Part]]] | None = None
    for number in range(1, len(claims)):
        if ground[0] and ground[number]:
            verdicts.append("sure" if _parted(ground[0], ground[number], facts, number) else "unsure")
            continue
        if clauses is None:
            halves = [(clause, part) for part in parts for clause in _CLAUSE.split(part.text)]
            clauses = _ground(halves, facts, claims)
        verdicts.append("unsure" if clauses[0] and clauses[number] else "no")
    return tuple(verdicts)


def _parts(facts: Facts) -> Iterator[_Part]:
    """Give the sentences and lines of a message, its subject first."""
    subject = facts.enquiry.subject
    found = [_Part(subject, listed=False)] if subject and subject.strip() else []
    for line in _lines(facts.enquiry.text[:_TEXT]):
        marked = _LISTED.match(line)
        for sentence in _sentences(line[marked.end() :] if marked else line):
            found.append(_Part(sentence, listed=marked is not None))
            if len(found) >= _MOST_PARTS:
                yield from found
                return
    yield from found


def _lines(text: str) -> Iterator[str]:
    """Give the lines as they were meant: what a mail program broke in the middle is put together again."""
    held = ""
    for line in text.splitlines():
        if held and (not line.strip() or _LISTED.match(line) or not _broken(held)):
            yield held
            held = ""
        held = f"{held} {line}" if held else line
    if held.strip():
        yield held


def _broken(line: str) -> bool:
    last = line.rstrip()
    return len(last) >= _WRAPPED and last[-1] not in ".!?;:"


def _sentences(line: str) -> Iterator[str]:
    held = ""
    for piece in _SENTENCE.split(line):
        held = f"{held} {piece}" if held else piece
        if not _SHORTENED.search(held):
            yield held
            held = ""
    if held.strip():
        yield held


def _ground(
    pieces: Sequence[tuple[str, _Part]], facts: Facts, claims: Sequence[Sequence[Claim]]
) -> list[list[tuple[int, _Part]]]:
    """Give, by service, the pieces of text that are claimed for it first, each with its place."""
    ground: list[list[tuple[int, _Part]]] = [[] for _ in claims]
    for place, (text, part) in enumerate(pieces[:_MOST_PARTS]):
        alone = facts.of_part(text)
        if _has(alone.text, _GRIPING):
            continue
        claimed = [number for number, rules in enumerate(claims) if any(claim(alone) for claim in rules)]
        if claimed:
            ground[claimed[0]].append((place, part._replace(claimed=frozenset(claimed))))
    return ground


def _parted(first: Sequence[tuple[int, _Part]], second: Sequence[tuple[int, _Part]], facts: Facts, number: int) -> bool:
    """Say whether the writer parts a sentence of the main matter from one of another that has none of its words."""
    announced = _has(facts.whole, _ANNOUNCING)
    ours = [each for each in first if number not in each[1].claimed]
    theirs = [each for each in second if 0 not in each[1].claimed]
    for one in ours:
        for other in theirs:
            (_, earlier), (_, later) = sorted((one, other), key=lambda each: each[0])
            if _leans(later) or _has(Text(earlier.text), _LEANING):
                continue
            if announced or (earlier.listed and later.listed) or later.begins(_ADDING, _FAR):
                return True
    return False


def _leans(part: _Part) -> bool:
    return part.begins(_POINTING, _POINTS_FAR) or _has(Text(part.text), _LEANING)


def _has(text: Text, entries: Sequence[tuple[str, ...]]) -> bool:
    return any(text.has(entry) for entry in entries)
