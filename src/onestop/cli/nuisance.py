"""`onestop restrict`, `lift`, `restrictions` and `flag`: what is set aside, and what people look out for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AsJson, By, PolicyFolder, Reference, StoreUrl
from onestop.cli.output import counted, emit, say, table
from onestop.core.actor import Actor
from onestop.stores.base import RestrictionRecord

__all__ = ["flag_command", "lift_command", "restrict_command", "restrictions_command"]

_ContactPoint = Annotated[str, typer.Argument(metavar="URN", help="A contact point, as tel:+44… or mailto:…")]


def restrict_command(
    contact_point: _ContactPoint,
    by: By,
    until: Annotated[datetime, typer.Option("--until", help="When it ends, UTC.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever looks at it later.")],
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Set aside what comes from a contact point until a moment; never what the rules flag as urgent.

    Exit codes: 0 done, 2 it cannot be done.
    """
    end = until if until.tzinfo else until.replace(tzinfo=UTC)
    with open_desk(store, policy) as desk:
        desk.restrict(contact_point, until=end, reason=reason, by=Actor.parse(by))
        record = next(each for each in desk.restrictions() if each.until == end)
    if as_json:
        emit(_as_json(record))
    else:
        say(f"{record.urn}: set aside until {end:%Y-%m-%d %H:%M} UTC")


def lift_command(
    contact_point: _ContactPoint,
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    End the restrictions of a contact point.

    Exit codes: 0 done, 2 it is not restricted, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        desk.lift(contact_point, by=Actor.parse(by))
    if as_json:
        emit({"contact_point": contact_point, "restricted": False})
    else:
        say(f"{contact_point}: no longer set aside")


def restrictions_command(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 1000,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    List the restrictions that are in force, the latest end first. What it shows is personal.

    Exit codes: 0 also when there is none, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        records = desk.restrictions(limit=limit)
    if as_json:
        for record in records:
            emit(_as_json(record))
        return
    if records:
        rows = [
            [f"{each.until:%Y-%m-%d %H:%M}", each.set_by, f"{each.set_at:%Y-%m-%d %H:%M}", str(each.urn)]
            for each in records
        ]
        table([("until (UTC)", ""), ("by", ""), ("since (UTC)", ""), ("contact point", "")], rows)
    say(counted(len(records), "restriction"))


def _as_json(record: RestrictionRecord) -> dict[str, str]:
    return {
        "contact_point": str(record.urn),
        "until": record.until.isoformat(),
        "set_at": record.set_at.isoformat(),
        "set_by": record.set_by,
    }


def flag_command(
    reference: Reference,
    by: By,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="FLAG", help="Put on; may be repeated.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="FLAG", help="Take off; may be repeated.")
    ] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Put flags on a case, or take them off, such as `message_failed` once it was dealt with, or `set_aside`.

    Exit codes: 0 done, 2 nothing would change, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        case = desk.flag(reference, add=add or (), remove=remove or (), by=Actor.parse(by))
    if as_json:
        emit(case.record)
    else:
        say(f"{case.reference}: {', '.join(case.flags) or 'no flags'}")
