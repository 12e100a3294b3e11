"""The tables; `migrations` builds them and a test holds both equal.

Times that events carry are integer microseconds since 1970, so that they come back exactly. Bodies are
msgspec bytes of domain Structs; a column beside them exists only where SQL has to find or join by it.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)

CATALOGUE = "catalogue"
"""The counter that every change of the catalogue raises."""

Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Ids compare by their bytes: fast, and no newer locale of the machine puts an index out of order."""
KEYS = "keys"
"""The counter that every change of the keys raises."""

_Sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", _Sequence, primary_key=True, autoincrement=True),  # order of arrival
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
    sa.Column("answer", sa.Text),  # what an answer is about: its fact, else quiz/question
    sa.Column("redacted", sa.Boolean, nullable=False),  # the value was taken out of the body
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ix_events_event_id", "event_id", unique=True),
    sa.Index("ix_events_visitor_id", "visitor_id"),
    sa.Index("ix_events_occurred_at", "occurred_at"),
    sa.Index(
        "ix_events_answer",
        "visitor_id",
        "answer",
        sqlite_where=sa.text("answer IS NOT NULL"),
        postgresql_where=sa.text("answer IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("visitor_id", Id, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("visitor_id", Id, primary_key=True),
    sa.Column("fact", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("answered_at", sa.Double, nullable=False),  # Unix seconds
    sa.Column("expires_at", sa.Double),  # Unix seconds
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ix_facts_expires_at", "expires_at"),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("event_id", Id, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("visitor_id", Id, nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("occurred_at", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("policy", sa.Text),  # version of the wording that was shown
    sa.Column("locale", sa.Text),
    sa.Column("proof", sa.Text),
    sa.Index("ix_consents_visitor_id", "visitor_id"),
)

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("name", Id, primary_key=True),  # of a visitor who has several
    sa.Column("visitor_id", Id, nullable=False),  # the first of these names
    sa.Index("ix_identities_visitor_id", "visitor_id"),
)

mentions = sa.Table(
    "mentions",
    metadata,
    sa.Column("event_id", Id, primary_key=True),
    sa.Column("name", Id, primary_key=True),  # that the event says beside its visitor's
    sa.Index("ix_mentions_name", "name"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # salted, of a name
    sa.Column("reach", sa.BigInteger, nullable=False),  # the number of the log up to which it was erased
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("destination", Id, primary_key=True),
    sa.Column("visitor_id", Id, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),  # raised by every change that is noted
    sa.Column("due_at", sa.Double),  # Unix seconds; null: nothing is due
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("failure", sa.Text),  # of the last attempt
    sa.Column("erased", sa.Boolean, nullable=False),  # the destination has to forget the visitor
    sa.Column("body", sa.LargeBinary),  # what the destination knows
    sa.Index("ix_outbox_destination_due_at", "destination", "due_at"),
    sa.Index("ix_outbox_visitor_id", "visitor_id"),
)

outbox_cursors = sa.Table(
    "outbox_cursors",
    metadata,
    sa.Column("destination", Id, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),  # of the log, up to which events were noted
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("contact_id", Id, primary_key=True),
    sa.Column("visitor_id", Id),  # null: forgotten; what is left counts messages for a day
    sa.Column("digest", sa.Text, nullable=False),  # salted, of the name of the address
    sa.Column("asked_at", sa.Double, nullable=False),  # Unix seconds, like the two below
    sa.Column("expires_at", sa.Double),  # of the link, then of the address
    sa.Column("due_at", sa.Double),  # of the message; null: none is
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("failure", sa.Text),  # of the last attempt
    sa.Column("body", sa.LargeBinary),
    sa.Column("name", Id),  # of the address; null: forgotten
    sa.Column("asked_by", sa.Text),  # salted digest, of who gave the address; null: after a day
    *(
        sa.Index(f"ix_contacts_{name}", name)
        for name in ("visitor_id", "digest", "expires_at", "due_at", "name", "asked_by")
    ),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("item_id", Id, primary_key=True),
    sa.Column("changed", sa.BigInteger, nullable=False),  # the catalogue's number at the last change
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ix_items_changed", "changed"),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

quiz_sessions = sa.Table(
    "quiz_sessions",
    metadata,
    sa.Column("session_id", Id, primary_key=True),
    sa.Column("visitor_id", Id, nullable=False),
    sa.Column("quiz", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),  # Unix seconds
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ix_quiz_sessions_visitor_id", "visitor_id"),
    sa.Index("ix_quiz_sessions_seen_at", "seen_at"),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("used_on", sa.Text),  # ISO day of the last use
    sa.Column("body", sa.LargeBinary, nullable=False),
)
