"""The generated pages: written from the code, and refused when they say something else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest
import typer

TOOL = Path(__file__).parents[2] / "tools" / "reference.py"

app = typer.Typer()
rejected = typer.Typer(help="What could not be taken in.")
app.add_typer(rejected, name="rejected")


@app.callback()
def main() -> None:
    """One stop."""


@rejected.command()
def retry() -> None:
    """Try again."""


@app.command()
def parse(
    adapter: Annotated[str, typer.Argument(help="Its name | entry point.")],
    files: Annotated[list[Path], typer.Argument(help="Payloads.")],
    as_json: Annotated[bool, typer.Option("--json", help="One object\na line.")] = False,
    store: Annotated[str, typer.Option("--store", "-s", envvar="STORE", help="Where.")] = "sqlite://",
    after: Annotated[int, typer.Option("--after", help="From there.")] = 0,
) -> None:
    """
    Say what payloads hold.

    Touches no store.
    """


COMMANDS = """\
## onestop

One stop.

```text
onestop COMMAND
```

## onestop parse

Say what payloads hold.

Touches no store.

```text
onestop parse [OPTIONS] ADAPTER FILES…
```

| argument or option | what it says | when left out |
| --- | --- | --- |
| `ADAPTER` | Its name \\| entry point. | needed |
| `FILES…` | Payloads. | needed |
| `--json` | One object a line. | |
| `--store`, `-s` | Where. | the environment's `STORE`, else `sqlite://` |
| `--after` | From there. | `0` |

## onestop rejected

What could not be taken in.

```text
onestop rejected COMMAND
```

## onestop rejected retry

Try again.

```text
onestop rejected retry
```
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tool on the pages of a folder."""
    command = [sys.executable, TOOL, "--folder", folder, *arguments]
    settings = os.environ | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=settings)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of pages, as the tool writes them."""
    folder = tmp_path_factory.mktemp("reference")
    assert run(folder).returncode == 0
    return folder


@pytest.fixture
def pages(written: Path, tmp_path: Path) -> Path:
    """Give a copy of the pages that a test may spoil."""
    for page in written.iterdir():
        (tmp_path / page.name).write_bytes(page.read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """Give the tool as a module."""
    spec = importlib.util.spec_from_file_location("reference", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_just_written_agree_with_the_code(pages: Path) -> None:
    checked = run(pages, "--check")

    assert checked.returncode == 0, checked.stdout
    assert checked.stdout == ""
    assert {"errors.md", "adapters.md", "cli.md", "lifecycles.md", "public-names.md"} <= {
        page.name for page in pages.iterdir()
    }


def test_a_page_that_says_something_else_is_shown_and_left_as_it_is(pages: Path) -> None:
    page = pages / "errors.md"
    page.write_text(page.read_text().replace("`busy` | yes", "`busy` | no"))
    spoiled = page.read_bytes()

    checked = run(pages, "--check")

    assert checked.returncode == 1
    assert "-| `BusyError` | `busy` | no |" in checked.stdout
    assert "+| `BusyError` | `busy` | yes |" in checked.stdout
    assert "./check --fix" in checked.stderr
    assert page.read_bytes() == spoiled


def test_a_page_that_is_missing_is_asked_for(pages: Path) -> None:
    (pages / "adapters.md").unlink()

    checked = run(pages, "--check")

    assert checked.returncode == 1
    assert "+# Adapters" in checked.stdout


def test_a_page_written_by_hand_is_nobodys_business(pages: Path) -> None:
    by_hand = pages / "day-format.md"
    by_hand.write_text("by hand")

    assert run(pages, "--check").returncode == 0
    assert run(pages).returncode == 0
    assert by_hand.read_text() == "by hand"


def test_every_command_is_shown_with_what_it_takes(reference: ModuleType) -> None:
    assert reference.cli_page(app).partition("\n\n## ")[2] == COMMANDS.removeprefix("## ")


@pytest.mark.parametrize("environment", [{"COLUMNS": "40", "TERM": "dumb"}, {"COLUMNS": "300", "SHELL": "/bin/fish"}])
def test_pages_are_the_same_in_every_terminal(pages: Path, environment: dict[str, str]) -> None:
    checked = run(pages, "--check", **environment)

    assert (checked.returncode, checked.stdout) == (0, "")


def test_every_command_is_on_the_page(pages: Path) -> None:
    page = (pages / "cli.md").read_text("utf-8")

    assert all(f"\n## onestop {command}\n" in page for command in ("cases", "explain", "policy init", "rejected retry"))


def test_every_room_that_is_public_is_on_the_page_of_names(pages: Path) -> None:
    page = (pages / "public-names.md").read_text("utf-8")

    for room in ("errors", "channels", "gateways", "policy", "stores", "replay", "testing"):
        assert f"\n## onestop.{room}\n" in page
    assert all(f"\n| `{name}` |" in page for name in ("load_adapters", "Sender", "Sent", "CollectingSender"))
