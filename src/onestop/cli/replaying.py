"""`onestop replay`: recorded days and fixtures, beside what is expected of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from onestop.channels import Adapter
from onestop.cli.opening import all_adapters, one_adapter
from onestop.cli.options import AdaptersFile, AsJson
from onestop.cli.output import WRONG, counted, emit, leave, progress, say
from onestop.policy import load_policy
from onestop.replay import Difference, Replayed, check_fixtures, load_day, replay
from onestop.replay.load import DAY_FILE

__all__ = ["print_differences", "replay_command"]


def replay_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders with a day.toml, or of fixtures.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Replay under this policy instead of the day's own.")
    ] = None,
    adapter: Annotated[
        str | None, typer.Option("--adapter", metavar="NAME", help="Of fixtures; left out: the folder's name.")
    ] = None,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Replay recorded days or fixtures, and compare what happens with what is expected.

    A day is played through a desk of its own: a store in memory, the day's clock, ids minted from its seed. A folder
    without day.toml holds fixtures: each request is parsed and compared with its enquiries.

    Exit codes: 0 all as expected, 1 something differs, 2 a day cannot be replayed as it is written.
    """
    differs = False
    for path in paths:
        if path.is_dir() and not (path / DAY_FILE).is_file():
            differs |= _check_fixtures(
                path, one_adapter(adapter or path.resolve().name, all_adapters(adapters)), as_json
            )
        else:
            differs |= _replay_day(path, policy, as_json)
    leave(WRONG if differs else 0)


def _check_fixtures(folder: Path, adapter: Adapter, as_json: bool) -> bool:
    count = found = 0
    for checked in check_fixtures(folder, adapter):
        count, found = count + 1, found + len(checked.differences)
        if as_json:
            emit({"file": str(checked.path), "differences": _as_objects(checked.differences)})
        elif checked.differences:
            say(str(checked.path), style="bold")
            for difference in checked.differences:
                say(f"  {difference}", style="red")
    if as_json:
        emit({"fixtures": str(folder), "files": count, "differences": found})
    else:
        say(f"{folder}: {counted(count, 'fixture')} of {adapter.name}: {_verdict(found)}")
    return found > 0


def _replay_day(path: Path, policy: Path | None, as_json: bool) -> bool:
    day = load_day(path)
    with progress(f"replaying {path}", len(day.steps)) as advance:
        done = replay(day, policy=load_policy(policy) if policy else None, on_step=lambda played: advance())
    (_print_json if as_json else _print)(path, done)
    return bool(done.differences)


def print_differences(done: Replayed) -> None:
    """Print every step that did not go as expected, with why it is in the day."""
    for played in done.steps:
        if played.differences:
            step = played.step
            about = " ".join(filter(None, [step.verb, step.adapter or step.act, step.file or step.case]))
            say(f"step {played.number}, {step.at:%Y-%m-%d %H:%M:%S}, {about}", style="bold")
            if step.why:
                say(f"  {step.why}", style="dim")
            for difference in played.differences:
                say(f"  {difference}", style="red")


def _print(path: Path, done: Replayed) -> None:
    print_differences(done)
    parts = f"{counted(len(done.steps), 'step')}, {counted(len(done.events), 'event')}"
    say(f"{path}: {parts}, {counted(len(done.sent), 'message')}: {_verdict(len(done.differences))}")
    say(f"events: sha256 {done.digest}", style="dim")


def _verdict(differences: int) -> str:
    return counted(differences, "difference") if differences else "all as expected"


def _print_json(path: Path, done: Replayed) -> None:
    for played in done.steps:
        emit(
            {
                "step": played.number,
                "at": played.step.at.isoformat(),
                "does": played.step.verb,
                "file": played.step.file,
                "receipts": [receipt.model_dump(mode="json") for receipt in played.receipts],
                "differences": _as_objects(played.differences),
            }
        )
    emit(
        {
            "day": str(path),
            "steps": len(done.steps),
            "events": len(done.events),
            "messages": len(done.sent),
            "differences": len(done.differences),
            "digest": done.digest,
        }
    )


def _as_objects(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    return [{"key": each.key, "expected": each.expected, "got": each.got} for each in differences]
