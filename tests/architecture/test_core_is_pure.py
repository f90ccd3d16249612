"""The core takes payloads in up to their plans without a file, a socket, a process, an import, the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("under_audit.py")

MISDEEDS = {
    "reading a file": "open",
    "listing a folder": "os.",
    "opening a socket": "socket.__new__",
    "starting a process": "os.system",
    "importing a module": "import",
    "reading the environment": "os.environ",
    "asking the environment": "os.environ",
    "asking the clock": "time.time",
    "asking the date": "datetime.now",
    "taking randomness": "urandom",
    "throwing dice": "random",
}


def under_audit(deed: str) -> subprocess.CompletedProcess[str]:
    """Do a thing in an interpreter that watches it: an audit hook cannot be taken off again."""
    command = [sys.executable, SCRIPT, deed]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_parsing_deciding_and_planning_reach_nothing_outside() -> None:
    done = under_audit("the core at work")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("deed", "event"), MISDEEDS.items())
def test_the_watch_sees(deed: str, event: str) -> None:
    done = under_audit(deed)

    assert done.returncode != 0
    assert f"refused: {event}" in done.stderr
