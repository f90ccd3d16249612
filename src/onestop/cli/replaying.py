"""`onestop replay`: recorded days and fixtures, beside what is expected of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from onestop.cli.options import AsJson
from onestop.cli.output import WRONG, emit, leave, progress, say
from onestop.policy import load_policy
from onestop.replay import Difference, Replayed, load_day, replay

__all__ = ["replay_command"]


def replay_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders with a day.toml, or of fixtures.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Replay under this policy instead of the day's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Replay recorded days, and compare what happens with what is expected.

    A day is played through a desk of its own: a store in memory, the day's clock, ids minted from its seed.

    Exit code: 0 all as expected, 1 something differs, 2 a day cannot be replayed as it is written.
    """
    differs = False
    for path in paths:
        differs |= _replay_day(path, policy, as_json)
    leave(WRONG if differs else 0)


def _replay_day(path: Path, policy: Path | None, as_json: bool) -> bool:
    day = load_day(path)
    with progress(f"replaying {path}", len(day.steps)) as advance:
        done = replay(day, policy=load_policy(policy) if policy else None, on_step=lambda played: advance())
    (_print_json if as_json else _print)(path, done)
    return bool(done.differences)


def _print(path: Path, done: Replayed) -> None:
    for played in done.steps:
        if played.differences:
            step = played.step
            about = " ".join(filter(None, [step.verb, step.adapter or step.act, step.file or step.case]))
            say(f"step {played.number}, {step.at:%Y-%m-%d %H:%M:%S}, {about}", style="bold")
            if step.why:
                say(f"  {step.why}", style="dim")
            for difference in played.differences:
                say(f"  {difference}", style="red")
    count = len(done.differences)
    verdict = f"{count} difference{'s' if count != 1 else ''}" if count else "all as expected"
    say(f"{path}: {len(done.steps)} steps, {len(done.events)} events, {len(done.sent)} messages: {verdict}")
    say(f"events: sha256 {done.digest}", style="dim")


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
