"""Rules: bands in order, the first match of each, all conditions, and an index that changes no decision."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.contact import mailto_urn
from onestop.core.enquiry import TEXT_LIMIT, Attachment, Enquiry
from onestop.core.model import FrozenMap
from onestop.core.rules import PRIORITIES, Decision, Rule, RuleSet, highest
from onestop.core.words import WordList, fold

BANDS = ("emergency", "legal", "topic")
LISTS = {
    "danger": {"en": ["smell gas", "smell of gas"], "cy": ["arogl nwy"]},
    "graffiti": {"en": ["graffiti", "spray paint"], "cy": ["paent chwistrell"]},
    "home": {"cy": ["tŷ", "cartref"]},
}
WORD_LISTS = [WordList.model_validate({"name": name, "entries": entries}) for name, entries in LISTS.items()]
PHOTO = Attachment(filename="a.jpg", media_type="image/jpeg")
PDF = Attachment(filename="a.pdf", media_type="application/pdf")
LOGO = Attachment(filename="logo.png", media_type="image/png", inline=True)


def enquiry(text: str = "", **fields: Any) -> Enquiry:
    received = {"channel": "email", "adapter": "email", "received_at": "2026-03-02T09:30:00Z"}
    return Enquiry.model_validate({**received, "text": text, **fields})


def rule(name: str, when: dict[str, Any], then: dict[str, Any], band: str = "topic") -> Rule:
    return Rule.model_validate({"id": name, "band": band, "when": when, "then": then})


def rule_set(*rules: Rule) -> RuleSet:
    return RuleSet(rules, BANDS, WORD_LISTS, "triage")


def decide(rules: Iterable[Rule], given: Enquiry) -> Decision:
    return rule_set(*rules).decide(given, "hash")


CONDITIONS: list[tuple[dict[str, Any], Enquiry, bool]] = [
    ({}, enquiry(), True),
    ({"channel": ["sms", "email"]}, enquiry(), True),
    ({"channel": ["sms"]}, enquiry(), False),
    ({"adapter": ["email"]}, enquiry(), True),
    ({"adapter": ["other"]}, enquiry(), False),
    ({"kind": ["voicemail", "message"]}, enquiry(), True),
    ({"kind": ["voicemail"]}, enquiry(), False),
    ({"language": ["cy"]}, enquiry(language="cy"), True),
    ({"language": ["cy"]}, enquiry(), False),
    ({"to": ["mailto:Bins@example.org"]}, enquiry(recipients=["mailto:bins@EXAMPLE.org"]), True),
    ({"to": ["mailto:bins@example.org"]}, enquiry(cc=["mailto:bins@example.org"]), True),
    ({"to": ["tel:01632960101"]}, enquiry(recipients=["tel:+441632960101"]), True),
    ({"to": ["mailto:bins@example.org"]}, enquiry(sender="mailto:bins@example.org"), False),
    ({"service": ["bins", "graffiti"]}, enquiry(service_code="graffiti"), True),
    ({"service": ["bins"]}, enquiry(service_code="graffiti"), False),
    ({"service": ["bins"]}, enquiry(), False),
    ({"words": {"any": ["bin", "bins"]}}, enquiry("My BINS!"), True),
    ({"words": {"any": ["bin"]}}, enquiry("combine"), False),
    ({"words": {"any": ["@danger"]}}, enquiry("Mae AROGL NŴY yma"), True),
    ({"words": {"any": ["@danger"]}}, enquiry("gas smell"), False),
    ({"words": {"any": ["@home"]}}, enquiry("y ty\u0302 hwn"), True),
    ({"words": {"any": ["Tŷ"]}}, enquiry(subject="TY"), True),
    ({"words": {"all": ["smell", "gas"]}}, enquiry("gas: a smell"), True),
    ({"words": {"all": ["smell", "gas"]}}, enquiry("gas", subject="a smell"), True),
    ({"words": {"all": ["smell", "gas"]}}, enquiry("gas"), False),
    ({"words": {"all": ["smell", "gas"]}}, enquiry("smell"), False),
    ({"words": {"all": ["@home", "@graffiti"]}}, enquiry("spray paint, fy nghartref i: cartref"), True),
    ({"words": {"all": ["@home", "@graffiti"]}}, enquiry("spray paint"), False),
    ({"words": {"none": ["gas bill"]}}, enquiry("gas and a bill"), True),
    ({"words": {"none": ["gas bill"]}}, enquiry("my gas  BILL"), False),
    ({"words": {"none": ["@danger"]}}, enquiry(subject="smell of gas"), False),
    ({"words": {"phrase": ["painted wall"]}}, enquiry("a painted wall"), True),
    ({"words": {"phrase": ["painted wall"]}}, enquiry("a wall, painted"), False),
    ({"words": {"phrase": ["painted wall"]}}, enquiry("wall", subject="painted"), False),
    ({"words": {"any": ["bin"], "phrase": ["not emptied"]}}, enquiry("bin"), False),
    ({"words": {"any": ["bin"], "phrase": ["not emptied"]}}, enquiry("bin not emptied"), True),
    ({"words": {"any": ["bin"], "in": "subject"}}, enquiry("bin"), False),
    ({"words": {"any": ["bin"], "in": "subject"}}, enquiry(subject="bin"), True),
    ({"words": {"none": ["bin"], "in": "subject"}}, enquiry("bin"), True),
    ({"words": {"any": ["bin"], "in": "text"}}, enquiry(subject="bin"), False),
    ({"words": {"any": ["bin"]}}, enquiry(f"{'x ' * TEXT_LIMIT} bin"), False),
    ({"attachments": True}, enquiry(attachments=[LOGO]), False),
    ({"attachments": True}, enquiry(attachments=[LOGO, PDF]), True),
    ({"attachments": False}, enquiry(attachments=[LOGO]), True),
    ({"attachments": False}, enquiry(attachments=[PDF]), False),
    ({"attachments": ["image/*"]}, enquiry(attachments=[PDF, PHOTO]), True),
    ({"attachments": ["image/*"]}, enquiry(attachments=[PDF, LOGO]), False),
    ({"attachments": ["application/pdf"]}, enquiry(attachments=[PDF]), True),
    ({"attachments": ["application/pd"]}, enquiry(attachments=[PDF]), False),
    ({"answers": {"surface": ["brick", "metal"]}}, enquiry(answers={"surface": "metal"}), True),
    ({"answers": {"surface": ["brick"]}}, enquiry(answers={"surface": ("wood", "brick")}), True),
    ({"answers": {"surface": ["brick"]}}, enquiry(answers={"surface": "wood", "colour": "brick"}), False),
    ({"answers": {"surface": ["brick"], "size": ["big"]}}, enquiry(answers={"surface": "brick"}), False),
    ({"channel": ["email"], "words": {"any": ["bin"]}}, enquiry("bin"), True),
    ({"channel": ["sms"], "words": {"any": ["bin"]}}, enquiry("bin"), False),
]


@pytest.mark.parametrize(("when", "given", "matches"), CONDITIONS, ids=lambda case: str(case)[:70])
def test_a_condition_holds_as_the_format_says(when: dict[str, Any], given: Enquiry, matches: bool) -> None:
    only = rule("only", when, {"service": "found"})

    decision = decide([only], given)

    assert decision.service == ("found" if matches else "triage")
    assert decision.rule == ("only" if matches else "fallback")


def test_without_a_match_the_fallback_takes_the_enquiry() -> None:
    decision = decide([], enquiry("hello"))

    assert decision == Decision(service="triage", priority="normal", rule="fallback", policy="hash")


def test_the_first_match_of_a_band_closes_it() -> None:
    rules = [
        rule("first", {"words": {"any": ["bin"]}}, {"flags": ["one"]}),
        rule("second", {"words": {"any": ["bin"]}}, {"service": "bins", "flags": ["two"], "priority": "urgent"}),
    ]

    decision = decide(rules, enquiry("bin"))

    assert (decision.service, decision.flags, decision.priority) == ("triage", ("one",), "normal")
    assert [(out.rule, out.because) for out in decision.outvoted] == [("second", "after first")]


def test_bands_are_looked_at_in_their_own_order_and_not_that_of_the_rules() -> None:
    rules = [
        rule("topic", {}, {"service": "bins"}, "topic"),
        rule("gas", {"words": {"any": ["@danger"]}}, {"service": "emergencies"}, "emergency"),
    ]

    decision = decide(rules, enquiry("I smell gas by the bins"))

    assert (decision.service, decision.rule) == ("emergencies", "gas")


def test_rules_without_a_service_add_up_until_one_names_it() -> None:
    rules = [
        rule("gas", {}, {"flags": ["safety"], "priority": "high"}, "emergency"),
        rule("access", {}, {"flags": ["records", "safety"], "priority": "urgent"}, "legal"),
        rule("bins", {}, {"service": "bins", "priority": "low"}, "topic"),
    ]

    decision = decide(rules, enquiry())

    assert (decision.service, decision.priority, decision.rule) == ("bins", "urgent", "bins")
    assert decision.flags == ("records", "safety")
    assert [use.rule for use in decision.used] == ["gas", "access", "bins"]


def test_the_first_service_ends_the_search() -> None:
    rules = [
        rule("gas", {}, {"service": "emergencies"}, "emergency"),
        rule("access", {}, {"service": "records", "flags": ["records"], "priority": "urgent"}, "legal"),
    ]

    decision = decide(rules, enquiry())

    assert (decision.service, decision.flags, decision.priority) == ("emergencies", (), "normal")


def test_a_low_priority_that_nothing_raises_is_low() -> None:
    decision = decide([rule("r", {}, {"priority": "low"})], enquiry())

    assert decision.priority == "low"
    assert highest("low", "urgent", "normal") == "urgent"


def test_the_trace_names_the_conditions_that_held_and_the_first_that_failed() -> None:
    when = {"channel": ["email"], "words": {"any": ["x", "@danger", "gas"], "none": ["bill"]}, "attachments": False}
    failing = {"words": {"any": ["gas"]}, "answers": {"surface": ["brick"]}}
    rules = [rule("fails", failing, {"service": "other"}), rule("holds", when, {"service": "emergencies"})]

    decision = decide(rules, enquiry("smell gas"))

    assert decision.used[0].facts == ("channel=email", "words.any:@danger", "words.none", "attachments")
    assert [(out.rule, out.because) for out in decision.outvoted] == [("fails", "answers.surface")]


def test_the_trace_stays_short_however_many_rules_compete() -> None:
    rules = [rule(f"r{number}", {"words": {"any": ["bin"]}}, {"service": f"s{number}"}) for number in range(100)]

    decision = decide(rules, enquiry("bin"))

    assert decision.service == "s0"
    assert len(decision.outvoted) == 20


def test_only_rules_that_nothing_narrows_are_looked_at_every_time() -> None:
    narrowed = [
        {"words": {"any": ["bin"]}}, {"words": {"phrase": ["not emptied"]}}, {"words": {"all": ["@home", "bin"]}},
        {"service": ["bins"]}, {"to": ["mailto:bins@example.org"]}, {"answers": {"surface": ["brick"]}},
    ]  # fmt: skip
    broad = [{}, {"channel": ["sms"]}, {"words": {"none": ["bin"]}}, {"attachments": True}]

    made = rule_set(*(rule(f"r{number}", when, {}) for number, when in enumerate([*narrowed, *broad])))

    assert made.unkeyed == len(broad)


# ---- The index changes no decision: beside it, every rule in turn, as docs/reference/policy-format.md tells it

VOCABULARY = ["gas", "bin", "bill", "tŷ", "TY", "smell", "arogl", "nwy", "graffiti", "paint", "spray", "cartref", "of"]
WORD = st.sampled_from(VOCABULARY)
ENTRY = st.one_of(st.lists(WORD, min_size=1, max_size=3).map(" ".join), st.sampled_from([f"@{name}" for name in LISTS]))
ENTRIES = st.lists(ENTRY, min_size=1, max_size=3)
ADDRESS = st.sampled_from(["mailto:a@example.org", "mailto:A@example.org", "mailto:b@example.org", "tel:+441632960101"])
SERVICE = st.sampled_from(["bins", "graffiti", "records"])
ANSWER = st.sampled_from(["brick", "metal", "wood"])
VARIABLE = st.sampled_from(["surface", "size"])


def some(of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, min_size=1, max_size=2)


WORD_CONDITIONS = {"any": ENTRIES, "all": ENTRIES, "none": ENTRIES, "phrase": ENTRIES}
CONDITIONS_DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "channel": some(st.sampled_from(["email", "sms"])),
    "kind": some(st.sampled_from(["message", "call"])),
    "language": some(st.sampled_from(["en", "cy"])),
    "to": some(ADDRESS),
    "service": some(SERVICE),
    "words": st.fixed_dictionaries({}, optional={**WORD_CONDITIONS, "in": st.sampled_from(["subject", "text"])}),
    "attachments": st.one_of(st.booleans(), some(st.sampled_from(["image/*", "application/pdf"]))),
    "answers": st.dictionaries(VARIABLE, some(ANSWER), min_size=1, max_size=2),
}
# Many conditions seldom hold together: most rules have one, so that several match at once.
WHEN = st.one_of(
    st.fixed_dictionaries({}, optional=CONDITIONS_DRAWN),
    *(st.fixed_dictionaries({name: drawn}) for name, drawn in CONDITIONS_DRAWN.items()),
    *(st.fixed_dictionaries({"words": st.fixed_dictionaries({k: drawn})}) for k, drawn in WORD_CONDITIONS.items()),
)
THEN = st.fixed_dictionaries(
    {},
    optional={
        "service": SERVICE,
        "priority": st.sampled_from(PRIORITIES),
        "flags": st.lists(st.sampled_from(["safety", "records"]), max_size=2),
    },
)
RULES = st.lists(st.tuples(WHEN, THEN, st.sampled_from(BANDS)), max_size=12).map(
    lambda drawn: [rule(f"r{number}", when, then, band) for number, (when, then, band) in enumerate(drawn)]
)
TEXTS = st.lists(st.one_of(WORD, st.sampled_from(["-", "\n", "binary", "o'r"])), max_size=10).map(" ".join)
ENQUIRIES = st.builds(
    enquiry,
    TEXTS,
    channel=st.sampled_from(["email", "sms"]),
    kind=st.sampled_from(["message", "call"]),
    subject=st.one_of(st.none(), TEXTS),
    language=st.sampled_from([None, "en", "cy"]),
    recipients=st.lists(ADDRESS, max_size=2),
    cc=st.lists(ADDRESS, max_size=1),
    service_code=st.one_of(st.none(), SERVICE),
    attachments=st.lists(st.sampled_from([PHOTO, PDF, LOGO]), max_size=2),
    answers=st.dictionaries(VARIABLE, st.one_of(ANSWER, st.lists(ANSWER, max_size=2).map(tuple)), max_size=2),
)


def stands(entry: str, texts: list[list[str]]) -> bool:
    """Say whether an entry stands in one of some folded texts, word by word."""
    if entry.startswith("@"):
        return any(stands(one, texts) for entries in LISTS[entry[1:]].values() for one in entries)
    wanted = fold(entry)
    return any(text[at : at + len(wanted)] == wanted for text in texts for at in range(len(text)))


def words_hold(words: Mapping[str, Any], given: Enquiry) -> bool:
    read = {"subject": [given.subject or ""], "text": [given.text]}.get(
        words.get("in", "both"), [given.subject or "", given.text]
    )
    texts = [fold(text) for text in read]
    return (
        (not words.get("any") or any(stands(entry, texts) for entry in words["any"]))
        and (not words.get("phrase") or any(stands(entry, texts) for entry in words["phrase"]))
        and all(stands(entry, texts) for entry in words.get("all", ()))
        and not any(stands(entry, texts) for entry in words.get("none", ()))
    )


def answered(given: Enquiry, name: str) -> tuple[str, ...]:
    answer = given.answers.get(name, ())
    return (answer,) if isinstance(answer, str) else answer


def matches(rule: Rule, given: Enquiry) -> bool:
    when = rule.when.model_dump(by_alias=True, exclude_unset=True)
    own = {"channel": given.channel, "kind": given.kind, "language": given.language, "service": given.service_code}
    files = [attachment.media_type for attachment in given.attachments if not attachment.inline]
    wanted = when.get("attachments")
    if isinstance(wanted, bool):
        files_match = bool(files) == wanted
    else:
        files_match = wanted is None or any(
            media == one or (one == "image/*" and media.startswith("image/")) for media in files for one in wanted
        )
    addressed = {urn.lower() for urn in (*given.recipients, *given.cc)}
    return (
        all(value in when[name] for name, value in own.items() if name in when)
        and ("to" not in when or any(urn.lower() in addressed for urn in when["to"]))
        and ("words" not in when or words_hold(when["words"], given))
        and files_match
        and all(
            any(value in accepted for value in answered(given, name))
            for name, accepted in when.get("answers", {}).items()
        )
    )


def naive(rules: list[Rule], given: Enquiry) -> tuple[str, str, tuple[str, ...], str, list[str]]:
    used: list[Rule] = []
    for band in BANDS:
        first = next((rule for rule in rules if rule.band == band and matches(rule, given)), None)
        if first:
            used.append(first)
            if first.then.service:
                break
    last = used[-1].then.service if used else None
    said = [rule.then.priority for rule in used if rule.then.priority]
    return (
        last or "triage",
        max(said, key=PRIORITIES.index) if said else "normal",
        tuple(sorted({flag for rule in used for flag in rule.then.flags})),
        used[-1].id if last else "fallback",
        [rule.id for rule in used],
    )


@given(RULES, ENQUIRIES)
@settings(max_examples=600)
def test_the_index_decides_as_looking_at_every_rule_in_turn_does(rules: list[Rule], given: Enquiry) -> None:
    decision = decide(rules, given)

    found = (decision.service, decision.priority, decision.flags, decision.rule, [use.rule for use in decision.used])
    assert found == naive(rules, given)


@given(RULES, ENQUIRIES)
def test_a_rule_is_outvoted_by_what_fails_or_by_what_came_first(rules: list[Rule], given: Enquiry) -> None:
    by_id = {rule.id: rule for rule in rules}

    decision = decide(rules, given)

    used = {use.rule for use in decision.used}
    for out in decision.outvoted:
        assert out.rule not in used
        if out.because.startswith("after "):
            assert out.because.removeprefix("after ") in used
        else:
            assert not matches(by_id[out.rule], given)


@given(RULES, ENQUIRIES)
def test_a_decision_can_be_read_again_from_json(rules: list[Rule], given: Enquiry) -> None:
    decision = decide(rules, given)

    assert Decision.model_validate_json(decision.model_dump_json()) == decision


SECRET = "xyzzy"


@given(RULES, ENQUIRIES)
def test_a_decision_never_holds_the_words_of_the_citizen(rules: list[Rule], given: Enquiry) -> None:
    secret = given.model_copy(
        update={
            "text": f"{given.text} {SECRET}",
            "subject": f"{SECRET} {given.subject or ''}",
            "sender_name": SECRET,
            "answers": FrozenMap({**given.answers, SECRET: SECRET, "note": SECRET}),
            "attachments": (*given.attachments, Attachment(filename=SECRET, media_type=f"image/{SECRET}")),
            "recipients": (*given.recipients, mailto_urn(f"{SECRET}@example.org")),
            "service_code": given.service_code or SECRET,
            "language": given.language or SECRET,
        }
    )

    decision = decide(rules, secret)

    assert SECRET not in decision.model_dump_json()
