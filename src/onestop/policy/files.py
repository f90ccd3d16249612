"""The files of a policy folder, read into one document: the content of every file under its name without `.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from onestop.policy.mistakes import FILES, OWN_FILES, Mistakes

__all__ = ["default_answers", "default_commands", "default_lifecycle", "default_templates", "read_folder"]

_SIZE_LIMIT = 16 * 1024 * 1024  # bytes; ten thousand rules are about two million
_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\Z")


def read_folder(folder: Path, mistakes: Mistakes) -> dict[str, Any]:
    """Give the document of a folder; files that cannot be read are noted and left out."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError:
        mistakes.unread.update(FILES)
        mistakes.add_file(folder.name, "", "must be a folder that can be read")
        return {}
    if not found:
        mistakes.unread.update(FILES)
        mistakes.add_file(folder.name, "", "holds no TOML file; a policy has council.toml, services.toml …")
        return {}
    known = OWN_FILES
    for path in found:
        if path.stem not in known:
            mistakes.add_file(
                path.name, "", f"is no file of a policy; those are {', '.join(f'{n}.toml' for n in known)}"
            )
    return {
        path.stem: content for path in found if path.stem in known if (content := _read(path, mistakes)) is not None
    }


def _read(path: Path, mistakes: Mistakes) -> dict[str, Any] | None:
    where, problem = "", ""
    try:
        if not path.is_file():  # a pipe would be waited for, a device read without end
            problem = "cannot be read"
        elif path.stat().st_size > _SIZE_LIMIT:
            problem = f"is larger than {_SIZE_LIMIT // 1024**2} MiB"
        else:
            return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError:
        problem = "cannot be read"
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        where, problem = f"line {line}", "must be written in UTF-8"
    except RecursionError:
        problem = "is nested deeper than anything of a policy"
    except ValueError as error:  # TOMLDecodeError, and what int() says of numbers with thousands of digits
        where, problem = _syntax(str(error))
    mistakes.unread.add(path.stem)
    mistakes.add_file(path.name, where, problem)
    return None


def _syntax(message: str) -> tuple[str, str]:
    place = _LINE.search(message)
    line = f"line {place[1]}" if place and place[1] else "end of file" if place else ""
    said = _LINE.sub("", message)
    return line, f"is not TOML: {said[:1].lower()}{said[1:200]}"


@cache
def default_lifecycle() -> dict[str, Any]:
    """Give the lifecycle that onestop ships, as its file declares it; not to be changed."""
    return _shipped("default.toml")


@cache
def default_answers() -> dict[str, Any]:
    """Give the words of answers that onestop ships; not to be changed."""
    return _shipped("answers.toml")


@cache
def default_commands() -> dict[str, Any]:
    """Give the words of commands that onestop ships; not to be changed."""
    return _shipped("commands.toml")


@cache
def default_templates() -> dict[str, Any]:
    """Give the templates that onestop ships; not to be changed."""
    return _shipped("templates.toml")


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("onestop.policy").joinpath(name).read_text("utf-8"))
