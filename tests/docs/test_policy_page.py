"""The page on the policy folder names every key that the code reads, and none that it does not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from onestop.core.commands import Topic, VocabularyData
from onestop.core.conditions import KINDS, Repeat, When, Words
from onestop.core.costs import Cost
from onestop.core.directory import Choice, Provider, Question, Responsible, Service, Standard
from onestop.core.escalation import Escalation
from onestop.core.flags import Flag
from onestop.core.lifecycle import GUARDS, Action, ActionTimer, Asking, Effects, LifecycleData, State
from onestop.core.mappings import Mappings
from onestop.core.policy import Council, Files, Nuisance, QuestionLimits, Windows
from onestop.core.reading import AnswerData
from onestop.core.rules import Result, Rule
from onestop.policy.calendars import CalendarData, ClosedDay, OpenDay
from onestop.policy.files import default_templates
from onestop.policy.flags import FlagsData
from onestop.policy.markup import ATTRIBUTES, TAGS
from onestop.policy.mistakes import OWN_FILES
from onestop.policy.templates import FILTERS, VARIABLES, TemplateData

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "policy-format.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\.toml\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))

MODELS: dict[str, tuple[type[BaseModel], ...]] = {
    "council": (Council, Windows, Nuisance, QuestionLimits, Files, Cost),
    "providers": (Provider,),
    "services": (Service, Question, Choice, Standard, Responsible),
    "rules": (Rule, Result, When, Words, Repeat),
    "flags": (FlagsData, Flag),
    "calendars": (CalendarData, ClosedDay, OpenDay),
    "escalation": (Escalation,),
    "lifecycles": (LifecycleData, State, Action, Effects, Asking, ActionTimer),
    "mappings": (Mappings,),
    "templates": (TemplateData,),
    "commands": (VocabularyData, Topic),
    "answers": (AnswerData,),
}
# What tables explain beside keys of models.
BESIDE: dict[str, set[str]] = {"council": {"schema"}, "lifecycles": set(GUARDS), "templates": set(VARIABLES)}


def keys(model: type[BaseModel]) -> set[str]:
    """Give the keys of a model as files write them."""
    named = (field.alias or name for name, field in model.model_fields.items())
    return set(named) - ({"code"} if model in (Service, Provider, Flag) else set())


def keys_of(file: str) -> set[str]:
    """Give the keys that a file of the folder may have, in any of its tables."""
    return {key for model in MODELS[file] for key in keys(model)} | BESIDE.get(file, set())


def words(text: str) -> set[str]:
    """Give the words that stand as code, the parts of a path each by itself, and those of the examples."""
    written = {part for code in re.findall(r"`([^`\n]+)`", text) for part in re.findall(r"\w+", code)}
    return written | {word for example in examples(text) for word in re.findall(r"\w+", example)}


def examples(text: str) -> list[str]:
    """Give the blocks of TOML."""
    return re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def first_cells(text: str) -> set[str]:
    """Give the keys that tables of keys, conditions, guards and effects explain, without the tables they are in."""
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {code.rpartition(".")[2] for row in rows for code in re.findall(r"`([\w.]+)`", row)}


@pytest.mark.parametrize("file", OWN_FILES)
def test_every_file_has_a_section_and_a_row(file: str) -> None:
    assert file in SECTIONS
    assert f"| [`{file}.toml`](#{file}toml) |" in PAGE


@pytest.mark.parametrize("file", MODELS)
def test_every_key_of_a_file_stands_in_its_section(file: str) -> None:
    wanted = keys_of(file)

    assert wanted - words(SECTIONS[file]) == set()


@pytest.mark.parametrize("file", sorted(MODELS.keys() - {"mappings"}))
def test_no_key_is_explained_that_a_file_has_not(file: str) -> None:
    explained = first_cells(SECTIONS[file])

    assert explained - keys_of(file) - {"X"} == set()


@pytest.mark.parametrize("condition", KINDS)
def test_every_condition_has_a_row_with_an_example(condition: str) -> None:
    row = re.search(rf"^\| `{condition}` \| `(.+?)` \|", SECTIONS["rules"], re.MULTILINE)

    assert row is not None
    example = tomllib.loads(f"{condition} = {row[1]}")
    assert list(When.model_validate(without_urns(example)).given()) == ([] if condition == "to" else [condition])


def without_urns(when: dict[str, Any]) -> dict[str, Any]:
    """Take out the addresses, which the folder's reader turns into contact points before."""
    return {key: value for key, value in when.items() if key != "to"}


@pytest.mark.parametrize("guard", GUARDS)
def test_every_guard_is_explained(guard: str) -> None:
    assert guard in first_cells(SECTIONS["lifecycles"])


def test_every_filter_of_templates_stands_there() -> None:
    assert set(FILTERS) <= words(SECTIONS["templates"])


def test_every_tag_and_attribute_of_html_and_every_shipped_template_stands_there() -> None:
    assert {*TAGS, *ATTRIBUTES, *default_templates()} <= words(SECTIONS["templates"])


@pytest.mark.parametrize(
    ("table", "model"), [("", Council), ("windows.", Windows), ("nuisance.", Nuisance), ("files.", Files)]
)
def test_what_counts_when_a_key_is_left_out_is_what_the_code_has(table: str, model: type[BaseModel]) -> None:
    rows = re.findall(rf"^\| `{re.escape(table)}(\w+)` \| [^|]+ \| ([^|]*) \|", SECTIONS["council"], re.MULTILINE)
    said = {key: tomllib.loads(f"x = {cell.strip('`')}")["x"] for key, cell in rows if cell.strip()}

    has = {name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in has.items()}
    assert said == {name: value for name, value in plain.items() if not isinstance(value, BaseModel)}


def test_every_example_is_toml() -> None:
    read = [tomllib.loads(example) for text in SECTIONS.values() for example in examples(text)]

    assert len(read) >= len(OWN_FILES)
    assert all(read)


def test_the_lifecycle_that_is_shown_can_be_used() -> None:
    (example,) = examples(SECTIONS["lifecycles"])

    shown = tomllib.loads(example)["lifecycles"]["repair"]

    assert LifecycleData.model_validate(shown).problems() == []
