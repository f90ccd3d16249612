"""What is SQLite's own: opening, durability, text where bytes were, and errors that show nothing of anybody."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text, update

from onestop.core.case import Case
from onestop.core.contact import Urn
from onestop.core.events import read_event
from onestop.core.plan import CaseChange, Claim, Plan
from onestop.errors import BusyError, ConflictError, OnestopError, RequestError, StoreError
from onestop.stores import FolderContents, open_store
from onestop.stores import open as opening
from onestop.stores.migrate import VERSION_TABLE
from onestop.stores.open import SqlStore
from onestop.stores.tables import Base, CaseTable, ContactPointTable, EventTable
from onestop.testing.stores.bench import MARY, Bench

NAME = "Mary Jones"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "onestop.db"


@pytest.fixture
def store(path: Path) -> SqlStore:
    return open_store(f"sqlite:///{path}")


@pytest.fixture
def bench(store: SqlStore) -> Bench:
    return Bench(store)


@pytest.fixture
def case(bench: Bench) -> Case:
    return bench.take_in(bench.text("Graffiti", sender_name=NAME))


def column_types(store: SqlStore) -> dict[tuple[str, str], bool]:
    """Give every column that the database has, and whether it may be empty."""
    with store.engine.connect() as connection:
        return {
            (table.name, name): not_null == 0
            for table in Base.metadata.sorted_tables
            for _, name, _, not_null, *_ in connection.execute(text(f"PRAGMA table_info({table.name})"))
        }


# -- opening -----------------------------------------------------------------------------------------------------------


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path, bench: Bench, case: Case) -> None:
    bench.store.close()

    again = Bench(open_store(f"sqlite:///{path}", create=False))

    assert again.facts(case.reference).case == case
    again.store.close()


def test_commits_are_durable_and_readers_do_not_wait_for_writers(store: SqlStore) -> None:
    with store.engine.connect() as connection:
        settings = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}

    assert settings == {"journal_mode": "wal", "synchronous": 2}  # 2: FULL


def test_migrations_make_the_tables_that_are_declared(store: SqlStore) -> None:
    declared = {
        (table.name, column.name): bool(column.nullable)
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }

    assert column_types(store) == declared


def test_a_hosts_own_tables_are_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as host, host:
        host.execute("CREATE TABLE alembic_version (version_num TEXT)")
        host.execute("INSERT INTO alembic_version VALUES ('theirs')")
    host.close()

    open_store(f"sqlite:///{path}").close()

    with closing(sqlite3.connect(path)) as host, host:
        assert host.execute("SELECT version_num FROM alembic_version").fetchall() == [("theirs",)]
    host.close()


def test_a_store_that_is_not_there_is_not_made_unless_asked(path: Path) -> None:
    with pytest.raises(StoreError, match="SQLITE_CANTOPEN"):
        open_store(f"sqlite:///{path}", create=False)

    assert not path.exists()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "a#1.db", "Siân.db", "%41.db", "a&b=c.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / name}"
    Bench(open_store(url)).open("Graffiti")

    again = open_store(url, create=False)

    with again.read() as reader:
        assert reader.counts()["cases"] == 1
    again.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "onestop.db",
        "sqlite:/x",
        "mysql://localhost/onestop",
        "oracle://x",
        "nonsense://x",
        "://",
        "sqlite://onestop.db",
        "sqlite:///x?timeout=soon",
    ],
)
def test_a_url_that_is_none_of_ours_is_refused(url: str) -> None:
    with pytest.raises((RequestError, StoreError)):
        open_store(url)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look like one" * 100, b"\x00" * 4_096])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}")

    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="SQLITE_CANTOPEN"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'onestop.db'}")


def test_a_schema_of_a_newer_release_is_refused(path: Path, store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    store.close()

    with pytest.raises(StoreError, match="newer release"):
        open_store(f"sqlite:///{path}")


# -- errors ------------------------------------------------------------------------------------------------------------


def test_who_waits_too_long_for_another_process_is_told_so(
    path: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0)
    waiting = open_store(f"sqlite:///{path}")

    with store.write(), pytest.raises(BusyError) as raised, waiting.write():
        pass

    assert raised.value.retryable


def test_a_write_to_a_file_that_may_only_be_read_is_a_store_error(path: Path, store: SqlStore) -> None:
    store.close()
    read_only = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")

    with pytest.raises(StoreError, match="SQLITE_READONLY"), read_only.write() as tx:
        tx.secret("mint", b"secret")


def test_no_traceback_shows_whom_it_was_about(bench: Bench, case: Case) -> None:
    claim = Claim(Urn(MARY), "z0", NAME, "en")
    again = Plan("recorded", case=case, changes=(CaseChange(case.version, case, b"", ()),), claims=(claim,))

    with pytest.raises(ConflictError) as conflict, bench.store.write() as tx:
        tx.save(again)
    with pytest.raises(StoreError) as damaged, bench.store.write() as tx:
        tx._db.execute(update(ContactPointTable).values(urn=None, citizen_id=NAME))  # type: ignore[attr-defined]  # to plant an error

    for raised in (conflict, damaged):
        told = "".join(traceback.format_exception(raised.value))
        assert NAME not in told
        assert MARY[5:] not in told


# -- damage that SQLite lets happen ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE onestop_event SET data = replace(data, 'graffiti', 'bins') WHERE seq = 1", "chain_broken"),
        ("UPDATE onestop_event SET data = 5 WHERE seq = 1", "chain_broken"),
        ("UPDATE onestop_event SET data = CAST(x'ff' AS TEXT) WHERE seq = 1", "chain_broken"),
        ("UPDATE onestop_event SET hash = 'x'", "chain_broken"),
        ("UPDATE onestop_case SET document = CAST(document AS BLOB)", ""),
        ("UPDATE onestop_case SET document = CAST(x'ff' AS TEXT)", "row_differs"),
        ("UPDATE onestop_case SET document = 5", "row_differs"),
        ("UPDATE onestop_case SET head = 'x'", "chain_broken"),
        ("UPDATE onestop_case SET priority = 'high'", "column_differs"),
        ("UPDATE onestop_content SET body = CAST(body AS TEXT) WHERE kind = 'enquiry'", ""),
        (
            "UPDATE onestop_content SET body = replace(body, 'Graffiti', 'Bin') WHERE kind = 'enquiry'",
            "content_differs",
        ),
        ("UPDATE onestop_content SET salt = 'x'", "content_differs"),
    ],
)
def test_text_where_bytes_were_is_found_like_any_damage(bench: Bench, case: Case, statement: str, code: str) -> None:
    with bench.store.engine.begin() as connection:  # type: ignore[attr-defined]  # of the shipped store
        connection.execute(text(statement))

    assert set(bench.findings()) == ({code} if code else set())


@pytest.mark.parametrize(
    "statement", ["UPDATE onestop_event SET data = 'text'", "UPDATE onestop_event SET data = x'00'"]
)
def test_a_damaged_event_is_a_store_error_for_who_reads_it(bench: Bench, case: Case, statement: str) -> None:
    with bench.store.engine.begin() as connection:  # type: ignore[attr-defined]  # of the shipped store
        connection.execute(text(statement))

    with pytest.raises(OnestopError), bench.store.read() as reader:
        [read_event(stored.data) for stored in reader.events(case.id)]


def test_a_damaged_row_is_a_store_error_for_who_reads_it(bench: Bench, case: Case, store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(CaseTable).values(document="{}"))

    with pytest.raises(StoreError, match="damaged"):
        bench.facts(case.reference)


def test_events_of_a_case_that_is_gone_are_named_once(bench: Bench, case: Case, store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(EventTable).values(case_id="c0"))

    with store.read() as reader:
        findings = [(finding.code, finding.reference) for finding in reader.verify()]

    assert findings == [("row_differs", case.reference), ("row_missing", "c0")]


# -- contents in a folder ----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> FolderContents:
    return FolderContents(tmp_path / "contents", larger_than_bytes=4)


def test_small_bytes_stay_in_the_row_and_large_ones_become_files(folder: FolderContents, tmp_path: Path) -> None:
    small, large = folder.put("d1", b"1234"), folder.put("d2", b"12345")

    files = [path.name for path in (tmp_path / "contents").rglob("*") if path.is_file()]
    assert (small, large, files) == (b"1234", None, ["d2"])
    assert (folder.get("d1", small), folder.get("d2", large)) == (b"1234", b"12345")


def test_bytes_that_are_put_again_are_there_once(folder: FolderContents) -> None:
    folder.put("d2", b"12345")
    folder.put("d2", b"12345")

    assert folder.get("d2", None) == b"12345"


def test_what_is_erased_is_gone_and_may_be_erased_again(folder: FolderContents, tmp_path: Path) -> None:
    folder.put("d2", b"12345")

    folder.erase(["d2", "d3"])
    folder.erase(["d2"])

    assert folder.get("d2", None) is None
    assert [path for path in (tmp_path / "contents").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("identifier", ["", "../../x", "a/b", "a.b", "Siân", "\x00"])
def test_an_id_that_would_leave_the_folder_is_refused(folder: FolderContents, identifier: str) -> None:
    with pytest.raises(StoreError):
        folder.put(identifier, b"12345")
    with pytest.raises(StoreError):
        folder.get(identifier, None)


def test_a_folder_that_cannot_be_used_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "contents").write_text("a file where the folder should be")
    folder = FolderContents(tmp_path / "contents", larger_than_bytes=4)

    with pytest.raises(StoreError):
        folder.put("d2", b"12345")
    with pytest.raises(StoreError):
        folder.get("d2", None)
    with pytest.raises(StoreError):
        folder.erase(["d2"])
