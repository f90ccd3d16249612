"""
Every check of the project, in one command.

    ./check                     all of them
    ./check lint types          some of them
    ./check tests -k routing    one of them, with arguments of its own tool
    ./check --fix               put right what can be put right by itself: format, lint, generated pages

Made for a machine with nothing but Python: the first run makes `.venv` and installs the project with its `dev` extra
there; later runs install again only when pyproject.toml changed. Each step prints one line; what a failing step said
follows it. The exit code is 0 when every step passed, 1 when one failed, 2 when the steps could not be run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(BIN / "python")


class Step(NamedTuple):
    """One check: the command that passes or fails, and the one that mends what it finds, if there is one."""

    says: str
    command: Sequence[str]
    mend: Sequence[str] = ()
    live: bool = False  # its output is shown as it comes


STEPS = {
    "format": Step("ruff format", [PYTHON, "-m", "ruff", "format", "--check"], [PYTHON, "-m", "ruff", "format"]),
    "lint": Step("ruff check", [PYTHON, "-m", "ruff", "check"], [PYTHON, "-m", "ruff", "check", "--fix"]),
    "types": Step("mypy --strict", [PYTHON, "-m", "mypy"]),
    "imports": Step("import contracts", [str(BIN / "lint-imports"), "--no-logo"]),
    "reference": Step(
        "generated reference pages",
        [PYTHON, "tools/reference.py", "--check"],
        [PYTHON, "tools/reference.py"],
    ),
    # Not more than eight workers: each imports everything anew.
    "tests": Step(
        "tests, doctests, snippets",
        [PYTHON, "-m", "pytest", "--numprocesses=auto", "--maxprocesses=8"],
        live=True,
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run the steps that the arguments name, all when they name none."""
    if {"-h", "--help"} & set(arguments[:1]):
        print((__doc__ or "").strip())
        print("\nsteps: " + ", ".join(STEPS))
        return 0
    mending = list(arguments[:1]) == ["--fix"]
    names, extra = split(arguments[mending:])
    if extra and (len(names) != 1 or mending):
        print(f"check: no step {extra[0]!r}; the steps are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    if not prepared():
        return 2
    if mending:
        return max([run(name, STEPS[name].mend) for name in names or STEPS if STEPS[name].mend], default=0)
    failed = [name for name in names or STEPS if run(name, [*STEPS[name].command, *extra])]
    print(f"check: failed: {', '.join(failed)}" if failed else "check: all passed")
    return bool(failed)


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """
    Part the names of steps from what their tool is given.

    >>> split(["tests", "-k", "routing"])
    (['tests'], ['-k', 'routing'])
    """
    count = next((n for n, argument in enumerate(arguments) if argument not in STEPS), len(arguments))
    return list(arguments[:count]), list(arguments[count:])


def prepared() -> bool:
    """Make the virtual environment, or bring it up to date; say whether the steps can be run."""
    stamp = VENV / ".onestop-check"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return True
    if not Path(PYTHON).exists() and run("prepare", [sys.executable, "-m", "venv", str(VENV)], says="making .venv"):
        shutil.rmtree(VENV, ignore_errors=True)  # half made, it would be taken for whole next time
        return False
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ".[dev]"]
    if run("prepare", install, says="installing the project and its tools into .venv"):
        return False
    stamp.write_text(wanted)
    return True


def run(name: str, command: Sequence[str], *, says: str = "") -> int:
    """Run one step's command and print one line about it; give 1 when it failed."""
    step = STEPS.get(name)
    live = step is not None and step.live
    says = says or (step.says if step else "")
    print(f"{name:<10} {says:<28}", end="\n" if live else " ", flush=True)
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=not live, text=True, check=False)
    took = f"{time.perf_counter() - began:6.1f} s"
    end = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:<10} {says:<28} {took}  {end}" if live else f"{took}  {end}", flush=True)
    if done.returncode and not live:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
