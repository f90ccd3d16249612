"""Opening a store: SQLite in a file or in memory, its settings, its schema."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import quote

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
        self._lock = threading.Lock()
        self._one_connection = one_connection
        # Kept open: getting a connection costs as much as an enquiry's reads.
        self._writer: SqlTransaction | None = None
        self._holder: int | None = None  # the thread that has the lock …
        self._held: SqlReader | None = None  # … and what it reads with
        self._process = os.getpid()
        # A store that nobody closed is closed once nobody holds it: Python 3.13 warns of what is left open.
        self._kept: list[Connection] = []
        weakref.finalize(self, _give_back, self._kept, engine, self._process)
        self.url = engine.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """The database behind it, for a host that keeps its own tables there; transactions of ours are `write`."""
        return self._engine

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """
        Give a transaction that is on the disk when the `with` ends.

        Raises:
            StoreError: this thread has a transaction open already.
        """
        if self._holder == threading.get_ident():
            raise StoreError("this thread has a transaction open already: end it before the next one begins")
        with self._lock, _translated():
            self._leave_parent()
            writer = self._writer or self._open_writer()
            begun = False
            try:
                with writer.connection.begin(), self._holding(writer):
                    begun = True
                    writer.erased.clear()
                    yield writer
                self._contents.erase(writer.erased)  # committed: nothing names them any more
            except BaseException:
                if not begun or writer.connection.invalidated:
                    self._close_writer()
                raise

    @contextmanager
    def read(self) -> Iterator[SqlReader]:
        """Give one consistent view of the store; in memory, within a transaction of this thread, that transaction's."""
        if self._one_connection and self._held is not None and self._holder == threading.get_ident():
            yield self._held
            return
        with self._lock if self._one_connection else nullcontext(), _translated():
            self._leave_parent()
            with self._engine.connect() as connection, connection.begin():
                reader = SqlReader(connection, self._contents)
                with self._holding(reader) if self._one_connection else nullcontext():
                    yield reader

    @contextmanager
    def _holding(self, reader: SqlReader) -> Iterator[None]:
        """Note that this thread has the lock."""
        self._holder, self._held = threading.get_ident(), reader
        try:
            yield
        finally:
            self._holder, self._held = None, None

    def _open_writer(self) -> SqlTransaction:
        connection = self._engine.connect().execution_options(**{_WRITES: True})
        self._kept.append(connection)
        self._writer = SqlTransaction(connection, self._contents)
        return self._writer

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._kept.clear()
            self._writer.connection.close()
            self._writer = None

    def _leave_parent(self) -> None:
        """Let go of connections that a fork has copied: SQLite's locks do not survive it (sqlite.org/howtocorrupt)."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._writer = None
            self._kept.clear()
            self._engine.dispose(close=False)

    def close(self) -> None:
        """Give back all connections."""
        with self._lock:
            self._close_writer()
            self._engine.dispose()


def _give_back(kept: list[Connection], engine: Engine, process: int) -> None:
    """Close what a store held, in the process that opened it."""
    if os.getpid() == process:
        for connection in kept:
            connection.close()
        engine.dispose()


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
        path = quote(parsed.database or "")  # what SQLite reads as a URI has its own ?, # and %
        parsed = parsed.set(database=f"file:{path}", query={"mode": "rw", "uri": "true"})
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
        "hide_parameters": True,  # a traceback of the database's error would show whom we were writing about
    }
    if in_memory:
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    _configure_sqlite(engine)
    try:
        with _translated():
            _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, contents or RowContents(), one_connection=in_memory)


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        parsed.get_dialect()().create_connect_args(parsed)  # which looks at host and options
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
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        cursor.close()


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
    except (OverflowError, UnicodeEncodeError) as exc:  # from the driver, of values that callers handed through
        raise RequestError("no database can hold this number, or half of a character's surrogate pair") from exc


def _from_driver(error: sqlite3.Error) -> StoreError:
    """Give our error for the driver's, with SQLite's own name of it, such as SQLITE_FULL, which quotes nothing."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"somebody else held the store for more than {BUSY_TIMEOUT_S} seconds")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StoreError("the store refused a row that contradicts another one")
    return StoreError(f"the store cannot be used: {getattr(error, 'sqlite_errorname', type(error).__name__)}")
