"""Address fields (RFC 5322, 3.4) in one pass over their tokens, whatever is unclosed in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from onestop.channels.email.headers import clean, decode_words
from onestop.core.contact import Urn, mailto_urn
from onestop.errors import ContactPointError

__all__ = ["Mailbox", "mailboxes", "read_mailboxes", "writer"]

NAME_LIMIT = 200

_SIMPLE = re.compile(r'(?:"([^"\\]*)"\s*|([^"(),:;<>\\@]*))<([^\s"(),:;<>\\]+)>\Z')
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),:;>]|\\.?|[^"(),:;<>\\]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"'@]{1,64}@[^\s<>()\[\]\\,;:"'@]{3,255}""")


class Mailbox(NamedTuple):
    """One address as it stands in a field, and the name beside it."""

    name: str
    address: str


def mailboxes(value: str) -> Iterator[Mailbox]:
    """
    Give the addresses of a field, in order, as they stand: groups are opened, comments are names where there is none.

    >>> list(mailboxes('"Bloggs, Jo" <jo@example.org>, ann@example.org (Ann)'))
    [Mailbox(name='Bloggs, Jo', address='jo@example.org'), Mailbox(name='Ann', address='ann@example.org')]
    """
    if simple := _SIMPLE.match(value):
        yield Mailbox(decode_words(simple[1] or simple[2] or ""), simple[3])
        return
    words: list[str] = []
    comments: list[str] = []
    angle, depth = "", 0
    for piece in _PIECE.findall(value + ","):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif depth:
            comments.append(piece)
        elif piece in (",", ";"):
            if mailbox := _mailbox(words, comments, angle):
                yield mailbox
            words, comments, angle = [], [], ""
        elif piece == ":":
            words, comments = [], []  # the name of a group
        elif piece[0] == "<":
            angle = angle or piece.strip("<> \t")
        elif piece != ">":
            words.append(_unquoted(piece) if piece[0] == '"' else piece)


def _unquoted(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner


def _mailbox(words: list[str], comments: list[str], angle: str) -> Mailbox | None:
    name = "".join(words).strip()
    if not angle and "@" in name:
        angle, name = name, ""
    return Mailbox(decode_words(name or "".join(comments).strip()), angle) if angle else None


def read_mailboxes(values: Iterable[str], limit: int) -> tuple[list[tuple[str, Urn]], list[str]]:
    """Give (name, contact point) of the addresses in fields, each once and at most `limit`, and defect codes."""
    found: dict[str, tuple[str, Urn]] = {}
    defects: list[str] = []
    for value in values:
        valid = False
        for mailbox in mailboxes(value):
            if len(found) >= limit:
                defects.append("recipients_cut")
                return list(found.values()), defects
            try:
                urn = mailto_urn(mailbox.address.rpartition(":")[2])  # RFC 5322, 4.4: obsolete routes
            except ContactPointError:
                defects.append("address_invalid")
                continue
            valid = True
            name = clean(mailbox.name, NAME_LIMIT)
            found.setdefault(urn.key, ("" if name.lower() == urn.path.lower() else name, urn))
        if not valid and (rescued := _rescued(value)):
            defects.append("address_malformed")
            found.setdefault(rescued.key, ("", rescued))
    return list(found.values()), defects


def _rescued(value: str) -> Urn | None:
    """Give the last thing in a broken field that looks like an address: quotes and comments come before it."""
    *_, last = [None, *_ADDRESS.findall(value)]
    try:
        return mailto_urn(last) if last else None
    except ContactPointError:
        return None


def writer(values: Sequence[str]) -> tuple[str, Urn] | None:
    """Give the name and contact point of a field's first address; asked of the same From several times in a row."""
    return _writer(values[0]) if values else None


@lru_cache(16)  # the mails that threads are reading now, no more
def _writer(value: str) -> tuple[str, Urn] | None:
    found, _ = read_mailboxes((value,), 1)
    return found[0] if found else None
