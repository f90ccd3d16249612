"""Values to try templates with: what a message would say of a case that there might be."""

from __future__ import annotations

from datetime import UTC, datetime

from onestop.core.directory import localise
from onestop.core.policy import Policy
from onestop.core.spoken import listed, spoken

__all__ = ["longest_values", "sample_values"]

# A Wednesday in September: the longest name of a day and of a month, in English and in Welsh.
_LONGEST = datetime(2026, 9, 30, 10, 30, tzinfo=UTC)
_USUAL = datetime(2026, 4, 17, 16, 0, tzinfo=UTC)

# Of letters that text messages have: what lint then finds dear is the template's own.
_TEXT = {
    "en": "We have looked at it and will be there again on Friday.",
    "cy": "Rydym wedi edrych arno a byddwn yno eto ddydd Gwener.",
}
_DECLARED = {
    "code": {"en": "204 318", "cy": "204 318"},
    "options": {
        "en": "1 Graffiti, Elm Road\n2 Missed bin, Station Road",
        "cy": "1 Graffiti, Elm Road\n2 Bin heb ei gasglu, Station Road",
    },
}


def longest_values(policy: Policy, language: str, *, services: int = 1) -> dict[str, str]:
    """Give the longest values that a template may be given in a language; people's own words are none."""
    first = policy.council.languages[0]
    names = sorted((localise(each.name, language, first) for each in policy.directory.services.values()), key=len)
    return {
        "reference": f"{policy.council.reference_prefix}-049N-3021",
        "service": names[-1],
        "services": listed(names[-services:], language),
        "council": localise(policy.council.name, language, first),
        "expected": spoken(_LONGEST, policy.zone, language),
        "text": "",
    }


def sample_values(policy: Policy, template: str, language: str) -> dict[str, str]:
    """
    Give values as a message might have them: those of an invented case of a service of usual length.

    Raises:
        KeyError: the policy has no such template.
    """
    first = policy.council.languages[0]
    services = sorted(policy.directory.services.values(), key=lambda each: len(localise(each.name, first, first)))
    usual = localise(services[len(services) // 2].name, language, first)  # the same one in every language
    declared = {
        name: _in(_DECLARED.get(name, {"en": f"[{name}]"}), language) for name in policy.templates[template].variables
    }
    return declared | {
        "reference": f"{policy.council.reference_prefix}-049N-3021",
        "service": usual,
        "services": usual,
        "council": localise(policy.council.name, language, first),
        "expected": spoken(_USUAL, policy.zone, language),
        "text": _in(_TEXT, language),
    }


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language.partition("-")[0], texts["en"])
