"""
A store of many cases in seconds: a hundred real ones, copied under other names by the database itself.

The copies have names of their own, where those of a store that grew would be: references, message ids and contact
points spread over the whole range; ids, which begin with the time, before all new ones. So an intake meets indexes as
deep and as scattered as real ones. What no intake reads is left short: the bodies of texts and files are cut, and the
documents of the copied cases still name the case they are copies of.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from corpus import mails
from onestop import Desk, Policy, Raw, open_store
from onestop.channels.email import Email

SEED_CASES = 100
COPIED = ("case", "citizen", "contact_point", "content", "enquiry", "event", "intake", "message", "party", "timer")
BODY_BYTES = 200

# Where a name is changed: behind what all names of its kind begin with, so that the copies are spread as the names are.
SPREAD = {"reference": 3, "known_by": 1, "digest": 1, "message_id": 1, "source_id": 1}
ADDRESSES = {"key": len("mailto:"), "urn": len("mailto:")}
SCATTER = 2654435761  # Knuth's multiplier: consecutive numbers end up far apart


def fill(path: Path, policy: Policy, cases: int) -> None:
    """Make a store with so many cases, a multiple of a hundred."""
    store = open_store(f"sqlite:///{path}")
    desk = Desk(store, policy, {"email": Email()})
    letters = [mail for mail in mails(SEED_CASES * 2, seed=1) if mail.thread < SEED_CASES]
    desk.receive_many("email", [Raw(body=mail.body, received_at=mail.received_at) for mail in letters])
    store.close()
    with sqlite3.connect(path) as db:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000", "temp_store=MEMORY"):
            db.execute(f"PRAGMA {pragma}")
        _copy(db, cases // SEED_CASES - 1)
        (found,) = db.execute("SELECT count(*) FROM onestop_case").fetchone()
    db.close()
    if found != cases:
        raise SystemExit(f"filled with {found} cases, not {cases}")


def _copy(db: sqlite3.Connection, copies: int) -> None:
    db.execute("CREATE TEMP TABLE copy(hexed TEXT, lettered TEXT)")
    scattered = [number * SCATTER % 2**32 for number in range(1, copies + 1)]
    db.executemany("INSERT INTO copy VALUES (?, ?)", [(f"{number:08x}", _letters(number)) for number in scattered])
    for name in COPIED:
        table = f"onestop_{name}"
        columns = [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "position"]
        quoted = ", ".join(f'"{column}"' for column in columns)
        made = ", ".join(_copied(column) for column in columns)
        db.execute(f"CREATE TEMP TABLE seed AS SELECT {quoted} FROM {table}")
        db.execute(f"INSERT INTO {table} ({quoted}) SELECT {made} FROM copy CROSS JOIN seed ORDER BY 1")
        db.execute("DROP TABLE seed")


def _copied(column: str) -> str:
    if column == "body":
        return f"substr(body, 1, {BODY_BYTES})"
    if column in SPREAD:
        return _with("hexed", column, SPREAD[column])
    if column in ADDRESSES:
        return _with("lettered", column, ADDRESSES[column])
    if column == "id" or column.endswith("_id"):
        return _with("'00' || hexed", column, 1)  # behind the letter of its kind: earlier than any time of today
    return f'"{column}"'


def _with(tag: str, column: str, place: int) -> str:
    return f'substr("{column}", 1, {place}) || {tag} || substr("{column}", {place + 1})'


def _letters(number: int) -> str:
    """Give a number as seven letters, for addresses: those of people begin with any letter."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in reversed(range(7)))
