"""Opening a store: SQLite in a file or in memory, its settings, its schema."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from onestop.errors import BusyError, RequestError, StoreError
from onestop.stores.contents import ContentStore, RowContents
from onestop.stores.migrate import current_revision, migrate
from onestop.stores.reading import SqlReader
from onestop.stores.tables import HEAD
from onestop.stores.writing import SqlTransaction

__all__ = ["SqlStore", "open_store"]

BUSY_TIMEOUT_S = 30
_WRITES = "onestop_writes"  # execution option: this transaction will write


class SqlStore:
    """A store on a SQL database; safe to share between threads."""

    def __init__(self, engine: Engine, contents: ContentStore, *, one_connection: bool) -> None:
        self._engine = engine
        self._contents = contents
        # SQLite has one writer at a time: waiting here is cheaper and fairer than its busy loop. A store in memory has
        # one connection in all, so that readers wait too.
        self._writer = threading.RLock()
        self._one_connection = one_connection
        self.url = engine.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """The database behind it, for a host that keeps its own tables there; transactions of ours are `write`."""
        return self._engine

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """Give a transaction that is on the disk when the `with` ends."""
        with self._writer, _translated(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield SqlTransaction(connection, self._contents)

    @contextmanager
    def read(self) -> Iterator[SqlReader]:
        """Give one consistent view of the store."""
        if self._one_connection:
            with self._writer, _translated(), self._engine.connect() as connection, connection.begin():
                yield SqlReader(connection, self._contents)
            return
        with _translated(), self._engine.connect() as connection, connection.begin():
            yield SqlReader(connection, self._contents)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_store(url: str, *, contents: ContentStore | None = None, create: bool = True) -> SqlStore:
    """
    Open a store, and bring its schema up to date.

    `url` is as SQLAlchemy has it: `sqlite:///onestop.db` (a file beside you), `sqlite:////var/lib/onestop.db` (an
    absolute path), `sqlite://` (in memory, gone when closed). Words, files and payloads are kept in the database unless
    `contents` keeps them elsewhere. With `create=False` a store that is not there yet is an error.

    Raises:
        RequestError: the URL is none, or of a database that onestop does not keep things in.
        StoreError: the file is no store, is of a newer release, or cannot be opened.
    """
    parsed = _read_url(url)
    in_memory = parsed.database in (None, "", ":memory:")
    if not create and not in_memory:
        parsed = parsed.set(database=f"file:{parsed.database}", query={"mode": "rw", "uri": "true"})
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S}}
    if in_memory:
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    _configure_sqlite(engine)
    with _translated():
        _bring_up_to_date(engine)
    return SqlStore(engine, contents or RowContents(), one_connection=in_memory)


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as exc:
        raise RequestError("a store's URL is sqlite:///file.db, or sqlite:// for one in memory") from exc
    if backend != "sqlite":
        raise RequestError("this release keeps its store on SQLite: sqlite:///file.db")
    return parsed


def _configure_sqlite(engine: Engine) -> None:
    """
    Take transactions into our own hands.

    A transaction that reads first and writes later fails at once when somebody else wrote in between, whatever the
    time-out: so writers begin IMMEDIATE. FULL makes a commit durable, not only consistent (sqlite.org/wal.html).
    """

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=4000",
            "cache_size=-65536",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        found = current_revision(connection)
    if found == HEAD:
        return
    with engine.connect() as connection:
        connection = connection.execution_options(**{_WRITES: True})
        with connection.begin():
            migrate(connection)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the database's errors into ours, without its text: that may quote what was being written."""
    try:
        yield
    except DBAPIError as exc:
        if isinstance(exc.orig, sqlite3.Error):
            raise _from_driver(exc.orig) from exc
        raise StoreError("the store cannot be used") from exc
    except sqlite3.Error as exc:  # from a prepared statement, which runs on the driver itself
        raise _from_driver(exc) from exc
    except SQLAlchemyError as exc:
        raise StoreError("the store cannot be used") from exc


def _from_driver(error: sqlite3.Error) -> StoreError:
    """Give our error for the driver's, with SQLite's own name of it, such as SQLITE_FULL, which quotes nothing."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"somebody else held the store for more than {BUSY_TIMEOUT_S} seconds")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StoreError("the store refused a row that contradicts another one")
    return StoreError(f"the store cannot be used: {getattr(error, 'sqlite_errorname', type(error).__name__)}")
