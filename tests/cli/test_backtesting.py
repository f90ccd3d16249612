"""backtest: past enquiries under a changed policy."""

import io
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

from onestop import open_store
from onestop.stores.migrate import VERSION_TABLE

GAS = 'then = { service = "emergencies", priority = "urgent", flags = ["emergency"] }'


POLICY = NORTHPORT / "policy"


@pytest.fixture
def parsed(run: Run) -> bytes:
    """A line as `onestop parse` prints it."""
    return run("parse", "twilio_sms", FILES / "graffiti.txt").out.encode()


@pytest.fixture
def hostile(tmp_path: Path, parsed: bytes) -> Path:
    """A folder of things that hold no enquiries."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 400)
    (tmp_path / "long").write_bytes(b'{"text":"' + b"a" * 9_000_000 + b'"}\n' + parsed)
    (tmp_path / "cut").write_bytes(parsed + b'\xff\xfe{"channel')
    (tmp_path / "utf-16").write_bytes(parsed.decode().encode("utf-16"))
    (tmp_path / "nested").write_bytes(b"[" * 100_000)
    for name in ("unused", "newer"):
        open_store(f"sqlite:///{tmp_path / name}").close()
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    newer.commit()
    newer.close()
    shutil.copytree(POLICY, tmp_path / "broken")
    (tmp_path / "broken" / "rules.toml").write_text("rules = [", encoding="utf-8")
    return tmp_path


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["folder"], "'folder/day.toml' cannot be read"),
        (["unused"], "never used with a policy"),
        (["newer"], "of a newer release of onestop"),
        (["binary", "--was", POLICY], "binary, line 1: holds no enquiry"),
        (["long", "--was", POLICY], "long, line 1: is longer than any enquiry"),
        (["cut", "--was", POLICY], "cut, line 2: holds no enquiry"),
        (["utf-16", "--was", POLICY], "utf-16, line 1: holds no enquiry"),
        (["nested", "--was", POLICY], "nested, line 1: holds no enquiry"),
        (["day", "--was", "broken"], "rules.toml: end of file: is not TOML"),
        (["unused", "--was", "nowhere"], "must be a folder that can be read"),
        (["unused", "--was", POLICY, "--html", "nowhere/page.html"], "cannot be written to"),
    ],
)
def test_what_holds_no_enquiries_is_told_in_one_line(
    run: Run, hostile: Path, arguments: list[object], says: str
) -> None:
    shutil.copytree(NORTHPORT / "day", hostile / "day")
    (hostile / "policy").symlink_to(POLICY, target_is_directory=True)

    done = run("backtest", *arguments, "--policy", POLICY)

    assert (done.code, done.err.count("\n")) == (2, 1)
    assert says in done.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()

    read = run("backtest", "pipe", "--policy", POLICY, "--was", POLICY)
    written = run("backtest", "empty", "--policy", POLICY, "--was", POLICY, "--html", "pipe")

    assert (read.code, read.err.count("\n")) == (2, 1)
    assert "is no file" in read.err
    assert (written.code, written.out) == (2, "")
    assert "cannot be written to: it is no file" in written.err


@pytest.mark.parametrize("name", ["empty", "store"])
def test_where_there_are_no_enquiries_none_would_change(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").touch()
    open_store(f"sqlite:///{tmp_path / 'store'}").close()

    done = run("backtest", name, "--policy", POLICY, "--was", POLICY)

    assert (done.code, done.lines[0]) == (0, "0 enquiries: nothing would change")


def test_lines_are_read_however_an_editor_ended_and_began_them(run: Run, parsed: bytes, tmp_path: Path) -> None:
    (tmp_path / "windows").write_bytes(b"\xef\xbb\xbf" + parsed.replace(b"\n", b"\r\n\r\n") * 2)

    done = run("backtest", "windows", "--policy", POLICY, "--was", POLICY, "--json")

    assert (done.code, done.objects[-1]["enquiries"]) == (0, 2)


def test_bytes_that_are_no_utf_8_are_read_from_the_standard_input_as_from_a_file(
    run: Run, parsed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = parsed.replace(b'"text": "', b'"text": "\xff\xfe ', 1)
    assert broken != parsed
    (tmp_path / "broken").write_bytes(broken)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(broken), encoding="utf-8", errors="strict"))

    from_pipe = run("backtest", "-", "--policy", POLICY, "--was", POLICY, "--json")
    from_file = run("backtest", "broken", "--policy", POLICY, "--was", POLICY, "--json")

    assert (from_pipe.code, from_pipe.objects[-1]["enquiries"]) == (0, 1)
    assert from_pipe.objects == from_file.objects


def test_a_page_takes_the_place_of_the_one_before(run: Run, changed: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("of yesterday", encoding="utf-8")

    done = run("backtest", NORTHPORT / "day", "--policy", changed, "--examples", "0", "--html", "page.html", "--json")

    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert done.code == 1
    assert "of yesterday" not in page
    assert {tuple(shift["examples"]) for shift in done.objects[:-1]} == {()}
