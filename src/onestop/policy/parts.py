"""
The parts of a policy, each read by itself, so that a mistake in one hides none in another.

What a part says about itself is checked here; what it says about other parts is checked in `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from onestop.core.areas import Area
from onestop.core.calendars import Calendar
from onestop.core.commands import VocabularyData
from onestop.core.contact import Urn, mailto_urn, tel_urn
from onestop.core.directory import Provider, Service
from onestop.core.escalation import Escalation
from onestop.core.flags import Flag
from onestop.core.lifecycle import LifecycleData
from onestop.core.mappings import Mappings
from onestop.core.policy import Council
from onestop.core.reading import AnswerData
from onestop.core.rules import FLAGS, Rule
from onestop.core.words import WordList
from onestop.errors import ContactPointError
from onestop.policy.areas import read_area
from onestop.policy.calendars import ALWAYS, always, read_calendar, read_holidays, zone_of
from onestop.policy.flags import read_flags
from onestop.policy.mistakes import NAME_FORM, Mistakes, Place, is_name
from onestop.policy.templates import FORMS, TemplateData

__all__ = ["LANGUAGE", "Parts", "read_parts"]

_URNS = "must be a contact point, such as tel:+441632960100 or mailto:contact@council.example"
_PLAIN_URNS = "must be a telephone number, an e-mail address or a contact point, such as tel:+441632960100"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_REGION = re.compile(r"[A-Z]{2}\Z")


@dataclass(slots=True)
class Parts:
    """
    What could be read of a policy.

    `names` has the names that each file declares, whether or not what they name could be read: a rule that points to a
    service with a mistake is no second mistake. A file that could not be read has no entry.
    """

    council: Council | None = None
    services: dict[str, Service] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    bands: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    rules: list[Rule] = field(default_factory=list)
    rule_places: list[int | str] = field(default_factory=list)  # the number in its file of each rule; a flag's: its id
    lists: dict[str, WordList] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of the lists: how many words and phrases each holds
    flags: dict[str, Flag] = field(default_factory=dict)
    see_words: tuple[str, ...] = ()
    lifecycles: dict[str, LifecycleData] = field(default_factory=dict)
    templates: dict[str, TemplateData] = field(default_factory=dict)
    vocabulary: VocabularyData | None = None
    answers: AnswerData | None = None
    calendars: dict[str, Calendar] = field(default_factory=dict)
    escalation: tuple[Escalation, ...] = ()
    mappings: Mappings = field(default_factory=Mappings)
    areas: list[Area] = field(default_factory=list)
    area_names: frozenset[str] | None = frozenset()  # areas and their tables; None: a file could not be read
    region: str = "GB"
    names: dict[str, frozenset[str]] = field(default_factory=dict)


def read_parts(files: Mapping[str, dict[str, Any]], mistakes: Mistakes) -> Parts:
    """Give what can be read of the files' content, with every mistake noted."""
    parts = Parts()
    region = _read_council(files, parts, mistakes)
    for code, raw, place in _tables(files, "services", "services", parts, mistakes):
        service = mistakes.validate(Service, _service(raw, place, mistakes), "services", place, code=code)
        if service:
            parts.services[code] = service
    for code, raw, place in _tables(files, "providers", "providers", parts, mistakes):
        raw = _localised(raw, "providers", place, mistakes, "name")
        raw, urns = _without_urns(raw, "contact_points", "providers", place, mistakes, region)
        provider = mistakes.validate(Provider, raw, "providers", place, code=code)
        if provider:
            parts.providers[code] = provider.model_copy(update={"contact_points": urns})
    for table, raw, place in _tables(files, "areas", "areas", parts, mistakes):
        parts.areas += read_area(table, raw, place, mistakes, region)
    parts.region, parts.area_names = region, _area_names(parts, mistakes)
    _read_rules(files, parts, mistakes, region)
    for name, raw, place in _tables(files, "words", "lists", parts, mistakes):
        words = mistakes.validate(WordList, raw, "words", place, inside="entries", name=name)
        if words:
            parts.lists[name] = words
            parts.sizes[name] = sum(map(len, words.entries.values()))
    _read_flags(files, parts, mistakes, region)
    _read_lifecycles(files, parts, mistakes)
    _read_calendars(files, parts, mistakes)
    _read_escalation(files, parts, mistakes)
    parts.mappings = mistakes.validate(Mappings, files.get("mappings", {}), "mappings", ()) or Mappings()
    for name, raw, place in _tables(files, "templates", None, parts, mistakes):
        texts = _localised(raw, "templates", place, mistakes, *FORMS)
        template = mistakes.validate(TemplateData, texts, "templates", place)
        if template:
            parts.templates[name] = template
    parts.vocabulary = mistakes.validate(VocabularyData, files["commands"], "commands", ())
    parts.answers = mistakes.validate(AnswerData, files["answers"], "answers", ())
    return parts


def _area_names(parts: Parts, mistakes: Mistakes) -> frozenset[str] | None:
    if not {"areas", "shapes"}.isdisjoint(mistakes.unread):
        return None
    return parts.names.get("areas", frozenset()) | {area.id for area in parts.areas}


def _read_council(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes) -> str:
    """Read council.toml and give the region of its telephone numbers."""
    raw = files.get("council")
    if raw is None:
        return "GB"
    region = raw.get("region", "GB")
    if not isinstance(region, str) or not _REGION.match(region):
        region = "GB"  # which is a mistake of its own; the numbers are read as most councils' are
    if "schema" not in raw:
        mistakes.add("council", ("schema",), "is missing; this version of onestop reads schema 1")
    elif raw["schema"] != 1 or isinstance(raw["schema"], bool):
        mistakes.add("council", ("schema",), "must be 1, the schema that this version of onestop reads")
    raw = _localised({key: value for key, value in raw.items() if key != "schema"}, "council", (), mistakes, "name")
    raw, urns = _without_urns(raw, "own_addresses", "council", (), mistakes, region)
    council = mistakes.validate(Council, raw, "council", ())
    if council:
        parts.council = council.model_copy(update={"own_addresses": urns})
    return region


def _read_rules(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes, region: str) -> None:
    raw = files.get("rules")
    if raw is None:
        return
    for key in raw.keys() - {"bands", "several", "rules"}:
        mistakes.add("rules", (key,), "is not known here; known are bands, several, rules")
    bands, rules = raw.get("bands"), raw.get("rules", [])
    if isinstance(bands, list) and all(isinstance(band, str) for band in bands):
        parts.bands = tuple(bands)
        parts.names["bands"] = frozenset(bands)
        if len(parts.names["bands"]) < len(bands):
            mistakes.add("rules", ("bands",), "must name each band once")
        for number, band in enumerate(bands):
            if not is_name(band):
                mistakes.add("rules", ("bands", number), NAME_FORM)
    else:
        mistakes.add("rules", ("bands",), "must be a list of names" if "bands" in raw else "is missing")
    _read_several(raw.get("several", []), parts, mistakes)
    if not isinstance(rules, list):
        mistakes.add("rules", ("rules",), "must be a list of tables, each begun by [[rules]]")
        return
    for number, each in enumerate(rules):
        _read_rule(number, mistakes.table("rules", each, ("rules", number)), parts, mistakes, region)


def _read_several(several: Any, parts: Parts, mistakes: Mistakes) -> None:
    """Read the bands in which a message may be about several services' matters."""
    if not isinstance(several, list) or not all(isinstance(band, str) for band in several):
        mistakes.add("rules", ("several",), "must be a list of names of bands")
        return
    parts.several = tuple(several)
    for number, band in enumerate(several):
        if "bands" in parts.names and band not in parts.names["bands"]:
            mistakes.add("rules", ("several", number), f"names no band: {band[:100]!r}")


def _read_flags(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes, region: str) -> None:
    """Read what flags do, and the rules that raise them: rules like any other, in a band that comes first."""
    data = read_flags(files.get("flags", {}), mistakes)
    parts.see_words = data.see_words
    for code, raw in data.flags.items():
        at: Place = ("flags", code)
        named = _localised(mistakes.table("flags", raw, at), "flags", at, mistakes, "name")
        flag = mistakes.validate(Flag, named, "flags", at, code=code)
        if flag:
            parts.flags[code] = flag
    for name, rule in data.rules.items():
        identifier = f"flag:{name}"
        mistakes.read_as("rules", ("rules", identifier), stands="flags", at=("rules", name))
        raw = mistakes.table("rules", rule, ("rules", identifier))
        for key in raw.keys() & {"id", "band"}:
            mistakes.add("flags", ("rules", name, key), "is not known here; known are when, then")
        _read_rule(identifier, {**raw, "id": identifier, "band": FLAGS}, parts, mistakes, region)
    if "bands" in parts.names:
        parts.names["bands"] |= {FLAGS}
        if FLAGS in parts.bands:
            mistakes.add("rules", ("bands",), f"must not name {FLAGS}, which is there already and comes first")
    parts.bands = (FLAGS, *parts.bands)


def _read_rule(number: int | str, raw: dict[str, Any], parts: Parts, mistakes: Mistakes, region: str) -> None:
    place: Place = ("rules", number)
    when = raw.get("when")
    _refuse_empty(when, "rules", (*place, "when"), mistakes)
    urns: tuple[Urn, ...] = ()
    if isinstance(when, dict):
        when, urns = _without_urns(when, "to", "rules", (*place, "when"), mistakes, region, plain=True)
        raw = {**raw, "when": when}
    rule = mistakes.validate(Rule, raw, "rules", place)
    if rule:
        parts.rules.append(rule.model_copy(update={"when": rule.when.model_copy(update={"to": urns})}))
        parts.rule_places.append(number)


def _refuse_empty(when: Any, file: str, place: Place, mistakes: Mistakes) -> None:
    """Note conditions without a value: they read as "never", while a condition left out means "always"."""
    for key, value in when.items() if isinstance(when, dict) else ():
        if value == [] or (value == {} and key in ("answers", "place")):
            mistakes.add(file, (*place, key), "is empty; leave it out, or say what it is about")
        elif key in ("words", "answers", "place", "repeat"):
            _refuse_empty(value, file, (*place, key), mistakes)


def _read_lifecycles(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes) -> None:
    found: list[tuple[str, str, dict[str, Any], Place]] = [("default", "default", files["default"], ())]
    for name, raw, place in _tables(files, "lifecycles", "lifecycles", parts, mistakes):
        if name == "default":
            mistakes.add("lifecycles", place, "is the name of the shipped lifecycle; give yours another")
        else:
            found.append(("lifecycles", name, raw, place))
    if "lifecycles" in parts.names:
        parts.names["lifecycles"] |= {"default"}
    for file, name, raw, place in found:
        lifecycle = mistakes.validate(LifecycleData, raw, file, place)
        wrong = lifecycle.problems() if lifecycle else []
        for key, problem in wrong:
            mistakes.add(file, (*place, *key.split(".")), problem)
        if lifecycle and not wrong:
            parts.lifecycles[name] = lifecycle


def _read_calendars(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes) -> None:
    # A zone that is none is a mistake of its own.
    zone = zone_of(files.get("council", {}).get("time_zone")) or ZoneInfo("Europe/London")
    holidays = read_holidays(files.get("bank_holidays"), mistakes)
    parts.calendars[ALWAYS] = always(zone)
    for name, raw, place in _tables(files, "calendars", "calendars", parts, mistakes):
        if name == ALWAYS:
            mistakes.add("calendars", place, "is the name of the calendar that is always open; give yours another")
        elif calendar := read_calendar(name, raw, place, zone, holidays, mistakes):
            parts.calendars[name] = calendar
    if "calendars" in parts.names:
        parts.names["calendars"] |= {ALWAYS}


def _read_escalation(files: Mapping[str, dict[str, Any]], parts: Parts, mistakes: Mistakes) -> None:
    """Read the steps of services that have none of their own."""
    raw = files.get("escalation", {})
    for key in raw.keys() - {"escalation"}:
        mistakes.add("escalation", (key,), "is not known here; known is escalation")
    steps = raw.get("escalation", [])
    if not isinstance(steps, list):
        mistakes.add("escalation", ("escalation",), "must be a list of tables, each begun by [[escalation]]")
        return
    read = []
    for number, each in enumerate(steps):
        place: Place = ("escalation", number)
        step = mistakes.validate(Escalation, mistakes.table("escalation", each, place), "escalation", place)
        if step:
            read.append(step)
    parts.escalation = tuple(read)


def _tables(
    files: Mapping[str, dict[str, Any]], file: str, key: str | None, parts: Parts, mistakes: Mistakes
) -> Iterator[tuple[str, dict[str, Any], Place]]:
    """Give the named tables of a file, which stand under one key or, without a key, at its top."""
    if file in mistakes.unread:
        return
    content = files.get(file, {})
    outer: Place = (key,) if key else ()
    for other in content.keys() - {key} if key else ():
        mistakes.add(file, (other,), f"is not known here; known is {key}")
    tables = mistakes.table(file, content.get(key, {}), outer) if key else content
    parts.names[file] = frozenset(tables)
    for name, raw in tables.items():
        if not is_name(name):
            mistakes.add(file, (*outer, name[:100]), NAME_FORM)
        elif isinstance(raw, dict):
            yield name, raw, (*outer, name)
        else:
            mistakes.add(file, (*outer, name), "must be a table")


def _service(raw: dict[str, Any], place: Place, mistakes: Mistakes) -> dict[str, Any]:
    raw = _localised(raw, "services", place, mistakes, "name", "description")
    for number, question in _entries(raw, "questions"):
        at = (*place, "questions", number)
        question = _localised(question, "services", at, mistakes, "description")
        for index, value in _entries(question, "values"):
            question["values"][index] = _localised(value, "services", (*at, "values", index), mistakes, "name")
        raw["questions"][number] = question
    for number, responsible in _entries(raw, "responsible"):
        _refuse_empty(responsible.get("when"), "services", (*place, "responsible", number, "when"), mistakes)
    return raw


def _entries(table: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Give the tables of a list, which is copied into the table so that they can be replaced."""
    if not isinstance(table.get(key), list):
        return []
    table[key] = list(table[key])
    return [(number, entry) for number, entry in enumerate(table[key]) if isinstance(entry, dict)]


def _localised(raw: dict[str, Any], file: str, place: Place, mistakes: Mistakes, *keys: str) -> dict[str, Any]:
    """Give a copy in which plain text stands as English."""
    raw = {key: {"en": value} if key in keys and isinstance(value, str) else value for key, value in raw.items()}
    for key in keys:
        texts = raw.get(key)
        if not isinstance(texts, dict):
            continue
        if not texts:
            mistakes.add(file, (*place, key), "must have text in at least one language")
        for language, text in texts.items():
            if not LANGUAGE.match(language):
                mistakes.add(file, (*place, key, language), "must be a language, such as en or cy")
            elif isinstance(text, str) and not text.strip():
                mistakes.add(file, (*place, key, language), "must not be empty")
    return raw


def _without_urns(
    raw: dict[str, Any], key: str, file: str, place: Place, mistakes: Mistakes, region: str, *, plain: bool = False
) -> tuple[dict[str, Any], tuple[Urn, ...]]:
    """Take the contact points out of a table and read them, national numbers as those of the council's region."""
    given = raw.get(key, [])
    if not isinstance(given, list):
        return raw, ()  # for the model to refuse
    urns = []
    for number, text in enumerate(given):
        try:
            urns.append(_urn(text, region, plain))
        except ContactPointError:
            mistakes.add(file, (*place, key, number), _PLAIN_URNS if plain else _URNS)
    return {name: value for name, value in raw.items() if name != key}, tuple(urns)


def _urn(text: Any, region: str, plain: bool) -> Urn:
    if not isinstance(text, str):
        raise ContactPointError(_URNS)
    if not plain or text.strip().lower().startswith(("tel:", "mailto:", "ext:")):
        return Urn.parse(text, region=region)
    return mailto_urn(text) if "@" in text else tel_urn(text, region=region)
