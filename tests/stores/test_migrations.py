"""A store of an earlier release becomes one of this release when it is opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from onestop import Desk
from onestop.core.actions import plan_flags
from onestop.core.actor import Actor
from onestop.core.plan import Ask, FindProfile, ProfileFacts
from onestop.errors import StoreError
from onestop.policy import compile_policy
from onestop.stores import Store, open_store
from onestop.stores.base import CaseFilter
from onestop.stores.migrate import VERSION_TABLE, _config
from onestop.stores.tables import HEAD, Base
from onestop.testing.stores.bench import POLICY, Bench

ALICE = Actor(kind="worker", id="alice")
FLAGS = ((), ("emergency",), ("emergency", "match_review"))


@pytest.fixture
def references(tmp_path: Path) -> list[str]:
    """The references of the cases in `old.db`, a store as the first release left it, in a database of its host's."""
    new = open_store(f"sqlite:///{tmp_path / 'new.db'}")
    references = list(filled(new))
    new.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        config = _config(connection)
        command.upgrade(config, "0001")
    engine.dispose()
    database = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    database.execute("ATTACH ? AS new", [str(tmp_path / "new.db")])
    tables = [row[0] for row in database.execute("SELECT name FROM main.sqlite_master WHERE name LIKE 'onestop%'")]
    for table in tables:
        if table != VERSION_TABLE and not table.startswith("ix_"):
            columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
            if columns:
                database.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    database.execute("INSERT INTO alembic_version VALUES ('the host''s own')")
    database.close()
    return references


def filled(store: Store) -> Iterator[str]:
    """Open a case for each of `FLAGS`."""
    bench = Bench(store)
    for number, flags in enumerate(FLAGS):
        case = bench.open(f"Matter {number}")
        if flags:
            with store.write() as tx:
                facts = tx.case(case.reference)
                assert facts is not None
                tx.save(plan_flags(facts, flags, (), ALICE, bench.policy, bench.context(f"flag {number}")))
        yield case.reference


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_the_store_of_the_first_release_has_no_flags_to_look_by(tmp_path: Path, references: list[str]) -> None:
    assert rows(tmp_path / "old.db", f"SELECT version_num FROM {VERSION_TABLE}") == [("0001",)]
    assert "flags" not in {row[1] for row in rows(tmp_path / "old.db", "PRAGMA table_info(onestop_case)")}


def test_its_cases_are_found_by_their_flags_once_it_was_opened(tmp_path: Path, references: list[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'old.db'}")

    with store.read() as reader:
        flagged = reader.cases(CaseFilter(flags=("emergency",)), after=None, limit=10).cases
        both = reader.cases(CaseFilter(flags=("emergency", "match_review")), after=None, limit=10).cases
        without = reader.cases(CaseFilter(without_flag="emergency"), after=None, limit=10).cases
        findings = list(reader.verify())
    store.close()

    assert {case.reference for case in flagged} == set(references[1:])
    assert [case.reference for case in both] == references[2:]
    assert [case.reference for case in without] == references[:1]
    assert findings == []


def test_the_hosts_own_version_stays_as_it_is(tmp_path: Path, references: list[str]) -> None:
    open_store(f"sqlite:///{tmp_path / 'old.db'}").close()

    assert rows(tmp_path / "old.db", "SELECT version_num FROM alembic_version") == [("the host's own",)]
    assert rows(tmp_path / "old.db", f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]


def test_an_upgraded_store_has_the_tables_columns_and_indexes_of_a_new_one(
    tmp_path: Path, references: list[str]
) -> None:
    open_store(f"sqlite:///{tmp_path / 'old.db'}").close()
    shape = "SELECT type, name FROM sqlite_master WHERE name LIKE '%onestop%' ORDER BY 1, 2"

    assert rows(tmp_path / "old.db", shape) == rows(tmp_path / "new.db", shape)
    for table in Base.metadata.tables:
        columns = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}') ORDER BY 1"
        assert rows(tmp_path / "old.db", columns) == rows(tmp_path / "new.db", columns), table


def test_more_cases_than_are_read_at_a_time_are_all_filled_in(
    tmp_path: Path, references: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = sqlite3.connect(tmp_path / "old.db")
    columns = [
        row[1] for row in connection.execute("PRAGMA table_info(onestop_case)") if row[1] not in ("id", "reference")
    ]
    listed = ", ".join(columns)
    connection.executemany(
        f"INSERT INTO onestop_case (id, reference, {listed}) SELECT ?, ?, {listed} FROM onestop_case"
        " WHERE reference = ?",
        [(f"copy{number:05}", f"COPY-{number:05}", references[1]) for number in range(2_100)],
    )
    connection.commit()
    connection.close()

    open_store(f"sqlite:///{tmp_path / 'old.db'}").close()

    counted = "SELECT count(*) FROM onestop_case WHERE flags = ' emergency '"
    assert rows(tmp_path / "old.db", counted) == [(2_101,)]


def test_a_store_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path, references: list[str]) -> None:
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError):
        open_store(f"sqlite:///{tmp_path / 'old.db'}")

    assert rows(tmp_path / "old.db", f"SELECT version_num FROM {VERSION_TABLE}") == [("9999",)]


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A store as the third release left it: citizens with needs and without, and no history of either."""
    new = open_store(f"sqlite:///{tmp_path / 'filled.db'}")
    bench = Bench(new)
    for number in range(4):
        bench.pass_time(minutes=1)
        bench.take_in(bench.text("Graffiti", sender=f"tel:+44770090010{number}"))
    new.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'third.db'}")
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0003")
    engine.dispose()
    database = sqlite3.connect(tmp_path / "third.db", isolation_level=None)
    database.execute("ATTACH ? AS new", [str(tmp_path / "filled.db")])
    for (table,) in database.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name LIKE 'onestop%' AND name <> ?",
        [VERSION_TABLE],
    ).fetchall():
        columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({table})"))
        database.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    database.execute(
        "INSERT INTO onestop_citizen_need (citizen_id, need, recorded_by, recorded_at)"
        " SELECT citizen_id, 'bsl', 'worker:alice', created_at FROM onestop_contact_point"
        " WHERE key IN ('tel:+447700900100', 'tel:+447700900101')"
    )
    database.close()
    return tmp_path / "third.db"


def needs(store: Store, key: str) -> list[str]:
    query = FindProfile(key=key)
    with store.read() as reader:
        found = reader.answer(Ask((query,)))[query]
    assert isinstance(found, ProfileFacts)
    return [need.code for need in found.profile.needs]


def test_needs_that_were_recorded_without_a_history_are_needs_still(third: Path) -> None:
    store = open_store(f"sqlite:///{third}")
    desk = Desk(store, compile_policy(POLICY), {})

    before = [needs(store, f"tel:+44770090010{number}") for number in range(4)]
    desk.citizens.drop_need("tel:+447700900100", "bsl", by=ALICE)
    desk.citizens.prefer("tel:+447700900101", ["sms"], by=ALICE)
    desk.citizens.merge("tel:+447700900101", into="tel:+447700900102", by=ALICE)
    after = [needs(store, f"tel:+44770090010{number}") for number in range(4)]
    findings = list(desk.verify())
    store.close()

    assert before == [["bsl"], ["bsl"], [], []]
    assert after == [[], ["bsl"], ["bsl"], []]
    assert findings == []


def test_a_store_that_several_open_at_once_is_upgraded_once(third: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(f"sqlite:///{third}"), range(4)))

    found = [needs(store, "tel:+447700900101") for store in stores]
    for store in stores:
        store.close()

    assert found == [["bsl"]] * 4
    assert rows(third, f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]
