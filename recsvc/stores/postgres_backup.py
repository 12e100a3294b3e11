"""Backups of PostgreSQL, by its own `pg_dump` and `pg_restore`, in its custom format."""

import os
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa

from recsvc.domain.errors import BadDataError, InputOutputError, LockedError
from recsvc.stores import migrations
from recsvc.stores.moving import Counts, count_rows
from recsvc.stores.postgres import open_engine
from recsvc.stores.refusals import refusal
from recsvc.stores.schema import counters
from recsvc.stores.sql import READING

_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'recsvc' AND pid <> pg_backend_pid()"
)


class PostgresBackup:
    """Writes and reads backups of one database; the programs must be at least as new as the server."""

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._engine = open_engine(url)

    def write(self, path: Path) -> Counts:
        """Dump as of the moment at which the rows are counted."""
        try:
            with self._engine.connect().execution_options(**{READING: True}) as connection:
                counts = count_rows(connection)
                snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
                self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
        except sa.exc.DBAPIError as error:
            raise refusal(error) from None
        return counts

    def read(self, path: Path, *, replace: bool) -> Counts:
        """Restore in one transaction, over what is there only where that is given up."""
        try:
            self._expect_free(replace=replace)
            clean = ["--clean", "--if-exists"] if replace else []
            once = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-acl"]
            self._run("pg_restore", *once, *clean, str(path))
            with self._engine.connect().execution_options(**{READING: True}) as connection:
                return count_rows(connection)
        except sa.exc.DBAPIError as error:
            raise refusal(error) from None

    def _expect_free(self, *, replace: bool) -> None:
        with self._engine.connect().execution_options(**{READING: True}) as connection:
            if connection.execute(_OTHERS).scalar_one():
                raise LockedError("A recsvc service or command is connected to the database; stop it first.")
            if replace or migrations.version(connection) is None:
                return
            rows = count_rows(connection)
        if any(count for name, count in rows.items() if name != counters.name):
            raise BadDataError("The database has rows; restore into an empty one, or pass --replace.")
        raise BadDataError("The database has tables already; restore into a new one, or pass --replace.")

    def _run(self, program: str, *arguments: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise InputOutputError(f"{program} is not on this machine; install PostgreSQL's client programs.")
        url = self._url.set(drivername="postgresql", password=None).render_as_string()
        password = {"PGPASSWORD": str(self._url.password)} if self._url.password else {}
        done = subprocess.run(  # noqa: S603 - the program was found by its name, the rest is ours
            [found, "--no-password", f"--dbname={url}", *arguments],
            env=os.environ | password, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise InputOutputError(f"{program} failed: {said[-1] if said else done.returncode}.")
