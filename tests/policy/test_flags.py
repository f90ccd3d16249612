"""flags.toml: shipped flags and words, what a council says otherwise, and what stays as it was decided."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from onestop.core.enquiry import Enquiry
from onestop.core.policy import Policy
from onestop.errors import PolicyError
from onestop.policy import compile_policy, read_policy


def decided(policy: Policy, text: str) -> tuple[str, ...]:
    enquiry = Enquiry(channel="sms", adapter="a", text=text, received_at="2026-03-02T09:30:00Z")
    return policy.decide(enquiry).flags


@pytest.fixture
def bare(document: dict[str, Any]) -> dict[str, Any]:
    """Give a policy without a rule or a word of its own."""
    kept = deepcopy(document)
    kept.pop("words", None)
    kept["rules"] = {"bands": ["topic"], "rules": []}
    return kept


def mistakes(document: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        compile_policy(document)
    return [f"{m.file}:{m.where}: {m.problem}" for m in caught.value.mistakes]


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("There is a smell of gas", "emergency"),
        ("Mae arogl nwy yma", "emergency"),
        ("The child next door is covered in bruises", "safeguarding"),
        ("Mae cleisiau ar y plentyn", "safeguarding"),
        ("I want to die", "safeguarding"),
        ("I know where you live", "threat_of_harm"),
        ("Dw i'n gwybod lle rwyt ti'n byw", "threat_of_harm"),
        ("Send me everything you hold about me", "subject_access"),
        ("Hoffwn gopi o fy ffeil", "subject_access"),
        ("Under the Freedom of Information Act", "information_request"),
        ("This is an EIR request", "information_request"),
        ("I shall take you to court", "legal_claim"),
        ("Rwyf am wneud cwyn ffurfiol", "complaint"),
        ("I have written to my councillor", "elected_member"),
        ("I am a journalist", "press"),
    ],
)
def test_a_council_without_a_rule_of_its_own_has_every_flag(bare: dict[str, Any], text: str, flag: str) -> None:
    policy = compile_policy(bare)

    flags = decided(policy, text)

    assert flag in flags


def test_what_nobody_need_look_at_has_no_flag(bare: dict[str, Any]) -> None:
    policy = compile_policy(bare)

    texts = ["My bin was not collected", "Mae'r bin yn llawn", "Please stop the dumping", "A complaint about noise"]

    assert [decided(policy, text) for text in texts] == [()] * 4


def test_a_word_list_of_the_same_name_takes_the_place_of_the_shipped_one(bare: dict[str, Any]) -> None:
    bare["words"] = {"lists": {"smell-of-gas": {"en": ["whiff"]}}}

    policy = compile_policy(bare)

    assert decided(policy, "A whiff of something") == ("emergency",)
    assert decided(policy, "smell of gas") == ()
    assert decided(policy, "arogl nwy") == ()


def test_a_rule_of_the_same_name_takes_the_place_of_the_shipped_one(bare: dict[str, Any]) -> None:
    rule = {"when": {"words": {"any": ["@press"]}, "channel": ["email"]}, "then": {"flags": ["press"]}}
    bare["flags"] = {"rules": {"press": rule}}

    policy = compile_policy(bare)

    assert decided(policy, "I am a journalist") == ()


def test_a_rule_is_switched_off_by_its_name_and_no_other_is(bare: dict[str, Any]) -> None:
    bare["flags"] = {"off": ["press"]}

    policy = compile_policy(bare)

    assert decided(policy, "I am a journalist and smell gas") == ("emergency",)


def test_a_flag_of_a_council_adds_to_the_keys_of_the_shipped_one(document: dict[str, Any]) -> None:
    provider = next(iter(document["providers"]["providers"]))
    document["flags"] = {"flags": {"subject_access": {"queue": provider}, "noise_at_night": {"priority": "high"}}}

    policy = compile_policy(document)

    flag = policy.flags.by_code["subject_access"]
    assert (flag.queue, flag.priority, str(flag.clock)) == (provider, "high", "1 month")
    assert policy.flags.by_code["noise_at_night"].priority == "high"


def test_a_source_from_before_there_were_flags_decides_as_it_did(bare: dict[str, Any]) -> None:
    now = compile_policy(bare)
    old = now.source.decode()
    start = old.index(',"flags":')
    without = old[:start] + old[old.index(',"lifecycles"' if '"lifecycles"' in old else ',"templates"', start) :]

    policy = read_policy(without.encode())

    assert decided(now, "smell of gas") == ("emergency",)
    assert decided(policy, "smell of gas") == ()


def test_a_kept_source_is_the_same_policy(document: dict[str, Any]) -> None:
    policy = compile_policy(document)

    assert read_policy(policy.source).hash == policy.hash


@pytest.mark.parametrize(
    ("flags", "mistake"),
    [
        ({"off": ["gas"]}, "flags.toml:off[0]: names no rule of flags.toml: 'gas'"),
        ({"flags": {"press": {"queue": "nobody"}}}, "flags.toml:flags.press.queue: names no provider: 'nobody'"),
        ({"flags": {"press": {"calendar": "none"}}}, "flags.toml:flags.press.calendar: names no calendar: 'none'"),
        ({"flags": {"press": {"clock": "soon"}}}, "flags.toml:flags.press.clock: must be a time such as"),
        ({"flags": {"press": {"colour": "red"}}}, "flags.toml:flags.press.colour: is not known here"),
        ({"flags": {"Press": {}}}, "flags.toml:flags.Press: must be named by a short word"),
        ({"flags": {"press": 1}}, "flags.toml:flags.press: must be a table"),
        ({"rules": {"x": {"then": {"flags": ["a"], "service": "triage"}}}}, "flags.toml:rules.x.then: must not name a"),
        ({"rules": {"x": {"then": {}}}}, "flags.toml:rules.x.then.flags: must name at least one flag"),
        ({"rules": {"x": {"band": "topic", "then": {"flags": ["a"]}}}}, "flags.toml:rules.x.band: is not known here"),
        ({"rules": {"x": {"then": {"flags": ["a"], "tell": "b"}}}}, "flags.toml:rules.x.then.tell: names no template"),
        ({"rules": {"x": {"then": {"flags": ["a"], "stop": True}}}}, "flags.toml:rules.x.then.stop: needs `tell`"),
        (
            {"rules": {"x": {"when": {"words": {"any": ["@no"]}}, "then": {"flags": ["a"]}}}},
            "flags.toml:rules.x.when.words.any[0]: names no word list: 'no'",
        ),
        ({"rules": {"x": {"when": {"to": ["?"]}, "then": {"flags": ["a"]}}}}, "flags.toml:rules.x.when.to[0]: must be"),
        ({"rules": []}, "flags.toml:rules: must be a table"),
        ({"see_words": "worker"}, "flags.toml:see_words: must be a list"),
        ({"colours": 1}, "flags.toml:colours: is not known here"),
    ],
)
def test_a_mistake_is_told_where_it_stands(document: dict[str, Any], flags: Any, mistake: str) -> None:
    document["flags"] = flags

    told = mistakes(document)

    assert [line for line in told if line.startswith(mistake)], told


def test_the_band_of_flags_is_there_without_being_named(document: dict[str, Any]) -> None:
    document["rules"]["bands"] = ["flags", *document["rules"]["bands"]]

    told = mistakes(document)

    assert told == ["rules.toml:bands: must not name flags, which is there already and comes first"]
