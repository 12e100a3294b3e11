"""An importer and the service on one file."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from recsvc.domain.catalogue import Item
from recsvc.domain.retention import Retention
from recsvc.serving.privacy import Privacy, Swept
from recsvc.stores import open_store
from recsvc.stores.rebuild import rebuild_profiles
from tests.contracts.engines import START, event, profile


def test_each_store_sees_what_the_other_wrote(database: str) -> None:
    service, importer = open_store(database), open_store(database)
    service.read_visitor("v")
    importer.append([event("e1")]).result()
    number = importer.put_items([Item(item_id="a")]).result()
    read = service.read_visitor("v")
    assert (read.profile.revision, read.catalogue_number) == (1, number)
    service.append([event("e1"), event("e2")]).result()
    assert profile(importer).revision == 2
    service.close()
    importer.close()


def test_writers_of_two_stores_lose_nothing(database: str) -> None:
    stores = [open_store(database), open_store(database)]
    waiting = [
        stores[n % 2].append([event(f"e{n}-{line}", minutes=n) for line in range(3)]) for n in range(60)
    ]
    assert all(all(future.result()) for future in waiting)
    assert [profile(store).revision for store in stores] == [180, 180]
    assert rebuild_profiles(stores[0]) == (1, 0, 0)
    for store in stores:
        store.close()


def test_stores_may_be_opened_at_once(database: str) -> None:
    opened_at_once(database)


def test_stores_that_are_opened_at_once_make_one_file(tmp_path: Path) -> None:
    opened_at_once(f"sqlite:///{tmp_path / 'state' / 'recsvc.sqlite'}")


def opened_at_once(database: str) -> None:
    """Open four stores and write through each."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [database] * 4))
    for number, store in enumerate(stores):
        assert store.append([event(f"e{number}")]).result() == [True]
        store.close()


def test_reads_during_writes_see_whole_batches(database: str) -> None:
    store = open_store(database)
    waiting = [store.append([event(f"e{n}-{k}", minutes=n) for k in range(4)]) for n in range(100)]

    def read_all(_: int) -> set[int]:
        seen = set()
        while not waiting[-1].done():
            read = profile(store)
            assert len(read.recent) == read.revision
            seen.add(read.revision % 4)
        return seen

    with ThreadPoolExecutor(2) as pool:
        for seen in pool.map(read_all, range(2)):
            assert seen <= {0}
    assert profile(store).revision == 400
    store.close()


@pytest.mark.postgres
def test_one_process_sweeps_at_a_time(postgres_database: str) -> None:
    one, other = open_store(postgres_database), open_store(postgres_database)
    one.append([event("e1")]).result()
    sweeping = Privacy(one, b"secret", lambda: START + timedelta(days=800))
    with other.sweep_turn() as has_turn:
        assert has_turn
        assert asyncio.run(sweeping.sweep(Retention())) is None
    assert asyncio.run(sweeping.sweep(Retention())) == Swept(facts=0, events=1, sessions=0, contacts=0)
    one.close()
    other.close()


def test_every_sweep_has_its_turn_where_one_process_serves(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    with store.sweep_turn() as first, store.sweep_turn() as second:
        assert (first, second) == (True, True)
    store.close()
