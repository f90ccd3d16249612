"""
Taking e-mails in: `Desk.receive` and `receive_many` beside the hand-written minimum, on the same mails.

    python benchmarks/intake.py

Each round gives every candidate a new store in a file of its own. Logging is on, as JSON into a stream that keeps
nothing.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from corpus import Mail, mails
from council import policy
from harness import Candidate, Spread, disk_yardstick, interleave, percentile, ratio, table
from logs import log_to
from minimum import Minimum
from onestop import Desk, Raw, Receipt, open_store
from onestop.channels.email import Email

BATCH = 100
ONE, MANY = "`Desk.receive`, a durable commit each", f"`Desk.receive_many`, {BATCH} a commit"
MINIMUM_ONE, MINIMUM_MANY = "minimum, a durable commit each", f"minimum, {BATCH} a commit"
YARDSTICK = "4 KB and fdatasync"


class Race:
    """The candidates, the mails they take in, and how long each mail took."""

    def __init__(self, letters: Sequence[Mail], folder: Path) -> None:
        self.bodies = [mail.body for mail in letters]
        self.raws = [Raw(body=mail.body, received_at=mail.received_at) for mail in letters]
        self.cases = len({mail.thread for mail in letters})
        self.now = letters[-1].received_at
        self.folder = folder
        self.policy = policy()
        self.latencies: dict[str, list[float]] = {ONE: [], MINIMUM_ONE: []}
        self._files = count()

    def candidates(self) -> dict[str, Candidate]:
        return {
            MINIMUM_ONE: lambda: self._minimum(1, self.latencies[MINIMUM_ONE]),
            ONE: lambda: self._desk(self._one_by_one),
            MINIMUM_MANY: lambda: self._minimum(BATCH, None),
            MANY: lambda: self._desk(self._batches),
            YARDSTICK: disk_yardstick(self.folder, writes=50),
        }

    def forget_latencies(self) -> None:
        for each in self.latencies.values():
            each.clear()

    def _minimum(self, batch: int, latencies: list[float] | None) -> tuple[int, float]:
        minimum = Minimum(self.folder / f"minimum-{next(self._files)}.db")
        began = time.perf_counter()
        minimum.run(self.bodies, batch=batch, latencies=latencies)
        took = time.perf_counter() - began
        minimum.close()
        self._must_be_right(minimum.opened, minimum.joined)
        return len(self.bodies), took

    def _desk(self, take_in: Callable[[Desk], list[Receipt]]) -> tuple[int, float]:
        store = open_store(f"sqlite:///{self.folder}/desk-{next(self._files)}.db")
        desk = Desk(store, self.policy, {"email": Email()}, clock=lambda: self.now)
        began = time.perf_counter()
        receipts = take_in(desk)
        took = time.perf_counter() - began
        store.close()
        outcomes = Counter(receipt.outcome for receipt in receipts)
        # Asked: a new case as well, and a person is asked whether it is the sender's other one.
        self._must_be_right(outcomes["opened"] + outcomes["asked"], outcomes["joined"])
        return len(receipts), took

    def _one_by_one(self, desk: Desk) -> list[Receipt]:
        receipts = []
        for raw in self.raws:
            began = time.perf_counter()
            receipts += desk.receive("email", raw)
            self.latencies[ONE].append(time.perf_counter() - began)
        return receipts

    def _batches(self, desk: Desk) -> list[Receipt]:
        receipts = []
        for start in range(0, len(self.raws), BATCH):
            for given in desk.receive_many("email", self.raws[start : start + BATCH]):
                receipts += given
        return receipts

    def _must_be_right(self, opened: int, joined: int) -> None:
        """A race is between those who do the work: every thread one case, every reply in its thread's case."""
        if (opened, joined) != (self.cases, len(self.raws) - self.cases):
            raise SystemExit(f"{opened} opened and {joined} joined, of {len(self.raws)} mails in {self.cases} threads")


def report(race: Race, rates: dict[str, list[float]]) -> str:
    """Give the figures as Markdown."""
    rows = [
        [name, f"{Spread.of(rates[name]):,.0f}", f"{ratio(rates, name, beside):.2f}" if beside else ""]
        for name, beside in (
            (MINIMUM_ONE, None),
            (ONE, MINIMUM_ONE),
            (MINIMUM_MANY, MINIMUM_ONE),
            (MANY, MINIMUM_MANY),
            (YARDSTICK, None),
        )
    ]
    rates_table = table(["", "a second: median (min–max)", "to the minimum (its batches: to one each)"], rows)
    latency_rows = [
        [name, *(f"{percentile(race.latencies[name], share) * 1e3:.2f}" for share in (0.5, 0.95, 0.99))]
        for name in (MINIMUM_ONE, ONE)
    ]
    gain = f"`receive_many` to `receive`: {ratio(rates, MANY, ONE):.2f}"
    return f"{rates_table}\n\n{gain}\n\n{table(['ms a mail', 'p50', 'p95', 'p99'], latency_rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Desk.receive and receive_many beside the hand-written minimum.")
    parser.add_argument("--mails", type=int, default=400, help="taken in by each candidate in each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the stores go: a disk, not a file system in memory")
    parser.add_argument("--quick", action="store_true", help="a few mails once: shows that it runs, measures nothing")
    options = parser.parse_args()
    wanted, rounds = (40, 1) if options.quick else (options.mails, options.rounds)
    made = tempfile.TemporaryDirectory(dir=options.folder, prefix="onestop-benchmark-")
    with made as folder, Path(os.devnull).open("wb") as nowhere:
        log_to(nowhere)
        race = Race(mails(wanted), Path(folder))
        candidates = race.candidates()
        for warm_up in candidates.values():
            warm_up()
        race.forget_latencies()
        rates = interleave(candidates, rounds=rounds, warmup=0)
        print(f"{wanted} mails, {race.cases} threads, {rounds} rounds\n\n{report(race, rates)}")


if __name__ == "__main__":
    main()
