"""
Recipients: may a message be sent to what somebody typed, and what is it as a contact point?

Stricter than reading (`tel_urn`, `mailto_urn`), which takes whatever arrives: what cannot be sent to is told at once,
with a reason, while the person who typed it is still there. Mistakes that leave no doubt are mended: invisible marks,
spaces and dashes, `(0)`, zeros and plus signs too many, an international number whose + a spreadsheet took away. The
rules are those of GOV.UK Notify ("Sending to phone numbers and email addresses", read 2026-03-02), so that an address
that passes here is not refused there.
"""

from __future__ import annotations

import re
from typing import Literal

from onestop.core.contact import Dialled, Urn, dial, mailto_urn, number_kind, tel_urn
from onestop.errors import ContactPointError

__all__ = ["Reason", "check_email", "check_phone"]

Reason = Literal[
    "missing",
    "unknown_character",
    "too_short",
    "too_long",
    "invalid_number",
    "not_a_uk_mobile",
    "unsupported_country",
    "premium",
    "emergency",
    "invalid_email",
]
"""Why nothing can be sent there; a stable word for each sentence."""

_SENTENCES: dict[Reason, str] = {
    "missing": "there is nothing here: a telephone number or an e-mail address is needed",
    "unknown_character": "a telephone number has digits, spaces, brackets, hyphens and a + at its beginning",
    "too_short": "the number is too short",
    "too_long": "the number is too long",
    "invalid_number": "the number is not valid: it is in no range that its country has given to subscribers",
    "not_a_uk_mobile": "this is not a UK mobile number",
    "unsupported_country": "the number begins with the code of no country",
    "premium": "this is a premium rate number, which we never send to",
    "emergency": "this is an emergency number, which we never send to",
    "invalid_email": "an e-mail address looks like name@example.org",
}

# Unicode: what shows as a space or not at all (general categories Zs, Zl, Zp, Cf of those that people paste).
_SPACES = re.compile("[\\s\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u00ad\ufeff]+")
_UNSEEN = re.compile("[\t\n\v\f\r\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_DASHES = re.compile("[‐‑‒–—―−﹣－]")
_DIALLABLE = re.compile(r"[0-9()+\-]+\Z", re.ASCII)
# Dialled within the UK: with a digit too many it is a slip, and not, its zero taken off, somebody in Kazakhstan.
_NATIONAL = re.compile(r"\(?0\)?[1-9]")
_LONGEST = 64  # characters, with all that is mended; E.164 has fifteen digits
_UK = 44
_LANDLINES = frozenset({"fixed"})
_SENDABLE = frozenset({"mobile", "fixed", "personal"})

_LOCAL = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~\-]{1,64}\Z")  # unquoted, RFC 5322 atext: gateways take no more
_DOMAIN = re.compile(r"[\w.\-]+(?<!\.)\Z")  # of any script: IDNA says which of its letters are allowed
_LABEL = re.compile(r"[a-z0-9]+(?:--?[a-z0-9]+)*\Z")
_TOP_LEVEL = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9\-]*[a-z0-9])\Z")


def check_phone(text: str, *, international: bool = False, landlines: bool = False) -> Urn:
    """
    Give the contact point of a number that a text message can be sent to.

    UK mobile numbers, those of the Crown dependencies too; `international` allows other countries', `landlines` UK
    numbers that are no mobile ones.

    >>> check_phone("0+44 (0)7700–900 123")
    Urn('tel:+447700900123')

    Raises:
        ContactPointError: nothing can be sent there; `reason` is one of `Reason`.
    """
    number = _DASHES.sub("-", _SPACES.sub("", text[: 2 * _LONGEST]))
    if not number:
        raise _refusal("missing")
    if not _DIALLABLE.match(number):
        raise _refusal("unknown_character")
    if len(number) > _LONGEST:
        raise _refusal("too_long")
    if _is_emergency(number):
        raise _refusal("emergency")
    dialled, reason = _read(number)
    if reason and reason != "premium":  # zeros and plus signs that do not belong there
        dialled, reason = _read(number.replace("+", "").lstrip("0"), foreign=not _NATIONAL.match(number))
    if reason or dialled is None:
        raise _refusal(reason or "invalid_number")
    uk = dialled.calling_code == _UK
    if (uk and dialled.kind in _LANDLINES and not landlines) or (not uk and not international):
        raise _refusal("not_a_uk_mobile")
    return dialled.urn


def _read(number: str, *, foreign: bool = True) -> tuple[Dialled | None, Reason | None]:
    """Give a number as it stands, or why it is none; with `foreign`, also as one whose + was lost."""
    dialled = dial(number)
    if dialled is None:
        return None, "too_short" if len(number) < 3 else "invalid_number"
    if dialled.length != "right":
        # A spreadsheet takes the + away: what is no UK number by its length may be another country's.
        forced = dial(f"+{number}") if foreign else None
        if forced is None or forced.length != "right":
            wrong: dict[str, Reason] = {"short": "too_short", "long": "too_long"}
            return None, wrong.get(dialled.length, "invalid_number")
        dialled = forced
    if dialled.country == "001":
        return None, "unsupported_country"
    if dialled.kind == "premium":
        return None, "premium"
    return (dialled, None) if dialled.kind in _SENDABLE else (None, "invalid_number")


def _is_emergency(number: str) -> bool:
    try:
        return number_kind(tel_urn(number)) == "emergency"
    except ContactPointError:
        return False


def check_email(text: str) -> Urn:
    """
    Give the contact point of an e-mail address that can be sent to: one address, without name or brackets.

    >>> check_email(" siân@example.org")
    Traceback (most recent call last):
    onestop.errors.ContactPointError: an e-mail address looks like name@example.org
    >>> check_email("Jo.Bloggs@Example.ORG")
    Urn('mailto:Jo.Bloggs@example.org')

    Raises:
        ContactPointError: nothing can be sent there; `reason` is one of `Reason`.
    """
    address = _UNSEEN.sub("", text).strip()
    if not address:
        raise _refusal("missing")
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.match(local) or not _DOMAIN.match(domain) or ".." in address or domain[:1] == ".":
        raise _refusal("invalid_email")
    try:
        urn = mailto_urn(address)
    except ContactPointError:
        raise _refusal("invalid_email") from None
    labels = urn.rpartition("@")[2].split(".")
    if not all(_LABEL.match(label) for label in labels) or not _TOP_LEVEL.match(labels[-1]):
        raise _refusal("invalid_email")
    return urn


def _refusal(reason: Reason) -> ContactPointError:
    return ContactPointError(_SENTENCES[reason], reason=reason)
