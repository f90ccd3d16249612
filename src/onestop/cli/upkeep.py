"""`onestop adapters`, `run` and `verify`: what keeps a desk going."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from onestop.channels import discover
from onestop.channels.matrix import COLUMNS, matrix_row
from onestop.cli.opening import all_adapters, open_desk
from onestop.cli.options import POLICY, STORE, AdaptersFile, AsJson, PolicyFolder, SendersFile, StoreUrl
from onestop.cli.output import WRONG, counted, emit, leave, progress, say, table, warn
from onestop.desk import Desk
from onestop.errors import OnestopError, RequestError
from onestop.gateways import ConsoleSender, FileSender, Sender, load_sender
from onestop.stores import open_store

__all__ = ["adapters_command", "repeat", "run_command", "verify_command"]


def adapters_command(adapters: AdaptersFile = None, as_json: AsJson = False) -> None:
    """
    Print what the installed adapters can do without settings, or, with --adapters, those that a file configures.

    Exit codes: 0 fine, 2 an adapter cannot be loaded.
    """
    known = {adapter: name for name, adapter in discover().items()}
    listed = all_adapters(adapters)
    if as_json:
        for name, adapter in listed.items():
            capabilities = adapter.capabilities.model_dump(mode="json")
            kind = known.get(type(adapter))
            emit({"name": name, "adapter": kind, "channel": adapter.channel, "capabilities": capabilities})
        return
    rows = [[name, *matrix_row(adapter.channel, adapter.capabilities).values()] for name, adapter in listed.items()]
    columns = [("name", "bold"), *((column, "") for column in COLUMNS)]
    if adapters is not None:  # else each has its own name
        columns.insert(1, ("adapter", ""))
        for row, adapter in zip(rows, listed.values(), strict=True):
            row.insert(1, known.get(type(adapter), ""))
    table(columns, rows)
    if adapters is None:
        say("without settings; `onestop adapters --adapters FILE` tells what they can do with theirs")


def run_command(
    every: Annotated[
        float | None, typer.Option("--every", min=0.1, metavar="SECONDS", help="Again and again, until Ctrl-C.")
    ] = None,
    senders: SendersFile = None,
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="Where messages go without --senders: files to look at.")
    ] = Path("sent"),
    console: Annotated[bool, typer.Option("--console", help="Print messages instead; they are personal.")] = False,
    store: StoreUrl = STORE,
    policy: PolicyFolder = POLICY,
    adapters: AdaptersFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Send the messages and fire the timers that are due.

    First, cases that name what the policy has no longer are settled under today's names.

    Exit codes: 0 fine, 1 a message failed for good or is in doubt, 2 it cannot be done.
    """
    if senders is not None and console:
        raise RequestError("--senders sends messages, --console prints them instead: give one of them")
    sender: Sender = ConsoleSender(sys.stdout) if console else load_sender(senders) if senders else FileSender(into)
    with open_desk(store, policy, adapters=adapters, sender=sender) as desk:
        if not any(adapter.capabilities.sends for adapter in desk.adapters.values()):
            warn("no adapter can send, so messages wait: --adapters FILE gives them an address to send from")
        while desk.settle():  # the policy is as it is for as long as this runs
            pass
        if every is None:
            wrong = _run_once(desk, as_json, quiet=False)
        else:
            wrong = repeat(lambda: _run_once(desk, as_json, quiet=True), every)
    leave(WRONG if wrong else 0)


def repeat(once: Callable[[], bool], every_s: float) -> bool:
    """
    Do something again and again until Ctrl-C, and say whether anything went wrong; what may succeed later is told only.

    Raises:
        OnestopError: what cannot succeed later either.
    """
    wrong, wait = False, threading.Event()
    try:
        while True:
            try:
                wrong |= once()
            except OnestopError as exc:
                if not exc.retryable:
                    raise
                warn(f"{exc}; trying again in {every_s:g} s")
            sys.stdout.flush()
            wait.wait(every_s)
    except KeyboardInterrupt:
        return wrong


def _run_once(desk: Desk, as_json: bool, *, quiet: bool) -> bool:
    due = desk.run_due()
    if as_json:
        emit(asdict(due))
    elif due.total or not quiet:
        parts = [f"{count} {name.replace('_', ' ')}" for name, count in asdict(due).items() if count]
        say(", ".join(parts) or "nothing is due")
    return bool(due.failed or due.in_doubt)


def verify_command(store: StoreUrl = STORE, as_json: AsJson = False) -> None:
    """
    Check that the store's rows, events and contents agree, and that no event was changed.

    Exit codes: 0 they do, 1 something was found, 2 it cannot be done.
    """
    keeper = open_store(store, create=False)
    found = 0
    try:
        with keeper.read() as reader, progress("verifying", None, tells=True):
            counts = reader.counts()
            for finding in reader.verify():
                found += 1
                if as_json:
                    emit({"code": finding.code, "reference": finding.reference, "detail": finding.detail})
                else:
                    say(f"{finding.reference}: {finding.code}: {finding.detail}", style="red")
    finally:
        keeper.close()
    if as_json:
        emit({"findings": found, "cases": counts["cases"], "events": counts["events"]})
    else:
        checked = f"{counted(counts['cases'], 'case')}, {counted(counts['events'], 'event')}"
        say(f"{checked}: {counted(found, 'finding') if found else 'all agree'}")
    leave(WRONG if found else 0)
