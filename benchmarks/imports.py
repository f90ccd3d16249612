"""
What importing onestop costs, beside importing what it stands on.

    python benchmarks/imports.py

Each import happens in a new interpreter, which times it from its first line on: starting Python is not in the figure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial

from harness import Spread, interleave, ratio, table

TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"
MODELS, STORES = "the four alone", "the four, sqlalchemy and jinja2 alone"
FACADE, DESK = "`import onestop`", "`from onestop import Desk, load_policy, open_store`"
STATEMENTS = {
    MODELS: "import pydantic, phonenumbers, transitions, structlog",
    FACADE: "import onestop",
    STORES: "import pydantic, phonenumbers, transitions, structlog, sqlalchemy, sqlalchemy.orm, jinja2, jinja2.sandbox",
    DESK: "from onestop import Desk, load_policy, open_store",
}


def seconds_of(statement: str) -> tuple[int, float]:
    command = [sys.executable, "-c", TIMED.format(statement)]
    return 1, float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Importing onestop beside importing what it stands on.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="once: shows that it runs, measures nothing")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    candidates = {name: partial(seconds_of, statement) for name, statement in STATEMENTS.items()}
    rates = interleave(candidates, rounds=rounds, warmup=0 if options.quick else 1)
    rows = []
    for name, beside in ((MODELS, None), (FACADE, MODELS), (STORES, None), (DESK, STORES)):
        milliseconds = Spread.of([1e3 / rate for rate in rates[name]])
        # Times, not rates, are compared here: so the other one's rate to this one's.
        rows.append([name, f"{milliseconds:.0f}", f"{ratio(rates, beside, name):.2f}" if beside else ""])
    print(f"the four: pydantic, phonenumbers, transitions, structlog; {rounds} rounds\n")
    print(table(["", "ms: median (min–max)", "as a multiple of the line above"], rows))


if __name__ == "__main__":
    main()
