"""`onestop backtest`: what would have become of past enquiries under another policy."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from onestop.cli.opening import kept_policy
from onestop.cli.options import AsJson
from onestop.cli.output import WRONG, emit, leave, progress, say, table
from onestop.core.policy import Policy
from onestop.errors import NotFoundError, RequestError
from onestop.policy import load_policy
from onestop.replay import load_day, replay
from onestop.replay.backtest import Backtest, Change, Shift, backtest
from onestop.replay.backtest_page import page
from onestop.replay.load import DAY_FILE
from onestop.replay.past import Past, bounded_lines, past_of_lines, past_of_store
from onestop.replay.wording import HEADINGS, becomes_words, moved_words, was_words
from onestop.stores import open_store

__all__ = ["backtest_command"]

_SQLITE = b"SQLite format 3\0"


def backtest_command(
    past: Annotated[
        str,
        typer.Argument(
            metavar="PATH|STORE",
            help="A folder with a day.toml, a store's file or URL, or what `onestop parse` printed; - is stdin.",
        ),
    ],
    policy: Annotated[Path, typer.Option("--policy", metavar="NEW", help="The folder of the changed policy.")],
    was: Annotated[
        Path | None,
        typer.Option(
            "--was", metavar="DIR", help="The policy to compare with; left out: the day's own, or the store's latest."
        ),
    ] = None,
    examples: Annotated[int, typer.Option("--examples", min=0, max=1000, help="References shown of each change.")] = 5,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one HTML page, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Run past enquiries through a changed policy, and show what would move: from where to where, and which deadlines.

    Both policies decide every enquiry; what differs is counted, with examples. Nothing is written to the store, and
    nothing that citizens wrote is shown. A million enquiries take no more memory than a hundred.

    Exit codes: 0 nothing would change, 1 something would, 2 it cannot be done.
    """
    if html is not None and _is_endless(html):
        raise RequestError(f"{str(html)!r} cannot be written to: it is no file")
    changed = load_policy(policy)
    with _opened(past, was, changed) as (now, enquiries), progress("looking at enquiries", None) as advance:
        found = backtest(now, changed, enquiries, examples=examples, on_step=lambda count: advance())
    if html is not None:
        _write(html, page(found, f"Backtest: {found.changed:,} of {found.enquiries:,} enquiries would change"))
    (_print_json if as_json else _print)(found)
    leave(WRONG if found.changed else 0)


@contextmanager
def _opened(past: str, was: Path | None, changed: Policy) -> Iterator[tuple[Policy, Iterable[Past]]]:
    """Give the policy to compare with, and the enquiries."""
    path = Path(past)
    if _is_endless(path):
        raise RequestError(f"{past!r} is no file; - reads the standard input, which may be a pipe")
    if "://" in past or _is_store(path):
        with closing(open_store(past if "://" in past else f"sqlite:///{path}", create=False)) as store:
            now = load_policy(was) if was else kept_policy(store)
            yield now, past_of_store(store, now, changed)
    elif path.is_dir() or path.name == DAY_FILE:
        day = load_day(path)
        with closing(open_store("sqlite://")) as store:
            now = load_policy(was or day.policy)
            replay(day, store=store, policy=now)
            yield now, past_of_store(store, now, changed)
    elif was is None:
        raise RequestError("enquiries in a file have no policy of their own: --was names the one to compare with")
    elif past == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # as a file is read
        yield load_policy(was), past_of_lines(bounded_lines(sys.stdin), "stdin")
    else:
        try:
            with path.open(encoding="utf-8", errors="replace") as lines:
                yield load_policy(was), past_of_lines(bounded_lines(lines), path.name)
        except OSError as exc:
            raise NotFoundError(f"{past!r} cannot be read: {exc.strerror or 'no such file'}") from exc


def _is_endless(path: Path) -> bool:
    """Whether this is neither file nor folder: a pipe would be waited for, a device read without end."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):  # nothing is there; who opens it says so
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _is_store(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (OSError, ValueError):
        return False


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise RequestError(f"{str(path)!r} cannot be written to: {exc.strerror or 'no such folder'}") from exc


def _print(found: Backtest) -> None:
    for kind, heading in HEADINGS.items():
        rows = found.by_kind(kind)
        if rows:
            say(heading, style="bold")
            table(
                [("enquiries", "cyan"), ("was", ""), ("becomes", ""), ("by", "dim"), ("examples", "dim")],
                [_row(change, shift) for change, shift in rows],
            )
            say()
    if found.lost:
        say(f"flags that would no longer be raised: {', '.join(change.was for change, _ in found.lost)}", style="red")
    verdict = f"{found.changed:,} would change" if found.changed else "nothing would change"
    say(f"{found.enquiries:,} {'enquiry' if found.enquiries == 1 else 'enquiries'}: {verdict}")
    say(f"policy {found.was[:12]} → {found.becomes[:12]}", style="dim")


def _row(change: Change, shift: Shift) -> tuple[str, str, str, str, str]:
    (was, becomes), _ = shift.rules.most_common(1)[0]
    by = moved_words(shift) or (f"{was} → {becomes}" if was != becomes else was)
    return f"{shift.count:,}", was_words(change), becomes_words(change), by, " ".join(shift.examples)


def _print_json(found: Backtest) -> None:
    for kind in HEADINGS:
        for change, shift in found.by_kind(kind):
            emit(_as_object(change, shift))
    emit(
        {
            "was": found.was,
            "becomes": found.becomes,
            "enquiries": found.enquiries,
            "opened": found.opened,
            "changed": found.changed,
            "flags_lost": [change.was for change, _ in found.lost],
        }
    )


def _as_object(change: Change, shift: Shift) -> dict[str, Any]:
    made: dict[str, Any] = {"change": change.kind, "was": change.was or None, "becomes": change.becomes or None}
    if change.about:
        made["about"] = change.about
    made |= {"count": shift.count, "examples": shift.examples}
    made["rules"] = [{"was": was, "becomes": to, "count": count} for (was, to), count in shift.rules.most_common()]
    if shift.earliest is not None and shift.latest is not None:
        made["moved_s"] = {"least": shift.earliest.total_seconds(), "most": shift.latest.total_seconds()}
    return made
