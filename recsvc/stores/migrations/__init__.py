"""Migrations: every step the tables took, run by Alembic; SQLite takes them when it is opened."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from recsvc.domain.errors import InputOutputError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0007"
"""The newest version; known here, so that a database that has it opens without Alembic."""


def upgrade(connection: sa.Connection) -> None:
    """Bring the tables to the newest version inside the caller's transaction.

    Raises:
        InputOutputError: a newer release of recsvc wrote this database.
    """
    found = version(connection)
    if found == HEAD:
        return
    from alembic import command  # noqa: PLC0415

    config = _config()
    config.attributes["connection"] = connection
    if found is not None and found not in known():
        raise InputOutputError(
            f"The database is at version {found}, which this release of recsvc does not know; "
            "update recsvc, or open a backup that this release made."
        )
    command.upgrade(config, HEAD)


def known() -> frozenset[str]:
    """The versions that this release can bring up to date."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def version(connection: sa.Connection) -> str | None:
    """The version of the tables, None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
