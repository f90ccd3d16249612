"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "POLICY",
    "STORE",
    "AdaptersFile",
    "AsJson",
    "By",
    "KeptPolicy",
    "PolicyFolder",
    "Reference",
    "SendersFile",
    "StoreUrl",
]

STORE = "sqlite:///onestop.db"
POLICY = Path("policy")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

StoreUrl = Annotated[
    str, typer.Option("--store", envvar="ONESTOP_STORE", metavar="URL", help="Where the cases are kept.")
]

PolicyFolder = Annotated[
    Path, typer.Option("--policy", envvar="ONESTOP_POLICY", metavar="DIR", help="The council's policy.")
]

KeptPolicy = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        envvar="ONESTOP_POLICY",
        metavar="DIR",
        help="The council's policy; left out: the one that the store was used with last.",
    ),
]

AdaptersFile = Annotated[
    Path | None,
    typer.Option(
        "--adapters",
        envvar="ONESTOP_ADAPTERS",
        metavar="FILE",
        help="TOML with tables [adapters.NAME] of adapters and their settings; left out: all that are installed.",
    ),
]

SendersFile = Annotated[
    Path | None,
    typer.Option(
        "--senders",
        envvar="ONESTOP_SENDERS",
        metavar="FILE",
        help="TOML with tables [senders.NAME] of mail servers and gateways, and [test] for test mode.",
    ),
]

Reference = Annotated[str, typer.Argument(metavar="REF", help="The case's reference, such as NP-049N-3021.")]

By = Annotated[
    str, typer.Option("--by", metavar="KIND:ID", help="Who does it, as worker:alice or worker:alice+supervisor.")
]
