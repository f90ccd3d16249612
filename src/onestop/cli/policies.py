"""`onestop policy init`, `check` and `lint`: a council's policy, from the example to one's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from onestop.cli.demo import find_northport
from onestop.cli.options import POLICY, AsJson
from onestop.cli.output import WRONG, counted, emit, leave, say
from onestop.core.policy import Policy
from onestop.desk.against import Unmapped, unmapped
from onestop.desk.clock import utc_now
from onestop.errors import PolicyError, RequestError
from onestop.policy import load_policy
from onestop.policy.lint import CODES, lint
from onestop.stores import open_store

__all__ = ["policy_app"]

policy_app = typer.Typer(
    help="The council's policy: a folder of TOML files.", no_args_is_help=True, rich_markup_mode=None
)


@policy_app.command("init")
def init_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")] = POLICY,
    as_json: AsJson = False,
) -> None:
    """
    Start a policy: a copy of the example council's, to be changed into your own.

    Exit codes: 0 done, 2 the folder holds something already, or cannot be written to.
    """
    example = find_northport() / "policy"
    try:
        if folder.exists() and any(folder.iterdir()):
            raise RequestError(f"{str(folder)!r} holds something already: name a folder that is new or empty")
        shutil.copytree(example, folder, dirs_exist_ok=True)
    except OSError as exc:  # a file of this name, a disk that is full
        raise RequestError(f"{str(folder)!r} cannot be written to: {exc.strerror or 'not every file'}") from exc
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if as_json:
        emit({"folder": str(folder), "files": names})
    else:
        say(f"{folder}: {counted(len(names), 'file')} of the example council's policy")
        say("council.toml names the council; `onestop policy check` tells every mistake", style="dim")


@policy_app.command("check")
def check_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the policy.")] = POLICY,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="STORE", help="Also ask what open cases of this store use that it lacks."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Check a policy: every mistake at once, each with its file, table and key.

    With --against, what counts as a mistake is a service, provider, state or timer's action, too, that open cases use
    and that the policy neither has nor maps in mappings.toml.

    Exit codes: 0 it has none, 1 it has mistakes, 2 wrong usage.
    """
    try:
        policy = load_policy(folder)
    except PolicyError as exc:
        for mistake in exc.mistakes:
            if as_json:
                emit({"file": mistake.file, "where": mistake.where, "problem": mistake.problem})
            else:
                say(str(mistake), style="red")
        if not as_json:
            say(counted(len(exc.mistakes), "mistake"))
        leave(WRONG)
    missing = _unmapped(policy, against) if against is not None else []
    for each in missing:
        if as_json:
            emit(each._asdict())
        else:
            say(str(each), style="red")
    if missing:
        if not as_json:
            say(counted(len(missing), "name") + " to be mapped")
        leave(WRONG)
    counts = {
        "services": len(policy.directory.services),
        "providers": len(policy.directory.providers),
        "rules": len(policy.rules.rules),
        "lifecycles": len(policy.lifecycles),
        "templates": len(policy.templates),
    }
    if as_json:
        emit({"hash": policy.hash, **counts})
    else:
        say(f"{folder}: no mistakes: {', '.join(f'{count:,} {noun}' for noun, count in counts.items())}")
        say(f"policy {policy.hash}", style="dim")


def _unmapped(policy: Policy, store: str) -> list[Unmapped]:
    keeper = open_store(store, create=False)
    try:
        with keeper.read() as reader:
            return list(unmapped(reader, policy))
    finally:
        keeper.close()


@policy_app.command("lint")
def lint_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the policy.")] = POLICY,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="CODE", help="Leave out what is meant so; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Find what a policy may say, and probably does not mean.

    Rules that can never match, that overlap, or do nothing; services that nothing reaches and partners that nobody can
    write to; areas with holes; standards that opening hours cannot meet; words in one language only. Each finding ends
    with its code in brackets: docs/how-to/lint-a-policy.md has them all.

    Exit codes: 0 nothing was found, 1 something was, 2 the policy has mistakes, or wrong usage.
    """
    found = list(lint(load_policy(folder), utc_now(), ignore=ignore or ()))
    for finding in found:
        if as_json:
            emit({**finding._asdict(), "means": CODES[finding.code]})
        else:
            say(str(finding), style="yellow")
    if not as_json:
        say(counted(len(found), "finding") if found else f"{folder}: nothing found")
    leave(WRONG if found else 0)
