"""What citizens need, so that rules can ask for it; and who delivers the service of a case at its place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of recorded needs, and the column of providers, which nobody chose for cases that are there."""
    op.add_column("onestop_case", sa.Column("provider", sa.String(), nullable=True))
    op.create_table(
        "onestop_citizen_need",
        sa.Column("citizen_id", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "need"),
        sqlite_with_rowid=False,
    )
