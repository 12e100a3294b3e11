"""What Alembic runs for a migration: on the connection it is given, never on one of its own."""

from alembic import context

from recsvc.stores.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
