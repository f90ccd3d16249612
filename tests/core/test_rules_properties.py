"""Any rules and any enquiry: the index changes no decision, and the trace alone gives the decision again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.areas import Areas
from onestop.core.conditions import KINDS, NOBODY, Circumstances, When, compiled
from onestop.core.enquiry import Enquiry
from onestop.core.facts import Facts, Lookups
from onestop.core.rules import FLAGS, PRIORITIES, Decision, Rule, RuleSet
from onestop.core.words import WordList
from onestop.errors import RequestError

BANDS = (FLAGS, "first", "second", "topic")
LISTS = [WordList.model_validate({"name": "danger", "entries": {"en": ["gas", "smell of gas"], "cy": ["nwy"]}})]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Always:
    """Hours that are open, or closed, at every moment."""

    def __init__(self, is_open: bool) -> None:
        self._is_open = is_open

    def is_open(self, moment: datetime) -> bool:
        """Say the same of every moment."""
        return self._is_open


CALENDARS = {"day": Always(True), "night": Always(False)}
LOOKUPS = Lookups({words.name: words.folded() for words in LISTS}, CALENDARS)


def some(*values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


SERVICES = ("bins", "graffiti", "records")
ENTRIES = some("gas", "bin", "bill", "smell of gas", "@danger")
# One for each kind of condition: a new kind without one fails below.
DRAWN: Mapping[str, st.SearchStrategy[Any]] = {
    "channel": some("email", "sms"),
    "adapter": some("email", "other"),
    "kind": some("message", "call"),
    "language": some("cy", "cy-GB", "en", "*"),
    "to": some("mailto:a@example.org", "mailto:b@example.org"),
    "service": some(*SERVICES),
    "words": st.fixed_dictionaries({}, optional=dict.fromkeys(("any", "all", "none", "phrase"), ENTRIES)),
    "attachments": st.booleans(),
    "answers": st.dictionaries(st.sampled_from(["size", "where"]), some("big", "small"), min_size=1),
    "area": some("docks", "wards"),
    "postcode": some("NP1", "NP10 8"),
    "near": st.just({"point": [53.4, -2.9], "within_m": 500}),
    "place": st.dictionaries(st.sampled_from(["owner", "road_class"]), some("county", "A"), min_size=1),
    "open": some(*CALENDARS),
    "closed": some(*CALENDARS),
    "open_case": some("*", *SERVICES),
    "repeat": st.fixed_dictionaries(
        {"within_days": st.integers(1, 20), "at_least": st.integers(1, 3)}, optional={"service": some(*SERVICES)}
    ),
    "needs": some("bsl", "large-print"),
}
WHEN = st.one_of(
    st.fixed_dictionaries({}, optional=dict(DRAWN)),
    *(st.fixed_dictionaries({name: drawn}) for name, drawn in DRAWN.items()),
)
THEN = st.fixed_dictionaries(
    {},
    optional={
        "service": st.sampled_from(SERVICES),
        "priority": st.sampled_from(PRIORITIES),
        "flags": st.lists(st.sampled_from(["safety", "records"]), max_size=2),
    },
)


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Draw rules in any order of bands; those of the band of flags name no service, as the format has it."""
    made = []
    for number in range(draw(st.integers(0, 10))):
        band, then = draw(st.sampled_from(BANDS)), dict(draw(THEN))
        if band == FLAGS:
            then.pop("service", None)
        elif "service" in then and draw(st.booleans()):
            then["also"] = [code for code in draw(some(*SERVICES)) if code != then["service"]]
        made.append(Rule.model_validate({"id": f"r{number}", "band": band, "when": draw(WHEN), "then": then}))
    return made


TEXTS = st.lists(st.sampled_from(["gas", "bin", "bill", "nwy", "smell", "of", ".", "\n"]), max_size=9).map(" ".join)
LOCATIONS = st.fixed_dictionaries(
    {},
    optional={
        "lat": st.sampled_from([53.4, 53.401, 54.0]),
        "lon": st.sampled_from([-2.9, -2.901]),
        "postcode": st.sampled_from(["NP10 8AB", "NP1 1AA", "AB1 2CD"]),
        "facts": st.dictionaries(st.sampled_from(["owner", "road_class"]), st.sampled_from(["county", "A"])),
    },
)


@st.composite
def enquiries(draw: st.DrawFn) -> Enquiry:
    given = {
        "adapter": "email",
        "received_at": NOW,
        "channel": draw(st.sampled_from(["email", "sms"])),
        "kind": draw(st.sampled_from(["message", "call"])),
        "text": draw(TEXTS),
        "subject": draw(st.none() | TEXTS),
        "language": draw(st.sampled_from([None, "en", "cy", "cy-GB"])),
        "recipients": draw(st.lists(st.sampled_from(["mailto:A@example.org", "mailto:b@example.org"]), max_size=2)),
        "service_code": draw(st.sampled_from([None, *SERVICES])),
        "answers": draw(st.dictionaries(st.sampled_from(["size", "where"]), st.sampled_from(["big", "small"]))),
        "location": draw(st.none() | LOCATIONS),
    }
    return Enquiry.model_validate(given)


CIRCUMSTANCES = st.just(NOBODY) | st.builds(
    Circumstances,
    open_cases=st.lists(st.sampled_from(SERVICES), max_size=2).map(tuple),
    recent=st.lists(
        st.tuples(st.sampled_from(SERVICES), st.integers(0, 25).map(lambda days: NOW - timedelta(days=days))),
        max_size=4,
    ).map(tuple),
    needs=st.frozensets(st.sampled_from(["bsl", "large-print", "braille"])),
    language=st.sampled_from([None, "en", "cy"]),
)


def rule_set(drawn: list[Rule]) -> RuleSet:
    return RuleSet(drawn, BANDS, LISTS, "triage", several={"topic"}, calendars=CALENDARS)


def decide(drawn: list[Rule], enquiry: Enquiry, known: Circumstances) -> Decision:
    return rule_set(drawn).decide(enquiry, "hash", known, Areas().of(enquiry.location))


def every_in_turn(drawn: list[Rule], enquiry: Enquiry, known: Circumstances) -> list[str]:
    """Give the rules that are used, found by looking at all of them."""
    facts = Facts(enquiry, known, Areas().of(enquiry.location))
    used: list[str] = []
    for band in BANDS:
        for rule in (rule for rule in drawn if rule.band == band):
            if all(condition.holds(facts) for _, condition in compiled(rule.when, LOOKUPS)):
                used.append(rule.id)
                if rule.then.service:
                    return used
                if band != FLAGS:
                    break
    return used


def test_every_condition_is_a_kind_that_is_compiled_and_drawn_here() -> None:
    assert KINDS.keys() == When.model_fields.keys() == DRAWN.keys()


@given(rules(), enquiries(), CIRCUMSTANCES)
@settings(max_examples=100, deadline=None)
def test_the_rules_used_are_those_that_looking_at_all_of_them_gives(
    drawn: list[Rule], enquiry: Enquiry, known: Circumstances
) -> None:
    decision = decide(drawn, enquiry, known)

    assert [use.rule for use in decision.used] == every_in_turn(drawn, enquiry, known)


@given(rules(), enquiries(), CIRCUMSTANCES)
@settings(max_examples=100, deadline=None)
def test_every_enquiry_gets_one_service_that_a_used_rule_or_nobody_named(
    drawn: list[Rule], enquiry: Enquiry, known: Circumstances
) -> None:
    decision = decide(drawn, enquiry, known)

    by_id = {rule.id: rule for rule in drawn}
    named = [by_id[use.rule].then.service for use in decision.used if by_id[use.rule].then.service]
    assert named == ([decision.service] if decision.rule != "fallback" else [])
    assert decision.rule != "fallback" or decision.service == "triage"


@given(rules(), enquiries(), CIRCUMSTANCES)
@settings(max_examples=100, deadline=None)
def test_the_trace_and_the_rules_alone_give_the_decision_again(
    drawn: list[Rule], enquiry: Enquiry, known: Circumstances
) -> None:
    decision = decide(drawn, enquiry, known)
    also = tuple(each.model_copy(update={"priority": "normal", "flags": ()}) for each in decision.also)
    bare = decision.model_copy(
        update={"service": "", "priority": "normal", "flags": (), "rule": "", "tell": None, "stop": False, "also": also}
    )

    assert rule_set(drawn).reproduce(bare) == decision


def test_a_trace_of_other_rules_is_refused() -> None:
    rule = Rule.model_validate({"id": "gone", "band": "topic", "then": {"service": "bins"}})
    decision = decide([rule], Enquiry.model_validate({"channel": "sms", "adapter": "x", "received_at": NOW}), NOBODY)

    with pytest.raises(RequestError, match="does not have"):
        rule_set([]).reproduce(decision)
