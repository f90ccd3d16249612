"""
Lint: what a policy may say, and probably does not mean.

A mistake stops a policy from being loaded; what is found here does not. Each finding has a stable code, so that a
council can switch off what it means all the same. Findings say what the policy has, never what a citizen wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from onestop.core.policy import Policy
from onestop.errors import RequestError
from onestop.policy.lint_areas import holes
from onestop.policy.lint_directory import directory
from onestop.policy.lint_finding import Finding
from onestop.policy.lint_languages import languages
from onestop.policy.lint_rules import rules
from onestop.policy.lint_standards import standards
from onestop.policy.lint_templates import templates

__all__ = ["CODES", "Finding", "lint"]

CODES: Mapping[str, str] = {
    "rule_contradicts": "a rule's conditions exclude each other: it never matches",
    "rule_shadowed": "another rule takes everything that a rule would match",
    "rule_does_nothing": "a rule names no service, no priority, no flag and no words to tell",
    "rules_overlap": "two rules of a band claim the same words for two services: the first one wins",
    "service_unreached": "no rule names a service: enquiries reach it by hand alone",
    "provider_unused": "a provider delivers nothing",
    "provider_unreachable": "a partner has no contact point: nobody can write to it",
    "flag_without_queue": "a flag that rules raise has no queue of its own: the fallback's people look at it",
    "flag_switched_off": "a rule that onestop ships is not asked: what its words tell of is shown to nobody",
    "area_hole": "a table of areas surrounds land that is in none of them",
    "target_unmeetable": "the clock of a target can run out while nobody is at work",
    "targets_reversed": "a target lies behind one that comes after it",
    "severity_slower": "a severity gives more time than the ordinary standard",
    "calendar_ends": "the bank holidays of a calendar are known for less than a year from now",
    "escalation_circle": "escalation sends cases round in a circle",
    "language_missing": "words are in some of the council's languages only",
    "variable_unused": "a template declares a variable that it never says",
    "sms_long": "a text message has more parts than gateways send",
    "sms_dearer": "a text message needs more parts in one language, for a letter outside its alphabet",
}

_CHECKS: tuple[Callable[[Policy, datetime], Iterable[Finding]], ...] = (
    rules,
    directory,
    holes,
    standards,
    languages,
    templates,
)


def lint(policy: Policy, now: datetime, *, ignore: Collection[str] = ()) -> Iterator[Finding]:
    """
    Give what a policy probably does not mean, in the order of `CODES`' themes; nothing when all is well.

    `now` is aware: calendars are looked at from there on.

    Raises:
        RequestError: `ignore` names no code, or `now` has no time zone.
    """
    if now.tzinfo is None:
        raise RequestError("now has a time zone")
    if unknown := sorted(set(ignore) - CODES.keys()):
        raise RequestError(f"lint has no {', '.join(unknown)}; there are {', '.join(CODES)}")
    return (finding for check in _CHECKS for finding in check(policy, now) if finding.code not in ignore)
