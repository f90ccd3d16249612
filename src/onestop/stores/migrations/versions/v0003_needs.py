"""What citizens need, so that rules can ask for it; and who delivers the service of a case at its place."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BATCH = 1000  # cases in memory at a time


def upgrade() -> None:
    """Make the table of recorded needs, and the column of providers; fill it from the documents that name one."""
    op.add_column("onestop_case", sa.Column("provider", sa.String(), nullable=True))
    _fill()
    op.create_table(
        "onestop_citizen_need",
        sa.Column("citizen_id", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "need"),
        sqlite_with_rowid=False,
    )


def _fill() -> None:
    case = sa.table("onestop_case", sa.column("id"), sa.column("document"), sa.column("provider"))
    connection, last = op.get_bind(), ""
    page = sa.select(case.c.id, case.c.document).order_by(case.c.id).limit(_BATCH)
    while rows := connection.execute(page.where(case.c.id > last)).all():
        for identifier, document in rows:
            if provider := json.loads(document).get("provider"):
                connection.execute(sa.update(case).where(case.c.id == identifier).values(provider=provider))
        last = rows[-1].id
