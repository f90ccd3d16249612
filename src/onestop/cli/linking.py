"""`onestop link`, `unlink`, `split`, `unsplit`, `merge` and `unmerge`: how cases are tied, and the undoing of it."""

from __future__ import annotations

from typing import Annotated, Literal, cast, get_args

import typer

from onestop.cli.acting import show
from onestop.cli.opening import open_desk
from onestop.cli.options import POLICY, STORE, AsJson, By, PolicyFolder, Reference, StoreUrl
from onestop.cli.output import emit, say
from onestop.core.actor import Actor
from onestop.core.citizen import Citizen
from onestop.core.events import LinkKind
from onestop.errors import RequestError

__all__ = [
    "link_command",
    "merge_command",
    "split_command",
    "unlink_command",
    "unmerge_command",
    "unsplit_command",
]

Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other case's reference or id.")]


def link_command(
    reference: Reference,
    other: Other,
    by: By,
    kind: Annotated[
        str, typer.Option("--kind", help="related, duplicate, separate; parent or child: what the other one is.")
    ] = "related",
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Tie two cases together.

    Exit codes: 0 done, 2 there is no such case, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.link(reference, other, kind=_kind(kind), by=Actor.parse(by)), as_json)


def unlink_command(
    reference: Reference,
    other: Other,
    by: By,
    kind: Annotated[str | None, typer.Option("--kind", help="Which link, where they are tied in several ways.")] = None,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Undo a link of two cases.

    Exit codes: 0 done, 2 they are not linked, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.unlink(reference, other, kind=_kind(kind) if kind else None, by=Actor.parse(by)), as_json)


def _kind(text: str) -> LinkKind:
    if text not in get_args(LinkKind):
        raise RequestError(f"--kind is one of {', '.join(get_args(LinkKind))}")
    return cast(LinkKind, text)


def split_command(
    reference: Reference,
    service: Annotated[str, typer.Option("--service", help="The code of the new case's service.")],
    by: By,
    text: Annotated[
        str | None, typer.Option("--text", help="The part of the citizen's words that the new case is about.")
    ] = None,
    enquiry: Annotated[str | None, typer.Option("--enquiry", help="Its id; left out: the case's last one.")] = None,
    child: Annotated[bool, typer.Option("--child", help="Make it a child of the case.")] = False,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Open a further case from an enquiry of a case, and show it. The citizen is not told: `onestop reply` does that.

    Exit codes: 0 done, 2 there is no such case, service or part, or it cannot be done.
    """
    kind: Literal["related", "child"] = "child" if child else "related"
    with open_desk(store, policy) as desk:
        made = desk.split(reference, service=service, by=Actor.parse(by), text=text, enquiry=enquiry, kind=kind)
        show(made, as_json)


def unsplit_command(
    reference: Reference,
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Put a case that was split off, or opened beside another one, back into that one.

    Exit codes: 0 done, 2 it was not split off, is closed, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        show(desk.unsplit(reference, by=Actor.parse(by)), as_json)


def merge_command(
    reference: Reference,
    into: Annotated[str, typer.Option("--into", metavar="OTHER", help="The case, or citizen, that takes its place.")],
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Merge a case into another one, by the action that its lifecycle has for it; or, by contact points, two citizens.

    Exit codes: 0 done, 2 its lifecycle does not let it, or it cannot be done.
    """
    if (":" in reference) != (":" in into):
        raise RequestError("two references merge cases, two contact points merge citizens: this is one of each")
    with open_desk(store, policy) as desk:
        if ":" in reference:
            _show_citizen(desk.citizens.merge(reference, into=into, by=Actor.parse(by)), as_json)
            return
        show(desk.merge(reference, into=into, by=Actor.parse(by)), as_json)


def _show_citizen(citizen: Citizen, as_json: bool) -> None:
    """Show who stands for whom: ids, nothing personal."""
    stands = ", ".join(citizen.stands_for)
    if as_json:
        emit({"citizen": citizen.id, "stands_for": list(citizen.stands_for)})
    else:
        say(f"{citizen.id}{f': stands for {stands}' if stands else ''}")


def unmerge_command(
    reference: Reference,
    by: By,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Undo a merge: the case stands as it stood before; by a contact point of theirs, a citizen who was merged.

    Exit codes: 0 done, 2 it is not merged, or it cannot be done.
    """
    with open_desk(store, policy) as desk:
        if ":" in reference:
            _show_citizen(desk.citizens.unmerge(reference, by=Actor.parse(by)), as_json)
            return
        show(desk.unmerge(reference, by=Actor.parse(by)), as_json)
