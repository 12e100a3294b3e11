"""Names of contacts: who owns an address ends its links, and who asked is counted for a day."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("name", name))
        table.create_index("ix_contacts_name", ["name"])
        table.add_column(sa.Column("asked_by", sa.Text))
        table.create_index("ix_contacts_asked_by", ["asked_by"])
    kept = sa.table("contacts", sa.column("contact_id"), sa.column("body"), sa.column("name"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(kept).where(kept.c.body.is_not(None))).all():
        naming = sa.update(kept).where(kept.c.contact_id == row.contact_id)
        connection.execute(naming.values(name=_name(json.loads(row.body)["address"])))


def downgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        for column in ("name", "asked_by"):
            table.drop_index(f"ix_contacts_{column}")
            table.drop_column(column)


def _name(address: str) -> str:
    told = address.strip().lower().encode("utf-8", "surrogatepass")
    return f"email:{hashlib.sha256(told).hexdigest()}"
