"""`onestop contact`: the addresses of a citizen, and what shows that they are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast, get_args

import typer

from onestop.cli.citizens import show_part
from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, By, PolicyFolder, StoreUrl
from onestop.cli.output import WRONG, emit, leave, say
from onestop.core.actor import Actor
from onestop.core.model import utc_text
from onestop.core.profile import SharedKind

__all__ = ["contact_app"]

_Who = Annotated[str, typer.Argument(metavar="WHO", help="A contact point of theirs, or their id.")]
_Point = Annotated[str, typer.Argument(metavar="URN", help="The contact point: tel:+44…, mailto:… or post:…")]
_Whose = Annotated[str | None, typer.Option("--of", metavar="WHO", help="Whose, where several people use it.")]
_PART = "contact_points"

contact_app = typer.Typer(
    no_args_is_help=True, help="Addresses: add, remove, verify, share, works-again, send-code, check-code."
)


@contact_app.command("add", short_help="Keep another address of a citizen.")
def add_command(
    who: _Who, urn: _Point, by: By, store: StoreUrl = STORE, policy: PolicyFolder = POLICY, as_json: AsJson = False
) -> None:
    """
    Keep another address of a citizen; nothing shows yet that it is theirs.

    Exit codes: 0 kept, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.add_contact_point(who, urn, by=Actor.parse(by))
        show_part(desk, who, _PART, as_json)


@contact_app.command("remove", short_help="Let an address be theirs no longer.")
def remove_command(
    who: _Who, urn: _Point, by: By, store: StoreUrl = STORE, policy: PolicyFolder = POLICY, as_json: AsJson = False
) -> None:
    """
    Let an address be a citizen's no longer: nothing is sent there any more.

    Exit codes: 0 done, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        citizen = desk.citizens.get(who).id  # who may be known by this very address
        desk.citizens.remove_contact_point(urn, by=Actor.parse(by), who=citizen)
        show_part(desk, citizen, _PART, as_json)


@contact_app.command("verify", short_help="Keep that you saw that an address is theirs.")
def verify_command(
    urn: _Point, by: By, store: StoreUrl = STORE, policy: PolicyFolder = POLICY, as_json: AsJson = False
) -> None:
    """
    Keep that a worker made sure that an address is its holder's.

    Exit codes: 0 kept, 2 nobody is known by it, or several people use it.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.verify(urn, by=Actor.parse(by))
        show_part(desk, urn, _PART, as_json)


@contact_app.command("share", short_help="Keep that several people use an address.")
def share_command(
    urn: _Point,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=f"{', '.join(get_args(SharedKind))}; or alone: one does, after all.")
    ],
    by: By,
    whose: _Whose = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep that several people use an address, so that it identifies nobody.

    Exit codes: 0 kept, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        shared = None if kind == "alone" else cast(SharedKind, kind)
        desk.citizens.mark_shared(urn, shared, by=Actor.parse(by), who=whose)
    _tell({"shared": shared}, "one citizen's" if shared is None else f"shared: {shared}", as_json=as_json)


@contact_app.command("works-again", short_help="Keep that an address that failed can be reached.")
def works_again_command(
    urn: _Point,
    by: By,
    whose: _Whose = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Keep that an address which failed for good can be reached again.

    Exit codes: 0 kept, 2 nobody is known by it.
    """
    with open_desk(store, policy) as desk:
        desk.citizens.works_again(urn, by=Actor.parse(by), who=whose)
    _tell({"works": True}, "it can be reached", as_json=as_json)


@contact_app.command("send-code", short_help="Send a one-time code to an address.")
def send_code_command(
    urn: _Point,
    by: By,
    case: Annotated[str, typer.Option("--case", metavar="REF", help="The case in whose course it is sent.")],
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Put a code of six digits into the outbox, which whoever reads that address can say back.

    Exit codes: 0 queued, 2 it cannot be done, or three went there within the hour.
    """
    with open_desk(store, policy, adapters=adapters) as desk:
        sent = desk.citizens.send_code(urn, case=case, by=Actor.parse(by))
    until = utc_text(sent.until)
    told = f"message {sent.message}: the code holds until {until}"
    _tell({"message": sent.message, "until": until}, told, as_json=as_json)


@contact_app.command("check-code", short_help="Say whether somebody said the code that was sent.")
def check_code_command(
    urn: _Point,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What they said.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Say whether this is the code that went to an address; if it is, the address is verified.

    Exit codes: 0 it is, 1 it is not, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        right = desk.citizens.check_code(urn, code, by=Actor.parse(by))
    _tell({"right": right}, "right: the address is theirs" if right else "not right, or too late", as_json=as_json)
    if not right:
        leave(WRONG)


def _tell(fields: Mapping[str, Any], words: str, *, as_json: bool) -> None:
    """Say what was done, to a person or to a program."""
    if as_json:
        emit(fields)
    else:
        say(words)
