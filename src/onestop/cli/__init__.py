"""The onestop command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; without the extra that it needs, say what to install."""
    try:
        from onestop.cli.app import run  # an extra of its own, loaded on first use
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("typer", "rich", "click"):
            raise
        sys.stderr.write("onestop: the command line is an extra: pip install 'onestop-council[cli]'\n")
        raise SystemExit(2) from None
    run()
