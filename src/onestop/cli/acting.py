"""`onestop act`, `reroute`, `reply` and `note`: what people do to a case."""

from __future__ import annotations

from typing import Annotated

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, By, PolicyFolder, Reference, StoreUrl
from onestop.cli.output import emit, say
from onestop.core.actor import Actor
from onestop.desk import CaseView
from onestop.errors import RequestError

__all__ = ["act_command", "note_command", "reply_command", "reroute_command", "show"]


def act_command(
    reference: Reference,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="`onestop case REF` lists what may be done now.")],
    by: By,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=VALUE", help="What the action needs, as until=… or into=REF."),
    ] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Take a lifecycle action.

    Exit codes: 0 done, 2 it is not allowed now or not to this actor, or it cannot be done.
    """
    fields = dict(_field(text) for text in field or ())
    with open_desk(store, policy, adapters=adapters) as desk:
        show(desk.act(reference, action, by=Actor.parse(by), **fields), as_json)


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or name in ("case", "action", "by"):
        raise RequestError("a field is written NAME=VALUE, as --field until=2026-03-09T09:00:00+00:00")
    return name, value


def reroute_command(
    reference: Reference,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The code of the other service.")],
    by: By,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for colleagues.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Send a case to another service.

    Exit codes: 0 done, 2 there is no such case or service, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.reroute(reference, service=service, by=Actor.parse(by), reason=reason), as_json)


def reply_command(
    reference: Reference,
    by: By,
    text: Annotated[str | None, typer.Option("--text", help="Your words.")] = None,
    template: Annotated[str | None, typer.Option("--template", help="Or the words of a template.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="The alias of a party; left out: who wrote last.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Put an answer to the citizen into the outbox; `onestop run` sends it.

    Exit codes: 0 done, 2 it cannot be done.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        show(desk.reply(reference, by=Actor.parse(by), text=text, template=template, to=to), as_json)


def note_command(
    reference: Reference,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="For colleagues; the citizen never sees it.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Add a note to a case.

    Exit codes: 0 done, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.note(reference, text, by=Actor.parse(by)), as_json)


def show(case: CaseView, as_json: bool) -> None:
    """Show a case after a change, in one line."""
    if as_json:
        emit(case.record)
    else:
        say(f"{case.reference}: {case.service}, {case.state}, {case.record.priority}")
