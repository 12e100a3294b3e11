"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("visitor_id", Id, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("order_id", sa.Text),
        sa.Column("store_id", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("slate_id", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("redacted", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_event_id", "events", ["event_id"], unique=True)
    op.create_index("ix_events_visitor_id", "events", ["visitor_id"])
    op.create_index(
        "ix_events_answer",
        "events",
        ["visitor_id", "answer"],
        sqlite_where=sa.text("answer IS NOT NULL"),
        postgresql_where=sa.text("answer IS NOT NULL"),
    )
    op.create_table(
        "profiles",
        sa.Column("visitor_id", Id, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("visitor_id", Id, primary_key=True),
        sa.Column("fact", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("answered_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_facts_expires_at", "facts", ["expires_at"])
    op.create_table(
        "consents",
        sa.Column("event_id", Id, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("visitor_id", Id, nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_index("ix_consents_visitor_id", "consents", ["visitor_id"])
    _catalogue_and_sessions()


def _catalogue_and_sessions() -> None:
    op.create_table(
        "items",
        sa.Column("item_id", Id, primary_key=True),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_items_changed", "items", ["changed"])
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "catalogue", "value": 0}])
    op.create_table(
        "quiz_sessions",
        sa.Column("session_id", Id, primary_key=True),
        sa.Column("visitor_id", Id, nullable=False),
        sa.Column("quiz", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_quiz_sessions_visitor_id", "quiz_sessions", ["visitor_id"])
    op.create_index("ix_quiz_sessions_seen_at", "quiz_sessions", ["seen_at"])


def downgrade() -> None:
    for table in ("quiz_sessions", "counters", "items", "consents", "facts", "profiles", "events"):
        op.drop_table(table)
