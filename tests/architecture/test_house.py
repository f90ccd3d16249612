"""House rules that no linter knows: sizes, reasons, what importing costs, what may not be named."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest

import onestop

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
SOURCE = sorted(SRC.rglob("*.py"))
PYTHON = [
    *SOURCE,
    *sorted(path for folder in ("tests", "tools", "benchmarks", "examples") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "conftest.py",
]
WRITTEN = [
    *sorted(
        path
        for folder in ("src", "tests", "docs", "examples", "benchmarks", "tools")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".toml", ".json", ".sql", ".mako", ".txt"}
    ),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]

MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 60
MOST_NAMES = 25

# What `import onestop` leaves for the first use of what needs it.
HEAVY = {
    "alembic",
    "asyncio",
    "click",
    "jinja2",
    "multiprocessing",
    "rich",
    "selectolax",
    "sqlalchemy",
    "sqlite3",
    "typer",
}

_TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore")
_TYPE_IGNORE_EXPLAINED = re.compile(r"# type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]  # \w")
_NOQA = re.compile(r"#\s*(?:ruff:\s*)?noqa", re.IGNORECASE)
_NOQA_EXPLAINED = re.compile(r"# (?:ruff: )?noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*(?:  #| —) \w")
_MACHINE_PATH = re.compile(r"(?<![\w.\-/])/(?:home|root|Users|work|private|mnt)/\w")


def offenders(paths: list[Path], look: Callable[[str], object]) -> dict[str, object]:
    """Give what a look at each file's text found, by the file's name."""
    found = {
        path.relative_to(ROOT).as_posix(): look(path.read_text(encoding="utf-8", errors="replace")) for path in paths
    }
    return {name: what for name, what in found.items() if what}


def code_lines(source: str) -> set[int]:
    """Give the numbers of the lines that hold code: no blank line, no comment, no docstring."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, node.value.end_lineno + 1))  # type: ignore[operator]  # parsed
    return lines


def long_functions(source: str) -> dict[str, int]:
    """Give the functions that are too long, with the lines of code they have."""
    lines, found = code_lines(source), {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = len(lines.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
    return {name: count for name, count in found.items() if count > MOST_FUNCTION_LINES}


def comments(source: str) -> list[tuple[int, str]]:
    """Give every comment with the number of its line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def unexplained(source: str) -> list[int]:
    """Give the lines that switch a check off without saying which one, or why."""
    return [
        line
        for line, comment in comments(source)
        if (_TYPE_IGNORE.search(comment) and not _TYPE_IGNORE_EXPLAINED.search(comment))
        or (_NOQA.search(comment) and not _NOQA_EXPLAINED.search(comment))
    ]


def test_every_module_says_what_it_is() -> None:
    assert offenders(PYTHON, lambda source: source and not ast.get_docstring(ast.parse(source))) == {}


def test_every_module_can_be_read_in_one_sitting() -> None:
    assert offenders(SOURCE, lambda source: max(len(code_lines(source)) - MOST_MODULE_LINES, 0)) == {}


def test_every_function_can_be_seen_at_once() -> None:
    # A migration is a list of tables in the shape of a function.
    functions = [path for path in SOURCE if path.parent != SRC / "onestop" / "stores" / "migrations" / "versions"]

    assert offenders(functions, long_functions) == {}


def test_checks_are_switched_off_only_by_name_and_with_a_reason() -> None:
    assert offenders(PYTHON, unexplained) == {}


def test_no_doctest_is_skipped() -> None:
    assert offenders(WRITTEN, re.compile(r"doctest:\s*\+SKIP").findall) == {}


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    assert offenders(WRITTEN, _MACHINE_PATH.findall) == {}


def test_the_facade_is_small_and_every_name_of_it_is_there() -> None:
    names = getattr(onestop, "__all__", [])

    assert len(names) <= MOST_NAMES
    assert [*names] == sorted(set(names))
    assert [name for name in names if not hasattr(onestop, name)] == []
    assert set(names) <= set(dir(onestop))


def test_nothing_that_the_facade_is_made_of_imports_the_facade() -> None:
    inside = [path for path in SOURCE if {"cli", "replay", "testing"}.isdisjoint(path.parts)]

    assert (
        offenders(inside, re.compile(r"^ *(?:from onestop import .*|import onestop(?: .*|$))", re.MULTILINE).findall)
        == {}
    )


def test_importing_onestop_leaves_heavy_things_for_later() -> None:
    script = "import sys, onestop; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout

    assert HEAVY & set(loaded.split()) == set()


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = 1\n", {1}),
        ('"""Doc."""\n\n# why\nx = (\n    1,\n)\n', {4, 5, 6}),
        ('def f():\n    """\n    Doc.\n    """\n    return """a\nb"""\n', {1, 5, 6}),
    ],
)
def test_code_is_counted_without_what_explains_it(source: str, lines: set[int]) -> None:
    assert code_lines(source) == lines


@pytest.mark.parametrize(
    ("comment", "fine"),
    [
        ("# type: ignore[arg-type]  # the stub is wrong", True),
        ("# type: ignore[arg-type]", False),
        ("# type: ignore", False),
        ("# noqa: S101  # checked above", True),
        ("# noqa: S101 — checked above", True),
        ("# noqa: S101", False),
        ("# noqa", False),
        ("# NOQA:S101", False),
        ("# a plain remark", True),
    ],
)
def test_a_reason_is_told_from_none(comment: str, fine: bool) -> None:
    assert (unexplained(f"x = 1  {comment}\n") == []) is fine


@pytest.mark.parametrize("path", ["/ho" + "me/jo/onestop", "see /ro" + "ot/x", "/Us" + "ers/jo/x"])
def test_a_machine_path_is_told_from_an_address(path: str) -> None:
    assert _MACHINE_PATH.search(path)
    assert not _MACHINE_PATH.search("https://example.org/home/bins and onestop/work/x")
