"""How citizens want to be reached: their history, consents, authorities, and the questions put to them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of profiles, and the columns and indices that say where to look."""
    _columns()
    _of_citizens()
    _of_contact_points()
    _outbox()


def _columns() -> None:
    """Say beside citizens and their contact points what there is to ask for."""
    op.add_column("onestop_citizen", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("onestop_citizen", sa.Column("head", sa.LargeBinary(), nullable=True))
    op.add_column("onestop_citizen", sa.Column("document", sa.String(), nullable=True))
    op.add_column("onestop_citizen", sa.Column("merged_into", sa.String(), nullable=True))
    op.add_column("onestop_party", sa.Column("acts_for", sa.String(), nullable=True))
    op.add_column("onestop_citizen_need", sa.Column("until", sa.BigInteger(), nullable=True))
    op.add_column("onestop_contact_point", sa.Column("shared_kind", sa.String(), nullable=True))
    op.add_column("onestop_contact_point", sa.Column("verified_how", sa.String(), nullable=True))
    op.add_column("onestop_contact_point", sa.Column("failures", sa.String(), nullable=True))
    op.add_column("onestop_contact_point", sa.Column("stated", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("onestop_contact_point", sa.Column("asked", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("onestop_contact_point", sa.Column("postcode", sa.String(), nullable=True))
    op.create_index(
        "ix_onestop_contact_point_postcode",
        "onestop_contact_point",
        ["postcode"],
        sqlite_where=sa.text("postcode IS NOT NULL"),
        postgresql_where=sa.text("postcode IS NOT NULL"),
    )
    op.execute(  # needs that were recorded before are something to ask for
        "UPDATE onestop_contact_point SET stated = 1 WHERE citizen_id IN (SELECT citizen_id FROM onestop_citizen_need)"
    )


def _of_citizens() -> None:
    """Make the tables of what citizens stated, and of who acts for whom."""
    op.create_table(
        "onestop_citizen_event",
        sa.Column("citizen_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "onestop_authority",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("holder_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_onestop_authority_holder", "onestop_authority", ["holder_id"])
    op.create_index("ix_onestop_authority_subject", "onestop_authority", ["subject_id"])


def _of_contact_points() -> None:
    """Make the tables of what is kept by contact point: the ledger, questions, one-time codes."""
    op.create_table(
        "onestop_consent",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "onestop_question",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_onestop_question_case", "onestop_question", ["case_id"])
    op.create_table(
        "onestop_one_time_code",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("citizen_id", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "id"),
        sqlite_with_rowid=False,
    )


def _outbox() -> None:
    """Let what waits be found whatever else the outbox keeps, and what is urgent before it."""
    waiting = sa.text("state IN ('queued', 'sending', 'task', 'in_doubt')")
    urgent = sa.text("state = 'queued' AND purpose = 'urgent'")
    op.drop_index("ix_onestop_message_due", "onestop_message")
    op.create_index(
        "ix_onestop_message_waiting",
        "onestop_message",
        ["channel", "state", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_onestop_message_urgent",
        "onestop_message",
        ["channel", "due_at"],
        sqlite_where=urgent,
        postgresql_where=urgent,
    )
