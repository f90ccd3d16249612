"""
Resolving a sender: what is known of a contact point, among ten thousand citizens and among a million.

    python benchmarks/senders.py

Both stores are files, filled by SQL; the same senders are asked for in turn, in an order that no cache foresees.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from harness import Spread, interleave, ratio, table
from onestop.core.plan import Ask, FindContact
from onestop.stores import open_store
from onestop.stores.open import SqlStore

FEW, MANY = 10_000, 1_000_000
LOOKUPS = 2_000


def filled(folder: Path, citizens: int) -> SqlStore:
    """Give a store of so many citizens, each with one contact point."""
    store = open_store(f"sqlite:///{folder}/{citizens}.db")
    count = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {citizens}) "
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO onestop_citizen (id, name, created_at, version) "
            f"{count} SELECT printf('%017xz', i), 'Citizen ' || i, i, 0 FROM n"
        )
        connection.exec_driver_sql(
            "INSERT INTO onestop_contact_point (key, urn, citizen_id, shared, created_at) "
            f"{count} SELECT printf('mailto:c%07d@mail.example', (i * 7919) % {citizens}), "
            f"printf('mailto:c%07d@mail.example', (i * 7919) % {citizens}), printf('%017xz', i), 0, i FROM n"
        )
    return store


def lookups(store: SqlStore, citizens: int, count: int) -> tuple[int, float]:
    """Ask for senders; give how many, and how long it took."""
    order = random.Random(citizens)
    wanted = [FindContact(f"mailto:c{order.randrange(citizens):07d}@mail.example", "email") for _ in range(count)]
    with store.read() as reader:
        began = time.perf_counter()
        for query in wanted:
            if reader.answer(Ask((query,)))[query].citizen is None:  # type: ignore[attr-defined]  # it is `ContactFacts`
                raise SystemExit("a citizen who is there was not found")
        return count, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description="What it costs to know a sender.")
    parser.add_argument("--lookups", type=int, default=LOOKUPS, help="in each round")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--quick", action="store_true", help="a few, once: shows that it runs, measures nothing")
    options = parser.parse_args()
    few, many = (100, 1_000) if options.quick else (FEW, options.many)
    count, rounds = (20, 1) if options.quick else (options.lookups, options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        stores = {citizens: filled(Path(folder), citizens) for citizens in (few, many)}
        names = {citizens: f"{citizens:,} citizens" for citizens in stores}
        rates = interleave(
            {
                names[citizens]: (lambda citizens=citizens: lookups(stores[citizens], citizens, count))
                for citizens in stores
            },
            rounds=rounds,
        )
        rows = [
            [name, f"{1e6 / Spread.of(rates[name]).median:.1f}", f"{ratio(rates, names[few], name):.2f}"]
            for name in names.values()
        ]
        print(table(["", "µs", "cost, as a multiple of the first: median (min–max)"], rows))
        for store in stores.values():
            store.close()


if __name__ == "__main__":
    main()
