"""What a document shows is run: true snippets pass, false ones do not, and none can be written that is not run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# What a fenced block may be of: run (the first three), or no code of ours.
LANGUAGES = {"python", "console", "sh", "toml", "json", "text", "mermaid", "sql", "xml", "ini", "http"}

_FENCE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})(?P<language>[^`\n]*)$", re.MULTILINE)

TRUE = {
    "python": "```python\nassert 1 + 1 == 2\n```\n",
    "doctest": "```python\n>>> 1 + 1\n2\n```\n",
    "one namespace": "```python\nx = 1\n```\n\nand then\n\n```python\n>>> x\n1\n```\n",
    "a folder of its own": "```python\nopen('made', 'x').close()\n```\n\n```sh\nonestop exists made\n```\n",
    "the examples are there": "```sh\nonestop exists examples/northport/README.md\n```\n",
    "command": "```sh\npip install no-such-thing\nonestop say yes\n```\n",
    "continued command": "```sh\nonestop say \\\n    yes\n```\n",
    "output": "```console\n$ onestop say yes\nyes\n```\n",
    "output in part": "```console\n$ git clone x\n$ onestop say yes we can\nyes ... can\n```\n",
    "no code of ours": "```toml\nx = [\n```\n",
}

FALSE = {
    "python": "```python\nassert 1 + 1 == 3\n```\n",
    "doctest": "```python\n>>> 1 + 1\n3\n```\n",
    "error": "```python\nraise OSError\n```\n",
    "in a list": "* so:\n\n    ```python\n    assert 1 + 1 == 3\n    ```\n",
    "command": "```sh\nonestop exists nowhere\n```\n",
    "continued command": "```sh\nonestop exists \\\n    nowhere\n```\n",
    "second command": "```sh\nonestop say yes\nonestop exists nowhere\n```\n",
    "prompted command": "```console\n$ onestop exists nowhere\n```\n",
    "output": "```console\n$ onestop say yes\nno\n```\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project of our conftest and of examples, with an `onestop` that says or looks for what it is told."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "docs" / "how-to").mkdir(parents=True)
    (tmp_path / "examples" / "northport").mkdir(parents=True)
    (tmp_path / "examples" / "northport" / "README.md").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    command = tmp_path / "bin" / "onestop"
    command.write_text('#!/bin/sh\nverb=$1; shift\ncase $verb in say) echo "$@";; exists) test -e "$1";; esac\n')
    command.chmod(0o755)
    return tmp_path


def outcome(project: Path, document: str, text: str, *options: str) -> dict[str, int]:
    """Run a document's snippets; give how many passed and failed."""
    (project / document).write_text(text)
    # The interpreter is told that it lives beside the stand-in, since the first `onestop` looked for is the one there.
    script = "import sys, pytest; sys.executable = sys.argv.pop(1); sys.exit(pytest.main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-B",
        "-c",
        script,
        project / "bin" / "python",
        "-p",
        "no:cacheprovider",
        "-q",
        *options,
        document,
    ]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1, 5), done.stdout + done.stderr
    return {
        word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout.splitlines()[-1])
    }


@pytest.mark.parametrize("text", TRUE.values(), ids=TRUE)
def test_what_is_true_passes(project: Path, text: str) -> None:
    result = outcome(project, "README.md", text)

    assert "failed" not in result
    assert ("passed" in result) == ("toml" not in text)


@pytest.mark.parametrize("text", FALSE.values(), ids=FALSE)
def test_what_is_false_fails(project: Path, text: str) -> None:
    result = outcome(project, "README.md", text)

    assert result.get("failed") == 1


@pytest.mark.parametrize("document", ["docs/x.md", "docs/how-to/x.md"])
def test_every_folder_of_docs_is_looked_at(project: Path, document: str) -> None:
    result = outcome(project, document, TRUE["python"] + FALSE["python"])

    assert result == {"passed": 1, "failed": 1}


def test_the_blocks_of_a_document_stay_together_when_tests_are_spread(project: Path) -> None:
    counting = "```python\nx = 0\n```\n" + "\n```python\nx += 1\n```\n" * 20 + "\n```python\n>>> x\n20\n```\n"

    result = outcome(project, "README.md", counting, "--numprocesses=2")

    assert result == {"passed": 22}


def test_a_document_leaves_nothing_behind(project: Path) -> None:
    before = {path.name for path in project.iterdir()}

    outcome(project, "README.md", TRUE["a folder of its own"])

    assert {path.name for path in project.iterdir()} - before == {"README.md"}


def test_every_block_is_run_or_no_code_of_ours() -> None:
    unknown = [
        f"{document.relative_to(ROOT)}: {language!r}"
        for document in DOCUMENTS
        for language in languages(document.read_text(encoding="utf-8"))
        if language not in LANGUAGES
    ]

    assert unknown == []


def languages(text: str) -> list[str]:
    """Give what each fenced block says it is, in order."""
    found, opening = [], ""
    for fence in _FENCE.finditer(text):
        if not opening:
            found.append(fence["language"].strip())
            opening = fence["fence"]
        elif fence["fence"].startswith(opening) and not fence["language"].strip():
            opening = ""
    return found


def test_a_block_that_is_not_run_is_told_by_its_language() -> None:
    assert languages("```py\nx\n```\n\n```python skip\n```\n~~~~\n```\n~~~~\n") == ["py", "python skip", ""]
