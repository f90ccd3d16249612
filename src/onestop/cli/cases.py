"""`onestop cases`, `case` and `changes`: looking things up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, cast, get_args

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import STORE, AsJson, KeptPolicy, Reference, StoreUrl
from onestop.cli.output import counted, cut, emit, say, table
from onestop.core.actor import Actor
from onestop.core.case import Case
from onestop.core.rules import PRIORITIES, Priority
from onestop.desk import CaseView
from onestop.desk.views import summary
from onestop.errors import RequestError
from onestop.stores.base import Order

__all__ = ["case_command", "cases_command", "changes_command"]

_STYLES = {"urgent": "bold red", "high": "yellow"}
_TEXT_LINES = 12  # of one entry of a case's history; --json gives all


def cases_command(
    service: Annotated[list[str] | None, typer.Option("--service", help="At this service; may be repeated.")] = None,
    provider: Annotated[
        list[str] | None, typer.Option("--provider", help="Delivered by this provider; may be repeated.")
    ] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="In this state; may be repeated.")] = None,
    state_type: Annotated[
        list[str] | None, typer.Option("--state-type", help="new, open, waiting, resolved or closed.")
    ] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", help="Of this worker.")] = None,
    priority: Annotated[str | None, typer.Option("--priority", help="Of this priority or higher.")] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", metavar="URN", help="Of this contact point, as tel:+44… or mailto:…")
    ] = None,
    flag: Annotated[str | None, typer.Option("--flag", help="With this flag, as emergency or match_review.")] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="PROVIDER", help="With a flag that this provider's people look at.")
    ] = None,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Those that were set aside, and only those.")] = False,
    due_before: Annotated[
        datetime | None, typer.Option("--due-before", help="Whose target lies before this moment, UTC.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="That have missed the deadline that runs.")] = False,
    order: Annotated[str, typer.Option("--order", help=f"By {', '.join(get_args(Order))}.")] = "opened_at",
    descending: Annotated[bool, typer.Option("--descending", help="The last first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    store: StoreUrl = STORE,
    policy: KeptPolicy = None,
    as_json: AsJson = False,
) -> None:
    """
    List cases.

    Exit codes: 0 also when there is none, 2 wrong usage or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        found = desk.cases(
            service=service or (),
            provider=provider or (),
            state=state or (),
            state_type=state_type or (),
            assignee=assignee,
            priority=cast(Priority | None, _one_of("--priority", priority, PRIORITIES)),
            contact_point=contact,
            flag=flag,
            queue=queue,
            set_aside=set_aside,
            due_before=due_before.replace(tzinfo=UTC) if due_before else None,
            overdue=overdue,
            order=cast(Order, _one_of("--order", order, get_args(Order))),
            descending=descending,
        )
        listed = list(islice(found, limit + 1))
    if as_json:
        for case in listed[:limit]:
            emit(case)
        return
    if listed:
        table(
            [("case", ""), ("opened (UTC)", ""), ("service", ""), ("state", ""), ("priority", ""), ("flags", "")],
            [_row(case) for case in listed[:limit]],
        )
    more = "; there are more: --limit" if len(listed) > limit else ""
    say(f"{counted(min(len(listed), limit), 'case')}{more}")


def _one_of(option: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise RequestError(f"{option} is one of {', '.join(known)}")
    return value


def _row(case: Case) -> list[str | tuple[str, str]]:
    return [
        case.reference,
        f"{case.opened_at:%Y-%m-%d %H:%M}",
        cut(case.service, 24),
        cut(case.state, 20),
        (case.priority, _STYLES.get(case.priority, "")),
        cut(", ".join(case.flags), 20),
    ]


def case_command(
    reference: Reference,
    by: Annotated[str, typer.Option("--by", metavar="KIND:ID", help="Whose actions are listed.")] = "worker:anyone",
    store: StoreUrl = STORE,
    policy: KeptPolicy = None,
    as_json: AsJson = False,
) -> None:
    """
    Show a case: who its parties are, what happened, what was said. What it shows is personal.

    Exit codes: 0 fine, 2 there is no such case, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        case = desk.case(reference)
        actor = Actor.parse(by)
        actions, blocked = case.actions(by=actor), case.blocked(by=actor)
        if as_json:
            emit(
                {
                    "case": case.record.model_dump(mode="json"),
                    "actions": actions,
                    "blocked": blocked,
                    "parties": [party.model_dump(mode="json") for party in case.parties()],
                    "timeline": [entry.model_dump(mode="json") for entry in case.timeline()],
                }
            )
        else:
            _print_case(case, actions, blocked)


def _print_case(case: CaseView, actions: tuple[str, ...], blocked: Mapping[str, tuple[str, ...]]) -> None:
    record = case.record
    say(f"{case.reference}  {case.service}, {case.state}, {record.priority}", style="bold")
    facts = {
        "provider": record.provider or "",
        "flags": ", ".join(record.flags),
        "assignee": record.assignee or "",
        "target": f"{record.target_at:%Y-%m-%d %H:%M} UTC" if record.target_at else "",
        "links": ", ".join(f"{link.kind} {link.reference}" for link in record.links),
        "may be of": ", ".join(candidate.reference for candidate in record.candidates),
        "actions": ", ".join(actions),
        "not yet": "; ".join(f"{action} needs {', '.join(needs)}" for action, needs in blocked.items()),
    }
    for name, value in facts.items():
        if value:
            say(f"{name}: {value}")
    for party in case.parties():
        who = " ".join(filter(None, [party.name, party.urn.path if party.urn else "no contact point is kept"]))
        say(f"{party.role}: {who}")
    for entry in case.timeline():
        say()
        say(f"{entry.at:%Y-%m-%d %H:%M}  {entry.summary} — {entry.by}", style="bold")
        lines = (entry.text or "").splitlines()
        for line in lines[:_TEXT_LINES]:
            say(f"    {line}".rstrip())
        if len(lines) > _TEXT_LINES:
            say(f"    … {counted(len(lines) - _TEXT_LINES, 'line')} more: --json", style="dim")


def changes_command(
    after: Annotated[int, typer.Option("--after", min=0, help="The cursor of the last change you have.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 1000,
    store: StoreUrl = STORE,
    policy: KeptPolicy = None,
    as_json: AsJson = False,
) -> None:
    """
    Give what happened to all cases, in the order it was written: the feed that another system follows.

    Exit codes: 0 also when there is nothing new, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        changes = desk.changes(after=after, limit=limit)
    if as_json:
        for change in changes:
            emit(change)
        return
    columns = [("cursor", ""), ("at (UTC)", ""), ("case", ""), ("event", ""), ("what", "")]
    table(
        columns,
        [
            [str(c.cursor), f"{c.event.at:%Y-%m-%d %H:%M}", c.reference, c.event.type, cut(summary(c.event), 42)]
            for c in changes
        ],
    )
    cursor = changes[-1].cursor if changes else after
    say(f"{counted(len(changes), 'change')}; the next: onestop changes --after {cursor}")
