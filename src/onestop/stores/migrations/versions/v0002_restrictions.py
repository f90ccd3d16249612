"""Cases by their flags, and contact points that a person has restricted until a date."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BATCH = 1000  # cases in memory at a time


def upgrade() -> None:
    """Make the table of restrictions, and the column by which flagged cases are found; fill it from the documents."""
    op.add_column("onestop_case", sa.Column("flags", sa.String(), nullable=False, server_default=sa.text("''")))
    flagged = sa.text("flags <> ''")
    op.create_index(
        "ix_onestop_case_flagged", "onestop_case", ["opened_at"], sqlite_where=flagged, postgresql_where=flagged
    )
    _fill()
    op.create_table(
        "onestop_restriction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("urn", sa.String(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason_id", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_onestop_restriction_key", "onestop_restriction", ["key"], unique=False)


def _fill() -> None:
    case = sa.table("onestop_case", sa.column("id"), sa.column("document"), sa.column("flags"))
    connection, last = op.get_bind(), ""
    page = sa.select(case.c.id, case.c.document).order_by(case.c.id).limit(_BATCH)
    while rows := connection.execute(page.where(case.c.id > last)).all():
        for identifier, document in rows:
            if flags := json.loads(document).get("flags"):
                values = {"flags": f" {' '.join(flags)} "}
                connection.execute(sa.update(case).where(case.c.id == identifier).values(values))
        last = rows[-1].id
