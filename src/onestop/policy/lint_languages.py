"""Words that are in some of the council's languages only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from onestop.core.policy import Policy
from onestop.policy.lint_finding import Finding
from onestop.policy.templates import FORMS

__all__ = ["languages"]


def languages(policy: Policy, now: datetime) -> Iterator[Finding]:
    """Give names, templates and word lists that a language of the council is missing from."""
    council = policy.council.languages
    if len(council) < 2:
        return
    for file, where, texts in _texts(policy):
        missing = [language for language in council if language not in texts]
        if missing and texts:
            problem = f"has no {' and no '.join(missing)}, which the council speaks, too"
            yield Finding("language_missing", f"{file}.toml", where, problem)


def _texts(policy: Policy) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Give every text that stands by language, and where it stands; names of providers are their own."""
    yield "council", "name", policy.council.name
    for code, service in policy.directory.services.items():
        yield "services", f"services.{code}.name", service.name
        yield "services", f"services.{code}.description", service.description
        for question in service.questions:
            at = f"services.{code}.questions.{question.variable}"
            yield "services", at, question.description
            yield from (("services", f"{at}.{choice.key}", choice.name) for choice in question.values)
    for code, flag in policy.flags.by_code.items():
        yield "flags", f"flags.{code}.name", flag.name
    for name, words in policy.word_lists.items():
        yield "words", f"lists.{name}", {key: entries for key, entries in words.entries.items() if entries}
    for name, template in json.loads(policy.source).get("templates", {}).items():  # compiled, they no longer tell
        for form in FORMS:
            texts = template.get(form, {})
            yield "templates", f"{name}.{form}", {"en": texts} if isinstance(texts, str) else texts
