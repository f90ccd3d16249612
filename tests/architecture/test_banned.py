"""Clock, randomness and environment are not to be had in the library, but in the places made for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BANNED = [
    "import time\n\nVALUE = time.time()",
    "from time import time\n\nVALUE = time()",
    "import time as t\n\nVALUE = t.monotonic()",
    "from time import perf_counter\n\nVALUE = perf_counter()",
    "from time import sleep\n\nsleep(1)",
    "from datetime import UTC, datetime\n\nVALUE = datetime.now(UTC)",
    "import datetime\n\nVALUE = datetime.datetime.now(datetime.UTC)",
    "from datetime import datetime as moment\n\nVALUE = moment.utcnow()",
    "from datetime import datetime\n\nVALUE = datetime.today()",
    "from datetime import date\n\nVALUE = date.today()",
    "from email.utils import formatdate\n\nVALUE = formatdate()",
    "from email.utils import localtime\n\nVALUE = localtime()",
    "import email.utils\n\nVALUE = email.utils.make_msgid()",
    "import uuid\n\nVALUE = uuid.uuid4()",
    "from uuid import uuid4\n\nVALUE = uuid4()",
    "import random\n\nVALUE = random.random()",
    "from random import SystemRandom\n\nVALUE = SystemRandom()",
    "import secrets\n\nVALUE = secrets.token_hex()",
    "import os\n\nVALUE = os.urandom(8)",
    "from os import getrandom\n\nVALUE = getrandom(8)",
    'import os\n\nVALUE = os.environ["HOME"]',
    'from os import environ\n\nVALUE = environ.get("HOME")',
    'import os\n\nVALUE = os.getenv("HOME")',
    'from urllib.request import urlopen\n\nVALUE = urlopen("https://example.org")',
    'from urllib import request\n\nVALUE = request.urlopen("https://example.org")',
]


def refused(house: Path, module: str, source: str) -> bool:
    """Say whether a module of this source is refused for using what is banned."""
    file = house / "src" / "onestop" / module
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'"""Planted."""\n\n{source}\n')
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--select=TID251", "--output-format=concise", file],
        cwd=house,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return "TID251" in done.stdout


@pytest.mark.parametrize("source", BANNED)
@pytest.mark.parametrize("room", ["core", "channels/email", "desk"])
def test_what_would_make_two_runs_differ_is_refused(house: Path, room: str, source: str) -> None:
    assert refused(house, f"{room}/planted.py", source)


def test_the_clock_of_the_shell_may_ask_the_machine(house: Path) -> None:
    assert not refused(house, "desk/clock.py", "from datetime import UTC, datetime\n\nVALUE = datetime.now(UTC)")


def test_times_and_dates_that_are_given_are_welcome(house: Path) -> None:
    assert not refused(
        house, "core/planted.py", "from datetime import UTC, datetime, time\n\nVALUE = time(9, tzinfo=UTC)"
    )
