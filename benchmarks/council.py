"""The small policies that the benchmarks run on."""

from __future__ import annotations

from typing import Any

from minimum import BAND_COUNT, RULE_COUNT, SERVICES, keyword_of
from onestop import Policy
from onestop.policy import compile_policy

_SERVICE = {"provider": "council", "acknowledge": "acknowledgement", "standard": {"targets": {"resolve": "120 hours"}}}


_REPEAT = {
    "id": "repeat",
    "band": "known",
    "when": {"repeat": {"within_days": 14, "at_least": 2}, "open_case": ["*"]},
    "then": {"flags": ["repeat_contact"]},
}


def policy(*, asks: bool = False) -> Policy:
    """
    Give the policy that decides as the minimum does: a hundred rules, each on one word, in five bands.

    With `asks`, one more rule comes first and asks for the sender's cases.
    """
    bands = [f"band-{number}" for number in range(BAND_COUNT)]
    rules = [
        {
            "id": f"rule-{rule}",
            "band": bands[rule % BAND_COUNT],
            "when": {"words": {"any": [keyword_of(rule)]}},
            "then": {"service": SERVICES[rule % len(SERVICES)]},
        }
        for rule in range(RULE_COUNT)
    ]
    return compile_policy(document(["known", *bands], [_REPEAT, *rules]) if asks else document(bands, rules))


def document(bands: list[str], rules: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the document of a policy with these rules, the minimum's services and a fallback."""
    return {
        "council": {
            "schema": 1,
            "name": {"en": "Northport Borough Council"},
            "reference_prefix": "NP",
            "fallback_service": "triage",
        },
        "providers": {"providers": {"council": {"name": "Northport", "kind": "team", "tier": "all"}}},
        "services": {"services": {code: {"name": {"en": code}, **_SERVICE} for code in (*SERVICES, "triage")}},
        "rules": {"bands": bands, "rules": rules},
        "templates": {
            "acknowledgement": {
                "subject": {"en": "Your enquiry {{ reference }}"},
                "text": {"en": "Thank you for writing to {{ council }}. Your reference is {{ reference }}."},
            }
        },
    }
