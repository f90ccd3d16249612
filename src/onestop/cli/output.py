"""What the command line prints: tables for people, one JSON object a line for programs, errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from onestop.errors import OnestopError

__all__ = [
    "NOT_DONE",
    "WRONG",
    "Cell",
    "Column",
    "counted",
    "cut",
    "emit",
    "leave",
    "page_width",
    "progress",
    "say",
    "spare_width",
    "table",
    "tell",
    "warn",
]

WRONG = 1  # something is wrong, differs, was rejected, was found
NOT_DONE = 2  # wrong usage, or it cannot be done

WIDTH = 100  # of tables that go to a file or another program; on a terminal they are as wide as it
WIDEST = 120  # of a page of text, however wide the terminal

_HINTS: Mapping[str, str] = {
    "busy": "try again",
    "conflict": "try again",
    "policy": "`onestop policy check DIR` lists them",
    "store": "--store or ONESTOP_STORE says where it is, and `onestop receive` makes one",
}

Column = tuple[str, str]
"""A heading, and a style."""

Cell = str | tuple[str, str]
"""Text, or text and its style."""


def _stdout() -> Console:
    """Give the console of now: what stdout is may change between two calls in one process."""
    console = Console(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, emoji=False, width=WIDTH)


def page_width() -> int:
    """Give how wide a page of text is: as the terminal, or `WIDTH`, and no wider than can be read."""
    return min(_stdout().width, WIDEST)


def spare_width() -> int:
    """Give how many characters a terminal has beyond the width that every table fits."""
    return max(0, _stdout().width - WIDTH)


def say(text: str = "", *, style: str | None = None) -> None:
    """Print a line for a person; it is never wrapped."""
    _stdout().print(_printable(text), style=style, soft_wrap=True)


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """
    Print a table. Every row is one line: what is too wide for the terminal, or for `WIDTH`, is cut in the last column.
    """
    texts = [[_cell(cell) for cell in row] for row in rows]
    console = _stdout()
    made = Table(box=None, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    room = console.width
    for number, (heading, style) in enumerate(columns):
        width = max([len(heading), *(row[number].cell_len for row in texts)])
        last = number == len(columns) - 1
        made.add_column(
            heading, style=style, no_wrap=True, overflow="ellipsis", width=max(8, min(width, room)) if last else width
        )
        room -= width + 1
    for row in texts:
        made.add_row(*row)
    if console.is_terminal:
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _cell(cell: Cell) -> Text:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return Text(_printable(text), style=style)


def _printable(text: str) -> str:
    """Give a text without what could steer a terminal: it may be a stranger's."""
    return "".join(mark if mark.isprintable() or mark in "\n\t" else "�" for mark in text)


def cut(text: str, width: int) -> str:
    """
    Give the first line of a text, cut to a width.

    >>> cut("care-needs-assessment", 10)
    'care-need…'
    """
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= width else f"{line[: width - 1]}…"


def counted(count: int, noun: str) -> str:
    """
    Give a number with its noun.

    >>> counted(1, "case"), counted(2000, "case")
    ('1 case', '2,000 cases')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def emit(value: BaseModel | Mapping[str, Any]) -> None:
    """Print one JSON object on one line; what could steer a terminal is escaped, as JSON may escape any character."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    line = json.dumps(value, ensure_ascii=False)
    if not line.isprintable():
        line = "".join(mark if mark.isprintable() else json.dumps(mark)[1:-1] for mark in line)
    sys.stdout.write(f"{line}\n")


def warn(text: str) -> None:
    """Print a line to stderr."""
    sys.stderr.write(f"onestop: {_printable(text)}\n")
    sys.stderr.flush()


def tell(error: OnestopError) -> None:
    """
    Say on stderr what went wrong and what to do.

    One line; where a file has several mistakes, a line for each.
    """
    lines = str(error).splitlines()
    head, hint = lines[0], _HINTS.get(error.code)
    if error.code == "policy" and len(lines) == 2:
        head, hint = lines[1], "--policy or ONESTOP_POLICY names the policy's folder"
    warn(f"{head}; {hint}" if hint else head)
    if error.code != "policy":
        for line in lines[1:]:
            sys.stderr.write(f"  {_printable(line)}\n")


def leave(code: int) -> NoReturn:
    """Stop with an exit code."""
    raise typer.Exit(code)


@contextmanager
def progress(what: str, total: int | None, *, tells: bool = False) -> Iterator[Callable[[], None]]:
    """
    Show how far a long work has come, on a terminal only; call what it gives after each part.

    Work that `tells` what it does while it does it needs no bar where that can be read.
    """
    console = Console(stderr=True)
    shows = console.is_terminal and not (tells and sys.stdout.isatty())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    # Rich would send what is printed meanwhile to stderr, too.
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False, disable=not shows
    ) as shown:
        task = shown.add_task(what, total=total)
        yield lambda: shown.advance(task)
