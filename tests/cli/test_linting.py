"""policy lint: what a policy probably does not mean."""

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import NORTHPORT, Run


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """Northport's policy with a rule that can never be used."""
    folder = tmp_path / "doubtful"
    shutil.copytree(NORTHPORT / "policy", folder)
    with (folder / "rules.toml").open("a", encoding="utf-8") as rules:
        rules.write(
            '\n[[rules]]\nid = "never"\nband = "topic"\nwhen = { words = { any = ["gull"], none = ["gull"] } }\n'
            'then = { service = "triage" }\n'
        )
    return folder


def test_a_finding_is_a_line_with_its_code_and_the_exit_code_says_so(run: Run, doubtful: Path) -> None:
    done = run("policy", "lint", doubtful)

    assert done.code == 1
    assert any(line.startswith("rules.toml: never: never matches") for line in done.lines)
    assert all(line.endswith("]") for line in done.lines[:-1])


def test_findings_are_printed_as_json(run: Run, doubtful: Path) -> None:
    done = run("policy", "lint", doubtful, "--json")

    [never] = [finding for finding in done.objects if finding["where"] == "never"]
    assert (never["code"], never["file"]) == ("rule_contradicts", "rules.toml")


def test_what_is_meant_so_is_left_out(run: Run, doubtful: Path) -> None:
    done = run("policy", "lint", doubtful, "--ignore", "rule_contradicts", "--json")

    assert not [finding for finding in done.objects if finding["where"] == "never"]


def test_a_code_that_is_none_is_refused_with_those_that_are(run: Run) -> None:
    done = run("policy", "lint", NORTHPORT / "policy", "--ignore", "nonsense")

    assert (done.code, done.out) == (2, "")
    assert "rule_contradicts" in done.err
