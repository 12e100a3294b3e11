from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from recsvc.domain.contacts import email_identity
from recsvc.domain.errors import InputOutputError
from recsvc.stores import migrations
from recsvc.stores.schema import CATALOGUE, contacts, counters, metadata
from recsvc.stores.sqlite import open_engine


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_engine(tmp_path / "recsvc.sqlite")


def test_migrated_tables_equal_the_described_ones(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.postgres
def test_migrated_tables_equal_the_described_ones_on_postgresql(postgres_database: str) -> None:
    from recsvc.stores.postgres import open_engine as open_postgres_engine  # noqa: PLC0415 (an extra)

    with open_postgres_engine(sa.make_url(postgres_database)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrated_statements_equal_the_described_ones(engine: sa.Engine) -> None:
    described = sa.create_engine("sqlite://")
    metadata.create_all(described)
    assert _statements(engine) == _statements(described)
    described.dispose()


def _statements(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
        )
        return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def test_the_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_a_migrated_database_is_opened_as_it_is(tmp_path: Path, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(counters).values(value=7))
    with open_engine(tmp_path / "recsvc.sqlite").connect() as connection:
        number = sa.select(counters.c.value).where(counters.c.name == CATALOGUE)
        assert connection.execute(number).scalar_one() == 7
        assert migrations.version(connection) == migrations.HEAD


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputOutputError, match="9999"):
        open_engine(tmp_path / "recsvc.sqlite")


def test_addresses_that_waited_before_are_found_by_their_names(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        insert = sa.text("INSERT INTO contacts VALUES (:id, NULL, 'digest', 1, NULL, NULL, 0, NULL, :body)")
        body = b'{"address": " Ada@example.com"}'
        connection.execute(insert, [{"id": "c1", "body": body}, {"id": "c2", "body": None}])
        migrations.upgrade(connection)
        found = connection.execute(sa.select(contacts.c.name).order_by(contacts.c.contact_id)).scalars().all()
        assert found == [email_identity("ada@example.com").visitor_id, None]
        command.downgrade(config, "0006")
        assert "name" not in {column["name"] for column in sa.inspect(connection).get_columns("contacts")}
    engine.dispose()
