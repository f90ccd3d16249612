"""Migrations: Alembic inside the package, with a version table of its own beside the host's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, select, table

from onestop.errors import StoreError
from onestop.stores.tables import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["VERSION_TABLE", "current_revision", "migrate"]

VERSION_TABLE = "onestop_alembic_version"


def current_revision(connection: Connection) -> str | None:
    """Give the schema's revision; None where there is no schema of ours yet."""
    if not connection.dialect.has_table(connection, VERSION_TABLE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()


def migrate(connection: Connection) -> None:
    """
    Bring the schema up to date within the connection's transaction; do nothing when it is.

    Raises:
        StoreError: the schema is of a newer release.
    """
    from alembic import command  # loaded when there is something to migrate: most openings have nothing
    from alembic.util import CommandError

    if current_revision(connection) == HEAD:  # somebody else was faster
        return
    try:
        command.upgrade(_config(connection), "head")
    except CommandError as exc:
        raise StoreError("the store's schema is of a newer release of onestop: upgrade onestop") from exc


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "onestop.stores:migrations")
    config.attributes["connection"] = connection
    return config
