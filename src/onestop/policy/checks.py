"""What the parts of a policy say about each other, and what their types alone cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from onestop.core.commands import VocabularyData
from onestop.core.conditions import When, Words
from onestop.core.contact import tel_urn
from onestop.core.directory import Question, Service
from onestop.core.enquiry import Channel, EnquiryKind
from onestop.core.escalation import Escalation
from onestop.core.lifecycle import LifecycleData
from onestop.core.rules import MOST_ALSO, Rule
from onestop.core.sender_conditions import ANY, NEED, NEED_WORD
from onestop.core.words import fold
from onestop.policy.answers import check_answers
from onestop.policy.areas import area_mistakes
from onestop.policy.calendars import zone_of
from onestop.policy.flags import FLAG_FORM, FLAG_NAME, check_flag_rule
from onestop.policy.mappings import check_mappings
from onestop.policy.mistakes import NAME_FORM, Mistakes, Place, is_name, one_of
from onestop.policy.parts import LANGUAGE, Parts
from onestop.policy.wordings import check_templates

__all__ = ["check_names"]

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+\-]*/(?:\*|[a-z0-9][a-z0-9!#$&^_.+\-]*)\Z")
_LISTS = ("singlevaluelist", "multivaluelist")
_MOST_LOOKED_FOR = 2_000_000  # by all rules together; each takes some 300 bytes for as long as the policy is in use


def check_names(parts: Parts, mistakes: Mistakes) -> None:
    """Note every name that nothing has, every name given twice, and every value that its type let through."""
    _check_council(parts, mistakes)
    for code, service in parts.services.items():
        _check_service(service, ("services", code), parts, mistakes)
    _check_escalation(parts.escalation, "escalation", ("escalation",), parts, mistakes)
    for code, service in parts.services.items():
        if service.standard is not None and service.standard.escalate:
            place = ("services", code, "standard", "escalate")
            _check_escalation(service.standard.escalate, "services", place, parts, mistakes)
    for name, words in parts.lists.items():
        if not any(words.entries.values()):
            mistakes.add("words", ("lists", name), "must hold at least one word")
        for language, entries in words.entries.items():
            if not LANGUAGE.match(language):
                mistakes.add("words", ("lists", name, language), "must be a language, such as en or cy")
            _check_words(dict(enumerate(entries)), "words", ("lists", name, language), mistakes)
    seen: set[str] = set()
    for rule, number in zip(parts.rules, parts.rule_places, strict=True):
        if rule.id in seen:
            mistakes.add("rules", ("rules", number, "id"), f"is the id of an earlier rule, too: {rule.id[:100]!r}")
        seen.add(rule.id)
        _check_rule(rule, ("rules", number), parts, mistakes)
    if (count := sum(_looked_for(rule, parts) for rule in parts.rules)) > _MOST_LOOKED_FOR:
        problem = f"look for {count:,} words and phrases, a list's counted in every rule that names it; at most are"
        mistakes.add("rules", ("rules",), f"{problem} {_MOST_LOOKED_FOR:,}: let one rule do the work of many")
    for code, flag in parts.flags.items():
        if not FLAG_NAME.match(code):
            mistakes.add("flags", ("flags", code), f"must be named by {FLAG_FORM}")
        if flag.calendar is not None:
            at = ("flags", code, "calendar")
            _check_name(flag.calendar, "calendar", "calendars", "flags", at, parts, mistakes)
        if flag.queue is not None:
            _check_name(flag.queue, "provider", "providers", "flags", ("flags", code, "queue"), parts, mistakes)
    if parts.vocabulary:
        _check_commands(parts.vocabulary, parts, mistakes)
    if parts.answers:
        check_answers(parts.answers, mistakes)
    check_mappings(parts.mappings, parts.names, parts.lifecycles, mistakes)
    for name, lifecycle in parts.lifecycles.items():
        _check_questions(name, lifecycle, parts, mistakes)
    check_templates(parts, mistakes)


def _check_questions(name: str, lifecycle: LifecycleData, parts: Parts, mistakes: Mistakes) -> None:
    """What an action asks the citizen is a template."""
    file, at = ("default", ()) if name == "default" else ("lifecycles", ("lifecycles", name))
    for action, declared in lifecycle.actions.items():
        if declared.effects.template is not None:
            place = (*at, "actions", action, "effects", "ask")
            _check_name(declared.effects.template, "template", "templates", file, place, parts, mistakes)


def _check_commands(vocabulary: VocabularyData, parts: Parts, mistakes: Mistakes) -> None:
    """A word that says two things says nothing: each stands in one table, and no polite word is a command."""
    if not any(vocabulary.opt_out.values()):
        mistakes.add("commands", ("opt_out",), "must hold at least one word: whoever gets texts can stop them")
    seen: dict[tuple[str, ...], str] = {}
    for place, words in vocabulary.tables():
        table = ".".join(place)
        for language, entries in words.items():
            if not LANGUAGE.match(language):
                mistakes.add("commands", (*place, language), "must be a language, such as en or cy")
            _check_words(dict(enumerate(entries)), "commands", (*place, language), mistakes)
            for number, entry in enumerate(entries):
                other = seen.setdefault(tuple(fold(entry)), table)
                if other != table:
                    mistakes.add("commands", (*place, language, number), f"is a word of {other}, too")
    for name, topic in vocabulary.topics.items():
        at = ("topics", name)
        if not is_name(name):
            mistakes.add("commands", at, NAME_FORM)
        if not any(topic.words.values()):
            mistakes.add("commands", (*at, "words"), "must hold at least one word: nobody can name it otherwise")
        if topic.purpose is None and topic.service is None:
            mistakes.add("commands", at, "stands for nothing: it needs a purpose, a service, or both")
        if topic.service is not None:
            _check_name(topic.service, "service", "services", "commands", (*at, "service"), parts, mistakes)
    for tag in vocabulary.language:
        if not LANGUAGE.match(tag):
            mistakes.add("commands", ("language", tag), "must be a language, such as en or cy")


def _check_council(parts: Parts, mistakes: Mistakes) -> None:
    council = parts.council
    if council is None:
        return
    if zone_of(council.time_zone) is None:
        mistakes.add("council", ("time_zone",), "must be a time zone of the IANA data base, such as Europe/London")
    if tel_urn("999", region=council.region).endswith("=+0"):  # a short number belongs to its region's country code
        mistakes.add("council", ("region",), "must be a region with telephone numbers of its own, such as GB")
    for number, language in enumerate(council.languages):
        if not LANGUAGE.match(language):
            mistakes.add("council", ("languages", number), "must be a language, such as en or cy")
    if len(set(council.languages)) < len(council.languages):
        mistakes.add("council", ("languages",), "must name each language once")
    _check_name(council.calendar, "calendar", "calendars", "council", ("calendar",), parts, mistakes)
    _check_name(council.fallback_service, "service", "services", "council", ("fallback_service",), parts, mistakes)


def _check_name(name: str, noun: str, kind: str, file: str, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    """Note a name that no part of a kind has, unless nobody can know."""
    known = parts.names.get(kind)
    if known is not None and name not in known:
        mistakes.add(file, place, f"names no {noun}: {name[:100]!r}; there are {one_of(sorted(known))}")


def _check_service(service: Service, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    _check_name(service.provider, "provider", "providers", "services", (*place, "provider"), parts, mistakes)
    for number, responsible in enumerate(service.responsible):
        at = (*place, "responsible", number)
        _check_name(responsible.provider, "provider", "providers", "services", (*at, "provider"), parts, mistakes)
        if not responsible.when.model_fields_set:
            mistakes.add("services", (*at, "when"), "must have at least one of area, postcode, near, place")
        for key, problem in area_mistakes(responsible.when, parts.area_names, parts.region):
            mistakes.add("services", (*at, "when", *key), problem)
    _check_name(service.lifecycle, "lifecycle", "lifecycles", "services", (*place, "lifecycle"), parts, mistakes)
    if service.standard and service.standard.calendar is not None:
        at = (*place, "standard", "calendar")
        _check_name(service.standard.calendar, "calendar", "calendars", "services", at, parts, mistakes)
    for flag in service.standard.severity if service.standard else ():
        if not FLAG_NAME.match(flag):
            mistakes.add("services", (*place, "standard", "severity", flag[:100]), f"must be {FLAG_FORM}")
    if service.acknowledge is not False:
        _check_name(service.acknowledge, "template", "templates", "services", (*place, "acknowledge"), parts, mistakes)
    seen: set[str] = set()
    for number, question in enumerate(service.questions):
        at = (*place, "questions", number)
        if question.variable in seen:
            mistakes.add("services", (*at, "variable"), "is the variable of an earlier question, too")
        seen.add(question.variable)
        _check_question(question, at, mistakes)


def _check_escalation(steps: Sequence[Escalation], file: str, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    """A step has an effect, and names what there is; of a target and a moment there is one step."""
    seen: set[str] = set()
    for number, step in enumerate(steps):
        at = (*place, number)
        if not step.does_something:
            mistakes.add(file, at, "does nothing: it has none of flag, priority, reassign, assignee, tell")
        if step.key in seen:
            mistakes.add(file, at, "is a second step of this target at this moment: one step can do several things")
        seen.add(step.key)
        if step.reassign is not None:
            _check_name(step.reassign, "service", "services", file, (*at, "reassign"), parts, mistakes)
        if step.tell is not None:
            _check_name(step.tell, "template", "templates", file, (*at, "tell"), parts, mistakes)


def _check_question(question: Question, place: Place, mistakes: Mistakes) -> None:
    if not is_name(question.variable):
        mistakes.add("services", (*place, "variable"), NAME_FORM)
    if question.datatype in _LISTS and not question.values:
        mistakes.add("services", (*place, "values"), f"is missing; a {question.datatype} needs values to choose from")
    if question.datatype not in _LISTS and question.values:
        mistakes.add("services", (*place, "values"), f"is only for {' and '.join(_LISTS)}")
    seen: set[str] = set()
    for number, choice in enumerate(question.values):
        if not choice.key.strip() or choice.key != choice.key.strip():
            mistakes.add("services", (*place, "values", number, "key"), "must be text without spaces around it")
        if choice.key in seen:
            mistakes.add("services", (*place, "values", number, "key"), "is the key of an earlier value, too")
        seen.add(choice.key)


def _check_rule(rule: Rule, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    when, at = rule.when, (*place, "when")
    if not is_name(rule.id.removeprefix("flag:")):
        mistakes.add("rules", (*place, "id"), NAME_FORM)
    for number, flag in enumerate(rule.then.flags):
        if not FLAG_NAME.match(flag):
            mistakes.add("rules", (*place, "then", "flags", number), f"must be {FLAG_FORM}")
    _check_name(rule.band, "band", "bands", "rules", (*place, "band"), parts, mistakes)
    if rule.then.service is not None:
        _check_name(rule.then.service, "service", "services", "rules", (*place, "then", "service"), parts, mistakes)
    if rule.then.tell is not None:
        _check_name(rule.then.tell, "template", "templates", "rules", (*place, "then", "tell"), parts, mistakes)
    check_flag_rule(rule, place, mistakes)
    _check_also(rule, (*place, "then", "also"), parts, mistakes)
    for key, problem in area_mistakes(when, parts.area_names, parts.region):
        mistakes.add("rules", (*at, *key), problem)
    for number, code in enumerate(when.service):
        _check_name(code, "service", "services", "rules", (*at, "service", number), parts, mistakes)
    _check_values(when.channel, get_args(Channel), (*at, "channel"), mistakes)
    _check_values(when.kind, get_args(EnquiryKind), (*at, "kind"), mistakes)
    if isinstance(when.attachments, tuple):
        for number, media_type in enumerate(when.attachments):
            if not _MEDIA_TYPE.match(media_type):
                problem = "must be a media type in small letters, such as image/* or application/pdf"
                mistakes.add("rules", (*at, "attachments", number), problem)
    _check_circumstances(when, at, parts, mistakes)
    questions = {question.variable for service in parts.services.values() for question in service.questions}
    all_read = parts.names.get("services") == parts.services.keys()  # otherwise nobody knows every question
    for name in when.answers:
        if all_read and name not in questions:
            mistakes.add("rules", (*at, "answers", name), "names no question: no service has one of this variable")
    if when.words:
        _check_conditions(when.words, (*at, "words"), parts, mistakes)


def _looked_for(rule: Rule, parts: Parts) -> int:
    """Give how many words and phrases a rule looks for, those of its word lists among them."""
    words = rule.when.words
    entries = (*words.any, *words.all, *words.none, *words.phrase) if words else ()
    return sum(parts.sizes.get(entry[1:], 0) if entry.startswith("@") else 1 for entry in entries)


def _check_circumstances(when: When, at: Place, parts: Parts, mistakes: Mistakes) -> None:
    """Look at what a rule asks of the time and of who writes."""
    for number, name in enumerate(when.language):
        if name != ANY and not LANGUAGE.match(name):
            mistakes.add("rules", (*at, "language", number), "must be a language, such as en or cy; * stands for any")
    for key, names in (("open", when.open), ("closed", when.closed)):
        for number, name in enumerate(names):
            _check_name(name, "calendar", "calendars", "rules", (*at, key, number), parts, mistakes)
    for number, code in enumerate(when.open_case):
        if code != ANY:
            _check_name(code, "service", "services", "rules", (*at, "open_case", number), parts, mistakes)
    for number, code in enumerate(when.repeat.service if when.repeat else ()):
        _check_name(code, "service", "services", "rules", (*at, "repeat", "service", number), parts, mistakes)
    for number, need in enumerate(when.needs):
        if not NEED.match(need):
            mistakes.add("rules", (*at, "needs", number), NEED_WORD)


def _check_also(rule: Rule, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    """A life event has a service of its own, and names others: each once, and no more than one enquiry may open."""
    also = rule.then.also
    if also and rule.then.service is None:
        mistakes.add("rules", place, "is given for rules with a service, whose case is the parent of the others")
    if len(also) > MOST_ALSO:
        mistakes.add("rules", place, f"must name at most {MOST_ALSO} services")
    for number, code in enumerate(also):
        _check_name(code, "service", "services", "rules", (*place, number), parts, mistakes)
        if code == rule.then.service or code in also[:number]:
            mistakes.add("rules", (*place, number), "is named already")


def _check_values(values: Iterable[str], known: tuple[str, ...], place: Place, mistakes: Mistakes) -> None:
    for number, value in enumerate(values):
        if value not in known:
            mistakes.add("rules", (*place, number), f"must be one of {', '.join(known)}")


def _check_conditions(words: Words, place: Place, parts: Parts, mistakes: Mistakes) -> None:
    if not (words.any or words.all or words.none or words.phrase):
        mistakes.add("rules", place, "must have at least one of any, all, none, phrase")
    for key, entries in (("any", words.any), ("all", words.all), ("none", words.none), ("phrase", words.phrase)):
        for number, entry in enumerate(entries):
            if entry.startswith("@"):
                at = (*place, key, number)
                _check_name(entry[1:], "word list", "words", "rules", at, parts, mistakes)
        words_only = {number: entry for number, entry in enumerate(entries) if not entry.startswith("@")}
        _check_words(words_only, "rules", (*place, key), mistakes)


def _check_words(entries: Mapping[int, str], file: str, place: Place, mistakes: Mistakes) -> None:
    for number, entry in entries.items():
        if not fold(entry):
            mistakes.add(file, (*place, number), "holds no word: a word is made of letters or digits")
