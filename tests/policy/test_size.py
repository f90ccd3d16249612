"""A policy of any size is read in time and memory that grow with it, or refused."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.channels.test_linearity import AT_MOST, instructions

from onestop.errors import PolicyError
from onestop.policy import compile_policy

GOOD = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "good").glob("*.toml")}


def services(n: int) -> dict[str, Any]:
    made = deepcopy(GOOD)
    made["services"]["services"] |= {f"s{n}": {"name": "x", "provider": "clear-streets"} for n in range(n)}
    return made


def rules(n: int, **when: Any) -> dict[str, Any]:
    made = deepcopy(GOOD)
    band = made["rules"]["bands"][-1]
    made["rules"]["rules"] += [
        {"id": f"r{i}", "band": band, "when": when or {"words": {"any": [f"w{i}"]}}, "then": {"priority": "high"}}
        for i in range(n)
    ]
    return made


def days(n: int) -> dict[str, Any]:
    listed = [{"date": (date(2026, 1, 1) + timedelta(days=i)).isoformat(), "hours": ["09:00-12:00"]} for i in range(n)]
    hours = {"mon-fri": ["09:00-17:00"]}
    return deepcopy(GOOD) | {"calendars": {"calendars": {"office": {"hours": hours, "open": listed}}}}


def postcodes(n: int) -> dict[str, Any]:
    listed = [f"NP{i // 10 % 90 + 1} {i % 10}" for i in range(n)]
    return deepcopy(GOOD) | {"areas": {"areas": {"centre": {"postcodes": listed}}}}


def states(n: int) -> dict[str, Any]:
    """A lifecycle that is one long way, each step of which is taken by a timer of the one before."""
    made = deepcopy(GOOD)
    by = {"roles": ["worker", "system"]}
    steps = {
        f"a{i}": {
            "from": [f"s{i}"],
            "to": f"s{i + 1}",
            "effects": {"timer": {"action": f"a{i + 1}", "after": "1 day"}},
            **by,
        }
        for i in range(n)
    }
    last = {f"a{n}": {"from": [f"s{n}"], "to": "end", "closing_reason": "done", **by}}
    named = {f"s{i}": {"type": "open" if i else "new"} for i in range(n + 1)} | {"end": {"type": "closed"}}
    long = {"initial": "s0", "states": named, "actions": steps | last}
    made.setdefault("lifecycles", {"lifecycles": {}})["lifecycles"]["long"] = long
    return made


def successors(n: int) -> dict[str, Any]:
    service = next(iter(GOOD["services"]["services"]))
    chain = {f"gone{i}": f"gone{i + 1}" for i in range(n)} | {f"gone{n}": service}
    return deepcopy(GOOD) | {"mappings": {"services": chain}}


SHAPES = {
    "services": services,
    "rules": rules,
    "days with hours of their own": days,
    "postcodes": postcodes,
    "states": states,
    "successors": successors,
}


@pytest.mark.parametrize("kind", SHAPES)
def test_twice_as_much_of_a_policy_is_about_twice_the_work(kind: str) -> None:
    make = SHAPES[kind]
    compile_policy(make(3))  # what is loaded on first use is no work of the policy
    once, twice = make(200), make(400)

    work = [instructions(lambda document=document: compile_policy(document)) for document in (once, twice)]

    assert work[1] <= AT_MOST * work[0]


def test_rules_that_look_for_more_words_than_memory_holds_are_refused() -> None:
    document = rules(2_001, words={"any": ["@all"]})
    document["words"]["lists"]["all"] = {"en": [f"word{n}" for n in range(1_000)]}

    with pytest.raises(PolicyError) as caught:
        compile_policy(document)

    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.where) == ("rules.toml", "rules")
    assert "at most are 2,000,000" in mistake.problem


def test_a_number_too_long_to_be_written_is_a_mistake_where_a_name_is_expected() -> None:
    document = days(0)
    document["calendars"]["calendars"]["office"]["nation"] = 16**5_000

    with pytest.raises(PolicyError) as caught:
        compile_policy(document)

    assert caught.value.mistakes[0].where == "calendars.office.nation"
