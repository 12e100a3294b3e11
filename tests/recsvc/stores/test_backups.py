"""A backup has every row of one moment, and a restore is whole or not at all."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.domain.errors import BadDataError, InputOutputError, LockedError
from recsvc.stores import open_store
from recsvc.stores.backups import backup, restore
from tests.contracts.engines import event, log
from tests.postgres import PostgresServer


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'recsvc.sqlite'}"


@pytest.fixture
def saved(database: str, tmp_path: Path) -> Path:
    """A backup of three events."""
    append(database, "e1", "e2", "e3")
    assert backup(database, tmp_path / "saved")["events"] == 3
    return tmp_path / "saved"


def append(url: str, *event_ids: str) -> None:
    store = open_store(url)
    store.append([event(event_id) for event_id in event_ids]).result()
    store.close()


def events_of(url: str) -> list[str]:
    store = open_store(url)
    found = [one.event_id for one in log(store)]
    store.close()
    return found


def test_a_backup_is_one_file_for_its_owner_alone(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert sorted(path.name for path in saved.parent.glob("saved*")) == ["saved"]


def test_a_backup_is_restored_into_a_new_database(saved: Path, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path / 'new' / 'recsvc.sqlite'}"
    counts = restore(new, saved)
    assert (counts["events"], counts["profiles"]) == (3, 1)
    assert events_of(new) == ["e1", "e2", "e3"]
    append(new, "e1", "e4")
    assert events_of(new) == ["e1", "e2", "e3", "e4"]


def test_a_running_service_is_backed_up_and_never_restored_over(database: str, tmp_path: Path) -> None:
    service = open_store(database)
    service.append([event("e1")]).result()
    assert backup(database, tmp_path / "saved")["events"] == 1
    service.append([event("e2")]).result()
    with pytest.raises(LockedError, match="in use"):
        restore(database, tmp_path / "saved", replace=True)
    service.append([event("e3")]).result()
    assert [one.event_id for one in log(service)] == ["e1", "e2", "e3"]
    service.close()
    restore(database, tmp_path / "saved", replace=True)
    assert events_of(database) == ["e1"]


def test_rows_are_given_up_only_where_that_is_said(saved: Path, database: str) -> None:
    append(database, "e4")
    with pytest.raises(BadDataError, match="--replace"):
        restore(database, saved)
    assert events_of(database) == ["e1", "e2", "e3", "e4"]
    restore(database, saved, replace=True)
    assert events_of(database) == ["e1", "e2", "e3"]


def test_a_backup_overwrites_nothing(saved: Path, database: str) -> None:
    before = saved.read_bytes()
    with pytest.raises(InputOutputError, match="there already"):
        backup(database, saved)
    assert saved.read_bytes() == before


@pytest.mark.parametrize("keep", [0, 100, 9_000])
def test_a_torn_backup_is_refused_and_the_database_stays(saved: Path, database: str, keep: int) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises((BadDataError, InputOutputError)):
        restore(database, saved, replace=True)
    assert events_of(database) == ["e1", "e2", "e3"]


def test_a_flipped_page_is_found(saved: Path, database: str) -> None:
    content = bytearray(saved.read_bytes())
    content[4096:8192] = bytes(4096)
    saved.write_bytes(content)
    with pytest.raises((BadDataError, InputOutputError)):
        restore(database, saved, replace=True)


def test_nothing_is_backed_up_from_nowhere(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError):
        backup(f"sqlite:///{tmp_path / 'none.sqlite'}", tmp_path / "saved")
    with pytest.raises(InputOutputError, match="no backup"):
        restore(f"sqlite:///{tmp_path / 'none.sqlite'}", tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def second(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    postgres.sql("CREATE DATABASE second")
    yield postgres.url("second")
    postgres.sql("DROP DATABASE second WITH (FORCE)")


@pytest.mark.postgres
def test_postgresql_is_backed_up_and_restored_with_its_own_programs(
    postgres_database: str, second: str, tmp_path: Path
) -> None:
    append(postgres_database, "e1", "e2")
    saved = tmp_path / "saved"
    assert backup(postgres_database, saved)["events"] == 2
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert restore(second, saved)["events"] == 2
    append(second, "e3")
    assert events_of(second) == ["e1", "e2", "e3"]
    with pytest.raises(BadDataError, match="--replace"):
        restore(second, saved)
    assert restore(second, saved, replace=True)["events"] == 2
    assert events_of(second) == ["e1", "e2"]


@pytest.mark.postgres
def test_a_postgresql_in_use_is_not_restored_over(postgres_database: str, tmp_path: Path) -> None:
    store = open_store(postgres_database)
    store.append([event("e1")]).result()
    backup(postgres_database, tmp_path / "saved")
    with pytest.raises(LockedError, match="stop"):
        restore(postgres_database, tmp_path / "saved", replace=True)
    store.close()


@pytest.mark.postgres
def test_a_dump_that_is_none_is_refused_without_the_password(second: str, tmp_path: Path) -> None:
    (tmp_path / "saved").write_bytes(b"once upon a time" * 100)
    with pytest.raises(InputOutputError, match="pg_restore") as refused:
        restore(second, tmp_path / "saved")
    assert "hunter2" not in str(refused.value)
