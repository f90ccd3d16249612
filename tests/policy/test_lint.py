"""Lint: every fault that is planted is found, and what is well is left alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.conditions import When
from onestop.core.enquiry import Enquiry
from onestop.core.rules import Rule, RuleSet
from onestop.errors import RequestError
from onestop.policy import compile_policy, load_policy
from onestop.policy.implies import Claims, implies
from onestop.policy.lint import CODES, lint

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Document = dict[str, Any]


def document() -> Document:
    """A policy in which lint finds nothing."""
    both = {"en": "Words", "cy": "Geiriau"}
    service = {"name": both, "description": both, "provider": "team", "acknowledge": "acknowledgement"}
    return {
        "council": {
            "schema": 1,
            "name": both,
            "reference_prefix": "NP",
            "languages": ["en", "cy"],
            "fallback_service": "triage",
        },
        "providers": {"providers": {"team": {"name": both, "kind": "team"}}},
        "services": {"services": {code: dict(service) for code in ("triage", "waste", "streets")}},
        "rules": {
            "bands": ["first", "second"],
            "rules": [
                {"id": "bins", "band": "first", "when": {"words": {"any": ["bin"]}}, "then": {"service": "waste"}},
                {"id": "mud", "band": "second", "when": {"words": {"any": ["mud"]}}, "then": {"service": "streets"}},
            ],
        },
        "templates": {"acknowledgement": {"subject": both, "text": both}},
        "calendars": {"calendars": {"office": {"hours": {"mon-fri": ["09:00-17:00"]}}}},
        "flags": {"flags": {}, "off": []},
    }


def found(made: Document, now: datetime = NOW, **options: Any) -> list[tuple[str, str]]:
    return [
        (finding.code, finding.where)
        for finding in lint(compile_policy(made), now, **options)
        if finding.code != "flag_without_queue"  # of the flags that every policy has
    ]


def rule(number: str, band: str = "second", then: Any = None, **when: Any) -> Document:
    made: Document = {"id": number, "band": band, "then": then or {"service": "streets"}}
    return made | ({"when": when} if when else {})


def words(*entries: str) -> Document:
    return {"any": list(entries)}


def standard(made: Document, **told: Any) -> None:
    made["services"]["services"]["waste"]["standard"] = {"calendar": "office"} | told


def drawn(*holes: int) -> Document:
    """Nine squares of a table, three by three, without those of some numbers."""
    shapes = {}
    for number in range(9):
        south, west = 51_000_000 + number // 3 * 10_000, -1_000_000 + number % 3 * 10_000
        if number not in holes:
            ring = f"{south} {west} 0 10000 10000 0 0 -10000"
            shapes[str(number)] = {"name": f"Square {number}", "polygons": [[ring]]}
    return {"areas": {"squares": {"file": "areas/squares.geojson", "code": "CODE", "shapes": shapes}}}


# -- each fault, planted -----------------------------------------------------------------------------------------------


def plant_contradiction(made: Document) -> None:
    made["rules"]["rules"].append(rule("never", words={"any": ["gull"], "none": ["gull"]}))


def plant_open_and_closed(made: Document) -> None:
    made["rules"]["rules"].append(rule("never", open=["office"], closed=["office"]))


def plant_shadowed(made: Document) -> None:
    made["rules"]["rules"].append(
        rule("late", "first", then={"service": "waste"}, words=words("green bin"), channel=["web"])
    )


def plant_shadowed_by_an_earlier_band(made: Document) -> None:
    made["rules"]["rules"].append(rule("late", words=words("bin"), kind=["message"]))


def plant_does_nothing(made: Document) -> None:
    made["rules"]["rules"].append(rule("idle", then={"flags": []}, words=words("gull")))


def plant_overlap(made: Document) -> None:
    made["rules"]["rules"].append(rule("later", "first", words=words("bin", "gull")))
    made["rules"]["rules"][-1]["when"]["words"]["any"] = ["gull", "bin"]


def plant_unreached(made: Document) -> None:
    made["services"]["services"]["lost"] = dict(made["services"]["services"]["waste"])


def plant_unused(made: Document) -> None:
    made["providers"]["providers"]["idle"] = dict(made["providers"]["providers"]["team"])


def plant_unreachable(made: Document) -> None:
    made["providers"]["providers"]["team"]["kind"] = "partner"


def plant_switched_off(made: Document) -> None:
    made["flags"]["off"] = ["threat-of-harm"]


def plant_hole(made: Document) -> None:
    made["areas"] = drawn(4)


def plant_unmeetable(made: Document) -> None:
    standard(made, targets={"resolve": "24 hours"})


def plant_reversed(made: Document) -> None:
    standard(made, targets={"inspect": "5 working days", "resolve": "2 working days"})


def plant_slower(made: Document) -> None:
    standard(made, targets={"resolve": "2 working days"}, severity={"offensive": {"resolve": "9 working days"}})


def plant_ending(made: Document) -> None:
    made["calendars"]["calendars"]["office"]["nation"] = "england-and-wales"


def plant_circle(made: Document) -> None:
    for one, other in (("waste", "streets"), ("streets", "waste")):
        step = {"target": "resolve", "at": "breach", "reassign": other}
        made["services"]["services"][one]["standard"] = {"targets": {"resolve": "5 days"}, "escalate": [step]}


def plant_one_language(made: Document) -> None:
    made["services"]["services"]["waste"]["name"] = {"en": "Waste"}


def plant_one_language_of_a_list(made: Document) -> None:
    made["words"] = {"lists": {"gulls": {"en": ["gull"]}}}


def plant_one_language_of_a_template(made: Document) -> None:
    made["templates"]["acknowledgement"]["text"] = {"cy": "Diolch"}


def plant_english_html(made: Document) -> None:
    made["templates"]["acknowledgement"]["html"] = "<p>Words</p>"


def plant_variable(made: Document) -> None:
    made["templates"]["spare"] = {**made["templates"]["acknowledgement"], "variables": ["code"]}


def plant_long_text(made: Document) -> None:
    made["templates"]["acknowledgement"]["sms"] = {"en": "x" * 919, "cy": "x"}


def plant_circumflex(made: Document) -> None:
    made["templates"]["acknowledgement"]["sms"] = {"en": "Thanks" + "." * 65, "cy": "Diolch tŷ" + "." * 65}


@pytest.mark.parametrize(
    ("plant", "code", "where"),
    [
        (plant_contradiction, "rule_contradicts", "never"),
        (plant_open_and_closed, "rule_contradicts", "never"),
        (plant_shadowed, "rule_shadowed", "late"),
        (plant_shadowed_by_an_earlier_band, "rule_shadowed", "late"),
        (plant_does_nothing, "rule_does_nothing", "idle"),
        (plant_overlap, "rules_overlap", "later"),
        (plant_unreached, "service_unreached", "services.lost"),
        (plant_unused, "provider_unused", "providers.idle"),
        (plant_unreachable, "provider_unreachable", "providers.team"),
        (plant_switched_off, "flag_switched_off", "off.threat-of-harm"),
        (plant_hole, "area_hole", "areas.squares"),
        (plant_unmeetable, "target_unmeetable", "services.waste.standard"),
        (plant_reversed, "targets_reversed", "services.waste.standard"),
        (plant_slower, "severity_slower", "services.waste.standard.severity.offensive"),
        (plant_circle, "escalation_circle", "services.waste.standard.escalate"),
        (plant_one_language, "language_missing", "services.waste.name"),
        (plant_one_language_of_a_list, "language_missing", "lists.gulls"),
        (plant_one_language_of_a_template, "language_missing", "acknowledgement.text"),
        (plant_english_html, "language_missing", "acknowledgement.html"),
        (plant_variable, "variable_unused", "spare.variables"),
        (plant_long_text, "sms_long", "acknowledgement.sms"),
        (plant_circumflex, "sms_dearer", "acknowledgement.sms"),
    ],
)
def test_a_planted_fault_is_found_and_nothing_else(plant: Callable[[Document], None], code: str, where: str) -> None:
    made = document()
    plant(made)

    assert found(made) == [(code, where)]


def test_a_calendar_whose_holidays_end_within_a_year_is_found() -> None:
    made = document()
    plant_ending(made)

    assert found(made) == []
    assert found(made, datetime(2028, 6, 1, tzinfo=UTC)) == [("calendar_ends", "calendars.office")]
    assert date(2028, 6, 1) < date(2028, 12, 26)


def test_a_flag_that_names_no_queue_is_found_and_one_that_does_is_not() -> None:
    made = document()
    made["flags"]["flags"] = {"emergency": {"queue": "team"}}

    codes = {finding.where for finding in lint(compile_policy(made), NOW) if finding.code == "flag_without_queue"}

    assert "flags.safeguarding" in codes
    assert "flags.emergency" not in codes


def test_a_flag_that_a_rule_of_the_councils_own_raises_instead_is_found_and_said_to_be() -> None:
    made = document()
    plant_switched_off(made)
    own = rule("own-threat", "first", then={"flags": ["threat_of_harm"]}, words=words("knife"))
    made["rules"]["rules"].insert(0, own)

    [problem] = [each.problem for each in lint(compile_policy(made), NOW) if each.code == "flag_switched_off"]

    assert problem == "threat-of-harm is not asked: threat_of_harm is raised by others alone"


def test_a_rule_of_the_councils_own_in_place_of_a_shipped_one_is_no_finding() -> None:
    made = document()
    made["flags"]["rules"] = {
        "threat-of-harm": {"when": {"words": {"any": ["knife"]}}, "then": {"flags": ["threat_of_harm"]}}
    }

    assert found(made) == []


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found(document()) == []


def test_a_finding_that_is_meant_so_is_left_out() -> None:
    made = document()
    plant_unused(made)

    assert found(made, ignore=["provider_unused"]) == []


def test_a_code_that_lint_does_not_have_is_refused() -> None:
    with pytest.raises(RequestError, match="provider_idle"):
        lint(compile_policy(document()), NOW, ignore=["provider_idle"])


def test_every_code_has_a_planted_fault() -> None:
    [planting] = test_a_planted_fault_is_found_and_nothing_else.pytestmark  # type: ignore[attr-defined]  # set by pytest
    planted = {code for _, code, _ in planting.args[1]}

    assert planted | {"calendar_ends", "flag_without_queue"} == set(CODES)


# -- what is no fault --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "when",
    [
        {"words": {"any": ["bin", "gull"]}},  # a gull alone is not the earlier rule's
        {"words": {"any": ["mud"]}, "channel": ["web"]},
    ],
)
def test_a_rule_that_may_yet_be_used_is_not_called_shadowed(when: Document) -> None:
    made = document()
    made["rules"]["rules"].insert(1, rule("early", "second", words=words("mud"), channel=["sms"]))
    made["rules"]["rules"].append(rule("late", "first", then={"service": "waste"}, **when))

    assert ("rule_shadowed", "late") not in found(made)


def test_a_rule_without_a_service_leaves_the_next_band_its_due() -> None:
    made = document()
    made["rules"]["rules"].insert(0, rule("flagged", "first", then={"flags": ["smelly"]}, words=words("bin")))
    made["rules"]["rules"].append(rule("late", "second", words=words("bin")))

    assert ("rule_shadowed", "late") not in found(made)


def test_areas_without_a_hole_have_none_and_a_bay_is_none() -> None:
    for holes in ((), (1,), (0, 1, 2)):
        made = document()
        made["areas"] = drawn(*holes)
        assert found(made) == []


# -- that one rule follows from another --------------------------------------------------------------------------------

ENTRIES = ("bin", "green bin", "gull", "mud")
subsets = st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3, unique=True).map(tuple)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.lists(st.sampled_from(["web", "sms", "email"]), min_size=1, max_size=2, unique=True),
        "words": st.fixed_dictionaries(
            {}, optional={"any": subsets, "all": subsets, "none": subsets, "phrase": subsets}
        ),
        "answers": st.dictionaries(
            st.sampled_from(["size"]), st.lists(st.sampled_from("ab"), min_size=1, unique=True), max_size=1
        ),
        "attachments": st.booleans(),
    },
)
enquiries = st.builds(
    lambda text, channel, answers: Enquiry(
        channel=channel, adapter="any", received_at=NOW, text=" ".join(text), answers=answers
    ),
    st.lists(st.sampled_from((*ENTRIES, "green", "the")), max_size=4),
    st.sampled_from(["web", "sms", "email"]),
    st.dictionaries(st.just("size"), st.sampled_from("ab"), max_size=1),
)


@settings(max_examples=150, deadline=None)
@given(narrow=conditions, wide=conditions, sent=st.lists(enquiries, min_size=1, max_size=6))
def test_what_is_said_to_follow_does_for_every_enquiry(narrow: Any, wide: Any, sent: list[Enquiry]) -> None:
    one, other = (When.model_validate(each) for each in (narrow, wide))

    if implies(Claims.of(one, {}), Claims.of(other, {})):
        for enquiry in sent:
            assert _matches(other, enquiry) or not _matches(one, enquiry)


def _matches(when: When, enquiry: Enquiry) -> bool:
    only = Rule.model_validate(
        {"id": "only", "band": "b", "when": when.model_dump(by_alias=True), "then": {"service": "s"}}
    )
    return RuleSet([only], ("b",), [], "fallback").decide(enquiry, "").rule == "only"


@settings(max_examples=60, deadline=None)
@given(when=conditions)
def test_every_condition_follows_from_itself(when: Any) -> None:
    claims = Claims.of(When.model_validate(when), {})

    assert implies(claims, claims)


def test_the_page_on_lint_names_every_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "lint-a-policy.md").read_text(encoding="utf-8")

    assert {code for code in CODES if f"| `{code}` |" in page} == set(CODES)


def test_what_lint_finds_at_northport_is_meant_so_and_explained() -> None:
    northport = Path(__file__).parents[2] / "examples" / "northport"

    left = list(lint(load_policy(northport / "policy"), NOW))

    assert [(finding.code, finding.where) for finding in left] == [
        ("target_unmeetable", "services.council-repairs.standard")
    ]
    assert "finds one thing, which is meant so" in (northport / "README.md").read_text(encoding="utf-8")


def test_a_dearer_language_is_told_with_both_counts_and_its_letters() -> None:
    made = document()
    plant_circumflex(made)

    [told] = [finding.problem for finding in lint(compile_policy(made), NOW) if finding.code == "sms_dearer"]

    assert told == "takes 1 in en, 2 in cy, whose ŷ is outside the alphabet of text messages"
