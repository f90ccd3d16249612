"""The command line's commands, and how they end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import structlog
import typer

from onestop.cli.acting import act_command, note_command, reply_command, reroute_command
from onestop.cli.backtesting import backtest_command
from onestop.cli.cases import case_command, cases_command, changes_command
from onestop.cli.choosing import choose_command
from onestop.cli.citizens import (
    citizen_command,
    consent_app,
    end_command,
    grant_command,
    need_app,
    prefer_command,
    quiet_command,
)
from onestop.cli.contacts import contact_app
from onestop.cli.demo import demo_command
from onestop.cli.explaining import explain_command
from onestop.cli.intake import parse_command, receive_command, rejected_app
from onestop.cli.linking import (
    link_command,
    merge_command,
    split_command,
    unlink_command,
    unmerge_command,
    unsplit_command,
)
from onestop.cli.nuisance import flag_command, lift_command, restrict_command, restrictions_command
from onestop.cli.outboxing import outbox_app
from onestop.cli.output import NOT_DONE, tell
from onestop.cli.policies import policy_app
from onestop.cli.previewing import preview_command
from onestop.cli.questioning import question_app
from onestop.cli.replaying import replay_command
from onestop.cli.upkeep import adapters_command, run_command, verify_command
from onestop.errors import OnestopError

__all__ = ["app", "run"]

app = typer.Typer(
    name="onestop",
    help="Enquiries from phone, SMS, e-mail and web as one case model, routed to the service that can help.",
    epilog="Exit codes: 0 fine, 1 something is wrong, differs, was rejected or found, 2 wrong usage or cannot be done.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_COMMANDS: tuple[tuple[str, Callable[..., None] | typer.Typer, str], ...] = (
    ("demo", demo_command, "A day of an invented council: what went where, and why."),
    ("parse", parse_command, "What an adapter makes of a payload, as JSON."),
    ("receive", receive_command, "Take payloads in."),
    ("rejected", rejected_app, "Payloads that could not be taken in: list, retry."),
    ("replay", replay_command, "Replay a recorded day beside what is expected of it."),
    ("backtest", backtest_command, "What would have become of past enquiries under another policy."),
    ("cases", cases_command, "List cases."),
    ("case", case_command, "Show a case, its parties and its history."),
    ("explain", explain_command, "Say why a case is where it is."),
    ("act", act_command, "Take a lifecycle action."),
    ("reroute", reroute_command, "Send a case to another service."),
    ("reply", reply_command, "Answer the citizen."),
    ("note", note_command, "Add a note for colleagues."),
    ("question", question_app, "What citizens are asked: ask, answer, list, withdraw, resolve."),
    ("link", link_command, "Tie two cases together."),
    ("unlink", unlink_command, "Undo a link of two cases."),
    ("split", split_command, "Open a further case from an enquiry of a case."),
    ("unsplit", unsplit_command, "Put a case that was split off back."),
    ("merge", merge_command, "Merge a case into another one, or two citizens who are one."),
    ("unmerge", unmerge_command, "Undo a merge."),
    ("citizen", citizen_command, "Who somebody is, and how they want to be reached."),
    ("contact", contact_app, "Addresses of citizens: add, remove, verify, share, send a code."),
    ("choose", choose_command, "By which channel somebody would be told a thing, and why so."),
    ("prefer", prefer_command, "Keep by which channels somebody wants to hear from us."),
    ("quiet", quiet_command, "Keep when somebody does not want to hear from us."),
    ("need", need_app, "What citizens need of us: add, drop."),
    ("consent", consent_app, "The ledger of consents: give, withdraw, list."),
    ("grant", grant_command, "Let one citizen act for another."),
    ("end-authority", end_command, "End an authority to act."),
    ("flag", flag_command, "Put flags on a case, or take them off."),
    ("restrict", restrict_command, "Set aside what comes from a contact point until a date."),
    ("lift", lift_command, "End the restrictions of a contact point."),
    ("restrictions", restrictions_command, "List the restrictions that are in force."),
    ("changes", changes_command, "What happened to all cases, in order."),
    ("run", run_command, "Send messages and fire timers that are due."),
    ("outbox", outbox_app, "What waits to be sent or done, why and until when: list, done, resolve, cancel."),
    ("verify", verify_command, "Check rows, events and contents against each other."),
    ("adapters", adapters_command, "The adapters that there are."),
    ("policy", policy_app, "Start a policy, check one."),
    ("preview", preview_command, "A template's words in every channel, and their cost."),
)
for _name, _command, _short in _COMMANDS:
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name, short_help=_short)
    else:
        app.command(_name, short_help=_short)(_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"onestop {version('onestop-council')}\n")
        raise typer.Exit


@app.callback()
def _settings(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log to stderr what the desk does.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", help="Say which release this is.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def run(arguments: list[str] | None = None) -> None:
    """Run a command; errors that onestop raises on purpose become one line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Windows gives a pipe the encoding of the system's language
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    try:
        app(arguments, prog_name="onestop")
    except OnestopError as exc:
        tell(exc)
        raise SystemExit(NOT_DONE) from None
