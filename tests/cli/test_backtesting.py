"""backtest: past enquiries under a changed policy."""

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

GAS = 'then = { service = "emergencies", priority = "urgent", flags = ["emergency"] }'


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Northport's policy with one rule changed: a smell of gas is no emergency any more."""
    folder = tmp_path / "changed"
    shutil.copytree(NORTHPORT / "policy", folder)
    rules = folder / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    assert GAS in text
    rules.write_text(text.replace('{ any = ["@smell-of-gas"] }', '{ any = ["no such smell"] }', 1), encoding="utf-8")
    return folder


def test_a_day_under_its_own_policy_changes_nothing(run: Run) -> None:
    done = run("backtest", NORTHPORT / "day", "--policy", NORTHPORT / "policy")

    assert (done.code, done.err) == (0, "")
    assert "nothing would change" in done.lines[0]


def test_one_changed_rule_shows_exactly_what_moves(run: Run, changed: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    done = run("backtest", NORTHPORT / "day", "--policy", changed, "--json", "--html", page)

    *shifts, total = done.objects
    assert done.code == 1
    services = [shift for shift in shifts if shift["change"] == "service"]
    assert services
    assert {shift["was"] for shift in services} == {"emergencies"}
    assert all(rule["was"] == "gas" for shift in services for rule in shift["rules"])
    assert total["changed"] >= max(shift["count"] for shift in shifts)
    assert services[0]["examples"][0] in page.read_text(encoding="utf-8")


def test_a_store_is_compared_with_the_policy_it_was_used_with_last(run: Run, changed: Path, tmp_path: Path) -> None:
    run("receive", "twilio_sms", FILES / "graffiti.txt", "--store", f"sqlite:///{tmp_path / 'cases.db'}")

    by_file = run("backtest", tmp_path / "cases.db", "--policy", changed, "--json")
    by_url = run("backtest", f"sqlite:///{tmp_path / 'cases.db'}", "--policy", changed, "--json")

    assert (by_file.code, by_file.objects[-1]["enquiries"]) == (0, 1)
    assert by_url.objects == by_file.objects


def test_what_parse_printed_is_compared_with_a_policy_that_is_named(run: Run, changed: Path, tmp_path: Path) -> None:
    lines = tmp_path / "parsed.jsonl"
    lines.write_text(run("parse", "twilio_sms", FILES / "graffiti.txt").out, encoding="utf-8")

    done = run("backtest", lines, "--policy", changed, "--was", NORTHPORT / "policy", "--json")

    assert (done.code, done.objects[-1]["enquiries"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["parsed.jsonl"], "--was names the one to compare with"),
        (["nowhere.jsonl", "--was", NORTHPORT / "policy"], "cannot be read"),
        (["sqlite:///nowhere.db"], "the store cannot be used"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(run: Run, arguments: list[object], says: str) -> None:
    done = run("backtest", *arguments, "--policy", NORTHPORT / "policy")

    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_a_page_that_cannot_be_written_says_so(run: Run, tmp_path: Path) -> None:
    done = run("backtest", NORTHPORT / "day", "--policy", NORTHPORT / "policy", "--html", tmp_path)

    assert done.code == 2
    assert "cannot be written to" in done.err
