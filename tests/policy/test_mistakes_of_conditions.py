"""Mistakes in what rules ask, say and stand on: each is told with its file and key, and all of them at once."""

from copy import deepcopy
from typing import Any

import pytest

from onestop.core.enquiry import Enquiry
from onestop.core.words import fold
from onestop.errors import PolicyError
from onestop.policy import compile_policy

Told = dict[str, str]

STANDARD = "services.services.graffiti.standard"
REPEAT = {"within_days": 14, "at_least": 2}
NEAR = {"point": [53.4, -2.9], "within_m": 500}
HOURS = {"hours": {"mon": ["09:00-17:00"]}}

# What a rule asks: the condition, its value, where inside the rule the mistake is told, and a part of the sentence.
CONDITIONS: list[tuple[str, Any, str, str]] = [
    ("open", ["nowhere"], "when.open[0]", "names no calendar: 'nowhere'; there are always"),
    ("open", "office", "when.open", "must be a list"),
    ("open", [], "when.open", "is empty"),
    ("closed", ["nowhere"], "when.closed[0]", "names no calendar: 'nowhere'"),
    ("open_case", ["lost"], "when.open_case[0]", "names no service: 'lost'"),
    ("open_case", "*", "when.open_case", "must be a list"),
    ("repeat", {**REPEAT, "within_days": 0}, "when.repeat.within_days", "must be at least 1"),
    ("repeat", {"within_days": 14}, "when.repeat.at_least", "is missing"),
    ("repeat", {**REPEAT, "at_least": 51}, "when.repeat.at_least", "must be at most 50"),
    ("repeat", {**REPEAT, "at_least": "2"}, "when.repeat.at_least", "must be a whole number"),
    ("repeat", {**REPEAT, "service": ["lost"]}, "when.repeat.service[0]", "names no service: 'lost'"),
    ("repeat", {**REPEAT, "hours": 4}, "when.repeat.hours", "known are within_days, at_least, service"),
    ("needs", ["BSL!"], "when.needs[0]", "must be a word of yours"),
    ("needs", "bsl", "when.needs", "must be a list"),
    ("language", ["Welsh"], "when.language[0]", "must be a language, such as en or cy"),
    ("area", ["wards:lost"], "when.area[0]", "names no area: 'wards:lost'"),
    ("area", "wards", "when.area", "must be a list"),
    ("postcode", ["!!"], "when.postcode[0]", "must be a postcode or the beginning of one"),
    ("near", {"lat": 51, "lon": 0}, "when.near.lat", "known are point, within_m"),
    ("near", {"point": [53.4, -2.9]}, "when.near.within_m", "is missing"),
    ("near", {**NEAR, "point": [53.4]}, "when.near.point[1]", "is missing"),
    ("near", {**NEAR, "point": [153.4, -2.9]}, "when.near.point[0]", "must be at most 90"),
    ("place", {"owner": "county"}, "when.place.owner", "must be a list"),
]

# What a rule says.
RESULTS: list[tuple[str, Any, str, str]] = [
    ("tell", "lost", "then.tell", "names no template: 'lost'"),
    ("tell", 5, "then.tell", "must be text"),
    ("stop", True, "then.stop", "needs `tell`"),
    ("stop", "yes", "then.stop", "must be true or false"),
    ("also", ["lost"], "then.also[0]", "names no service: 'lost'"),
    ("also", ["graffiti"], "then.also[0]", "is named already"),
    ("also", "triage", "then.also", "must be a list"),
    ("flags", ["Bad Flag"], "then.flags[0]", "short word of a-z"),
]

# What they stand on: the path into the document, the value put there, and where it is told.
FILES: list[tuple[str, Any, str, str]] = [
    ("rules.several", ["lost"], "rules.toml:several[0]", "names no band: 'lost'"),
    ("rules.several", "topic", "rules.toml:several", "must be a list"),
    ("flags", {"off": ["lost"]}, "flags.toml:off[0]", "names no rule of flags.toml: 'lost'"),
    ("flags", {"colour": 1}, "flags.toml:colour", "known are see_words, off, flags, rules"),
    ("flags", {"flags": {"Bad Flag": {}}}, "flags.toml:flags.Bad Flag", "must be named by a short word"),
    ("flags", {"flags": {"x": {"queue": "lost"}}}, "flags.toml:flags.x.queue", "names no provider: 'lost'"),
    ("flags", {"flags": {"x": {"clock": "soon"}}}, "flags.toml:flags.x.clock", "must be a time such as"),
    ("flags", {"flags": {"x": {"clock": "1 month", "calendar": "lost"}}}, "flags.toml:flags.x.calendar",
     "names no calendar: 'lost'"),
    ("flags", {"rules": {"x": {"then": {"service": "graffiti"}}}}, "flags.toml:rules.x.then",
     "must not name a service"),
    ("calendars", {"calendars": {"c": {"hours": {"someday": []}}}}, "calendars.toml:calendars.c.hours.someday",
     "must be a weekday"),
    ("calendars", {"calendars": {"c": {"hours": {"mon": ["17:00-9"]}}}}, "calendars.toml:calendars.c.hours.mon[0]",
     "must be hours such as 09:00-17:00"),
    ("calendars", {"calendars": {"c": {**HOURS, "nation": "france"}}}, "calendars.toml:calendars.c.nation",
     "'england-and-wales'"),
    ("calendars", {"calendars": {"c": {**HOURS, "closed": [{"name": "x"}]}}},
     "calendars.toml:calendars.c.closed[0].date", "is missing"),
    ("calendars", {"calendars": {"always": HOURS}}, "calendars.toml:calendars.always", "give yours another"),
    ("services.services.graffiti.responsible", "x", "services.toml:services.graffiti.responsible", "must be a list"),
    ("services.services.graffiti.responsible", [{"provider": "clear-streets"}],
     "services.toml:services.graffiti.responsible[0].when", "is missing"),
    ("services.services.graffiti.responsible", [{"provider": "lost", "when": {"postcode": ["NP1"]}}],
     "services.toml:services.graffiti.responsible[0].provider", "names no provider: 'lost'"),
    (f"{STANDARD}.calendar", "lost", "services.toml:services.graffiti.standard.calendar", "names no calendar: 'lost'"),
    (f"{STANDARD}.escalate", [{"target": "resolve", "at": "soon", "flag": "x"}],
     "services.toml:services.graffiti.standard.escalate[0].at", "must be a moment such as 80%"),
    (f"{STANDARD}.escalate", [{"target": "tidy", "at": "80%", "flag": "x"}],
     "services.toml:services.graffiti.standard.escalate[0].target", "'promise'"),
    (f"{STANDARD}.escalate", [{"target": "resolve", "at": "80%", "reassign": "lost"}],
     "services.toml:services.graffiti.standard.escalate[0].reassign", "names no service: 'lost'"),
    (f"{STANDARD}.escalate", [{"target": "resolve", "at": "80%", "tell": "lost"}],
     "services.toml:services.graffiti.standard.escalate[0].tell", "names no template: 'lost'"),
    (f"{STANDARD}.escalate", [{"target": "resolve", "at": "80%"}],
     "services.toml:services.graffiti.standard.escalate[0]", "does nothing"),
    ("escalation", {"escalation": [{"target": "resolve", "at": "breach", "reassign": "lost"}]},
     "escalation.toml:escalation[0].reassign", "names no service: 'lost'"),
]  # fmt: skip


def mistakes_of(document: dict[str, Any]) -> Told:
    with pytest.raises(PolicyError) as caught:
        compile_policy(document)
    told: dict[str, list[str]] = {}
    for mistake in caught.value.mistakes:
        told.setdefault(f"{mistake.file}:{mistake.where}", []).append(mistake.problem)
    return {place: "; ".join(problems) for place, problems in told.items()}


def asking(name: str, value: Any) -> dict[str, Any]:
    return {"id": "new", "band": "topic", "when": {name: value}, "then": {"flags": ["found"]}}


def saying(name: str, value: Any) -> dict[str, Any]:
    then = {"service": "graffiti", name: value}
    return {"id": "new", "band": "topic", "when": {"words": {"any": ["new"]}}, "then": then}


def put(document: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    at = document
    for part in way:
        at = at.setdefault(part, {})
    at[last] = deepcopy(value)


@pytest.mark.parametrize(("name", "value", "where", "says"), CONDITIONS, ids=lambda case: str(case)[:40])
def test_a_mistake_in_a_condition_is_told_with_its_key(
    document: dict[str, Any], name: str, value: Any, where: str, says: str
) -> None:
    number = len(document["rules"]["rules"])
    document["rules"]["rules"].append(asking(name, value))

    told = mistakes_of(document)

    assert any(place.startswith(f"rules.toml:rules[{number}].{where}") and says in told[place] for place in told)


@pytest.mark.parametrize(("name", "value", "where", "says"), RESULTS, ids=lambda case: str(case)[:40])
def test_a_mistake_in_what_a_rule_says_is_told_with_its_key(
    document: dict[str, Any], name: str, value: Any, where: str, says: str
) -> None:
    number = len(document["rules"]["rules"])
    document["rules"]["rules"].append(saying(name, value))

    told = mistakes_of(document)

    assert says in told[f"rules.toml:rules[{number}].{where}"]


@pytest.mark.parametrize(("path", "value", "where", "says"), FILES, ids=lambda case: str(case)[:40])
def test_a_mistake_in_what_rules_stand_on_is_told_with_its_file(
    document: dict[str, Any], path: str, value: Any, where: str, says: str
) -> None:
    put(document, path, value)

    told = mistakes_of(document)

    assert says in told[where]


def test_every_mistake_of_every_rule_is_told_at_once(document: dict[str, Any]) -> None:
    first = len(document["rules"]["rules"])
    made = [asking(name, value) for name, value, _, _ in CONDITIONS]
    made += [saying(name, value) for name, value, _, _ in RESULTS]
    document["rules"]["rules"] += [{**rule, "id": f"new-{number}"} for number, rule in enumerate(made)]

    told = mistakes_of(document)

    places = [where for _, _, where, _ in (*CONDITIONS, *RESULTS)]
    for number, where in enumerate(places, first):
        assert any(place.startswith(f"rules.toml:rules[{number}].{where}") for place in told), where


# -- word lists are words, not patterns --------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [".*", "[", "\\", "^$", "(?:)", "+", "|"])
def test_an_entry_of_nothing_but_signs_is_refused_and_said_to_hold_no_word(
    document: dict[str, Any], entry: str
) -> None:
    put(document, "words.lists.pattern.en", [entry])

    assert "holds no word" in mistakes_of(document)["words.toml:lists.pattern.en[0]"]


@pytest.mark.parametrize("entry", ["(aa+)+$", "aa.*", "[aa]", "aa\\", "^aa$", "aa|", "aa{1,99999}"])
def test_signs_of_patterns_in_a_word_mean_nothing(document: dict[str, Any], entry: str) -> None:
    """A pattern would match the first text, or take for ever over the last; words are compared whole."""
    put(document, "words.lists.pattern.en", [entry])
    document["rules"]["rules"].insert(0, asking("words", {"any": ["@pattern"]}))
    policy = compile_policy(document)

    plain = " ".join(fold(entry))
    texts = {"aaa": False, plain: True, f"xx{plain}yy": False, "a" * 90_000 + "!": False}

    assert {text: "found" in decided(policy, text) for text in texts} == texts


def decided(policy: Any, text: str) -> tuple[str, ...]:
    enquiry = Enquiry(channel="web", adapter="form", received_at="2026-03-02T12:00:00Z", text=text)
    flags: tuple[str, ...] = policy.decide(enquiry).flags
    return flags
