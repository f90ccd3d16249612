"""
Taking one e-mail in, with 1,000 and with 200,000 cases stored; and the same where a rule asks for the sender's cases.

    python benchmarks/growth.py

Both stores take in the same mails in turn, a durable commit each; where a rule asks, other mails of the same kind.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpus import Mail, mails
from council import policy
from filling import fill
from harness import Candidate, Spread, disk_yardstick, interleave, ratio, table
from logs import log_to
from onestop import Desk, Policy, Raw, open_store
from onestop.channels.email import Email

FEW, MANY = 1_000, 200_000
YARDSTICK = "4 KB and fdatasync"
ASKING = "a rule asks"


def intake_of(path: Path, rules: Policy, letters: Sequence[Mail], each: int) -> Candidate:
    """Make a candidate that takes the next mails into this store, so many each time."""
    desk = Desk(open_store(f"sqlite:///{path}"), rules, {"email": Email()})
    waiting = iter([Raw(body=mail.body, received_at=mail.received_at) for mail in letters])

    def candidate() -> tuple[int, float]:
        raws = [next(waiting) for _ in range(each)]
        began = time.perf_counter()
        outcomes = {desk.receive("email", raw)[0].outcome for raw in raws}
        took = time.perf_counter() - began
        if not outcomes <= {"opened", "joined", "asked"}:
            raise SystemExit(f"new mails were taken for {', '.join(sorted(outcomes))}")
        return each, took

    return candidate


def main() -> None:
    parser = argparse.ArgumentParser(description="One intake with 1,000 and with 200,000 cases stored.")
    parser.add_argument("--mails", type=int, default=60, help="taken in by each store in each round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the stores go: a disk, not a file system in memory")
    parser.add_argument("--quick", action="store_true", help="small stores: shows that it runs, measures nothing")
    options = parser.parse_args()
    each, rounds, sizes = (5, 1, (100, 300)) if options.quick else (options.mails, options.rounds, (FEW, MANY))
    rules, asking = policy(), policy(asks=True)
    letters = mails(each * (rounds + 1) * 2)
    plain, asked = letters[: len(letters) // 2], letters[len(letters) // 2 :]
    made = tempfile.TemporaryDirectory(dir=options.folder, prefix="onestop-benchmark-")
    with made as name, Path(os.devnull).open("wb") as nowhere:
        log_to(nowhere)
        folder = Path(name)
        candidates = {}
        for size in sizes:
            began = time.perf_counter()
            fill(folder / f"{size}.db", rules, size)
            megabytes = (folder / f"{size}.db").stat().st_size / 1e6
            print(f"{size:,} cases: {megabytes:,.0f} MB, filled in {time.perf_counter() - began:.0f} s", flush=True)
            candidates[f"{size:,} cases"] = intake_of(folder / f"{size}.db", rules, plain, each)
            candidates[f"{size:,} cases, {ASKING}"] = intake_of(folder / f"{size}.db", asking, asked, each)
        few, few_asking, many, many_asking = candidates
        rates = interleave({**candidates, YARDSTICK: disk_yardstick(folder, writes=50)}, rounds=rounds)
    beside = {many: few, few_asking: few, many_asking: few_asking}
    rows = [
        [
            name,
            f"{Spread.of(rates[name]):,.0f}",
            f"{ratio(rates, name, beside[name]):.2f} of {beside[name]}" if name in beside else "",
        ]
        for name in rates
    ]
    print(f"\n{each} mails a round, {rounds} rounds\n\n{table(['', 'a second: median (min–max)', 'rate'], rows)}")


if __name__ == "__main__":
    main()
