"""The command line's commands, and how they end."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import structlog
import typer

from onestop.cli.output import NOT_DONE, tell
from onestop.cli.replaying import replay_command
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
app.command("replay")(replay_command)


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
