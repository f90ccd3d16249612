"""`onestop parse`, `receive` and `rejected`: payloads on their way in."""

from __future__ import annotations

from typing import Annotated

import typer

from onestop.cli.opening import all_adapters, one_adapter, open_desk, open_payload
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, KeptPolicy, PolicyFolder, StoreUrl
from onestop.cli.output import NOT_DONE, WRONG, counted, emit, leave, progress, say, table, warn
from onestop.cli.wording import STYLES, receipt_line
from onestop.desk import Receipt
from onestop.errors import OnestopError, PayloadError, RequestError
from onestop.stores.base import RejectedRecord

__all__ = ["parse_command", "receive_command", "rejected_app"]

AdapterName = Annotated[str, typer.Argument(metavar="ADAPTER", help="The adapter's name: `onestop adapters`.")]
Files = Annotated[
    list[str], typer.Argument(metavar="FILE…", help="An .eml, a fixture as .json, or a request's body; - is stdin.")
]


def parse_command(adapter: AdapterName, files: Files, adapters: AdaptersFile = None, as_json: AsJson = False) -> None:
    """
    Show what an adapter makes of payloads: one JSON object a line, with or without --json. No store is touched.

    A file that cannot be read as a payload gives {"error": CODE, "message": …, "file": …}, and a line on stderr.

    Exit codes: 0 all were parsed, 1 a payload could not be, 2 wrong usage or no such file.
    """
    translator = one_adapter(adapter, all_adapters(adapters))
    wrong = False
    for file in files:
        raw = open_payload(file)
        try:
            items = translator.parse(raw)
        except PayloadError as exc:
            emit({"error": exc.code, "message": str(exc), "file": file})
            warn(f"{file}: {exc}")
            wrong = True
            continue
        for item in items:
            emit(item)
    leave(WRONG if wrong else 0)


def receive_command(
    adapter: AdapterName,
    files: Files,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Take payloads in: each opens a case, joins one, or is a repeat of what was taken in before.

    The store is made when it is not there yet. What cannot be taken in is kept: `onestop rejected list`.

    Exit codes: 0 all were taken in, 1 a payload was rejected, 2 wrong usage or it cannot be done now.
    """
    wrong = False
    with (
        open_desk(store, policy, adapters=adapters, create=True) as desk,
        progress("receiving", len(files), tells=True) as advance,
    ):
        one_adapter(adapter, desk.adapters)  # before any file is read
        for file in files:
            receipts = desk.receive(adapter, open_payload(file))
            wrong |= any(_is_rejected(receipt) for receipt in receipts)
            _show(receipts, as_json, file if len(files) > 1 or as_json else None)
            advance()
    leave(WRONG if wrong else 0)


def _is_rejected(receipt: Receipt) -> bool:
    return receipt.rejected is not None


def _show(receipts: list[Receipt], as_json: bool, file: str | None) -> None:
    if not receipts and not as_json:
        say(f"{file}: it says nothing to us" if file else "it says nothing to us")
    for receipt in receipts:
        if as_json:
            emit({"file": file, **receipt.model_dump(mode="json")})
        else:
            say(f"{file}: {receipt_line(receipt)}" if file else receipt_line(receipt), style=STYLES[receipt.outcome])


# -- rejected intakes --------------------------------------------------------------------------------------------------

rejected_app = typer.Typer(
    help="Payloads that could not be taken in: kept, listed, tried again.", no_args_is_help=True, rich_markup_mode=None
)


@rejected_app.command("list")
def list_command(
    store: StoreUrl = STORE,
    policy: KeptPolicy = None,
    every: Annotated[bool, typer.Option("--all", help="Those since taken in, too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the oldest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """
    List rejected intakes, the oldest first.

    Exit codes: 0 there is none, 1 there are some, 2 it cannot be done.
    """
    with open_desk(store, policy) as desk:
        records = desk.rejected(state=None if every else "open", limit=limit)
    is_open = any(record.state == "open" for record in records)
    if as_json:
        for record in records:
            emit(
                {
                    "id": record.id,
                    "adapter": record.adapter,
                    "received_at": record.received_at.isoformat(),
                    "code": record.code,
                    "reason": record.reason,
                    "attempts": record.attempts,
                    "state": record.state,
                }
            )
    elif records:
        table(_COLUMNS, [_row(record) for record in records])
        if is_open:
            say("`onestop rejected retry ID` tries one again, --all every one")
    else:
        say("nothing is rejected")
    leave(WRONG if is_open else 0)


_COLUMNS = [("id", ""), ("received (UTC)", ""), ("adapter", ""), ("state", ""), ("tries", ""), ("why", "")]


def _row(record: RejectedRecord) -> list[str]:
    received = f"{record.received_at:%Y-%m-%d %H:%M}"
    why = f"{record.code}: {record.reason}"
    return [record.id, received, record.adapter, record.state.replace("_", " "), str(record.attempts), why]


@rejected_app.command("retry")
def retry_command(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Ids from `onestop rejected list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every one that is open.")] = False,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Take rejected intakes in again, as they came and when they came.

    Exit codes: 0 all are taken in, 1 one was rejected again, 2 wrong usage or it cannot be done.
    """
    if bool(ids) == every:
        raise RequestError("name the intakes to retry, or --all: `onestop rejected list` gives their ids")
    failed = rejected = 0
    with open_desk(store, policy, adapters=adapters) as desk:
        wanted = ids or [record.id for record in desk.rejected(limit=1_000_000)]
        with progress("retrying", len(wanted), tells=True) as advance:
            for each in wanted:
                try:
                    receipts = desk.retry(each)
                except OnestopError as exc:
                    warn(f"{each}: {exc}")
                    failed += 1
                else:
                    rejected += any(_is_rejected(receipt) for receipt in receipts)
                    _show(receipts, as_json, each)
                advance()
    if not as_json and every:
        say(f"{counted(len(wanted), 'intake')} tried again, {rejected + failed} still rejected")
    leave(NOT_DONE if failed else WRONG if rejected else 0)
