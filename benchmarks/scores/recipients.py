"""
Telephone numbers and e-mail addresses, and what GOV.UK Notify says of them.

A number is asked about three times: for a sender of UK mobile numbers only, of other countries' too, and of landlines
too. It is right when all three answers are, and the number that comes out. The payloads of two carriers behind Notify,
which the folder also has, are no recipients.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import phonenumbers

from onestop.core.contact import mailto_urn
from onestop.core.recipients import check_email, check_phone
from onestop.errors import ContactPointError

from . import OURS, Case, Score, cases, score

_SETTINGS: dict[str, dict[str, bool]] = {
    "sendable_uk_only": {},
    "sendable_international": {"international": True},
    "sendable_landline": {"international": True, "landlines": True},
}


def measure(folder: Path, peers: bool) -> list[Score]:
    """Give our scores, and those of phonenumbers alone."""
    found = list(cases(folder))
    numbers = [case for case in found if case["kind"] == "phone"]
    addresses = [case for case in found if case["kind"] == "email"]
    scores = [score("recipients: numbers", OURS, {case["id"]: _number(case, _ours) for case in numbers})]
    if peers:
        scores.append(
            score("recipients: numbers", "phonenumbers", {case["id"]: _number(case, _alone) for case in numbers})
        )
    return [*scores, score("recipients: addresses", OURS, {case["id"]: _address(case) for case in addresses})]


def _number(case: Case, check: Any) -> bool:
    library = case["expected"]["library"]
    wanted = library.get("normalised")
    return all(
        check(case["input"]["number"], **options) == (f"+{wanted}" if library.get(key) else None)
        for key, options in _SETTINGS.items()
    )


def _ours(number: str, **options: bool) -> str | None:
    try:
        return check_phone(number, **options).path
    except ContactPointError:
        return None


def _alone(number: str, *, international: bool = False, landlines: bool = False) -> str | None:
    """What a program would do that asks the library: is this number valid, and a mobile one?"""
    try:
        parsed = phonenumbers.parse(number, "GB")
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(parsed)
    uk = parsed.country_code == 44
    mobile = kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    allowed = (mobile or landlines) if uk else international
    if not phonenumbers.is_valid_number(parsed) or not allowed or kind == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _address(case: Case) -> bool:
    expected = case["expected"]
    try:
        urn = check_email(case["input"]["address"])
    except ContactPointError:
        return not expected["valid"]
    # Ours has the domain in ASCII; the local part is compared without case.
    return bool(expected["valid"]) and urn.same(mailto_urn(expected["normalised"]))
