"""
The snippets of README.md and docs/ as tests.

Each document is one story: its blocks share one namespace and one temporary folder, which holds a copy of `examples`.
Python blocks are run, and doctests in them compared. In ```sh and ```console blocks the lines that start with `onestop`
are run; in ```console, where they follow a `$`, what they print is compared with the lines below, `...` standing for
anything. There is no mark that keeps a block from being run.
"""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

ROOT = Path(__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
COMMAND = "onestop"
TIMEOUT_S = 120

# Alembic runs this file itself, inside a migration; imported by anybody else it fails.
collect_ignore_glob = ["src/onestop/stores/migrations/env.py"]


class ByDocument(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Spread single tests over the workers, but keep the blocks of one document together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(".md") else nodeid


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDocument:
    """Give what spreads the tests, whatever `--dist` says."""
    return ByDocument(config, log)


def enter(namespace: dict[str, Any]) -> None:
    """Begin a document in a folder of its own."""
    namespace["_before"] = Path.cwd()
    namespace["_folder"] = folder = tempfile.mkdtemp(prefix="onestop-docs-")
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", Path(folder, "examples"))
    os.chdir(folder)


def leave(namespace: dict[str, Any]) -> None:
    """Go back, and leave nothing behind."""
    os.chdir(namespace["_before"])
    shutil.rmtree(namespace["_folder"])


def commands(block: str, *, prompt: str) -> Iterator[tuple[str, str]]:
    """
    Give each command of ours in a block, with what it is said to print.

    Without a prompt every line is a command, and nothing is said of what it prints. A line that ends in a backslash
    goes on in the next.

    >>> list(commands("$ pip install x\\nDone\\n$ onestop cases\\nNP-1\\nNP-2\\n", prompt="$ "))
    [('onestop cases', 'NP-1\\nNP-2\\n')]
    """
    command, output = "", ""
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith(prompt):
            if command.split()[:1] == [COMMAND]:
                yield command, output
            command, output = line.removeprefix(prompt), ""
        else:
            output += f"{line}\n"
    if command.split()[:1] == [COMMAND]:
        yield command, output


def run_console(example: Example) -> str | None:
    """Run a ```console block; give what went wrong."""
    return run_commands(example, prompt="$ ")


def run_sh(example: Example) -> str | None:
    """Run a ```sh block; give what went wrong."""
    return run_commands(example, prompt="")


def run_commands(example: Example, *, prompt: str) -> str | None:
    """Run a block's commands as a person would, with this interpreter's `onestop` first on the path."""
    folder = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": os.pathsep.join([folder, os.environ["PATH"]]),
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    for command, output in commands(example.parsed, prompt=prompt):
        done = subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if done.returncode:
            return f"$ {command}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        if output and not doctest.OutputChecker().check_output(output, done.stdout, FLAGS):
            return f"$ {command}\nexpected:\n{output}\ngot:\n{done.stdout}"
    return None


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=FLAGS),
        CodeBlockParser("console", run_console),
        CodeBlockParser("sh", run_sh),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=enter,
    teardown=leave,
).pytest()
