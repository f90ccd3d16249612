"""A recorded day: its steps and what is expected of them, as docs/reference/day-format.md describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from onestop.channels import Adapter
from onestop.core.actor import Actor
from onestop.core.enquiry import Channel
from onestop.core.events import LinkKind, MessageState
from onestop.core.lifecycle import StateType
from onestop.core.model import Frozen, FrozenMap, UtcDatetime
from onestop.core.plan import Outcome
from onestop.core.profile import SharedKind, Weekday
from onestop.core.purposes import Purpose
from onestop.core.rules import Priority
from onestop.core.tasks import Outcome as TaskOutcome
from onestop.errors import RequestError
from onestop.replay.verbs import VERBS, Verb

__all__ = ["Day", "Expectation", "MessageExpectation", "Step"]

_FIRST_YEAR, _LAST_YEAR = 1970, 2999


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


class MessageExpectation(Frozen):
    """What should be true of a message about a case; only what is given is compared."""

    to: StrictStr | None = None
    channel: Channel | None = None
    state: MessageState | None = None
    code: StrictStr | None = None
    purpose: Purpose | None = None
    template: StrictStr | None = None
    because: StrictStr | None = None
    weighed: Texts | None = None
    not_before: Annotated[UtcDatetime, BeforeValidator(_moment)] | None = None
    replaces: StrictBool | None = None
    task: StrictStr | None = None
    format: StrictStr | None = None
    language: StrictStr | None = None
    html: StrictBool | None = None
    words: Texts | None = None


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
    messages: tuple[MessageExpectation, ...] | None = None
    ledger: Texts | None = None
    suggested: Texts | None = None


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
    describe: StrictStr | None = None
    prefer: StrictStr | None = None
    quiet: StrictStr | None = None
    consent: StrictStr | None = None
    add_contact_point: StrictStr | None = None
    verify: StrictStr | None = None
    mark_shared: StrictStr | None = None
    grant: StrictStr | None = None
    end_authority: StrictStr | None = None
    merge_citizens: StrictStr | None = None
    unmerge_citizens: StrictStr | None = None
    ask: StrictStr | None = None
    answer: StrictStr | None = None
    belongs_to: Label | None = None
    done: TaskOutcome | None = None
    take_back: StrictBool | None = None
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
    name: StrictStr | None = None
    language: StrictStr | None = None
    channels: tuple[Channel, ...] | None = None
    purpose: Purpose | None = None
    service: StrictStr | None = None
    hours: FrozenMap[Weekday, tuple[tuple[StrictStr, StrictStr], ...]] | None = None
    given: StrictBool | None = None
    channel: Channel | None = None
    of: StrictStr | None = None
    users: SharedKind | None = None
    subject: StrictStr | None = None
    role: StrictStr | None = None
    services: Texts = ()
    proof: StrictStr | None = None
    into: StrictStr | None = None
    options: FrozenMap[StrictStr, StrictStr] | None = None
    remark: StrictStr | None = None
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
