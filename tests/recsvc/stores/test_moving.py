"""Migrations and copies between engines, with every row counted."""

from pathlib import Path

import pytest

from recsvc.domain.catalogue import Item
from recsvc.domain.destinations import Outgoing
from recsvc.domain.errors import BadDataError, InputOutputError, UsageError
from recsvc.domain.events import INTERACTIONS, EventKind
from recsvc.serving.contact_rows import Bounds, Digests
from recsvc.serving.deliveries import Noted, Settlement
from recsvc.serving.ports import QuizSession
from recsvc.stores import open_store
from recsvc.stores.migrations import HEAD
from recsvc.stores.moving import copy, migrate
from recsvc.stores.rebuild import rebuild_profiles
from tests.contracts.engines import answer, event, log, profile
from tests.contracts.test_contacts import contact
from tests.postgres import PostgresServer

SESSION = QuizSession(
    session_id="s1", quiz="q", revision=1, visitor_id="v1", locale="ja", started_at=1.5, seen_at=2.5
)
KNOWN = Outgoing("客3", facts={"skin": ("dry",)})
COUNTS = {
    "consents": 1, "contacts": 1, "counters": 2, "erasures": 0, "events": 44, "facts": 1, "identities": 0,
    "items": 3, "keys": 0, "mentions": 0, "outbox": 1, "outbox_cursors": 1, "profiles": 11,
    "quiz_sessions": 1,
}  # fmt: skip


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The URL of a store with something in every table."""
    url = f"sqlite:///{tmp_path / 'recsvc.sqlite'}"
    fill(url)
    return url


def fill(url: str) -> None:
    store = open_store(url)
    store.append([event(f"e{n}", f"客{n % 10}", minutes=n) for n in range(40)]).result()
    said = [answer("a1", ("dry",), 1), answer("a2", ("oily",), 2), answer("a3", ("s",), 3, fact="size")]
    store.append([*said, answer("a4", None, 4, "size", consent={"mail": True})], SESSION).result()
    store.put_items([Item(item_id="tea"), Item(item_id="cup"), Item(item_id="pot")]).result()
    store.put_items([Item(item_id="tea", price=2.0)]).result()
    store.delete_item("pot").result()
    store.note("crm", Noted(44, frozenset({"客3"})), 5.0).result()
    (delivery,) = store.claim("crm", 5.0, 6.0, 1).result()
    store.settle(delivery, Settlement(KNOWN, 7.0, 1, "503")).result()
    store.ask_contact(contact("k1", "客3"), Digests("address", "visitor"), Bounds(9, 9)).result()
    store.close()


def test_a_new_database_is_migrated_once(tmp_path: Path) -> None:
    path = tmp_path / "recsvc.sqlite"
    url = f"sqlite:///{path}"
    assert migrate(url) == (HEAD, HEAD)  # SQLite is made by whatever opens it
    open_store(url).close()


@pytest.mark.postgres
def test_everything_is_copied_to_postgresql_and_back(
    sqlite: str, postgres_database: str, tmp_path: Path
) -> None:
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    assert copy(sqlite, postgres_database) == COUNTS
    assert copy(postgres_database, back) == COUNTS
    stores = [open_store(url) for url in (sqlite, postgres_database, back)]
    first, *others = stores
    for other in others:
        assert log(other) == log(first)
        assert other.read_items() == first.read_items()
        assert other.read_session("s1") == first.read_session("s1") == SESSION
        assert profile(other, "客3") == profile(first, "客3")
        assert other.read_log(INTERACTIONS, 0, 99) == first.read_log(INTERACTIONS, 0, 99)
        assert other.outbox_cursor("crm") == 44
        assert other.known_of({"客3"}) == {"crm": KNOWN}
        assert other.contacts_of({"客3"}) == [contact("k1", "客3")]
        assert rebuild_profiles(other).differed == 0
    for store in stores:
        store.close()


@pytest.mark.postgres
def test_the_numbers_of_the_log_go_on_where_the_source_ended(
    sqlite: str, postgres_database: str, tmp_path: Path
) -> None:
    source = open_store(sqlite)
    last = source.read_log(set(EventKind), 0, 99)[-1][0]
    source._writer.submit(lambda connection: connection.exec_driver_sql("DELETE FROM events")).result()
    source.close()
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    copy(sqlite, postgres_database)
    copy(postgres_database, back)
    for url in (postgres_database, back):
        store = open_store(url)
        store.append([event("new")]).result()
        ((number, _),) = store.read_log(INTERACTIONS, 0, 9)
        assert number == last + 1
        store.close()


@pytest.mark.postgres
def test_a_target_with_rows_is_refused_and_stays(sqlite: str, postgres_database: str) -> None:
    store = open_store(postgres_database)
    store.append([event("own")]).result()
    with pytest.raises(BadDataError, match="has rows"):
        copy(sqlite, postgres_database)
    assert [one.event_id for one in log(store)] == ["own"]
    store.close()


@pytest.mark.postgres
def test_what_postgresql_cannot_hold_stops_the_copy_whole(postgres_database: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'recsvc.sqlite'}"
    store = open_store(url)
    store.append([event("e1"), event("e2", "nul \0 in it")]).result()
    store.close()
    with pytest.raises(BadDataError, match="cannot hold"):
        copy(url, postgres_database)
    target = open_store(postgres_database)
    assert log(target) == []
    target.close()


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="no database"):
        copy(f"sqlite:///{tmp_path / 'none.sqlite'}", f"sqlite:///{tmp_path / 'to.sqlite'}")
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_not_copied_onto_itself(sqlite: str) -> None:
    with pytest.raises(UsageError, match="same"):
        copy(sqlite, sqlite)


@pytest.mark.postgres
def test_an_empty_postgresql_is_refused_until_it_is_migrated(sqlite: str, postgres: PostgresServer) -> None:
    postgres.sql("CREATE DATABASE bare")
    url = postgres.url("bare")
    with pytest.raises(InputOutputError, match="recsvc migrate"):
        open_store(url)
    with pytest.raises(InputOutputError, match="recsvc migrate") as refused:
        copy(sqlite, url)
    assert "hunter2" not in str(refused.value)
    assert migrate(url) == (None, HEAD)
    assert migrate(url) == (HEAD, HEAD)
    open_store(url).close()
    postgres.sql("UPDATE alembic_version SET version_num = '0000'", "bare")
    with pytest.raises(InputOutputError, match="0000"):
        open_store(url)
    postgres.sql("DROP DATABASE bare")
