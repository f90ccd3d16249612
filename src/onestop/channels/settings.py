"""Adapters as a file configures them: tables `[adapters.NAME]` with the entry-point name and the adapter's settings."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from onestop.channels.base import Adapter
from onestop.channels.discover import discover
from onestop.errors import OnestopError, RequestError

__all__ = ["load_adapters", "make_adapters"]


def load_adapters(path: str | Path) -> dict[str, Adapter]:
    """
    Give the adapters that a TOML file configures, by their names, in its order: what `Desk` takes as `adapters`.

    Each table `[adapters.NAME]` has the entry-point name as `adapter`, and the settings that the adapter's class takes.

    Raises:
        RequestError: the file cannot be read, or has mistakes; all of them are told, one a line, and no setting's value
            is quoted: it may be a secret.
    """
    path = Path(path)
    document = _read(path)
    tables = document.get("adapters")
    mistakes = [f"{key}: is not known here; known is adapters" for key in document if key != "adapters"]
    if not isinstance(tables, dict) or not tables:
        mistakes.append("adapters: there must be at least one table [adapters.NAME]")
        tables = {}
    adapters, found = make_adapters(tables)
    mistakes += found
    if mistakes:
        raise RequestError("\n".join([f"{path.name} has mistakes", *(f"{path.name}: {each}" for each in mistakes)]))
    return adapters


def make_adapters(tables: Mapping[str, Any]) -> tuple[dict[str, Adapter], list[str]]:
    """Give the adapters of the tables `[adapters.NAME]`, and the mistakes that are in them."""
    known = cast(Mapping[str, Callable[..., Adapter]], discover())
    adapters: dict[str, Adapter] = {}
    mistakes: list[str] = []
    for name, table in tables.items():
        problems = list(_problems(table, known))
        if not problems:
            settings = {key: value for key, value in table.items() if key != "adapter"}
            try:
                adapters[name] = known[table["adapter"]](name, **settings)
            except (TypeError, ValueError, AttributeError, OnestopError) as exc:
                # The text of a built-in error may quote the setting, which may be a secret; ours never does.
                said = str(exc) if isinstance(exc, OnestopError) else "a setting has a value that it cannot have"
                problems.append(said)
        mistakes += [f"adapters.{name}: {problem}" for problem in problems]
    return adapters, mistakes


def _problems(table: Any, known: Mapping[str, Callable[..., Adapter]]) -> Iterator[str]:
    if not isinstance(table, dict):
        yield "must be a table"
        return
    adapter = table.get("adapter")
    if not isinstance(adapter, str) or adapter not in known:
        yield f"adapter must be one of {', '.join(known)}"
        return
    settings = list(inspect.signature(known[adapter]).parameters)[1:]  # the first is its name
    for key in table:
        if key != "adapter" and key not in settings:
            yield f"{key} is not known here; known are {', '.join(settings) or 'none'}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as exc:
        raise RequestError(f"{str(path)!r} cannot be read: {exc.strerror or 'there is no such file'}") from exc
    except UnicodeDecodeError as exc:
        raise RequestError(f"{path.name} must be written in UTF-8") from exc
    except (ValueError, RecursionError) as exc:  # TOML's message names the place, and quotes a mark at most
        raise RequestError(f"{path.name} is not TOML: {str(exc)[:200]}") from exc
