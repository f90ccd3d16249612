"""
What the host's own receiving server found out about a mail: who may have sent it (RFC 8601), and whether it is spam.

Anybody can write these fields into their own mail. So of Authentication-Results only the topmost field with the
server's own id counts, since a server adds its fields on top; a second one with this id may be the sender's, and is not
read. A server must also take fields with its id out of what comes in (RFC 8601, 5): where it adds none of its own, what
is topmost is the sender's.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.headers import Header, clean
from onestop.core.contact import Urn

__all__ = ["UNPROVED", "authentication", "spam_verdict"]

UNPROVED = "sender_unproved"

_LENGTH = 8_000  # characters of a field that are read
_METHODS = ("spf", "dkim", "dmarc")
_RESULT = re.compile(
    r"\s*([a-z][a-z0-9\-]{0,30})(?:\s*/\s*\d{1,4})?\s*=\s*([a-z]{1,20})(?![a-z0-9\-])(.*)", re.I | re.S
)
_PROPERTY = re.compile(r"(?:^|\s)([a-z]{1,20}\.[a-z0-9_\-]{1,30})\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)
_ID = re.compile(r"\s*\"?([^\s;\"=]{1,255})\"?(?:\s+\d{1,4})?\s*\Z")


class _Result(NamedTuple):
    """What one method found, and about which domains."""

    method: str
    word: str
    domains: dict[str, str]


def authentication(header: Header, sender: Urn | None, authserv_id: str) -> tuple[dict[str, str], list[str]]:
    """
    Give the facts `auth`, `spf`, `dkim` and `dmarc`, and the defect `sender_unproved` unless `auth` is `pass`.

    `pass`: DMARC passed for the domain in From; or, where the server says nothing of DMARC, DKIM or SPF passed for that
    domain or one above it. `fail`: DMARC failed, or nothing passed and something failed. Else `none`. An empty
    `authserv_id` stands for a field without one, as Microsoft 365 writes it.
    """
    results = _results(header, authserv_id.strip().lower())
    words = {method: _word(results, method) for method in _METHODS}
    facts = {"auth": _verdict(results, words, _domain(header, sender))}
    facts |= {method: word for method, word in words.items() if word}
    return facts, [] if facts["auth"] == "pass" else [UNPROVED]


def _results(header: Header, authserv_id: str) -> list[_Result]:
    """Give the results of the topmost field of this server."""
    for value in header.get("authentication-results", ()):
        first, *others = _without_comments(value[:_LENGTH]).split(";")
        known = _ID.match(first)
        if known is None:
            if authserv_id or "=" not in first:
                continue
            others = [first, *others]
        elif known[1].lower() != authserv_id:
            continue
        found = (_RESULT.match(text) for text in others)
        return [
            _Result(each[1].lower(), each[2].lower(), {k.lower(): v.lower() for k, v in _PROPERTY.findall(each[3])})
            for each in found
            if each
        ]
    return []


def _without_comments(value: str) -> str:
    """Give a field without its comments: anything can stand in them, results that are none too."""
    out: list[str] = []
    depth, quoted, skip = 0, False, False
    for character in value:
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            out.append(" " if quoted and character in "=;" else character)
    return "".join(out)


def _word(results: list[_Result], method: str) -> str:
    """Give what a method found; of several signatures the one that passed."""
    words = [each.word for each in results if each.method == method]
    return "pass" if "pass" in words else words[0] if words else ""


def _domain(header: Header, sender: Urn | None) -> str:
    """Give the domain that must be proved; none where From names several people, of whom a server proves one."""
    several, _ = read_mailboxes(header.get("from", ()), 2)
    if sender is None or len(several) != 1 or len(header.get("from", ())) != 1:
        return ""
    return sender.path.rpartition("@")[2].lower()


def _verdict(results: list[_Result], words: dict[str, str], domain: str) -> str:
    if words["dmarc"] == "fail":
        return "fail"
    if domain and any(_proves(each, domain, words["dmarc"]) for each in results):
        return "pass"
    failed = any(word in ("fail", "softfail", "permerror") for word in words.values())
    return "fail" if failed and "pass" not in words.values() else "none"


def _proves(result: _Result, domain: str, dmarc: str) -> bool:
    """Say whether a result proves that the domain in From sent the mail."""
    if result.word != "pass":
        return False
    if result.method == "dmarc":
        return result.domains.get("header.from", domain).rpartition("@")[2] == domain
    if dmarc not in ("", "none", "bestguesspass"):
        return False  # the server looked at DMARC, and it did not pass
    if result.method == "dkim":
        given = result.domains.get("header.d") or result.domains.get("header.i", "")
    else:
        given = result.domains.get("smtp.mailfrom", "") if result.method == "spf" else ""
    signed = given.rpartition("@")[2].strip("<>.")
    return "." in signed and (domain == signed or domain.endswith(f".{signed}"))


_YES = re.compile(r"\s*(?:yes|true|spam)\b", re.IGNORECASE)
_NO = re.compile(r"\s*(?:no|false)\b", re.IGNORECASE)
_SCORE = re.compile(
    r"\b(?:score|hits)\s*=\s*(-?\d{1,6}(?:\.\d{1,4})?)|\[\s*(-?\d{1,6}(?:\.\d{1,4})?)\s*/", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*(-?\d{1,6}(?:\.\d{1,4})?)")
_SCL = re.compile(r"(?:^|;)\s*SCL:\s*(-?\d{1,2})", re.IGNORECASE)
_SPAM_SCL = 5  # Microsoft: 5 and 6 are spam, 7 to 9 spam with high confidence; -1 was let through


def spam_verdict(header: Header) -> dict[str, str]:
    """
    Give the facts `spam` (yes, no) and `spam_score`, as the topmost fields of a receiving server say; else nothing.

    SpamAssassin and Rspamd (X-Spam-Flag, X-Spam-Status, X-Spam, X-Spamd-Result), Microsoft's spam confidence level.
    """
    facts: dict[str, str] = {}
    for name in ("x-spam-flag", "x-spam-status", "x-spam", "x-spamd-result"):
        value = header.get(name, [""])[0][:_LENGTH].removeprefix("default:")
        if "spam" not in facts and (_YES.match(value) or _NO.match(value)):
            facts["spam"] = "yes" if _YES.match(value) else "no"
        if "spam_score" not in facts and (score := _SCORE.search(value)):
            facts["spam_score"] = score[1] or score[2]
    if "spam_score" not in facts and (score := _NUMBER.match(header.get("x-spam-score", [""])[0])):
        facts["spam_score"] = score[1]
    level = _NUMBER.match(header.get("x-ms-exchange-organization-scl", [""])[0]) or _SCL.search(
        header.get("x-forefront-antispam-report", [""])[0][:_LENGTH]
    )
    if "spam" not in facts and level:
        facts |= {"spam": "yes" if float(level[1]) >= _SPAM_SCL else "no", "spam_score": clean(level[1], 10)}
    return facts
