"""The command itself: its help, its exit codes, and how it behaves towards other programs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import FILES, NORTHPORT, Run

from onestop.cli.app import app

COMMAND = str(Path(sys.executable).with_name("onestop"))
COMMANDS = [
    "demo", "parse", "receive", "replay", "cases", "case", "explain", "act", "reroute", "reply", "note", "changes",
    "run", "verify", "adapters", "rejected list", "rejected retry", "policy check",
    "policy init", "policy lint", "flag", "restrict", "lift", "restrictions", "backtest", "split", "unsplit", "link",
    "unlink", "merge", "unmerge", "choose",
    "contact add", "contact remove", "contact verify", "contact share", "contact works-again", "contact send-code",
    "contact check-code",
    "citizen", "prefer", "quiet", "need add", "need drop", "grant", "end-authority",
    "consent give", "consent withdraw", "consent list", "outbox", "outbox done", "outbox resolve", "outbox cancel",
    "preview", "question ask", "question answer", "question list", "question withdraw", "question resolve",
]  # fmt: skip

# A finder that knows no typer: as where the extra is not installed.
WITHOUT_EXTRA = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("typer", "rich", "click"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from onestop.cli import main
main()
"""


def test_every_command_is_known_to_these_tests(run: Run) -> None:
    named = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}

    assert named == {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_documents_its_exit_codes_and_has_json(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")

    assert done.code == 0
    assert "Exit codes: 0 " in " ".join(done.out.split())
    assert "--json" in done.out


def test_the_help_fits_a_terminal(run: Run) -> None:
    done = run("--help")

    assert all(len(line) <= 80 for line in done.lines)
    assert "..." not in done.out.partition("Commands:")[2]


@pytest.mark.parametrize("arguments", [["pigeon"], ["parse"], ["cases", "--colour"], ["act", "NP-1", "close"]])
def test_wrong_usage_is_code_two(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_the_release_is_told(run: Run) -> None:
    assert run("--version").out.startswith("onestop 0.")


def test_the_desk_is_quiet_until_it_is_asked(run: Run) -> None:
    quiet = run("receive", "twilio_sms", FILES / "graffiti.txt")
    loud = run("-v", "receive", "twilio_sms", FILES / "graffiti.txt")

    assert quiet.err == ""
    assert "enquiry.repeat" in loud.err
    assert "447700900118" not in loud.err


def test_the_store_and_the_policy_can_stand_in_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONESTOP_STORE", "sqlite:///other.db")
    run("receive", "twilio_sms", FILES / "graffiti.txt")

    assert Path("other.db").exists()
    assert run("cases").lines[-1] == "1 case"


def test_without_its_extra_the_command_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRA], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "onestop: the command line is an extra: pip install 'onestop-council[cli]'\n"


def test_a_reader_that_leaves_early_is_no_crash(tmp_path: Path) -> None:
    command = [COMMAND, "replay", str(NORTHPORT / "day"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        told = process.stderr.read()

    assert b"Traceback" not in told
    assert b"BrokenPipe" not in told


def test_output_for_other_programs_is_utf8(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [COMMAND, "parse", "email", str(NORTHPORT / "day" / "010-tyllau.eml")]

    done = subprocess.run(command, env=environment, capture_output=True, cwd=tmp_path, check=True)

    assert "ŵ".encode() in done.stdout or "ŷ".encode() in done.stdout
