"""What columns cost: passes over the shelf, and what stays of them."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import numpy as np
import pytest

from quizzes.columns import MOST_UNSAID, Columns
from quizzes.expression import Value
from quizzes.recent_arrays import MOST_ARRAYS
from quizzes.shelf import Listed


class CountingShelf(Listed):
    """A shelf that notes each pass over it; `meanwhile` happens during the next one."""

    def __init__(self, items: Iterable[Mapping[str, Value]]) -> None:
        super().__init__(items)
        self.passes: list[str] = []
        self.reads = 0
        self.meanwhile: Iterator[None] = iter(())

    def said(self, attribute: str) -> Iterator[tuple[int, Value]]:
        self.passes.append(attribute)
        yield from [*super().said(attribute)]
        next(self.meanwhile, None)

    def __getitem__(self, row: int) -> Mapping[str, Value]:
        self.reads += 1
        return super().__getitem__(row)


def ask_all(columns: Columns, attribute: str, text: str = "a") -> None:
    """Ask every kind of column."""
    columns.carries(attribute, text)
    columns.has(attribute)
    columns.number(attribute)
    columns.size(attribute)


def test_name_of_no_item_takes_one_pass_and_keeps_nothing() -> None:
    shelf = CountingShelf([{"colour": "a"}] * 3)
    columns = Columns(shelf)
    for _ in range(2):
        ask_all(columns, "gone")
    assert shelf.passes == ["gone"]
    assert columns.kept.bytes == 0
    assert not columns.carries("gone", "a").any()
    assert not columns.has("gone").any()
    assert not columns.is_said("gone")
    assert np.isnan(columns.number("gone")).all()
    assert columns.size("gone").tolist() == [0, 0, 0]


def test_name_of_no_item_is_known_once_an_item_has_it() -> None:
    shelf = CountingShelf([{}, {}])
    columns = Columns(shelf)
    ask_all(columns, "colour")
    shelf.replace(1, {"colour": "a"})
    columns.put(1, shelf[1])
    assert columns.is_said("colour")
    assert columns.has("colour").tolist() == [False, True]
    assert columns.carries("colour", "a").tolist() == [False, True]


def test_texts_of_no_item_take_one_pass_and_keep_nothing() -> None:
    shelf = CountingShelf([{"colour": "a", "price": 2.0}] * 3)
    columns = Columns(shelf)
    for k in range(100):
        assert not columns.carries("colour", f"b{k}").any()
        assert not columns.carries("price", f"b{k}").any()
    assert shelf.passes == ["colour", "price"]
    assert columns.kept.bytes == 0


def test_texts_of_replaced_items_are_found_without_reading_the_others() -> None:
    shelf = CountingShelf([{"colour": "a"}] * 100)
    columns = Columns(shelf)
    columns.carries("colour", "a")
    shelf.reads = 0
    for row, colour in ((3, "b"), (3, "c"), (4, "b")):
        shelf.replace(row, {"colour": colour})
        columns.put(row, {"colour": colour})
    assert np.flatnonzero(columns.carries("colour", "b")).tolist() == [4]
    assert np.flatnonzero(columns.carries("colour", "c")).tolist() == [3]
    assert not columns.carries("colour", "d").any()
    assert shelf.passes == ["colour"]
    assert shelf.reads == 4  # a look at who was replaced and had the text, once a change


def test_texts_are_passed_over_anew_after_many_changes() -> None:
    shelf = CountingShelf([{"colour": "a"}] * 32)
    columns = Columns(shelf)
    for k in range(5):
        columns.carries("colour", f"b{k}")
        columns.put(0, {"colour": "a"})
    assert shelf.passes == ["colour"] * 2


def test_columns_of_many_texts_are_bounded() -> None:
    columns = Columns(Listed({"colour": f"c{k}"} for k in range(MOST_ARRAYS + 50)))
    for k in range(MOST_ARRAYS + 50):
        assert columns.carries("colour", f"c{k}").sum() == 1
    assert len(columns.kept) == MOST_ARRAYS


def test_names_of_no_item_are_remembered_up_to_a_number() -> None:
    shelf = CountingShelf([{"colour": "a"}])
    columns = Columns(shelf)
    for k in range(MOST_UNSAID + 1):
        columns.has(f"gone{k}")
    columns.has("gone0")
    assert len(shelf.passes) == MOST_UNSAID + 2


@pytest.mark.parametrize("kind", ["carries", "has", "size"])
def test_column_made_while_an_item_is_put_is_not_kept(kind: str) -> None:
    shelf = CountingShelf([{"colour": "a"}, {"colour": "a"}])
    columns = Columns(shelf)
    ask = partial(getattr(columns, kind), "colour", *("a" if kind == "carries" else ""))
    shelf.meanwhile = put_once(columns, shelf, {})
    ask()
    assert ask().tolist() == [0, 1]


def test_name_that_an_item_got_while_it_was_looked_for_is_known() -> None:
    shelf = CountingShelf([{}, {}])
    columns = Columns(shelf)
    shelf.meanwhile = put_once(columns, shelf, {"colour": "a"})
    columns.has("colour")
    assert columns.has("colour").tolist() == [True, False]


def put_once(columns: Columns, shelf: CountingShelf, item: Mapping[str, Value]) -> Iterator[None]:
    """Another item comes in the place of the first."""
    shelf.replace(0, item)
    columns.put(0, item)
    yield
