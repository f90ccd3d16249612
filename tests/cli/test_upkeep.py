"""policy check, adapters, run, verify."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

from onestop.channels import discover
from onestop.channels.matrix import COLUMNS
from onestop.cli.upkeep import repeat
from onestop.errors import BusyError, StoreError

COMMAND = str(Path(sys.executable).with_name("onestop"))
CONFIGURED = ("--adapters", FILES / "adapters.toml")


def test_a_good_policy_has_no_mistakes(run: Run) -> None:
    done = run("policy", "check", NORTHPORT / "policy")

    assert done.code == 0
    assert "no mistakes: 53 services" in done.lines[0]


def test_every_mistake_of_a_policy_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "council.toml").write_text("schema = 1\nname = 3\n", "utf-8")
    (tmp_path / "colours.toml").write_text("", "utf-8")

    done, as_json = run("policy", "check", tmp_path), run("policy", "check", tmp_path, "--json")

    assert (done.code, as_json.code) == (1, 1)
    assert done.lines[-1] == f"{len(as_json.objects)} mistakes"
    assert {"colours.toml", "council.toml"} <= {mistake["file"] for mistake in as_json.objects}
    assert done.lines[:-1] == [
        ": ".join(filter(None, [each["file"], each["where"], each["problem"]])) for each in as_json.objects
    ]


def test_several_mistakes_of_a_policy_are_one_line_elsewhere(run: Run, tmp_path: Path) -> None:
    (tmp_path / "council.toml").write_text("schema = 1\nname = 3\n", "utf-8")

    done = run("receive", "email", FILES / "bin.eml", "--policy", tmp_path)

    assert done.code == 2
    assert done.err.endswith("mistakes in the policy; `onestop policy check DIR` lists them\n")
    assert done.err.count("\n") == 1


def test_the_policys_counts_are_printed_as_json(run: Run) -> None:
    [counts] = run("policy", "check", NORTHPORT / "policy", "--json").objects

    assert (counts["services"], len(counts["hash"])) == (53, 64)


def test_the_adapters_that_are_installed_are_listed(run: Run) -> None:
    done = run("adapters")

    assert [line.split()[0] for line in done.lines] == ["name", *discover(), "without"]
    assert done.lines[0].split()[1:] == [*COLUMNS]


def test_what_configured_adapters_can_do_stands_in_their_line(run: Run) -> None:
    heading, post, _ = run("adapters", *CONFIGURED).lines

    assert heading.split() == ["name", "adapter", *COLUMNS]
    assert post.split() == ["post", "email", "email", "yes", "yes", "yes", "any", "unicode", "yes", "always", "free"]


def test_configured_adapters_are_listed_by_their_names(run: Run) -> None:
    objects = run("adapters", *CONFIGURED, "--json").objects

    assert [(each["name"], each["adapter"], each["channel"]) for each in objects] == [
        ("post", "email", "email"),
        ("texts", "twilio_sms", "sms"),
    ]
    assert all(each["capabilities"]["sends"] for each in objects)


def test_run_sends_what_is_due(run: Run, reference: str, tmp_path: Path) -> None:
    done = run("run", *CONFIGURED, "--into", tmp_path / "out")

    assert (done.code, done.out, done.err) == (0, "1 sent\n", "")
    assert reference in (tmp_path / "out" / "sms.jsonl").read_text("utf-8")
    assert run("run", *CONFIGURED).out == "nothing is due\n"


def test_run_prints_messages_on_a_console(run: Run, reference: str) -> None:
    done = run("run", *CONFIGURED, "--console")

    assert "── sms to +447700900118 (acknowledgement)" in done.out
    assert done.lines[-1] == "1 sent"


SENDERS = """
[senders.texts]
gateway = "file"
channels = ["sms"]
folder = "texts"

[test]
safe = ["{safe}"]
"""


@pytest.mark.parametrize(("safe", "written"), [("07700 900118", True), ("07700 900119", False)])
def test_run_sends_by_the_senders_of_a_file_and_in_test_mode_to_safe_recipients_only(
    run: Run, reference: str, tmp_path: Path, safe: str, written: bool
) -> None:
    (tmp_path / "senders.toml").write_text(SENDERS.format(safe=safe), "utf-8")

    done = run("run", *CONFIGURED, "--senders", tmp_path / "senders.toml")

    assert (done.code, done.lines[-1]) == (0, "1 sent")
    assert (tmp_path / "texts" / "sms.jsonl").exists() is written


def test_messages_are_sent_or_printed_and_not_both(run: Run, tmp_path: Path) -> None:
    done = run("run", *CONFIGURED, "--senders", tmp_path / "senders.toml", "--console")

    assert done.code == 2
    assert "give one of them" in done.err


def test_a_mistake_in_the_file_of_senders_stops_before_anything_is_sent(
    run: Run, reference: str, tmp_path: Path
) -> None:
    (tmp_path / "senders.toml").write_text('[senders.texts]\ngateway = "notify"\napi_key = "a secret"\n', "utf-8")

    done = run("run", *CONFIGURED, "--senders", tmp_path / "senders.toml")

    assert done.code == 2
    assert "senders.texts: api_key must be a key of GOV.UK Notify's" in done.err
    assert "a secret" not in done.err
    assert run("run", *CONFIGURED).out == "1 sent\n"


def test_run_tells_how_much_was_due_as_json(run: Run, reference: str) -> None:
    assert run("run", *CONFIGURED, "--json").objects == [
        {"sent": 1, "retried": 0, "failed": 0, "in_doubt": 0, "timers": 0, "held": 0, "denied": 0}
    ]


def test_without_an_address_to_send_from_messages_wait(run: Run, reference: str) -> None:
    waiting = run("run")

    assert (waiting.code, waiting.out) == (0, "nothing is due\n")
    assert waiting.err.startswith("onestop: no adapter can send, so messages wait")
    assert run("run", *CONFIGURED).out == "1 sent\n"


def test_run_goes_on_until_it_is_stopped(run: Run, reference: str, tmp_path: Path) -> None:
    command = [COMMAND, "run", "--every", "0.1", *map(str, CONFIGURED), "--into", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()

    assert (process.returncode, said, told) == (0, b"1 sent\n", b"")


def test_what_may_succeed_later_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = iter([BusyError("the store is locked"), True, KeyboardInterrupt()])

    def once() -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    wrong = repeat(once, 0.001)

    assert wrong
    assert capsys.readouterr().err == "onestop: the store is locked; trying again in 0.001 s\n"


def test_what_cannot_succeed_later_ends_the_loop() -> None:
    def once() -> bool:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        repeat(once, 0.001)


def test_verify_agrees_with_a_store_that_nobody_touched(run: Run, reference: str) -> None:
    done = run("verify")

    assert (done.code, done.out) == (0, "1 case, 4 events: all agree\n")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE onestop_event SET data = replace(data, 'graffiti', 'potholes') WHERE seq = 1", "chain_broken"),
        ("UPDATE onestop_case SET document = replace(document, '\"normal\"', '\"urgent\"')", "row_differs"),
    ],
)
def test_verify_finds_a_row_and_an_event_that_were_changed(
    run: Run, reference: str, tmp_path: Path, damage: str, code: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "onestop.db")) as connection, connection:
        changed = connection.execute(damage.replace("replace(data", "replace(CAST(data AS TEXT)")).rowcount
    connection.close()

    shown, as_json = run("verify"), run("verify", "--json")

    assert changed == 1
    assert (shown.code, as_json.code) == (1, 1)
    assert shown.lines[0].startswith(f"{reference}: {code}: ")
    assert as_json.objects[0]["code"] == code
    assert as_json.objects[-1]["findings"] == len(as_json.objects) - 1


def test_verify_makes_no_store(run: Run, tmp_path: Path) -> None:
    done = run("verify", "--store", "sqlite:///none.db")

    assert (done.code, done.out) == (2, "")
    assert not (tmp_path / "none.db").exists()
