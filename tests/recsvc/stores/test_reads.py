"""How long a read may take is said by who waits for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.stores import open_store
from recsvc.stores.held import HeldRows
from recsvc.stores.reads import Reads
from recsvc.stores.sql import SqlStore


class HeardRows(HeldRows):
    """Rows that note of each read whether it may take its time."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.long: list[bool] = []

    def __call__(self, statement: str, parameters: tuple[object, ...], *, long: bool = False) -> list[Any]:
        self.long.append(long)
        return super().__call__(statement, parameters, long=long)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    yield opened
    opened.close()


def test_changes_are_a_point_read_unless_one_has_more_than_was_asked_for(store: SqlStore) -> None:
    store.put_items([Item(item_id=f"cup-{number}") for number in range(3)]).result()
    store.put_items([Item(item_id=f"tea-{number}") for number in range(9)]).result()
    rows = HeardRows(store._engine)
    reads = Reads(rows, store._engine.dialect)
    assert len(reads.item_changes(0, 6).item_ids) == 3
    assert rows.long == [False]
    assert len(reads.item_changes(1, 6).item_ids) == 9
    assert rows.long == [False, False, True]
    reads.close()
