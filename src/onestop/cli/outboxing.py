"""`onestop outbox`: what waits, why and until when; and what people say of it."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, By, PolicyFolder, StoreUrl
from onestop.cli.output import counted, emit, say, table
from onestop.core.actor import Actor
from onestop.core.events import MessageState
from onestop.core.tasks import Outcome, Resolution
from onestop.desk.waiting import Waiting

__all__ = ["outbox_app"]

outbox_app = typer.Typer(no_args_is_help=False)

_Message = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id, as `onestop outbox` shows it.")]


@outbox_app.callback(invoke_without_command=True)
def outbox_command(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help="In this state, such as task or in_doubt.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Of this channel.")] = None,
    words: Annotated[bool, typer.Option("--words", help="With what is said and to whom; personal.")] = False,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    List what waits, in the order it is due: why, and until when.

    Exit codes: 0 also when nothing waits, 2 it cannot be done.
    """
    if context.invoked_subcommand is not None:
        return
    with open_desk(store, policy, adapters=adapters) as desk:
        # A word that is no state is refused by the desk, which knows them.
        waiting = list(desk.outbox.waiting(state=cast("MessageState | None", state), channel=channel, words=words))
    if as_json:
        for each in waiting:
            emit(each)
        return
    if waiting:
        headings = ("message", "case", "channel", "purpose", "why", "until (UTC)")
        table([(heading, "") for heading in headings], [_row(each) for each in waiting])
    for each in waiting:
        if each.words is not None:
            say(f"\n{each.message}: {each.words.recipient}\n{each.words.text}")
    say(counted(len(waiting), "message"))


def _row(each: Waiting) -> list[str]:
    why = f"{each.why} ({each.code})" if each.code and each.code != each.why else each.why
    until = f"{each.until:%Y-%m-%d %H:%M}" if each.until else ""
    return [each.message, each.reference, each.channel, each.purpose, why, until]


@outbox_app.command("done", short_help="Say what became of a task.")
def done_command(
    message: _Message,
    outcome: Annotated[str, typer.Argument(help="told, posted, no_answer, wrong_number or not_possible.")],
    by: By,
    note: Annotated[str | None, typer.Option("--note", help="Words for colleagues.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Say what became of a task: after no_answer it waits to be tried again, at last another way is looked for.

    Exit codes: 0 done, 2 it is no task, or it cannot be done.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        became = desk.outbox.done(message, cast(Outcome, outcome), by=Actor.parse(by), note=note)
    _tell(became, as_json=as_json)


@outbox_app.command("resolve", short_help="Say what became of a message in doubt.")
def resolve_command(
    message: _Message,
    how: Annotated[str, typer.Argument(help="sent, send_again or cleared.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Say of a message in doubt that it was sent, that it is to be sent again, or that it is taken back.

    Exit codes: 0 done, 2 it is not in doubt, or it cannot be done.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        became = desk.outbox.resolve(message, cast(Resolution, how), by=Actor.parse(by))
    _tell(became, as_json=as_json)


@outbox_app.command("cancel", short_help="Take a message back.")
def cancel_command(
    message: _Message,
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Take a message back that has not left.

    Exit codes: 0 done, 2 it has left, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        became = desk.outbox.cancel(message, by=Actor.parse(by))
    _tell(became, as_json=as_json)


def _tell(became: Waiting, *, as_json: bool) -> None:
    if as_json:
        emit(became)
    else:
        until = f" until {became.until:%Y-%m-%d %H:%M} UTC" if became.until else ""
        say(f"{became.message}: {became.state}{until}")
