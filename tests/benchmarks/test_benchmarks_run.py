"""The benchmarks run to their end; what they measure is for a quiet machine, not for a test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path.name for path in BENCHMARKS.glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))

# What every run says in its table: whose figures they are.
ROWS = {
    "areas.py": ["100 areas", "1,000 areas"],
    "channels.py": ["`Email.parse`", "MIME", "the rest"],
    "deadline.py": ["phonenumbers.parse", "20 working days", "1 month"],
    "fuzz.py": ["email", "twilio_sms"],
    "growth.py": ["100 cases", "300 cases", "300 cases, a rule asks", "4 KB and fdatasync"],
    "imports.py": ["the four alone", "`import onestop`"],
    "intake.py": ["minimum, a durable commit each", "`Desk.receive`, a durable commit each", "4 KB and fdatasync"],
    "leaving.py": ["tries", "last look: go", "got through"],
    "lifecycle.py": ["bare trigger", "`Lifecycle.take`"],
    "outbox.py": ["of our own, a message", "peak memory, 200 messages"],
    "parsing.py": ["`compat32`, decoded by hand", "`Email.parse`", "`email.policy.default`"],
    "practice.py": ["replies: github, exact", "automated: bounces, right address", "hostile: all leaf parts"],
    "senders.py": ["100 citizens", "1,000 citizens"],
    "profile.py": [
        "one telephone number, parsed and valid",
        "`choose_channel`, 20 preferences",
        "1,000 citizens",
        "of our own, a message",
    ],
    "routing.py": ["onestop, 10 rules", "onestop, 100 rules", "100 areas and rules", "bare core, `plan_intake`"],
    "rules.py": ["10 rules", "100 rules"],
}


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_every_benchmark_is_tried_here() -> None:
    assert set(SCRIPTS) == set(ROWS)


@pytest.mark.parametrize("script", sorted(ROWS))
def test_a_benchmark_runs_to_its_end_and_prints_its_table(script: str, tmp_path: Path) -> None:
    done = run(str(BENCHMARKS / script), "--quick", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for row in ROWS[script]:
        assert re.search(rf"^\| {re.escape(row)} \| [0-9]", done.stdout, re.MULTILINE), row


def test_a_benchmark_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run(str(BENCHMARKS / "intake.py"), "--quick", "--folder", str(tmp_path), folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_minimum_runs_without_orjson(tmp_path: Path) -> None:
    without = (
        "import sys; sys.modules['orjson'] = None; sys.path.insert(0, sys.argv[1])\n"
        "import pathlib, corpus, minimum\n"
        "kept = minimum.Minimum(pathlib.Path('kept.db'))\n"
        "print(kept.run([mail.body for mail in corpus.mails(20)]), kept.opened + kept.joined)\n"
        "kept.close()\n"
    )

    done = run("-c", without, str(BENCHMARKS), folder=tmp_path)

    assert done.stdout == "20 20\n", done.stderr
