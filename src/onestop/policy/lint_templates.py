"""Templates that say less than they could, or cost more in one language than in another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from onestop.core.policy import Policy
from onestop.core.segments import Segments, count_segments, outside_gsm
from onestop.errors import WordingError
from onestop.policy.lint_finding import Finding
from onestop.policy.samples import sample_values
from onestop.policy.templates import FORMS, used_variables

__all__ = ["templates"]

_MOST_PARTS = 6  # 918 characters of GSM-7: as long as GOV.UK Notify sends


def templates(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give variables that nothing uses, and text messages that are long or dearer in one language."""
    source: Mapping[str, Any] = json.loads(policy.source).get("templates", {})  # compiled, they no longer tell
    for name, template in source.items():
        texts = [text for form in FORMS for text in _texts(template.get(form, {}))]
        used = frozenset().union(*(used_variables(text) for text in texts))
        for variable in template.get("variables", []):
            if variable not in used:
                problem = f"declares {variable!r}, and no form of it says it"
                yield Finding("variable_unused", "templates.toml", f"{name}.variables", problem)
        yield from _text_messages(policy, name)


def _texts(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given.values())


def _text_messages(policy: Policy, name: str) -> Iterator[Finding]:
    """Look at a template as text messages with usual values, in each language and as whoever states none gets it."""
    where, first = f"{name}.sms", policy.council.languages[0]
    counted: dict[str, tuple[Segments, str]] = {}
    for languages in dict.fromkeys([*((each,) for each in policy.council.languages), policy.languages_for(None)]):
        values = {each: sample_values(policy, name, each) for each in languages}
        try:
            wording = policy.templates[name].render(channel="sms", languages=languages, values=values)
        except WordingError:
            problem = f"is longer than any gateway sends in {' and '.join(languages)}, with a usual text in it"
            yield Finding("sms_long", "templates.toml", where, problem)
            continue
        segments = count_segments(wording.text)
        if segments.parts > _MOST_PARTS:
            problem = f"takes {segments.parts} parts in {' and '.join(languages)}; GOV.UK Notify sends {_MOST_PARTS}"
            yield Finding("sms_long", "templates.toml", where, problem)
        if wording.language == languages[0] and len(languages) == 1:
            counted[languages[0]] = (segments, outside_gsm(wording.text))
    if first not in counted:
        return
    plain = counted[first][0]
    for language, (segments, letters) in counted.items():
        if segments.parts > plain.parts and segments.encoding != plain.encoding:
            told = f"{plain.parts} in {first}, {segments.parts} in {language}, whose {' '.join(letters[:8])}"
            problem = f"takes {told} {'is' if len(letters) == 1 else 'are'} outside the alphabet of text messages"
            yield Finding("sms_dearer", "templates.toml", where, problem)
