"""Alembic's environment: the connection is handed over, nothing is read from files."""

from alembic import context

from onestop.stores.migrate import VERSION_TABLE
from onestop.stores.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
