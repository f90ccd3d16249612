"""
The directory: services, their questions, and the providers that deliver them, as data.

Names of fields follow Open311 GeoReport v2 for questions ("attributes") and the English and Welsh Local Government
Service List for services (LGSL).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError

from onestop.core.areas import PlaceFacts, Where
from onestop.core.contact import Urn
from onestop.core.durations import Duration
from onestop.core.escalation import Escalation
from onestop.core.lifecycle import WaitingOn
from onestop.core.model import Frozen, FrozenMap
from onestop.core.worktime import StartRule
from onestop.errors import RequestError

__all__ = [
    "NO_TARGET",
    "Answer",
    "Choice",
    "Directory",
    "Localised",
    "Provider",
    "Question",
    "Responsible",
    "Service",
    "Standard",
    "TargetName",
    "Tier",
    "localise",
]

Tier = Literal["all", "district", "county", "unitary", "national", "utility", "private"]
Localised = FrozenMap[str, str]  # language (BCP 47) → text
Answer = str | tuple[str, ...]
TargetName = Literal["acknowledge", "inspect", "resolve", "legal"]

NO_TARGET = "no target"  # stands for a time where a severity takes a target away

ANSWER_LIMIT = 4_000  # characters of one answer: Open311's limit for a description
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?\Z", re.ASCII)


def localise(text: Localised, language: str | None, default: str = "en") -> str:
    """Give a text in a language, else in the default one, else in the first there is."""
    for wanted in (language, default):
        if wanted and wanted in text:
            return text[wanted]
    return next(iter(text.values()), "")


class Choice(Frozen):
    """One value of a list question."""

    key: str
    name: Localised


class Question(Frozen):
    """One question of a service: an Open311 attribute."""

    variable: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"] = "string"
    required: bool = False
    description: Localised
    values: tuple[Choice, ...] = ()

    def accepts(self, answer: Answer) -> bool:
        """Say whether this is an answer of the question's type."""
        given = (answer,) if isinstance(answer, str) else answer
        if len(given) > 1 and self.datatype != "multivaluelist":
            return False
        return all(len(one) <= ANSWER_LIMIT and self._accepts_one(one.strip()) for one in given)

    def _accepts_one(self, text: str) -> bool:
        match self.datatype:
            case "number":
                return _NUMBER.match(text) is not None
            case "datetime":
                return _is_datetime(text)
            case "singlevaluelist" | "multivaluelist":
                return any(text == choice.key for choice in self.values)
        return True


def _is_datetime(text: str) -> bool:
    for read in (datetime.fromisoformat, date.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False


class Provider(Frozen):
    """A council team or partner organisation that delivers services."""

    code: str
    name: Localised
    kind: Literal["team", "partner"]
    tier: Tier = "all"
    contact_points: tuple[Urn, ...] = ()


def _within(value: Any) -> Duration | None:
    try:
        return None if value == NO_TARGET else Duration.parse(value if isinstance(value, str) else "")
    except RequestError as error:
        raise PydanticCustomError("duration", "{problem}", {"problem": f"{error}, or {NO_TARGET}"}) from error


def _written(duration: Duration | None) -> str:
    return str(duration or NO_TARGET)


Within = Annotated[Duration | None, PlainValidator(_within), PlainSerializer(_written)]
"""The time that a target gives, written "5 working days"; None for "no target"."""


class Standard(Frozen):
    """
    A service standard: by when what is done for a case, in which calendar, and what stops the clock.

    The targets of `severity` replace those of `targets` for a case that has the flag; of several, the earliest counts.
    """

    calendar: str | None = None  # None: the council's
    start: StartRule = "received"
    pauses: tuple[WaitingOn, ...] = ("citizen",)  # what a case waits on while its clock stands still
    targets: FrozenMap[TargetName, Within] = FrozenMap()
    severity: FrozenMap[str, FrozenMap[TargetName, Within]] = FrozenMap()
    promised: bool = True  # whether the citizen is promised the deadline
    escalate: tuple[Escalation, ...] | None = None  # None: the council's steps, of escalation.toml

    def within(self, name: TargetName, flags: Iterable[str]) -> Iterator[tuple[str, Duration]]:
        """Give the times that a target may take in a case, each with the flag that decides it; empty for none."""
        severe = [(flag, self.severity[flag]) for flag in flags if flag in self.severity]
        found = [(flag, times[name]) for flag, times in severe if name in times]
        for flag, duration in found or [("", self.targets.get(name))]:
            if duration is not None:
                yield flag, duration


class Responsible(Frozen):
    """Who delivers a service instead of its own provider, where the place is such."""

    when: Where
    provider: str


class Service(Frozen):
    """One service of the directory: what a citizen can be helped with."""

    code: str
    name: Localised
    description: Localised = FrozenMap()
    lgsl: int | None = Field(default=None, ge=0)  # Local Government Service List
    lgil: int | None = Field(default=None, ge=0, le=999)  # Local Government Interaction List
    provider: str
    responsible: tuple[Responsible, ...] = ()  # the first whose conditions hold
    lifecycle: str = "default"
    reopen_days: int = Field(default=28, ge=0, le=36_525)  # days after closing in which a reply reopens
    standard: Standard | None = None
    acknowledge: str | Literal[False] = "acknowledgement"  # the template sent when a case opens
    questions: tuple[Question, ...] = ()

    def provider_for(self, place: PlaceFacts) -> tuple[str, tuple[str, ...]]:
        """Give who delivers it at a place, and why: no reasons for its own provider, who is there for all the rest."""
        for number, responsible in enumerate(self.responsible):
            held = place.holds(responsible.when)
            if not isinstance(held, str):
                return responsible.provider, (f"responsible[{number}]", *held)
        return self.provider, ()

    def check_answers(self, answers: Mapping[str, Answer]) -> AnswerCheck:
        """Say which questions lack a required answer, which answers do not fit, and which belong to no question."""
        known = {question.variable: question for question in self.questions}
        given = {variable for variable, answer in answers.items() if any(_texts(answer))}
        return AnswerCheck(
            missing=tuple(name for name, question in known.items() if question.required and name not in given),
            invalid=tuple(name for name in known if name in given and not known[name].accepts(answers[name])),
            unknown=tuple(sorted(given - known.keys())),
        )


class AnswerCheck(NamedTuple):
    """What is wrong with the answers to a service's questions, by their `variable`."""

    missing: tuple[str, ...]
    invalid: tuple[str, ...]
    unknown: tuple[str, ...]

    def defects(self) -> tuple[str, ...]:
        """Give the defect codes to note on the enquiry."""
        codes = {"answer_missing": self.missing, "answer_invalid": self.invalid, "answer_unknown": self.unknown}
        return tuple(code for code, names in codes.items() if names)


def _texts(answer: Answer) -> tuple[str, ...]:
    return tuple(text.strip() for text in ((answer,) if isinstance(answer, str) else answer))


class Directory(Frozen):
    """All services and providers, by their codes, in the order of the files."""

    services: FrozenMap[str, Service]
    providers: FrozenMap[str, Provider]
