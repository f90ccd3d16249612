"""
Mail that no person wrote: bounces, complaints, automatic answers.

The cases give status and permanence, and no addresses: an address is right where the bounce itself names it as the
recipient (a report's field, the To or RCPT of the returned mail, X-Failed-Recipients; where it has none of these,
what begins a line of its words), and when as many are given as the case expects. A status with 900 or more in its
last place is the other library's own; then only its class counts. Permanent is what begins with 5 (RFC 3463); where
the mail says no code, its class was guessed from words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

from onestop.channels.email import Email
from onestop.core.enquiry import DeliveryReport
from onestop.core.gateway import Raw
from scores import OURS, Case, Score, cases, score

__all__ = ["measure"]

_FIELD = re.compile(
    r"^[> \t]*(?:final-recipient|original-recipient|original-rcpt-to|x-failed-recipients|x-hmxmroriginalrecipient"
    r"|to|cc|rcpt to|for)\s*[:<].*(?:\n[ \t].*)*",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"'=|]{1,64}@[a-z0-9](?:[a-z0-9\-.]{1,250})""", re.IGNORECASE)
_LINE = re.compile(rf"^[ \t]*[<\"']?({_ADDRESS.pattern})[>\"']?:?(?=\s|$)", re.IGNORECASE | re.MULTILINE)


class _Found(NamedTuple):
    kinds: list[str]
    addresses: list[str]
    statuses: list[str | None]
    permanent: list[bool | None]


def measure(folder: Path, peers: bool) -> list[Score]:
    """Score what is told, whom it is about, with which status, and whether for good."""
    known = list(cases(folder))
    bounces = [case for case in known if case["expected"]["auto_class"] == "bounce"]
    given = [case for case in bounces if case["expected"].get("recipients")]
    found = {case["id"]: _ours(case["bytes"]) for case in known}
    rows = [
        ("automated: seen to be automatic", known, _is_seen),
        ("automated: bounces, right address", bounces, _is_addressed),
        ("automated: bounces, status", given, _has_status),
        ("automated: bounces, permanent or not", given, _has_permanence),
        ("automated: complaints", [c for c in known if c["expected"]["auto_class"] == "feedback-loop"], _is_complaint),
    ]
    scores = [
        score(what, OURS, {case["id"]: test(case, found[case["id"]]) for case in chosen}) for what, chosen, test in rows
    ]
    return [*scores, *(_flufl(bounces) if peers else [])]


def _ours(body: bytes) -> _Found:
    parsed = Email().parse(Raw(body=body, received_at="2026-03-02T09:30:00Z"))
    reports = [each for each in parsed if isinstance(each, DeliveryReport)]
    return _Found(
        [each.kind for each in parsed],
        [each.recipient.path for each in reports if each.recipient],
        [each.status for each in reports],
        [each.permanent for each in reports],
    )


Test = Callable[[Case, _Found], bool]


def _is_seen(case: Case, found: _Found) -> bool:
    return "message" not in found.kinds


def _is_complaint(case: Case, found: _Found) -> bool:
    return set(found.kinds) == {"feedback_report"} and len(found.kinds) == len(case["expected"]["recipients"])


def _is_addressed(case: Case, found: _Found) -> bool:
    return _are_named(case, found.addresses)


def _are_named(case: Case, addresses: Sequence[str]) -> bool:
    wanted = len(case["expected"].get("recipients") or [1])
    return len(addresses) >= wanted and {each.lower() for each in addresses} <= _named(case["bytes"])


def _named(body: bytes) -> set[str]:
    """Give the addresses that a bounce names as whom the mail was for."""
    mail = message_from_bytes(body)
    own = {address.lower() for name in ("from", "to") for address in _ADDRESS.findall(str(mail.get(name, "")))}
    texts = [f"To: {mail.get('x-failed-recipients', '')}"]
    for part in mail.walk():
        texts.append("\n".join(f"{name}: {value}" for name, value in part.items()) if part is not mail else "")
        if not part.is_multipart():
            content = part.get_payload(decode=True) or b""
            texts.append(content.decode(part.get_content_charset("utf-8") if _known(part) else "utf-8", "replace"))
    whole = "\n".join(texts)
    fields = {address.lower() for line in _FIELD.findall(whole) for address in _ADDRESS.findall(line)}
    words = {address.lower() for address in _ADDRESS.findall(whole)}
    fields |= {address.lower() for address in _LINE.findall(whole)}
    return {address.rstrip(".") for address in (fields | (words - own if not fields - own else set()))} - {""}


def _known(part: object) -> bool:
    try:
        "".encode(part.get_content_charset("utf-8"))  # type: ignore[attr-defined]  # a part of a mail
    except LookupError:
        return False
    return True


def _has_status(case: Case, found: _Found) -> bool:
    wanted = [each["dsn"] for each in case["expected"]["recipients"]]
    if len(wanted) > len(found.statuses):
        return False
    return all(map(_is_same, wanted, found.statuses, found.permanent))


def _is_same(wanted: str, status: str | None, permanent: bool | None) -> bool:
    if not wanted:
        return True
    if int(wanted.rpartition(".")[2]) >= 900:
        return (status or ("5" if permanent else "4" if permanent is False else " "))[0] == wanted[0]
    return status == wanted


def _has_permanence(case: Case, found: _Found) -> bool:
    wanted = [each["dsn"][:1] == "5" for each in case["expected"]["recipients"] if each["dsn"]]
    return len(wanted) <= len(found.permanent) and all(map(lambda a, b: a is b, wanted, found.permanent))


def _flufl(bounces: list[Case]) -> list[Score]:
    try:
        from flufl.bounce import all_failures
    except ImportError:
        print("(flufl.bounce is not installed)")
        return []
    results = {}
    for case in bounces:
        try:
            temporary, permanent = all_failures(message_from_bytes(case["bytes"]))
            addresses = [each.decode("ascii", "replace") for each in {*temporary, *permanent}]
        except Exception:  # noqa: BLE001  # what it raises on is counted as wrong
            addresses = []
        results[case["id"]] = _are_named(case, addresses)
    return [score("automated: bounces, right address", "flufl.bounce", results)]
