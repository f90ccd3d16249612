"""`onestop demo`: a day at Northport, the council that does not exist."""

from __future__ import annotations

import shlex
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

import onestop
from onestop.cli.options import AsJson
from onestop.cli.output import WRONG, counted, cut, emit, leave, progress, say, spare_width, table
from onestop.cli.replaying import print_differences
from onestop.cli.wording import STYLES, short_reason
from onestop.desk import Receipt
from onestop.errors import NotFoundError
from onestop.gateways import FileSender
from onestop.replay import Played, Replayed, load_day, replay
from onestop.stores import open_store

__all__ = ["demo_command", "find_northport"]

_SQLITE = "sqlite:///"


def find_northport() -> Path:
    """
    Give the folder of the example council: inside the installed package, or in the checkout that it runs from.

    Raises:
        NotFoundError: this installation came without it.
    """
    package = Path(onestop.__file__).parent
    for folder in (package / "_northport", package.parent.parent / "examples" / "northport"):
        if (folder / "day" / "day.toml").is_file():
            return folder
    raise NotFoundError("this installation came without the example council: install the wheel, or use a checkout")


def demo_command(
    store: Annotated[
        str | None, typer.Option("--store", metavar="URL", help="A new store to keep; left out: a temporary file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Play a recorded day of an invented council, and show where each enquiry went and why.

    Everybody in it is invented. The store and the messages sent stay, so that you can look around.

    Exit codes: 0 all went as expected, 1 something differs, 2 it cannot be done, as when the store is not empty.
    """
    day = load_day(find_northport() / "day")
    url, sent = _places(store)
    keeper = open_store(url)
    try:
        with progress("a day at Northport", len(day.steps)) as advance:
            done = replay(day, store=keeper, sender=FileSender(sent), on_step=lambda played: advance())
    finally:
        keeper.close()
    if as_json:
        _print_json(done, url, sent)
    else:
        table(*_table(done))
        _print_end(done, url, sent)
    leave(WRONG if done.differences else 0)


def _places(store: str | None) -> tuple[str, Path]:
    """Give the store's URL, and the folder beside it that messages go to."""
    if store and (file := _file(store)):
        return store, Path(file).with_name(f"{Path(file).stem}-sent")
    folder = Path(tempfile.mkdtemp(prefix="onestop-demo-"))
    return store or f"{_SQLITE}{folder / 'northport.db'}", folder / "sent"


def _file(url: str) -> str:
    """Give the file that a store is in; empty for one in memory."""
    file = url.removeprefix(_SQLITE) if url.startswith(_SQLITE) else ""
    return "" if file == ":memory:" else file


def _receipts(done: Replayed) -> Iterator[tuple[Played, Receipt | None]]:
    """Give every payload with what became of each thing it said; None for one that was refused at the door."""
    for played in done.steps:
        if played.step.adapter is not None:
            for receipt in played.receipts or (None,):
                yield played, receipt


def _table(done: Replayed) -> tuple[list[tuple[str, str]], list[list[str | tuple[str, str]]]]:
    columns = [("time", ""), ("by", ""), ("payload", ""), ("outcome", ""), ("case", ""), ("service", ""), ("why", "")]
    more = spare_width() // 2
    rows: list[list[str | tuple[str, str]]] = []
    date = None
    for played, receipt in _receipts(done):
        step = played.step
        if step.at.date() != date:
            date = step.at.date()
            rows.append([(f"{date.day} {date:%b}", "bold"), *[""] * (len(columns) - 1)])
        outcome, reason = (receipt.outcome, short_reason(receipt)) if receipt else ("refused", "signature")
        rows.append(
            [
                f"{step.at:%H:%M}",
                played.channel or "",
                cut(Path(step.file or "").stem, 22 + more),
                (outcome, STYLES.get(outcome, "red")),
                (receipt.reference if receipt else None) or "",
                cut((receipt.service if receipt else None) or "", 21),
                cut(reason, 20 + more),
            ]
        )
    return columns, rows


def _print_end(done: Replayed, url: str, sent: Path) -> None:
    outcomes = Counter(receipt.outcome if receipt else "refused" for _, receipt in _receipts(done))
    cases = {receipt.reference for _, receipt in _receipts(done) if receipt and receipt.reference}
    say()
    say(f"{counted(outcomes.total(), 'payload')}: {', '.join(f'{count} {name}' for name, count in outcomes.items())}")
    say(f"{counted(len(cases), 'case')}, {counted(len(done.events), 'event')}, kept in {url}")
    say(f"{counted(len(done.sent), 'message')} sent, into {sent}")
    say()
    if done.differences:
        print_differences(done)
        say(f"{counted(len(done.differences), 'difference')} from what was expected", style="red")
    elif _file(url):
        say("All as expected. Look around:", style="bold")
    else:
        say("All as expected. The store was in memory, and is gone.", style="bold")
    for hint in _hints(done, url) if _file(url) else ():
        say(f"  {hint}")


def _hints(done: Replayed, url: str) -> Iterator[str]:
    """Give commands to try next: about the case a person must match, and about the one that was written to most."""
    where = f"--store {shlex.quote(url)}"
    asked = [receipt.reference for _, receipt in _receipts(done) if receipt and receipt.outcome == "asked"]
    joined = Counter(receipt.reference for _, receipt in _receipts(done) if receipt and receipt.outcome == "joined")
    if asked:
        yield f"onestop explain {asked[0]} {where}"
    for reference, _ in joined.most_common(1):
        yield f"onestop case {reference} {where}"
    yield f"onestop cases --priority high {where}"


def _print_json(done: Replayed, url: str, sent: Path) -> None:
    for played, receipt in _receipts(done):
        about = {"at": played.step.at.isoformat(), "channel": played.channel, "file": played.step.file}
        became = receipt.model_dump(mode="json") if receipt else {"outcome": "refused", "code": "signature"}
        emit({**about, **became})
    emit(
        {
            "store": url,
            "policy": str(done.day.policy),
            "sent": str(sent),
            "events": len(done.events),
            "messages": len(done.sent),
            "differences": len(done.differences),
            "digest": done.digest,
        }
    )
