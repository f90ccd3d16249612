"""Where a policy comes from: a start to change, or the one that the store was used with last."""

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

from onestop import open_store

READING = [["cases"], ["case", "REF"], ["explain", "REF"], ["changes"], ["verify"], ["rejected", "list"]]


@pytest.fixture
def no_policy(reference: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a case's reference, in a folder with a store and nothing else."""
    monkeypatch.delenv("ONESTOP_POLICY")
    return reference


def test_a_policy_is_started_from_the_example(run: Run, tmp_path: Path) -> None:
    done = run("policy", "init")

    assert (done.code, done.lines[0].startswith("policy: ")) == (0, True)
    assert run("policy", "check").code == 0
    assert (tmp_path / "policy" / "rules.toml").read_bytes() == (NORTHPORT / "policy" / "rules.toml").read_bytes()


def test_a_policy_that_was_started_is_told_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()

    [made] = run("policy", "init", "ours", "--json").objects

    assert made["folder"] == "ours"
    assert all((tmp_path / "ours" / name).is_file() for name in made["files"])
    assert {"council.toml", "rules.toml", "services.toml"} <= set(made["files"])


def test_what_is_there_already_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "notes.txt").write_text("mine", "utf-8")

    done = run("policy", "init")

    assert (done.code, done.out) == (2, "")
    assert "holds something already" in done.err
    assert [path.name for path in (tmp_path / "policy").iterdir()] == ["notes.txt"]


def test_a_file_is_no_folder_to_start_a_policy_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("mine", "utf-8")

    done = run("policy", "init")

    assert (done.code, done.err.count("\n")) == (2, 1)
    assert (tmp_path / "policy").read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_looking_needs_no_policy_folder(run: Run, no_policy: str, command: list[str]) -> None:
    done = run(*(no_policy if word == "REF" else word for word in command))

    assert (done.code, done.err) == (0, "")


def test_a_case_is_looked_up_as_somebody_wrote_it_down(run: Run, no_policy: str) -> None:
    done = run("explain", no_policy.lower().replace("-", ""))

    assert done.lines[0].startswith(f"{no_policy} is at graffiti")


def test_the_policy_that_was_used_last_says_what_may_be_done(run: Run, no_policy: str, tmp_path: Path) -> None:
    shutil.copytree(NORTHPORT / "policy", tmp_path / "changed")
    services = tmp_path / "changed" / "services.toml"
    services.write_text(services.read_text("utf-8").replace('"street-cleaning"', '"partner-repair"'), "utf-8")

    by_first = run("case", no_policy, "--json").objects[0]["actions"]
    run("receive", "email", FILES / "bin.eml", "--policy", tmp_path / "changed")
    by_second = run("case", no_policy, "--json").objects[0]["actions"]
    run("receive", "email", FILES / "bin.eml", "--policy", NORTHPORT / "policy")
    by_first_again = run("case", no_policy, "--json").objects[0]["actions"]

    assert ("order" in by_first, "order" in by_second) == (False, True)
    assert by_first_again == by_first


def test_acting_still_needs_the_policy(run: Run, no_policy: str) -> None:
    done = run("note", no_policy, "They rang", "--by", "worker:alice")

    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("--policy or ONESTOP_POLICY names the policy's folder\n")


def test_a_store_that_was_never_used_says_what_it_needs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONESTOP_POLICY")
    open_store(f"sqlite:///{tmp_path / 'onestop.db'}").close()

    done = run("cases")

    assert (done.code, done.out) == (2, "")
    assert done.err == "onestop: the store was never used with a policy: --policy or ONESTOP_POLICY names one\n"


def test_a_state_type_that_there_is_not_is_told(run: Run, reference: str) -> None:
    done = run("cases", "--state-type", "opne")

    assert done.err == "onestop: a state type is one of new, open, waiting, resolved, closed\n"
    assert done.code == 2


def test_every_mistake_of_the_adapters_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "adapters.toml").write_text('[adapters.a]\nadapter = "pigeon"\n[other]\n', "utf-8")

    done = run("adapters", "--adapters", "adapters.toml")

    assert (done.code, done.err.count("\n")) == (2, 3)
    assert "  adapters.toml: other: is not known here" in done.err


def test_a_policy_is_held_against_the_cases_of_a_store(run: Run, reference: str, tmp_path: Path) -> None:
    shutil.copytree(NORTHPORT / "policy", tmp_path / "next")
    lifecycle = tmp_path / "next" / "lifecycles.toml"
    services = tmp_path / "next" / "services.toml"
    services.write_text(services.read_text("utf-8").replace('"street-cleaning"', '"tiny"'), "utf-8")
    tiny = '[lifecycles.tiny]\ninitial = "begun"\nstates = { begun = { type = "new" } }\nactions = {}\n'
    lifecycle.write_text(f"{lifecycle.read_text('utf-8')}\n{tiny}", "utf-8")

    missing = run("policy", "check", "next", "--against", "sqlite:///onestop.db", "--json")
    (tmp_path / "next" / "mappings.toml").write_text('[states.tiny]\nnew = "begun"\n', "utf-8")
    mapped = run("policy", "check", "next", "--against", "sqlite:///onestop.db")

    assert (missing.code, mapped.code) == (1, 0)
    assert missing.objects == [{"table": "states.tiny", "name": "new", "cases": 1, "references": [reference]}]


@pytest.mark.parametrize("store", ["", "onestop.db", "sqlite:///nowhere.db", "nonsense://x", "sqlite:///folder"])
def test_a_store_that_cannot_be_opened_is_never_taken_for_none(run: Run, tmp_path: Path, store: str) -> None:
    (tmp_path / "folder").mkdir()

    done = run("policy", "check", NORTHPORT / "policy", "--against", store)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "nowhere.db").exists()


@pytest.mark.parametrize("command", ["check", "lint"])
def test_a_policy_with_mistakes_is_held_against_nothing(run: Run, tmp_path: Path, command: str) -> None:
    shutil.copytree(NORTHPORT / "policy", tmp_path / "broken")
    (tmp_path / "broken" / "rules.toml").write_text("rules = [", "utf-8")
    against = ["--against", "sqlite:///nowhere.db"] if command == "check" else []

    done = run("policy", command, "broken", *against)

    assert done.code == (1 if command == "check" else 2)
    assert "rules.toml: end of file: is not TOML" in done.out + done.err
    assert not (tmp_path / "nowhere.db").exists()
