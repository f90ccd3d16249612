"""A recorded day: its steps and what is expected of them, as docs/reference/day-format.md describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from onestop.channels import Adapter
from onestop.core.actor import Actor
from onestop.core.events import LinkKind
from onestop.core.lifecycle import StateType
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.plan import Outcome
from onestop.core.rules import Priority
from onestop.errors import RequestError

__all__ = ["VERBS", "Day", "Expectation", "Step", "Verb", "VerbKeys"]

Verb = Literal[
    "receive",
    "handle",
    "act",
    "reroute",
    "reply",
    "template",
    "note",
    "link",
    "unlink",
    "split",
    "unsplit",
    "merge",
    "unmerge",
    "restrict",
    "lift",
    "record_need",
    "drop_need",
    "run_due",
]


class VerbKeys(NamedTuple):
    """The keys that a verb takes, and what can be expected of it."""

    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()


_FIRST_YEAR, _LAST_YEAR = 1970, 2999

_CASE = ("service", "provider", "priority", "flags", "state", "state_type")
_RECEIPT = (
    "outcome",
    "case",
    *_CASE,
    "rule",
    "kind",
    "defects",
    "candidates",
    "linked",
    "code",
    "language",
    "text",
    "location",
    "meta",
)
_CHANGE = (*_CASE, "code")

VERBS: Mapping[Verb, VerbKeys] = {
    "receive": VerbKeys(("file",), expects=_RECEIPT),
    "handle": VerbKeys(("file",), expects=(*_RECEIPT, "status")),
    "act": VerbKeys(("case", "by"), ("fields",), _CHANGE),
    "reroute": VerbKeys(("case", "by"), ("reason",), _CHANGE),
    "reply": VerbKeys(("case", "by"), expects=_CHANGE),
    "template": VerbKeys(("case", "by"), expects=_CHANGE),
    "note": VerbKeys(("case", "by"), expects=_CHANGE),
    "link": VerbKeys(("case", "kind", "by"), expects=_CHANGE),
    "unlink": VerbKeys(("case", "by"), ("kind",), _CHANGE),
    "split": VerbKeys(("case", "opens", "by"), ("text", "kind"), _CHANGE),
    "unsplit": VerbKeys(("case", "by"), expects=_CHANGE),
    "merge": VerbKeys(("case", "by"), ("fields",), _CHANGE),
    "unmerge": VerbKeys(("case", "by"), expects=_CHANGE),
    "restrict": VerbKeys(("until", "reason", "by"), expects=("code",)),
    "lift": VerbKeys(("by",), expects=("code",)),
    "record_need": VerbKeys(("need", "by"), expects=("code",)),
    "drop_need": VerbKeys(("need", "by"), expects=("code",)),
    "run_due": VerbKeys(()),
}
"""What each kind of step is written with, in the order of the reference."""


def _actor(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return Actor.parse(text)
    except RequestError as exc:
        raise ValueError(str(exc)) from exc


def _moment(value: Any) -> Any:
    """Take what TOML has as a moment; pydantic would take numbers and text as well."""
    if not isinstance(value, datetime):
        raise ValueError("must be a moment, as 2026-03-02T08:05:00Z")  # noqa: TRY004 — pydantic gathers ValueErrors
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


def _tables(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Label = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
"""A name that a day gives to a case."""

Texts = tuple[StrictStr, ...]


class Expectation(Frozen):
    """What should become of a step; only what is given is compared."""

    outcome: Outcome | None = None
    case: Label | None = None
    service: StrictStr | None = None
    provider: StrictStr | None = None
    priority: Priority | None = None
    flags: Texts | None = None
    state: StrictStr | None = None
    state_type: StateType | None = None
    rule: StrictStr | None = None
    kind: StrictStr | None = None
    defects: Texts | None = None
    candidates: tuple[Label, ...] | None = None
    linked: tuple[Label, ...] | None = None
    code: StrictStr | None = None
    status: StrictInt | None = None
    language: StrictStr | None = None
    text: StrictStr | None = None
    location: FrozenMap[StrictStr, StrictStr | StrictInt | StrictFloat] | None = None
    meta: FrozenMap[StrictStr, StrictStr] | None = None


class Step(Frozen):
    """One thing that happened, when, and what should become of it."""

    at: Annotated[UtcDatetime, BeforeValidator(_moment)]
    why: StrictStr | None = None
    receive: StrictStr | None = None
    handle: StrictStr | None = None
    act: StrictStr | None = None
    reroute: StrictStr | None = None
    reply: StrictStr | None = None
    template: StrictStr | None = None
    note: StrictStr | None = None
    link: Label | None = None
    unlink: Label | None = None
    split: StrictStr | None = None
    unsplit: StrictBool | None = None
    merge: Label | None = None
    unmerge: StrictBool | None = None
    restrict: StrictStr | None = None
    lift: StrictStr | None = None
    record_need: StrictStr | None = None
    drop_need: StrictStr | None = None
    run_due: StrictBool | None = None
    file: StrictStr | None = None
    case: Label | None = None
    by: Annotated[Actor, BeforeValidator(_actor)] | None = None
    fields: FrozenMap[str, StrictStr] = FrozenMap()
    reason: StrictStr | None = None
    until: Annotated[UtcDatetime, BeforeValidator(_moment)] | None = None
    need: StrictStr | None = None
    kind: LinkKind | None = None
    opens: Label | None = None
    text: StrictStr | None = None
    expect: Annotated[tuple[Expectation, ...], BeforeValidator(_tables)] = ()

    @property
    def verbs(self) -> list[Verb]:
        """What the step does: one thing, in a day without mistakes."""
        return [verb for verb in VERBS if getattr(self, verb) not in (None, False)]

    @property
    def verb(self) -> Verb:
        """What the step does."""
        return self.verbs[0]

    @property
    def adapter(self) -> str | None:
        """The configured adapter that the step's payload comes by; None for what people do."""
        return self.receive or self.handle


@dataclass(frozen=True, slots=True)
class Day:
    """A recorded day that can be replayed: every file is there, every label is given before it is used."""

    folder: Path
    policy: Path
    seed: str
    adapters: Mapping[str, Adapter]
    steps: tuple[Step, ...]
