"""A folder becomes one policy, named by the hash of what it says; a file that cannot be read is a mistake."""

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onestop.core.actor import Actor
from onestop.core.enquiry import Enquiry
from onestop.errors import PolicyError
from onestop.policy import compile_policy, load_policy, read_policy
from onestop.policy.files import default_templates

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport" / "policy"
WORKER = Actor(kind="worker", id="alice")


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "policy"))


def enquiry(text: str, **fields: Any) -> Enquiry:
    return Enquiry(channel="sms", adapter="a", text=text, received_at="2026-03-02T09:30:00Z", **fields)


def told(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    return [(mistake.file, mistake.where) for mistake in caught.value.mistakes]


def test_a_folder_becomes_a_policy(good: Path) -> None:
    policy = load_policy(str(good))

    assert policy.council.name["cy"] == "Cyngor Bwrdeistref Saltmarsh"
    assert policy.council.own_addresses == ("mailto:contact@saltmarsh.example", "tel:+441632960100")
    assert policy.council.windows.continues == timedelta(minutes=30)
    assert list(policy.directory.services) == ["triage", "graffiti"]
    assert policy.directory.services["triage"].name == {"en": "Something else"}
    assert policy.directory.services["graffiti"].questions[0].values[1].name == {"en": "Metal"}
    assert policy.directory.providers["clear-streets"].tier == "district"
    assert list(policy.lifecycles) == ["default", "cleaning"]
    assert policy.lifecycle("graffiti").allowed("new", WORKER) == ("clean", "close")
    assert set(policy.templates) == {"acknowledgement", "update", *default_templates()}
    assert {"graffiti", "danger", "smell-of-gas"} <= set(policy.word_lists)


def test_plain_numbers_and_addresses_of_a_rule_are_contact_points(good: Path) -> None:
    policy = load_policy(good)

    rule = next(rule for rule in policy.rules.rules if rule.id == "graffiti-line")

    assert rule.when.to == ("tel:+441632960101", "mailto:graffiti@saltmarsh.example", "mailto:clean@saltmarsh.example")


def test_national_numbers_belong_to_the_region_of_the_council(document: dict[str, Any]) -> None:
    document["council"]["region"] = "IE"
    document["council"]["own_addresses"] = ["tel:01 677 3333", "tel:50100"]
    document["rules"]["rules"][2]["when"]["to"] = ["01 677 3333"]

    policy = compile_policy(document)

    assert policy.council.own_addresses == ("tel:+35316773333", "tel:50100;phone-context=+353")
    assert policy.rules.rules[2].when.to == ("tel:+35316773333",)


@pytest.mark.parametrize(
    ("given", "service", "rule"),
    [
        (enquiry("PAENT chwîstrell: a painted wall", answers={"surface": "brick"}), "graffiti", "graffiti-words"),
        (enquiry("hello", recipients=("mailto:Graffiti@saltmarsh.example",)), "graffiti", "graffiti-line"),
        (enquiry("hello"), "triage", "fallback"),
    ],
)
def test_a_policy_decides(good: Path, given: Enquiry, service: str, rule: str) -> None:
    policy = load_policy(good)

    decision = policy.decide(given)

    assert (decision.service, decision.rule, decision.policy) == (service, rule, policy.hash)


def test_a_policy_read_from_its_source_is_the_same_policy(good: Path) -> None:
    policy = load_policy(good)
    texts = ["smell gas by the wall", "graffiti", "arogl nwy; gas bill", "painted wall"]

    again = read_policy(policy.source)

    assert again.hash == policy.hash
    assert again.source == policy.source
    assert [again.decide(enquiry(text)) for text in texts] == [policy.decide(enquiry(text)) for text in texts]
    assert list(again.directory.services) == list(policy.directory.services)
    assert [again.lifecycles[name].mermaid() for name in policy.lifecycles] == [
        lifecycle.mermaid() for lifecycle in policy.lifecycles.values()
    ]


def test_a_document_is_left_as_it_was(document: dict[str, Any]) -> None:
    before = repr(document)

    compile_policy(document)

    assert repr(document) == before


def test_writing_the_same_otherwise_keeps_the_hash(folder: Path) -> None:
    before = load_policy(folder).hash
    for path in folder.glob("*.toml"):
        path.write_text("\ufeff# A comment\n\n" + path.read_text("utf-8").replace(" = ", "   =  "), "utf-8")
    words = (folder / "words.toml").read_text("utf-8")
    (folder / "words.toml").write_text(words.replace("tŷ", "t\\u0177").replace('"graffiti"', "'graffiti'"), "utf-8")
    (folder / "README.md").write_text("Not a part of the policy.")
    (folder / ".draft.toml").write_text("[[[")

    after = load_policy(folder).hash

    assert after == before


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_in_which_files_were_made_does_not_matter(good: Path, tmp_path: Path, reverse: bool) -> None:
    for path in sorted(good.glob("*.toml"), reverse=reverse):
        shutil.copy(path, tmp_path)

    made = load_policy(tmp_path)

    assert made.hash == load_policy(good).hash


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("services.toml", "584", "585"),
        ("words.toml", "smell gas", "smells gas"),
        ("rules.toml", '"urgent"', '"high"'),
        ("templates.toml", "There is news", "There is no news"),
        ("lifecycles.toml", '["colour"]', '["color"]'),
    ],
)
def test_saying_something_else_changes_the_hash(folder: Path, file: str, old: str, new: str) -> None:
    before = load_policy(folder).hash
    text = (folder / file).read_text("utf-8")
    (folder / file).write_text(text.replace(old, new), "utf-8")

    after = load_policy(folder).hash

    assert after != before


def test_the_shipped_lifecycle_is_part_of_the_source(document: dict[str, Any]) -> None:
    source = compile_policy(document).source

    assert source.count(b'"wait_for_citizen"') == 1


@pytest.mark.parametrize("file", ["council.toml", "services.toml", "providers.toml", "rules.toml"])
def test_a_needed_file_that_is_missing_is_one_mistake(folder: Path, file: str) -> None:
    (folder / file).unlink()

    found = told(folder)

    assert found == [(file, "")]


def test_files_that_are_not_needed_may_be_missing(folder: Path) -> None:
    services = (folder / "services.toml").read_text("utf-8").replace('lifecycle = "cleaning"', "acknowledge = false")
    (folder / "services.toml").write_text(services, "utf-8")
    (folder / "rules.toml").write_text("bands = []")
    for file in ("words.toml", "lifecycles.toml", "templates.toml"):
        (folder / file).unlink()

    policy = load_policy(folder)

    assert policy.decide(enquiry("graffiti")).service == "triage"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"name = 'x'\n[services\n", "line 2"),
        (b"[services.a]\n[services.a]\n", "line 2"),
        (b"x = [1, 2\n", "end of file"),
        (b"a = 'x'\nb = '\xe9'\n", "line 2"),
        (b"a = " + b"9" * 5_000, ""),
        (b"a = " + b"[" * 50_000, ""),
    ],
)
def test_a_file_that_is_no_toml_is_one_mistake_with_its_line(folder: Path, content: bytes, where: str) -> None:
    (folder / "services.toml").write_bytes(content)

    found = told(folder)

    assert found == [("services.toml", where)]


def test_a_file_that_cannot_be_read_hides_no_mistake_in_another(folder: Path) -> None:
    (folder / "providers.toml").write_text("[[[")
    (folder / "rules.toml").write_text("bands = 5")
    (folder / "colours.toml").write_text("red = 1")

    found = told(folder)

    assert found == [("providers.toml", "line 1"), ("rules.toml", "bands"), ("colours.toml", "")]


def test_a_file_of_any_size_is_not_read(folder: Path) -> None:
    with (folder / "words.toml").open("wb") as file:
        os.truncate(file.fileno(), 1024**3)

    found = told(folder)

    assert found == [("words.toml", "")]


def test_a_folder_in_place_of_a_file_is_a_mistake(folder: Path) -> None:
    (folder / "words.toml").unlink()
    (folder / "words.toml").mkdir()

    found = told(folder)

    assert found == [("words.toml", "")]


@pytest.mark.parametrize("name", ["missing", "file.txt", "empty"])
def test_what_is_no_folder_with_toml_files_is_one_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()

    found = told(tmp_path / name)

    assert found == [(name, "")]


def test_the_example_council_loads() -> None:
    policy = load_policy(NORTHPORT)

    assert len(policy.directory.services) >= 30
    assert read_policy(policy.source).hash == policy.hash


def test_a_pipe_in_the_place_of_a_file_is_a_mistake_and_is_not_waited_for(folder: Path) -> None:
    (folder / "rules.toml").unlink()
    os.mkfifo(folder / "rules.toml")

    mistakes = told(folder)

    assert ("rules.toml", "") in mistakes
