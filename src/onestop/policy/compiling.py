"""
From the files of a policy to the compiled `Policy`.

The document is the content of every file under its name, with the shipped lifecycle under `default` and the shipped
words of commands and answers under `commands` and `answers`, but for the tables that the council has itself, and with
the bank holidays of the nations that its calendars name under `bank_holidays`. Written as JSON it is the policy's
source, and the source's hash is the policy's name. Spaces, comments and quoting of the files are not in it; the order
of tables is, since services, actions and languages are shown and chosen in the order of the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from onestop.core.areas import Areas
from onestop.core.commands import Vocabulary, VocabularyData
from onestop.core.directory import Directory
from onestop.core.flags import Flags
from onestop.core.lifecycle import Lifecycle
from onestop.core.model import FrozenMap
from onestop.core.policy import Council, Policy
from onestop.core.quiet import Zones
from onestop.core.reading import AnswerData, AnswerWords
from onestop.core.rules import RuleSet
from onestop.policy.areas import read_shapes
from onestop.policy.calendars import bank_holidays, zone_of
from onestop.policy.checks import check_names
from onestop.policy.files import default_answers, default_commands, default_lifecycle, default_templates, read_folder
from onestop.policy.flags import with_shipped
from onestop.policy.mappings import with_chains_followed
from onestop.policy.mistakes import FILES, OWN_FILES, Mistakes
from onestop.policy.parts import Parts, read_parts
from onestop.policy.templates import JinjaTemplate
from onestop.policy.wordings import check_sizes

__all__ = ["compile_policy", "load_policy", "read_policy"]

_NEEDED = ("council", "services", "providers", "rules")


def load_policy(folder: str | Path) -> Policy:
    """
    Give the policy of a folder of TOML files; docs/reference/policy-format.md is their format.

    Raises:
        PolicyError: the policy has mistakes; the error has every one of them.
    """
    mistakes = Mistakes()
    document = read_folder(Path(folder), mistakes)
    read_shapes(Path(folder), document, mistakes)
    return _compile(document, mistakes)


def read_policy(source: bytes) -> Policy:
    """
    Give the policy that a `Policy.source` was kept of.

    Raises:
        PolicyError: the source is no such document, or this version of onestop no longer understands it.
    """
    mistakes = Mistakes()
    try:
        document = json.loads(source)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        mistakes.add_file("source", "", "must be a policy's source: a JSON object in UTF-8")
        mistakes.raise_if_any()
    # What an earlier release shipped stands in it: with the flags of this one, it would decide otherwise than it did.
    return _compile(document, mistakes, complete=False)


def compile_policy(document: Mapping[str, Any]) -> Policy:
    """
    Give the policy of a document: `{"council": {…}, "services": {…}, …}`, the content of each file under its name.

    The shipped lifecycle is added where the document has none under `default`; so are the shipped word lists, flags
    and commands, but for those of the same name.

    Raises:
        PolicyError: the policy has mistakes; the error has every one of them.
    """
    return _compile(document, Mistakes())


def _compile(document: Mapping[str, Any], mistakes: Mistakes, *, complete: bool = True) -> Policy:
    for name in document:
        if name not in FILES:
            mistakes.add_file(f"{name}.toml"[:100], "", f"is no file of a policy; those are {', '.join(OWN_FILES)}")
    given = {"default": default_lifecycle(), "commands": default_commands(), "answers": default_answers(), **document}
    if complete:
        given = with_shipped(given, unread=mistakes.unread)
        if "templates" not in mistakes.unread and isinstance(own := given.get("templates", {}), Mapping):
            given["templates"] = {**default_templates(), **own}
    if isinstance(given["commands"], Mapping):
        given["commands"] = {**default_commands(), **given["commands"]}
    if isinstance(given["answers"], Mapping):
        given["answers"] = {**default_answers(), **given["answers"]}
    if "bank_holidays" not in given and (holidays := bank_holidays(given)):
        given["bank_holidays"] = holidays
    for name in _NEEDED:
        if name not in given and name not in mistakes.unread:
            mistakes.unread.add(name)
            mistakes.add_file(f"{name}.toml", "", "is missing; every policy has one")
    files = {name: mistakes.table(name, mistakes.plain(name, given[name])) for name in FILES if name in given}
    parts = read_parts(files, mistakes)
    check_names(parts, mistakes)
    mistakes.raise_if_any()
    policy = _policy(parts, json.dumps(files, ensure_ascii=False, separators=(",", ":")).encode())
    check_sizes(policy, parts, mistakes)
    mistakes.raise_if_any()
    return policy


def _policy(parts: Parts, source: bytes) -> Policy:
    council = parts.council
    assert isinstance(council, Council)  # otherwise there was a mistake
    assert isinstance(parts.vocabulary, VocabularyData)
    assert isinstance(parts.answers, AnswerData)
    templates = {name: JinjaTemplate(data, council.languages[0], name) for name, data in parts.templates.items()}
    unnamed = parts.services[council.fallback_service].provider
    flags = Flags(parts.flags.values(), see_words=parts.see_words, unnamed_queue=unnamed)
    return Policy(
        hash=hashlib.sha256(source).hexdigest(),
        source=source,
        council=council,
        directory=Directory(services=FrozenMap(parts.services), providers=FrozenMap(parts.providers)),
        flags=flags,
        rules=RuleSet(
            [flags.raised(rule) for rule in parts.rules],
            parts.bands,
            parts.lists.values(),
            council.fallback_service,
            several=parts.several,
            providers={code: service.provider for code, service in parts.services.items()},
            calendars=FrozenMap(parts.calendars),
        ),
        lifecycles=MappingProxyType({name: Lifecycle(name, data) for name, data in parts.lifecycles.items()}),
        templates=MappingProxyType(dict(templates)),
        word_lists=MappingProxyType(dict(parts.lists)),
        vocabulary=Vocabulary(parts.vocabulary),
        answers=AnswerWords(parts.answers, parts.vocabulary),
        calendars=MappingProxyType(dict(parts.calendars)),
        zone=ZoneInfo(council.time_zone),
        zones=Zones(ZoneInfo(council.time_zone), zone_of),
        areas=Areas(parts.areas),
        escalation=parts.escalation,
        mappings=with_chains_followed(parts.mappings),
    )
