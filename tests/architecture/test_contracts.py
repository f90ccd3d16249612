"""The rooms and their doors: the import contracts hold, and each of them refuses what it is there to refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = str(Path(sys.executable).with_name("lint-imports"))

# contract, the module that is spoiled or made, what it is given
BREACHES = [
    ("rooms", "attic/__init__.py", '"""A room that nobody placed."""'),
    ("rooms", "attic.py", '"""A module that nobody placed."""'),
    ("rooms", "errors.py", "import onestop.core.words"),
    ("rooms", "core/words.py", "from onestop.channels.base import Adapter"),
    ("rooms", "core/words.py", "import onestop.cli"),
    ("rooms", "core/words.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import onestop.channels.base"),
    ("rooms", "core/words.py", "def late():\n    import onestop.channels.base"),
    ("rooms", "channels/base.py", "import onestop.policy"),
    ("adapters", "channels/email/__init__.py", "import onestop.channels.web"),
    ("adapters", "channels/base.py", "import onestop.channels.discover"),
    ("adapters", "channels/carrier_pigeon.py", '"""A module of the channels that nobody placed."""'),
    ("cycles", "core/words.py", "import onestop.core.rules"),
    ("pure", "core/words.py", "import pathlib"),
    ("pure", "core/words.py", "from os import path"),
    ("pure", "core/words.py", "import logging"),
    ("pure", "core/words.py", "import sqlalchemy"),
    ("pure", "channels/base.py", "import structlog"),
    ("pure", "channels/email/__init__.py", "from jinja2 import Template"),
    ("pure", "channels/sms/__init__.py", "import rich.table"),
    ("sockets", "core/words.py", "import socket"),
    ("sockets", "cli/__init__.py", "from http.client import HTTPSConnection"),
    ("sockets", "cli/__init__.py", "import smtplib"),
    ("sockets", "cli/__init__.py", "import ssl"),
    ("transitions", "core/rules.py", "import transitions"),
    ("transitions", "cli/__init__.py", "from transitions.extensions import GraphMachine"),
    ("sql", "desk/__init__.py", "import sqlite3"),
    ("sql", "cli/__init__.py", "from sqlalchemy import select"),
    ("templates", "cli/__init__.py", "import jinja2.sandbox"),
    ("terminal", "desk/__init__.py", "import rich.console"),
    ("terminal", "testing/__init__.py", "import typer"),
    ("phonenumbers", "channels/sms/__init__.py", "import phonenumbers"),
    ("fast", "channels/email/mime.py", "from fast_mail_parser import parse_email"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the linter on the package in a folder, not on the one that is installed."""
    return subprocess.run(
        [LINTER, "--no-cache", "--no-logo", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_contract_holds(house: Path) -> None:
    done = lint(house)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "module", "source"), BREACHES)
def test_a_breach_is_refused(house: Path, contract: str, module: str, source: str) -> None:
    file = house / "src" / "onestop" / module
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + f"\n{source}\n")

    done = lint(house, "--contract", contract)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 kept, 1 broken" in done.stdout
