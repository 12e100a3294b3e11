"""Keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

counters = sa.table("counters", sa.column("name"), sa.column("value"))


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("used_on", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "keys", "value": 0}])


def downgrade() -> None:
    op.drop_table("keys")
    op.execute(sa.delete(counters).where(counters.c.name == "keys"))
