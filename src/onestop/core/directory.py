"""
The directory: services, their questions, and the providers that deliver them, as data.

Names of fields follow Open311 GeoReport v2 for questions ("attributes") and the English and Welsh Local Government
Service List for services (LGSL).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import Field

from onestop.core.contact import Urn
from onestop.core.model import Frozen, FrozenMap

__all__ = ["Answer", "Choice", "Directory", "Localised", "Provider", "Question", "Service", "Tier", "localise"]

Tier = Literal["all", "district", "county", "unitary"]
Localised = FrozenMap[str, str]  # language (BCP 47) → text
Answer = str | tuple[str, ...]

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


class Service(Frozen):
    """One service of the directory: what a citizen can be helped with."""

    code: str
    name: Localised
    description: Localised = FrozenMap()
    lgsl: int | None = Field(default=None, ge=0)  # Local Government Service List
    lgil: int | None = Field(default=None, ge=0, le=999)  # Local Government Interaction List
    provider: str
    lifecycle: str = "default"
    reopen_days: int = Field(default=28, ge=0, le=36_525)  # days after closing in which a reply reopens
    target_hours: int | None = Field(
        default=None, gt=0, le=876_600
    )  # clock hours from receipt to resolved; None: no target
    acknowledge: str | Literal[False] = "acknowledgement"  # the template sent when a case opens
    questions: tuple[Question, ...] = ()

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
