"""Contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "contacts",
        sa.Column("contact_id", name, primary_key=True),
        sa.Column("visitor_id", name),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
    for column in ("visitor_id", "digest", "expires_at", "due_at"):
        op.create_index(f"ix_contacts_{column}", "contacts", [column])


def downgrade() -> None:
    op.drop_table("contacts")
