"""
Statements built and compiled once, and run on the database driver itself.

SQLAlchemy's way from a statement to the driver costs several times what SQLite takes to run it. On the way of every
enquiry the statements are always the same, so they are written as SQLAlchemy Core (one schema, any dialect), compiled
once for each engine, and handed to the driver as text with parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import ClauseElement

__all__ = ["Driver", "Prepared"]


class _Text(NamedTuple):
    """A statement as a driver takes it."""

    text: str
    places: tuple[str, ...] | None  # the names of the parameters in order; None: the driver takes names
    constants: Mapping[str, Any]  # values that the statement brings along


class Prepared:
    """One statement, whose text for a dialect is made when it is first wanted."""

    __slots__ = ("_made", "_statement")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._made: dict[str, _Text] = {}

    def on(self, dialect: Dialect) -> _Text:
        """Give the statement as the dialect's driver takes it."""
        made = self._made.get(dialect.name)
        if made is None:
            compiled = self._statement.compile(dialect=dialect)
            places = getattr(compiled, "positiontup", None)
            constants = {name: value for name, value in (compiled.params or {}).items() if value is not None}
            made = _Text(str(compiled), None if places is None else tuple(places), constants)
            self._made[dialect.name] = made
        return made


def _parameters(statement: _Text, values: Mapping[str, Any]) -> Any:
    if statement.constants:
        values = {**statement.constants, **values}
    return values if statement.places is None else [values[place] for place in statement.places]


class Driver:
    """Runs prepared statements within a connection's transaction."""

    __slots__ = ("_cursor", "_dialect")

    def __init__(self, connection: Connection) -> None:
        self._dialect = connection.dialect
        self._cursor: DBAPICursor = connection.connection.cursor()

    def run(self, statement: Prepared, values: Mapping[str, Any]) -> int:
        """Run a statement; give how many rows it changed."""
        made = statement.on(self._dialect)
        self._cursor.execute(made.text, _parameters(made, values))
        return self._cursor.rowcount

    def many(self, statement: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement for each row; for none do nothing."""
        if rows:
            made = statement.on(self._dialect)
            self._cursor.executemany(made.text, [_parameters(made, row) for row in rows])

    def all(self, statement: Prepared, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a query; give its rows."""
        self.run(statement, values)
        return list(self._cursor.fetchall())

    def first(self, statement: Prepared, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run a query; give its first row, if there is one."""
        self.run(statement, values)
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def plain(self, statement: str) -> None:
        """Run a statement without parameters, such as SAVEPOINT."""
        self._cursor.execute(statement)
