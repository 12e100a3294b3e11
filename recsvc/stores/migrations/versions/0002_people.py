"""People: names of visitors who have several, proofs of consent, and what is kept of an erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("name", Id, primary_key=True),
        sa.Column("visitor_id", Id, nullable=False),
    )
    op.create_index("ix_identities_visitor_id", "identities", ["visitor_id"])
    op.create_table(
        "mentions",
        sa.Column("event_id", Id, primary_key=True),
        sa.Column("name", Id, primary_key=True),
    )
    op.create_index("ix_mentions_name", "mentions", ["name"])
    op.create_table(
        "erasures",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("reach", sa.BigInteger, nullable=False),
    )
    for name in ("policy", "locale", "proof"):
        op.add_column("consents", sa.Column(name, sa.Text))


def downgrade() -> None:
    for name in ("policy", "locale", "proof"):
        op.drop_column("consents", name)
    for table in ("erasures", "mentions", "identities"):
        op.drop_table(table)
