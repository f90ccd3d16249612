"""A day is loaded: every mistake is told before the first step."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onestop.channels import discover
from onestop.errors import ReplayError
from onestop.replay import load_day
from onestop.replay.day import Expectation, MessageExpectation, Step
from onestop.replay.load import read_day
from onestop.replay.verbs import VERBS

MOMENTS = st.datetimes(timezones=st.none() | st.timezones())
SCALARS = (
    st.text(max_size=8) | st.integers() | st.floats() | st.booleans() | MOMENTS | MOMENTS.map(lambda at: at.date())
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner), max_leaves=6
)
KEYS = st.sampled_from([*Step.model_fields, "other"])
LIKELY = st.sampled_from(
    ["post", "bin", "bin.eml", "worker:alice", "related", "../small/answer.eml", "", "\0", "x" * 300]
)
EXPECTED = st.dictionaries(st.sampled_from(list(Expectation.model_fields)), VALUES | LIKELY, max_size=4)
STEPS = st.dictionaries(KEYS, VALUES | LIKELY | EXPECTED | MOMENTS, max_size=6)
ADAPTERS = st.dictionaries(
    st.just("post"), VALUES | st.fixed_dictionaries({"adapter": st.just("email")}, optional={"from_address": VALUES})
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "policy": VALUES | LIKELY | st.just("."),
        "seed": VALUES,
        "adapters": VALUES | ADAPTERS,
        "steps": VALUES | st.lists(STEPS, max_size=4),
        "other": VALUES,
    },
)


def test_every_mistake_of_a_day_is_told_at_once(days: Path) -> None:
    with pytest.raises(ReplayError) as told:
        load_day(days / "broken")

    head, *mistakes = str(told.value).splitlines()
    assert head == f"{len(mistakes)} mistakes in day.toml"
    expected = (days / "broken" / "mistakes.txt").read_text("utf-8").replace("{adapters}", ", ".join(discover()))
    assert mistakes == expected.splitlines()


@given(document=DOCUMENTS)
def test_any_document_is_a_day_or_has_mistakes(document: dict[str, Any]) -> None:
    folder = Path(__file__).parent / "days" / "small"

    try:
        outcome: object = read_day(document, folder).steps
    except ReplayError as error:
        outcome = str(error).splitlines()[1:]

    assert outcome


def test_a_day_is_given_by_its_folder_or_its_file(days: Path) -> None:
    by_folder, by_file = load_day(days / "small"), load_day(days / "small" / "day.toml")

    assert by_folder.steps == by_file.steps


@pytest.mark.parametrize(("text", "said"), [("seed = ", "is not TOML"), ("\xff", "UTF-8")])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "day.toml").write_bytes(text.encode("latin-1"))

    with pytest.raises(ReplayError, match=said):
        load_day(tmp_path)


def test_a_folder_without_a_day_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"day\.toml' cannot be read"):
        load_day(tmp_path)


def test_the_reference_names_every_key_of_steps_and_expectations() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "day-format.md").read_text("utf-8")
    keys = {*VERBS, *Step.model_fields, *Expectation.model_fields, *MessageExpectation.model_fields}

    unnamed = [name for name in sorted(keys) if f"`{name}" not in reference]

    assert unnamed == []
