"""
Mistakes: collected until all are known, and told in short sentences that say what would be right.

pydantic finds most of them; its words are for programmers, so each type of its errors has a sentence here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from onestop.core.escalation import FORM
from onestop.core.model import Frozen
from onestop.errors import Mistake, PolicyError

__all__ = ["FILES", "NAME_FORM", "OWN_FILES", "Mistakes", "Place", "is_name", "one_of"]

M = TypeVar("M", bound=Frozen)
Place = tuple[str | int, ...]  # table, key, index … inside a file

FILES = (
    *(
        "council",
        "services",
        "providers",
        "rules",
        "words",
        "flags",
        "lifecycles",
        "templates",
        "commands",
        "answers",
        "calendars",
    ),
    *("areas", "escalation", "mappings", "bank_holidays", "default"),
)
"""
The files of a policy, without `.toml`, in the order of telling mistakes.

The last two are what onestop ships: GOV.UK's bank holidays and the lifecycle `default`.
"""

OWN_FILES = FILES[:-2]
"""Those that a policy's folder may have."""

_DEEPEST = 12  # the format itself needs eight
_LARGEST = 2**63 - 1  # TOML 1.0: integers are of 64 bits

_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_unicode": "must be text of valid Unicode characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "too_long": "must hold at most {max_length} entries",
    "postcode_prefix": "must be a postcode or the beginning of one, such as NP1, NP1 2 or NP1 2AB",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "literal_error": "must be one of {expected}",
    "too_short": "must hold at least {min_length} entry",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "duration": "{problem}",
    "escalation_at": FORM,
}

# What the pattern of a field means, and what fields of several types take.
_PATTERNS = {
    "flag": "must be a short word of a-z, 0-9 and _",
    "reference_prefix": "must be two to four capital letters",
    "region": "must be two capital letters, as GB",
}
_UNIONS = {
    "attachments": "must be true, false or a list of media types",
    "acknowledge": "must be the name of a template, or false",
}
_TAGS = ("bool", "tuple", "str", "literal")  # how pydantic names the types of such fields


class Mistakes:
    """Every mistake found so far; `unread` holds the files that could not be read, whose names nobody can check."""

    def __init__(self) -> None:
        self._found: dict[Mistake, None] = {}
        self._opaque: set[tuple[str, str]] = set()
        self.unread: set[str] = set()
        self._elsewhere: dict[tuple[str, Place], tuple[str, Place]] = {}

    def add(self, file: str, place: Place, problem: str) -> None:
        """Note a mistake at a place of a file (its name without `.toml`)."""
        for (other, begins), (stands, at) in self._elsewhere.items():
            if file == other and place[: len(begins)] == begins:
                file, place = stands, (*at, *place[len(begins) :])
                break
        where = where_text(place)
        if (file, where) not in self._opaque:
            self._found[Mistake(f"{file}.toml", where, _writable(problem))] = None

    def read_as(self, file: str, place: Place, *, stands: str, at: Place) -> None:
        """Tell mistakes of one place at another, where it stands: a rule of flags.toml is read as one of rules.toml."""
        self._elsewhere[file, place] = (stands, at)

    def add_file(self, name: str, where: str, problem: str) -> None:
        """Note a mistake that a whole file is, or that stands on a line of it."""
        self._found[Mistake(_writable(name), _writable(where), _writable(problem))] = None

    def raise_if_any(self) -> None:
        """
        Tell every mistake, in the order of the files.

        Raises:
            PolicyError: there is at least one.
        """
        if self._found:
            order = {f"{name}.toml": number for number, name in enumerate(FILES)}
            raise PolicyError(sorted(self._found, key=lambda mistake: order.get(mistake.file, len(order))))

    def plain(self, file: str, value: Any, place: Place = ()) -> Any:
        """Give a copy that JSON can carry; what it cannot (dates, NaN, null) is a mistake and becomes None."""
        if isinstance(value, str | bool):
            return value
        if type(value) is date and file == "calendars":
            return value.isoformat()  # TOML has dates, and JSON has not
        problem = "must be text, a whole number, true, false, a list or a table"
        if isinstance(value, Mapping) and len(place) < _DEEPEST:
            named = {key: item for key, item in value.items() if isinstance(key, str)}
            if len(named) == len(value):
                return {key: self.plain(file, item, (*place, key)) for key, item in named.items()}
        elif isinstance(value, list | tuple) and len(place) < _DEEPEST:
            return [self.plain(file, item, (*place, number)) for number, item in enumerate(value)]
        elif (isinstance(value, int) and abs(value) <= _LARGEST) or (isinstance(value, float) and math.isfinite(value)):
            return value
        elif isinstance(value, Mapping | list | tuple):
            problem = "is nested deeper than anything of a policy"
        self.add(file, place, problem)
        self._opaque.add((file, where_text(place)))
        return None

    def table(self, file: str, value: Any, place: Place = ()) -> dict[str, Any]:
        """Give a table, or an empty one where the value is none, which is a mistake."""
        if isinstance(value, dict):
            return value
        self.add(file, place, "must be a table")
        return {}

    def validate(
        self, model: type[M], value: dict[str, Any], file: str, place: Place, /, *, inside: str = "", **known: str
    ) -> M | None:
        """
        Give a table as a model; None, with its mistakes noted, where it is none.

        `known` are fields that the file says otherwise than by keys; with `inside`, the table is that one field.
        """
        for name in known.keys() & value.keys() if not inside else ():
            self.add(file, (*place, name), "is not known here")
        given = {**({inside: value} if inside else value), **known}
        try:
            made = model.model_validate(given)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                loc = detail["loc"][1:] if inside else detail["loc"]
                known_here = [name for name in _fields_at(model, loc[:-1]) if name not in known]
                self._add_detail(file, place, loc, detail, known_here)
            return None
        dumped = made.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for at, problem in _converted(value, dumped[inside] if inside else dumped, place):
            self.add(file, at, problem)
        return made

    def _add_detail(self, file: str, place: Place, loc: Place, detail: ErrorDetails, fields: list[str]) -> None:
        for number, part in enumerate(loc[:-1]):
            if part in _UNIONS and isinstance(tag := loc[number + 1], str) and tag.startswith(_TAGS):
                self.add(file, place + loc[: number + 1], _UNIONS[str(part)])
                return
        kind, last = detail["type"], loc[-1] if loc else ""
        if kind == "extra_forbidden":
            problem = f"is not known here; known are {', '.join(fields)}"
        elif kind == "string_pattern_mismatch":
            problem = _PATTERNS.get(str(last), "is not written as it must be")
        else:
            problem = _SENTENCES.get(kind, "is not what the format takes here").format(**detail.get("ctx", {}))
        self.add(file, place + loc, problem)


_LONGEST_NAME = 100
NAME_FORM = f"must be a name of 1 to {_LONGEST_NAME} visible characters, without spaces around it"


def is_name(text: str) -> bool:
    """
    Say whether a text can name a part of a policy: it stands in histories, logs and lists for ever.

    What cannot be seen cannot name: two names would look the same, or a line of a log would end in the middle.
    """
    return 0 < len(text) <= _LONGEST_NAME and text == text.strip() and text.isprintable()


def one_of(names: Iterable[str]) -> str:
    """Give names as a sentence lists them: at most ten, so that a mistake stays readable."""
    listed = list(names)
    return ", ".join(listed[:10]) + (" …" if len(listed) > 10 else "") if listed else "none"


def where_text(place: Place) -> str:
    """
    Give a place as people write it.

    >>> where_text(("rules", 3, "when", "to"))
    'rules[3].when.to'
    """
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place if part != "[key]"]
    return _writable("".join(parts).removeprefix("."))


def _writable(text: str) -> str:
    """Give a text without the lone surrogates that no output takes; what would move a terminal's cursor is spelled."""
    text = text.encode("utf-8", "replace").decode()
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _converted(given: Any, read: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """
    Give where a value was converted to be understood, as "yes" to true or 1.0 to 1.

    pydantic's strict mode would say so, too, but it refuses a list where the model has a tuple.
    """
    if isinstance(given, dict) and isinstance(read, dict):
        for key, value in given.items():
            yield from _converted(value, read.get(key), (*place, key))
    elif isinstance(given, list) and isinstance(read, list):
        for number, (value, taken) in enumerate(zip(given, read, strict=False)):
            yield from _converted(value, taken, (*place, number))
    elif type(given) is not type(read) and (type(given), type(read)) != (int, float):
        kind = {bool: "bool_type", int: "int_type"}.get(type(read), "string_type")
        yield place, _UNIONS.get(str(place[-1]), _SENTENCES[kind])


def _fields_at(model: type[Frozen], place: Place) -> list[str]:
    """Give the keys that are known at a place inside a model."""
    for part in place:
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                model = _model_in(field.annotation) or model
                break
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[Frozen] | None:
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
