"""Loading a recorded day: every mistake is found before the first step is played, and all are told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onestop.channels.settings import make_adapters
from onestop.errors import ReplayError
from onestop.replay.day import Day, Expectation, MessageExpectation, Step
from onestop.replay.payload import placeholders, read_bytes
from onestop.replay.verbs import VERBS

__all__ = ["DAY_FILE", "load_day", "read_day"]

DAY_FILE = "day.toml"

_KEYS = ("policy", "seed", "adapters", "steps")
_OPENS = ("opened", "asked", None)  # outcomes that may give a case its label; None: no outcome is expected
_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "literal_error": "must be one of {expected}",
    "timezone_aware": "needs a time zone, as 2026-03-02T08:05:00Z",
    "string_pattern_mismatch": "must be a label: letters, digits, dots, dashes and underscores",
    "value_error": "{error}",
}


def load_day(folder: str | Path) -> Day:
    """
    Give a recorded day from its folder, or from the file `day.toml` in it.

    Raises:
        ReplayError: it cannot be read or has mistakes; all of them are told, one a line, by the number of the step.
    """
    path = Path(folder)
    path = path / DAY_FILE if path.is_dir() else path
    return read_day(_read_toml(path), path.parent, path.name)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise ReplayError(f"{path.name} must be written in UTF-8") from exc
    except (ValueError, RecursionError) as exc:
        raise ReplayError(f"{path.name} is not TOML: {str(exc)[:200]}") from exc


def read_day(document: Mapping[str, Any], folder: Path, name: str = DAY_FILE) -> Day:
    """
    Give a recorded day from the document that a file of this name holds; its payloads are in the folder.

    Raises:
        ReplayError: it has mistakes; all of them are told.
    """
    tables = _table(document.get("adapters"))
    adapters, mistakes = make_adapters(tables)
    mistakes = [*_head(document, folder), *mistakes]
    check, steps = _Check(folder, set(tables)), []
    for number, table in enumerate(_list(document.get("steps")), 1):
        step, problems = _read_step(table)
        if step is not None:
            steps.append(step)
            problems += check.step(step)
        mistakes += [f"step {number}: {problem}" for problem in problems]
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in {name}"
        raise ReplayError("\n".join([count, *(f"{name}: {mistake}" for mistake in mistakes)]))
    return Day(
        folder=folder,
        policy=(folder / document["policy"]).resolve(),
        seed=document["seed"],
        adapters=adapters,
        steps=tuple(steps),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _head(document: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Say what is wrong above the steps."""
    for key in document:
        if key not in _KEYS:
            yield f"{key}: is not known here; known are {', '.join(_KEYS)}"
    for key in ("policy", "seed"):
        if not isinstance(document.get(key), str) or not document[key]:
            yield f"{key}: must be text"
    if isinstance(document.get("policy"), str) and not _is_folder(folder / document["policy"]):
        yield "policy: must be a folder, seen from here"
    if not _table(document.get("adapters")):
        yield "adapters: there must be at least one table [adapters.NAME]"
    if not _list(document.get("steps")):
        yield "steps: there must be at least one [[steps]]"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file system takes
        return False


def _read_step(table: Any) -> tuple[Step | None, list[str]]:
    """Give a step, or the sentences that say what is wrong with its keys."""
    try:
        return Step.model_validate(table), []
    except ValidationError as error:
        return None, [_sentence(detail) for detail in error.errors(include_url=False, include_input=False)]


def _sentence(detail: ErrorDetails) -> str:
    places = [f"[{part + 1}]" if isinstance(part, int) else str(part) for part in detail["loc"] if part != "[key]"]
    where = ".".join(places).replace(".[", "[").replace("expect[1].", "expect.")
    if detail["type"] == "extra_forbidden":
        known = MessageExpectation if "messages" in detail["loc"] else _expects_or_does(detail)
        return f"{where}: is not known here; known are {', '.join(known.model_fields)}"
    sentence = _SENTENCES.get(detail["type"], "is not what the format takes here").format(**detail.get("ctx", {}))
    return f"{where}: {sentence}" if where else sentence


def _expects_or_does(detail: ErrorDetails) -> type[Expectation | Step]:
    return Expectation if detail["loc"][0] == "expect" else Step


class _Check:
    """What can only be seen by looking at several steps, or beside `day.toml`; steps are given in their order."""

    def __init__(self, folder: Path, named: set[str]) -> None:
        self._folder = folder
        self._named = named  # adapters that have a table, though it may have mistakes
        self._labels: set[str] = set()
        self._clock: datetime | None = None

    def step(self, step: Step) -> list[str]:
        """Give what is wrong with the next step."""
        problems = list(self._verb(step))
        if self._clock is not None and step.at < self._clock:
            problems.append("at: lies before the step above; the clock never goes back")
        self._clock = max(step.at, self._clock) if self._clock else step.at
        problems += self._payload(step)
        problems += self._uses(step)
        for expected in step.expect:
            problems += self._expected(step, expected)
        return problems

    def _verb(self, step: Step) -> Iterator[str]:
        verbs = step.verbs
        if len(verbs) != 1:
            yield f"must do one thing: it has {' and '.join(verbs) or 'none'} of {', '.join(VERBS)}"
            return
        keys = VERBS[verbs[0]]
        given = step.model_fields_set - {"at", "why", "expect", verbs[0]}
        for key in keys.needs:
            if key not in given:
                yield f"{verbs[0]} needs {key}"
        for key in Step.model_fields:
            if key in given and key not in (*keys.needs, *keys.takes):
                yield f"{verbs[0]} does not take {key}"
        for expected in step.expect:
            for key in Expectation.model_fields:
                if key in expected.model_fields_set and key not in keys.expects:
                    yield f"expect.{key}: nothing of {verbs[0]} can be compared with it"
        if step.describe is not None and not given & {"name", "language"}:
            yield "describe needs name or language"
        if len(step.expect) > 1 and step.adapter is None and not step.run_due:
            yield "expect: only a payload can say several things, and only what is due be about several cases"

    def _payload(self, step: Step) -> Iterator[str]:
        if step.adapter is not None and step.adapter not in self._named:
            yield f"no adapter is configured as {step.adapter!r}; there are {', '.join(sorted(self._named)) or 'none'}"
        if step.file is None:
            return
        path = self._folder / step.file
        if "\0" not in step.file and path.exists() and not path.is_file():  # a pipe or a device would never end
            yield f"file: {step.file!r} is no file"
            return
        try:
            data = read_bytes(path, step.file)
        except ReplayError as exc:
            yield f"file: {exc}"
            return
        for kind, label in placeholders(data):
            if label not in self._labels:
                yield f"{step.file}: {{{{{kind} {label}}}}} names no case that was opened before"

    def _uses(self, step: Step) -> Iterator[str]:
        named = ("case", "link", "unlink", "merge", "belongs_to")
        used = {**{key: getattr(step, key) for key in named}, "fields.into": step.fields.get("into")}
        for key, label in used.items():
            if label is not None and label not in self._labels:
                yield f"{key}: no case was labelled {label!r} before"
        if step.opens is not None:
            yield from self._gives(step.opens, "opens")

    def _gives(self, label: str, key: str) -> Iterator[str]:
        if label in self._labels:
            yield f"{key}: {label!r} is the label of an earlier case; a new one needs its own"
        self._labels.add(label)

    def _expected(self, step: Step, expected: Expectation) -> Iterator[str]:
        for candidate in expected.candidates or ():
            if candidate not in self._labels:
                yield f"expect.candidates: no case was labelled {candidate!r} before"
        for linked in expected.linked or ():
            if expected.outcome == "opened":
                yield from self._gives(linked, "expect.linked")
        label = expected.case
        if label is None:
            if step.run_due:
                yield "expect needs case: what is due may be about any"
            return
        if step.run_due and label not in self._labels:
            yield f"expect.case: no case was labelled {label!r} before"
        if expected.outcome in ("opened", "asked") and label in self._labels:
            yield f"expect.case: {label!r} is the label of an earlier case; a new one needs its own"
        if expected.outcome not in _OPENS and label not in self._labels:
            yield f"expect.case: no case was labelled {label!r} before"
        self._labels.add(label)
