"""Each mistake of a policy is told with its file, its place and what would be right; all of them at once."""

import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.errors import Mistake, PolicyError
from onestop.policy import compile_policy, read_policy

GOOD: dict[str, Any] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "good").glob("*.toml")
}
LEAVE_OUT = "(left out)"  # a text: it is in the names of the tests, which must be the same in every process
CHOICE = {"key": "wood", "name": "Wood"}
RULE = {"id": "new", "band": "topic", "then": {}}

# Path into the good document, the value put there, and what is told: where (file, place) and a part of the sentence.
CASES: list[tuple[str, Any, str, str]] = [
    ("council", LEAVE_OUT, "council.toml:", "is missing"),
    ("services", LEAVE_OUT, "services.toml:", "is missing"),
    ("rules", LEAVE_OUT, "rules.toml:", "is missing"),
    ("providers", LEAVE_OUT, "providers.toml:", "is missing"),
    ("colours", {}, "colours.toml:", "is no file of a policy"),
    ("council", [], "council.toml:", "must be a table"),
    ("council.schema", LEAVE_OUT, "council.toml:schema", "is missing"),
    ("council.schema", 2, "council.toml:schema", "must be 1"),
    ("council.name", LEAVE_OUT, "council.toml:name", "is missing"),
    ("council.name", {}, "council.toml:name", "at least one language"),
    ("council.name", {"English": "S"}, "council.toml:name.English", "must be a language"),
    ("council.name", {"en": " "}, "council.toml:name.en", "must not be empty"),
    ("council.name", 5, "council.toml:name", "must be a table"),
    ("council.colour", "red", "council.toml:colour", "known are name, reference_prefix, region"),
    ("council.reference_prefix", "np1", "council.toml:reference_prefix", "two to four capital letters"),
    ("council.region", "gb", "council.toml:region", "two capital letters"),
    ("council.region", "QQ", "council.toml:region", "telephone numbers of its own"),
    ("council.time_zone", "Europe/Atlantis", "council.toml:time_zone", "IANA"),
    ("council.time_zone", "../etc/passwd", "council.toml:time_zone", "IANA"),
    ("council.time_zone", "", "council.toml:time_zone", "IANA"),
    ("council.languages", [], "council.toml:languages", "at least 1"),
    ("council.languages", "en", "council.toml:languages", "must be a list"),
    ("council.languages.1", "Welsh", "council.toml:languages[1]", "must be a language"),
    ("council.languages.1", "en", "council.toml:languages", "each language once"),
    ("council.bilingual", "yes", "council.toml:bilingual", "must be true or false"),
    ("council.bilingual", 1, "council.toml:bilingual", "must be true or false"),
    ("council.fallback_service", "lost", "council.toml:fallback_service", "names no service: 'lost'"),
    ("council.own_addresses.0", "contact@saltmarsh.example", "council.toml:own_addresses[0]", "such as tel:"),
    ("council.own_addresses.1", 101, "council.toml:own_addresses[1]", "such as tel:"),
    ("council.own_addresses", "tel:01632960100", "council.toml:own_addresses", "must be a list"),
    ("council.files", {"size_mib": 0}, "council.toml:files.size_mib", "1"),
    ("council.files", {"size_mib": 1.5}, "council.toml:files.size_mib", "whole number"),
    ("council.files", {"megapixels": 1001}, "council.toml:files.megapixels", "1000"),
    ("council.files", {"count": "many"}, "council.toml:files.count", "whole number"),
    ("council.files", {"recordings": "no"}, "council.toml:files.recordings", "must be true or false"),
    ("council.files", {"size_bytes": 1}, "council.toml:files.size_bytes", "known are size_mib, megapixels, count"),
    ("council.opt_out_words", ["stop"], "council.toml:opt_out_words", "is not known here"),
    ("commands", [], "commands.toml:", "must be a table"),
    ("commands", {"opt_out": {"en": ["stop", "-"]}}, "commands.toml:opt_out.en[1]", "holds no word"),
    ("commands", {"opt_out": {}}, "commands.toml:opt_out", "can stop them"),
    ("commands", {"opt_out": {"en": []}}, "commands.toml:opt_out", "can stop them"),
    ("commands", {"opt_in": {"English": ["start"]}}, "commands.toml:opt_in.English", "must be a language"),
    ("commands", {"opt_in": {"en": "start"}}, "commands.toml:opt_in.en", "must be a list"),
    ("commands.topics", {"en": ["bins"]}, "commands.toml:topics.en", "must be a table"),
    ("commands.topics", {"bins": {"words": {"en": ["b"]}}}, "commands.toml:topics.bins", "stands for nothing"),
    ("commands.topics", {"b": {"words": {}, "purpose": "alert"}}, "commands.toml:topics.b.words", "at least one word"),
    ("commands.topics", {"b": {"words": {}, "purpose": "spam"}}, "commands.toml:topics.b.purpose", "must be one of"),
    ("commands.topics", {"b": {"words": {}, "service": "x"}}, "commands.toml:topics.b.service", "names no service"),
    ("commands.topics", {" b": {"words": {}, "purpose": "alert"}}, "commands.toml:topics. b", "must be a name"),
    ("commands.topics", {"b": {"words": {"en": ["all"]}}}, "commands.toml:topics.b.words.en[0]", "everything, too"),
    ("commands.prefer", {"fax": {"en": ["fax me"]}}, "commands.toml:prefer.fax", "must be one of"),
    ("commands.prefer", {"sms": {"en": ["a", "stop"]}}, "commands.toml:prefer.sms.en[1]", "is a word of opt_out, too"),
    ("commands.language", {"Welsh": {"en": ["welsh"]}}, "commands.toml:language.Welsh", "must be a language"),
    ("commands", {"stop": {"en": ["stop"]}}, "commands.toml:stop", "known are opt_out, opt_out_alone"),
    ("commands", {"polite": {"en": ["Stop!"]}}, "commands.toml:polite.en[0]", "is a word of opt_out, too"),
    ("council.windows.repeat_s", -1, "council.toml:windows.repeat_s", "at least 0"),
    ("council.windows.repeat_s", 10**12, "council.toml:windows.repeat_s", "at most"),
    ("council.windows.repeat_s", 10**30, "council.toml:windows.repeat_s", "must be text, a whole number"),
    ("council.windows.repeat_s", "60", "council.toml:windows.repeat_s", "whole number"),
    ("council.windows.repeat_s", 60.0, "council.toml:windows.repeat_s", "whole number"),
    ("council.windows.repeat_s", True, "council.toml:windows.repeat_s", "whole number"),
    ("council.windows.weeks", 1, "council.toml:windows.weeks", "known are repeat_s, continue_minutes, answer_days"),
    ("providers.people", {}, "providers.toml:people", "known is providers"),
    ("providers.providers.clear-streets", "x", "providers.toml:providers.clear-streets", "must be a table"),
    ("providers.providers.clear-streets.kind", "firm", "providers.toml:providers.clear-streets.kind", "'team'"),
    ("providers.providers.clear-streets.code", "x", "providers.toml:providers.clear-streets.code", "not known here"),
    ("providers.providers.clear-streets.contact_points.0", "tel:1", "providers.toml:providers.clear-streets."
     "contact_points[0]", "must be a contact point"),
    ("providers.providers.clear-streets.hours", "9-5", "providers.toml:providers.clear-streets.hours",
     "known are name, kind, tier, contact_points"),
    ("services.services", {}, "council.toml:fallback_service", "there are none"),
    ("services.services.", {"name": "x", "provider": "clear-streets"}, "services.toml:services.", "must be a name"),
    ("services.services.a\nb", {"name": "x", "provider": "clear-streets"}, "services.toml:services.a\\nb",
     "visible characters"),
    ("services.services.a\u202eb", {"name": "x", "provider": "clear-streets"}, "services.toml:services.a\\u202eb",
     "visible characters"),
    ("words.lists. danger", {"en": ["fire"]}, "words.toml:lists. danger", "without spaces around it"),
    ("services.services.graffiti.standard.severity", {"Rude!": {"resolve": "1 day"}}, "services.toml:services."
     "graffiti.standard.severity.Rude!", "short word of a-z"),
    ("services.services.graffiti.responsible", [{"when": {"area": []}, "provider": "clear-streets"}],
     "services.toml:services.graffiti.responsible[0].when.area", "is empty"),
    ("services.services.graffiti.lgsl", "584", "services.toml:services.graffiti.lgsl", "whole number"),
    ("services.services.graffiti.lgsl", -1, "services.toml:services.graffiti.lgsl", "at least 0"),
    ("services.services.graffiti.lgsl", date(2026, 3, 2), "services.toml:services.graffiti.lgsl", "must be text"),
    ("services.services.graffiti.lgsl", float("nan"), "services.toml:services.graffiti.lgsl", "must be text"),
    ("services.services.graffiti.name", [["deep"]], "services.toml:services.graffiti.name", "must be a table"),
    ("services.services.graffiti.provider", LEAVE_OUT, "services.toml:services.graffiti.provider", "is missing"),
    ("services.services.graffiti.provider", "nobody", "services.toml:services.graffiti.provider", "names no provider"),
    ("services.services.graffiti.lifecycle", "round", "services.toml:services.graffiti.lifecycle", "no lifecycle"),
    ("services.services.graffiti.acknowledge", "hello", "services.toml:services.graffiti.acknowledge", "no template"),
    ("services.services.graffiti.acknowledge", True, "services.toml:services.graffiti.acknowledge", "or false"),
    ("services.services.graffiti.acknowledge", 0, "services.toml:services.graffiti.acknowledge", "or false"),
    ("templates", LEAVE_OUT, "services.toml:services.graffiti.acknowledge", "names no template"),
    ("templates.acknowledgement", LEAVE_OUT, "services.toml:services.graffiti.acknowledge", "'acknowledgement'"),
    ("services.services.graffiti.standard.targets.resolve", "soon", "services.toml:services.graffiti.standard.targets."
     "resolve", "must be a time such as 30 minutes"),
    ("services.services.graffiti.standard.targets.resolve", 5, "services.toml:services.graffiti.standard.targets."
     "resolve", "or no target"),
    ("services.services.graffiti.standard.targets.resolve", "0 hours", "services.toml:services.graffiti.standard."
     "targets.resolve", "1 to 87,600 hours"),
    ("services.services.graffiti.standard.targets.tidy", "1 day", "services.toml:services.graffiti.standard.targets."
     "tidy", "must be one of 'acknowledge', 'inspect', 'resolve' or 'legal'"),
    ("services.services.graffiti.standard.severity", {"rude": {"resolve": "1 day or two"}}, "services.toml:services."
     "graffiti.standard.severity.rude.resolve", "must be a time such as"),
    ("services.services.graffiti.standard.calendar", "depot", "services.toml:services.graffiti.standard.calendar",
     "names no calendar: 'depot'; there are always"),
    ("services.services.graffiti.standard.start", "tomorrow", "services.toml:services.graffiti.standard.start",
     "must be one of 'received' or 'next_working_day'"),
    ("services.services.graffiti.standard.pauses", ["rain"], "services.toml:services.graffiti.standard.pauses[0]",
     "must be one of 'citizen', 'partner' or 'until'"),
    ("services.services.graffiti.target_hours", 8, "services.toml:services.graffiti.target_hours", "is not known here"),
    ("council.calendar", "office", "council.toml:calendar", "names no calendar: 'office'; there are always"),
    ("services.services.graffiti.questions", {}, "services.toml:services.graffiti.questions", "must be a list"),
    ("services.services.graffiti.questions.1", "x", "services.toml:services.graffiti.questions[1]", "a table"),
    ("services.services.graffiti.questions.1.variable", "surface", "services.toml:services.graffiti.questions[1]."
     "variable", "earlier question"),
    ("services.services.graffiti.questions.1.variable", " ", "services.toml:services.graffiti.questions[1].variable",
     "must be a name"),
    ("services.services.graffiti.questions.1.datatype", "date", "services.toml:services.graffiti.questions[1].datatype",
     "'datetime'"),
    ("services.services.graffiti.questions.1.description", {"en": 5}, "services.toml:services.graffiti.questions[1]."
     "description.en", "must be text"),
    ("services.services.graffiti.questions.0.values", LEAVE_OUT, "services.toml:services.graffiti.questions[0].values",
     "needs values"),
    ("services.services.graffiti.questions.1.values", [CHOICE], "services.toml:services.graffiti.questions[1].values",
     "only for singlevaluelist"),
    ("services.services.graffiti.questions.0.values.1.key", "brick", "services.toml:services.graffiti.questions[0]."
     "values[1].key", "earlier value"),
    ("services.services.graffiti.questions.0.values.1.key", " metal", "services.toml:services.graffiti.questions[0]."
     "values[1].key", "without spaces"),
    ("services.services.graffiti.questions.0.values.1.colour", "red", "services.toml:services.graffiti.questions[0]."
     "values[1].colour", "known are key, name"),
    ("words.lists.graffiti.en.0", "?!", "words.toml:lists.graffiti.en[0]", "holds no word"),
    ("words.lists.graffiti.en.0", 5, "words.toml:lists.graffiti.en[0]", "must be text"),
    ("words.lists.graffiti.en", "graffiti", "words.toml:lists.graffiti.en", "must be a list"),
    ("words.lists.graffiti.welsh-words", ["paent"], "words.toml:lists.graffiti.welsh-words", "must be a language"),
    ("words.lists.graffiti", {}, "words.toml:lists.graffiti", "at least one word"),
    ("words.lists.graffiti", LEAVE_OUT, "rules.toml:rules[4].when.words.any[0]", "no word list: 'graffiti'"),
    ("words", LEAVE_OUT, "rules.toml:rules[0].when.words.any[0]", "names no word list"),
    ("rules.regex", "x", "rules.toml:regex", "known are bands, several, rules"),
    ("rules.bands", LEAVE_OUT, "rules.toml:bands", "is missing"),
    ("rules.bands", "topic", "rules.toml:bands", "list of names"),
    ("rules.bands", ["emergency", "chosen", "topic", "topic"], "rules.toml:bands", "each band once"),
    ("rules.rules", {}, "rules.toml:rules", "[[rules]]"),
    ("rules.rules.0", 5, "rules.toml:rules[0]", "must be a table"),
    ("rules.rules.0.id", "graffiti-line", "rules.toml:rules[2].id", "earlier rule"),
    ("rules.rules.0.id", "", "rules.toml:rules[0].id", "must be a name"),
    ("rules.rules.0.id", "gas\tleak", "rules.toml:rules[0].id", "visible characters"),
    ("rules.rules.0.then.flags", ["Not a flag"], "rules.toml:rules[0].then.flags[0]", "short word of a-z"),
    ("rules.bands.0", "a\u200b", "rules.toml:bands[0]", "visible characters"),
    ("rules.rules.0.when.place", {}, "rules.toml:rules[0].when.place", "is empty"),
    ("rules.rules.0.when.place", {"owner": []}, "rules.toml:rules[0].when.place.owner", "is empty"),
    ("council.time_zone", "localtime", "council.toml:time_zone", "IANA"),
    ("rules.rules.0.band", "weather", "rules.toml:rules[0].band", "names no band: 'weather'"),
    ("rules.rules.0.when", {"regex": ".*"}, "rules.toml:rules[0].when.regex", "known are channel, adapter"),
    ("rules.rules.0.when", [], "rules.toml:rules[0].when", "must be a table"),
    ("rules.rules.0.when.channel", ["fax"], "rules.toml:rules[0].when.channel[0]", "must be one of phone, sms"),
    ("rules.rules.0.when.channel", [], "rules.toml:rules[0].when.channel", "is empty"),
    ("rules.rules.0.when.to", [], "rules.toml:rules[0].when.to", "is empty"),
    ("rules.rules.0.when.to", "x@example.org", "rules.toml:rules[0].when.to", "must be a list"),
    ("rules.rules.2.when.to.1", "graffiti@", "rules.toml:rules[2].when.to[1]", "must be a telephone number"),
    ("rules.rules.0.when.kind", ["letter"], "rules.toml:rules[0].when.kind[0]", "must be one of message"),
    ("rules.rules.1.when.service.0", "graffitti", "rules.toml:rules[1].when.service[0]", "names no service"),
    ("rules.rules.0.when.words.any.0", "@perils", "rules.toml:rules[0].when.words.any[0]", "no word list: 'perils'"),
    ("rules.rules.4.when.words.any.1", "--", "rules.toml:rules[4].when.words.any[1]", "holds no word"),
    ("rules.rules.0.when.words", {}, "rules.toml:rules[0].when.words", "at least one of any"),
    ("rules.rules.4.when.answers", {}, "rules.toml:rules[4].when.answers", "is empty"),
    ("rules.rules.0.when.words", {"in": "text"}, "rules.toml:rules[0].when.words", "at least one of any"),
    ("rules.rules.0.when.words.none", [], "rules.toml:rules[0].when.words.none", "is empty"),
    ("rules.rules.0.when.words.in", "footer", "rules.toml:rules[0].when.words.in", "'subject'"),
    ("rules.rules.3.when.attachments", "yes", "rules.toml:rules[3].when.attachments", "true, false or a list"),
    ("rules.rules.3.when.attachments", 1, "rules.toml:rules[3].when.attachments", "true, false or a list"),
    ("rules.rules.3.when.attachments", ["JPEG"], "rules.toml:rules[3].when.attachments[0]", "media type"),
    ("rules.rules.4.when.answers", {"colour": ["red"]}, "rules.toml:rules[4].when.answers.colour", "no question"),
    ("rules.rules.4.when.answers.surface", "brick", "rules.toml:rules[4].when.answers.surface", "must be a list"),
    ("rules.rules.0.then", LEAVE_OUT, "rules.toml:rules[0].then", "is missing"),
    ("rules.rules.0.then.service", "gas", "rules.toml:rules[0].then.service", "names no service"),
    ("rules.rules.0.then.priority", "top", "rules.toml:rules[0].then.priority", "'urgent'"),
    ("lifecycles.lifecycles.default", {}, "lifecycles.toml:lifecycles.default", "the shipped lifecycle"),
    ("lifecycles.lifecycles.cleaning.initial", "old", "lifecycles.toml:lifecycles.cleaning.initial", "no state"),
    ("lifecycles.lifecycles.cleaning.states.clean.type", "done", "lifecycles.toml:lifecycles.cleaning.states.clean."
     "type", "'resolved'"),
    ("lifecycles.lifecycles.cleaning.states.clean.on", "until", "lifecycles.toml:lifecycles.cleaning.states.clean.on",
     "waiting states"),
    ("lifecycles.lifecycles.cleaning.actions.close.to", "shut", "lifecycles.toml:lifecycles.cleaning.actions.close.to",
     "no state"),
    ("lifecycles.lifecycles.cleaning.actions.close.from", [], "lifecycles.toml:lifecycles.cleaning.actions.close.from",
     "at least 1"),
    ("lifecycles.lifecycles.cleaning.actions.close.until", 1, "lifecycles.toml:lifecycles.cleaning.actions.close.until",
     "known are from, to, roles, requires, guards, closing_reason"),
    ("lifecycles.lifecycles.cleaning.actions.close.closing_reason", LEAVE_OUT,
     "lifecycles.toml:lifecycles.cleaning.actions.close.closing_reason", "actions that close"),
    ('lifecycles.lifecycles.cleaning.actions.clean.guards', ['has_photo', 'is_paid'],
     'lifecycles.toml:lifecycles.cleaning.actions.clean.guards[1]', "'has_photo', 'has_file'"),
    ('lifecycles.lifecycles.cleaning.actions.clean.guards', 'has_photo',
     'lifecycles.toml:lifecycles.cleaning.actions.clean.guards', 'must be a list'),
    ('lifecycles.lifecycles.cleaning.actions.reopen.guards', ['citizen_told'],
     'lifecycles.toml:lifecycles.cleaning.on_enquiry.clean', 'whose guard no enquiry can meet: citizen_told'),
    ('lifecycles.lifecycles.cleaning.actions.reopen.roles', ['worker'],
     'lifecycles.toml:lifecycles.cleaning.on_enquiry.closed', 'must be open to citizen or system'),
    ('lifecycles.lifecycles.cleaning.actions.reopen.requires', ['why'],
     'lifecycles.toml:lifecycles.cleaning.on_enquiry.closed', 'must require no fields'),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'flags': ['Done']},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.flags', 'short words'),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'flags': ['a'], 'unflag': ['a']},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.unflag', 'what is put on: a'),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'ask': 'lost'},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.ask', "names no template: 'lost'"),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'tell': 'x'},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.tell', 'known are flags, unflag, ask, timer'),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'timer': {'action': 'close', 'after': 'soon'}},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.timer.after', '30 minutes'),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'timer': {'action': 'shut', 'after': '1 day'}},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.timer.action', "leads from 'clean': 'shut'"),
    ('lifecycles.lifecycles.cleaning.actions.clean.effects', {'timer': {'action': 'close', 'after': '1 day'}},
     'lifecycles.toml:lifecycles.cleaning.actions.clean.effects.timer.action', 'must be open to system'),
    ('lifecycles.lifecycles.cleaning.actions.reopen.effects', {'ask': 'acknowledgement'},
     'lifecycles.toml:lifecycles.cleaning.on_enquiry.clean', 'two machines could write to each other'),
    ("lifecycles.lifecycles.cleaning.on_enquiry.new", "reopen", "lifecycles.toml:lifecycles.cleaning.on_enquiry.new",
     "no action that leads"),
    ("lifecycles.lifecycles.cleaning.actions.order_paint", LEAVE_OUT,
     "lifecycles.toml:lifecycles.cleaning.states.waiting_for_paint", "cannot be reached"),
    ("templates.update.text", LEAVE_OUT, "templates.toml:update.text", "is missing"),
    ("templates.update.html", "<p>", "templates.toml:update.html.en", "leaves <p> open"),
    ("templates.update.mms", "x", "templates.toml:update.mms", "known are purpose, variables, subject, text, html"),
    ("templates.update.text", "{{ reference", "templates.toml:update.text.en", "is no template, line 1"),
    ("templates.update.text", "{{ citizen }}", "templates.toml:update.text.en", "uses 'citizen'"),
    ("templates.update.sms", {"cy": "{{ nonsense }}"}, "templates.toml:update.sms.cy", "uses 'nonsense'"),
    ("default", {"initial": "new"}, "default.toml:states", "is missing"),
]  # fmt: skip


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give the document with one value put in or left out."""
    made = deepcopy(document)
    *way, last = path.split(".")
    at: Any = made
    for part in way:
        at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
    key: Any = int(last) if isinstance(at, list) else last
    if value is LEAVE_OUT:
        del at[key]
    else:
        at[key] = deepcopy(value)
    return made


def mistakes_of(document: dict[str, Any]) -> dict[str, str]:
    """Give what is told of a document: the problems by `file:place`."""
    with pytest.raises(PolicyError) as caught:
        compile_policy(document)
    return {f"{mistake.file}:{mistake.where}": mistake.problem for mistake in caught.value.mistakes}


@pytest.mark.parametrize(("path", "value", "where", "says"), CASES, ids=lambda case: str(case)[:60])
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    document: dict[str, Any], path: str, value: Any, where: str, says: str
) -> None:
    broken = changed(document, path, value)

    told = mistakes_of(broken)

    assert where in told
    assert says in told[where]
    assert "pydantic" not in str(told)
    assert "Input should" not in str(told)


def test_a_mistake_hides_no_other(document: dict[str, Any]) -> None:
    independent = [
        ("council.reference_prefix", "toolong"),
        ("council.time_zone", "Mars/Olympus"),
        ("services.services.graffiti.lgsl", "many"),
        ("services.services.triage.provider", "nobody"),
        ("providers.providers.clear-streets.kind", "firm"),
        ("rules.rules.0.then.priority", "top"),
        ("rules.rules.1.then.service", "lost"),
        ("words.lists.danger.en.0", "!"),
        ("lifecycles.lifecycles.cleaning.initial", "old"),
        ("templates.update.subject", "{{ x }}"),
    ]
    broken = document
    for path, value in independent:
        broken = changed(broken, path, value)

    told = mistakes_of(broken)

    assert {
        "council.toml:reference_prefix",
        "services.toml:services.graffiti.lgsl",
        "services.toml:services.triage.provider",
        "providers.toml:providers.clear-streets.kind",
        "rules.toml:rules[0].then.priority",
        "rules.toml:rules[1].then.service",
        "words.toml:lists.danger.en[0]",
        "lifecycles.toml:lifecycles.cleaning.initial",
        "templates.toml:update.subject.en",
    } <= told.keys()


def test_what_points_to_a_part_with_a_mistake_is_no_second_mistake(document: dict[str, Any]) -> None:
    broken = changed(document, "services.services.graffiti.lgsl", "many")

    told = mistakes_of(broken)

    assert list(told) == ["services.toml:services.graffiti.lgsl"]


def test_mistakes_come_in_the_order_of_the_files(document: dict[str, Any]) -> None:
    broken = changed(document, "templates.update.text", "{{ x }}")
    broken = changed(broken, "rules.rules.0.band", "x")
    broken = changed(broken, "council.region", "x")

    told = mistakes_of(broken)

    assert [where.partition(":")[0] for where in told] == ["council.toml", "rules.toml", "templates.toml"]


def test_every_mistake_can_be_read_in_one_text(document: dict[str, Any]) -> None:
    broken = changed(changed(document, "council.region", "x"), "rules.rules.0.band", "x")

    with pytest.raises(PolicyError) as caught:
        compile_policy(broken)

    assert str(caught.value).splitlines()[0] == "2 mistakes in the policy"
    assert "rules.toml: rules[0].band: names no band: 'x'" in str(caught.value)


PATHS = [path for path, *_ in CASES]
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(), st.binary(max_size=3)),
    st.sampled_from(["{{ text }}", "{% for a in b %}", "@graffiti", "graffiti", "default", "*", "tel:999", "\ud800"]),
)
WORDS = "id band when then to from in words any states type code name"
KEYS = st.one_of(st.text(max_size=12), st.sampled_from([*WORDS.split(), "\ud800"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_value_anywhere_raises_anything_but_a_policy_error(data: st.DataObject) -> None:
    broken = GOOD
    for path in data.draw(st.lists(st.sampled_from(PATHS), max_size=4)):
        try:
            broken = changed(broken, path, data.draw(VALUES))
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            continue  # an earlier change took this path away

    try:
        policy = compile_policy(broken)
    except PolicyError as error:
        told = error.mistakes
    else:
        told = (Mistake("", "", "none"),)
        assert read_policy(policy.source).hash == policy.hash

    assert told
    assert all(mistake.problem and str(mistake).encode() for mistake in told)


@given(st.dictionaries(st.one_of(st.sampled_from(["council", "rules", "words", "default"]), KEYS), VALUES, max_size=5))
@settings(deadline=None)
def test_no_document_raises_anything_but_a_policy_error(document: dict[str, Any]) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy(document)

    assert str(caught.value).encode()


HOSTILE = [b"[" * 100_000, b"null", b"[]", b"\xff", b'{"council": {"name": 1e999}}', b'{"council": "\\ud800"}']


@given(st.one_of(st.binary(max_size=80), st.sampled_from(HOSTILE)))
@settings(deadline=None)
def test_no_source_raises_anything_but_a_policy_error(source: bytes) -> None:
    with pytest.raises(PolicyError):
        read_policy(source)
