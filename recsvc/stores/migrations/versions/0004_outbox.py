"""The outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "outbox",
        sa.Column("destination", name, primary_key=True),
        sa.Column("visitor_id", name, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("ix_outbox_destination_due_at", "outbox", ["destination", "due_at"])
    op.create_index("ix_outbox_visitor_id", "outbox", ["visitor_id"])
    op.create_table(
        "outbox_cursors",
        sa.Column("destination", name, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("outbox_cursors")
    op.drop_table("outbox")
