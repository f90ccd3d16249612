"""
What templates say about themselves and each other: each text can be used, and each use gives what its template needs.

Whoever takes in an enquiry must not fail over the words of the answer. So a template that is used by itself has no
variables but those that are given there, is for that purpose, and fits its channels with the longest names that the
policy has: all of it is known when the policy is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from onestop.core.lifecycle import Asking
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose
from onestop.core.rules import MOST_ALSO
from onestop.errors import WordingError
from onestop.policy.files import default_templates
from onestop.policy.mistakes import Mistakes, Place
from onestop.policy.parts import Parts
from onestop.policy.samples import longest_values
from onestop.policy.templates import ORDER, SHORT, problems, refused_variables

__all__ = ["check_sizes", "check_templates"]

_DELAYED = "delayed"


class _Use(NamedTuple):
    template: str
    purpose: Purpose
    file: str
    place: Place
    given: tuple[str, ...] = ()  # the variables that are given there beside those that every template may use


def check_templates(parts: Parts, mistakes: Mistakes) -> None:
    """Note what is wrong with the templates, and with what uses them."""
    for name, template in parts.templates.items():
        for number, problem in refused_variables(template.variables):
            mistakes.add("templates", (name, "variables", number), problem)
        if (shipped := default_templates().get(name)) is not None:
            known = shipped.get("variables", [])
            for number, variable in enumerate(template.variables):
                if variable not in known:
                    given = ", ".join(known) or "none of its own"
                    problem = f"is not given to the template {name!r}, which onestop uses: it is given {given}"
                    mistakes.add("templates", (name, "variables", number), problem)
        for form, texts in template.forms.items():
            for language, source in texts.items():
                for problem in problems(source, form=form, variables=template.variables):
                    mistakes.add("templates", (name, form, language), problem)
    for use in _uses(parts):
        _check_use(use, parts, mistakes)


def _uses(parts: Parts) -> Iterator[_Use]:
    """Give every place of the policy that sends a template's words by itself."""
    for code, service in parts.services.items():
        if service.acknowledge is not False:
            yield _Use(service.acknowledge, "acknowledgement", "services", ("services", code, "acknowledge"))
        for number, step in enumerate((service.standard and service.standard.escalate) or ()):
            if step.tell is not None:
                at = ("services", code, "standard", "escalate", number, "tell")
                yield _Use(step.tell, "service_update", "services", at)
    for number, step in enumerate(parts.escalation):
        if step.tell is not None:
            yield _Use(step.tell, "service_update", "escalation", ("escalation", number, "tell"))
    for rule, place in zip(parts.rules, parts.rule_places, strict=True):
        if rule.then.tell is not None:
            yield _Use(rule.then.tell, "urgent", "rules", ("rules", place, "then", "tell"))
    for name, lifecycle in parts.lifecycles.items():
        file, inside = ("default", ()) if name == "default" else ("lifecycles", ("lifecycles", name))
        for action, declared in lifecycle.actions.items():
            if declared.effects.template is not None:
                given = ("options",) if isinstance(declared.effects.ask, Asking) else ()
                at = (*inside, "actions", action, "effects", "ask")
                yield _Use(declared.effects.template, "question", file, at, given)
    if _DELAYED in parts.templates:
        yield _Use(_DELAYED, "service_update", "templates", (_DELAYED,))


def _check_use(use: _Use, parts: Parts, mistakes: Mistakes) -> None:
    template = parts.templates.get(use.template)
    if template is None:  # a mistake that is told where it is
        return
    if template.purpose not in (None, use.purpose):
        problem = f"uses the template {use.template!r} for {use.purpose}, and it is for {template.purpose}"
        mistakes.add(use.file, use.place, problem)
    if lacking := [name for name in template.variables if name not in use.given]:
        needed = ", ".join(lacking[:5])
        problem = f"uses the template {use.template!r}, whose variables nobody gives here: {needed}"
        mistakes.add(use.file, use.place, problem)


def check_sizes(policy: Policy, parts: Parts, mistakes: Mistakes) -> None:
    """
    Note templates whose words are longer than a channel takes before anybody's own words are in them.

    A long `text` without a short form may be meant for e-mails and letters: it is lint's to tell, unless the template
    goes out by itself, wherever the citizen wrote from.
    """
    by_itself = {use.template for use in _uses(parts)}
    council = policy.council
    languages: list[tuple[str, ...]] = [(language,) for language in council.languages]
    if council.bilingual:
        languages.append(council.languages)
    values = {language: longest_values(policy, language, services=1 + MOST_ALSO) for language in council.languages}
    for name, template in policy.templates.items():
        given: Mapping[str, Mapping[str, str]] = {
            language: each | dict.fromkeys(template.variables, "") for language, each in values.items()
        }
        told = set()
        for channel, spoken in product(ORDER, languages):
            try:
                template.render(channel=channel, languages=spoken, values=given)
            except WordingError as error:
                if error.form == "text" and channel in SHORT and name not in by_itself:
                    continue
                if error.form not in told:
                    told.add(error.form)
                    problem = f"gives too many words for {channel} with the longest names of the policy: {error}"
                    mistakes.add("templates", (name, error.form, error.language), problem)
