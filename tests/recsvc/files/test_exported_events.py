"""Exported events are files whose names say how far they go; whoever may not be learnt from leaves them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest

from recsvc.domain.errors import LockedError
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.learner import Learner
from recsvc.files import exported_events
from recsvc.files.events import SCHEMA, read_events
from recsvc.files.exported_events import end_of, renew, write_events
from recsvc.files.rejects import Rejects
from recsvc.files.whole import write_whole, writing

AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def purchase(event_id: str, visitor_id: str, *lines: EventLine) -> Event:
    return Event(
        event_id=event_id,
        kind=EventKind.PURCHASE,
        visitor_id=visitor_id,
        occurred_at=AT,
        received_at=AT,
        lines=lines or (EventLine("a"),),
        currency="JPY",
        order_id=f"o-{event_id}",
        channel="pos",
        store_id="s1",
    )


def everybody(name: str) -> Learner | None:
    return Learner(name)


def nobody(_name: str) -> Learner | None:
    return None


def without_w(name: str) -> Learner | None:
    return None if name == "w" else Learner(name)


def never(_name: str, _number: int) -> bool:
    return False


def read(directory: Path) -> pl.DataFrame:
    return read_events(directory, rejects=Rejects())


def test_events_read_back_with_everything_the_format_knows(tmp_path: Path) -> None:
    basket = purchase("e1", "客-1", EventLine("a", 2.5, 9.99), EventLine("b"))
    assert write_events(tmp_path, 0, [[(4, basket)]], everybody) == (1, 2, 4)
    shared = {"visitor_id": "客-1", "kind": "purchase", "occurred_at": AT, "currency": "JPY"}
    shared |= {"order_id": "o-e1", "channel": "pos", "store_id": "s1"}
    assert read(tmp_path).to_dicts() == [
        {**shared, "item_id": "a", "event_id": "e1#0", "quantity": 2.5, "price": 9.99},
        {**shared, "item_id": "b", "event_id": "e1#1", "quantity": 1.0, "price": None},
    ]
    assert read(tmp_path).schema == SCHEMA


def test_the_names_of_the_files_say_how_far_they_go(tmp_path: Path) -> None:
    assert end_of(tmp_path) == 0
    write_events(tmp_path, 0, [[(3, purchase("e1", "v"))], [(9, purchase("e2", "v"))]], everybody)
    write_events(tmp_path, 9, [[(12, purchase("e3", "w"))]], everybody)
    (tmp_path / "notes.txt").touch()
    assert end_of(tmp_path) == 12
    assert read(tmp_path)["event_id"].to_list() == ["e1", "e2", "e3"]


def test_nothing_new_leaves_the_directory_as_it_is(tmp_path: Path) -> None:
    assert write_events(tmp_path, 5, [], everybody) == (0, 0, 5)
    assert write_events(tmp_path, 5, [[(6, purchase("e1", "v"))]], nobody) == (1, 0, 6)
    assert list(tmp_path.iterdir()) == []


def test_a_long_log_is_cut_into_files(tmp_path: Path) -> None:
    half = exported_events.FILE_ROWS // 2
    lines = tuple(EventLine("a") for _ in range(half))
    portions = [[(n, purchase(f"e{n}", "v", *lines))] for n in (1, 2, 3)]
    assert write_events(tmp_path, 0, portions, everybody)[1] == 3 * half
    heights = [pl.read_parquet(path).height for path in sorted(tmp_path.iterdir())]
    assert heights == [2 * half, half]


def test_who_may_not_be_learnt_from_any_more_leaves_the_files(tmp_path: Path) -> None:
    write_events(tmp_path, 0, [[(1, purchase("e1", "v")), (2, purchase("e2", "w"))]], everybody)
    write_events(tmp_path, 2, [[(3, purchase("e3", "w"))]], everybody)
    write_events(tmp_path, 3, [[(4, purchase("e4", "v"))]], everybody)
    untouched = sorted(tmp_path.iterdir())[2].stat()
    assert renew(tmp_path, without_w, never) == 2
    assert read(tmp_path)["event_id"].to_list() == ["e1", "e4"]
    assert b"w" not in {name.encode() for name in read(tmp_path)["visitor_id"]}
    assert sorted(tmp_path.iterdir())[1].stat().st_mtime_ns == untouched.st_mtime_ns
    assert renew(tmp_path, without_w, never) == 0


def test_names_that_are_one_visitor_now_get_one_id_and_part_again(tmp_path: Path) -> None:
    write_events(tmp_path, 0, [[(1, purchase("e1", "anon:1")), (2, purchase("e2", "v"))]], everybody)
    assert renew(tmp_path, lambda _: Learner("v"), never) == 0
    assert read(tmp_path)["visitor_id"].to_list() == ["v", "v"]
    assert renew(tmp_path, everybody, never) == 0
    assert read(tmp_path)["visitor_id"].to_list() == ["anon:1", "v"]


def test_what_is_from_before_a_withdrawal_leaves_the_files(tmp_path: Path) -> None:
    later = purchase("e2", "v", EventLine("b"))
    later = msgspec.structs.replace(later, occurred_at=AT + timedelta(days=2))
    write_events(tmp_path, 0, [[(1, purchase("e1", "v")), (2, later)]], everybody)
    assert renew(tmp_path, lambda _: Learner("v", AT + timedelta(days=1)), never) == 1
    assert read(tmp_path)["item_id"].to_list() == ["b"]


def test_who_was_erased_and_came_back_keeps_only_what_is_new(tmp_path: Path) -> None:
    write_events(tmp_path, 0, [[(1, purchase("e1", "v"))]], everybody)
    write_events(tmp_path, 1, [[(2, purchase("e2", "v"))]], everybody)
    assert renew(tmp_path, everybody, lambda name, number: (name, number) == ("v", 1)) == 1
    assert read(tmp_path)["event_id"].to_list() == ["e2"]


def test_a_write_that_was_killed_is_seen_by_nobody_and_swept_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / f".events-{1:020}-{2:020}.parquet.123"
    left.write_bytes(b"PAR1 half")
    assert end_of(tmp_path) == 0
    with writing(tmp_path):
        assert not left.exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    write_whole(pl.DataFrame({"item_id": ["a"]}), path)
    with pytest.raises(pl.exceptions.PolarsError):
        write_whole(pl.DataFrame({"item_id": [object()]}), path)
    assert pl.read_parquet(path)["item_id"].to_list() == ["a"]
    assert [one.name for one in tmp_path.iterdir()] == ["items.parquet"]


def test_one_export_writes_at_a_time(tmp_path: Path) -> None:
    with (
        writing(tmp_path / "new"),
        pytest.raises(LockedError, match="Another export"),
        writing(tmp_path / "new"),
    ):
        pass
