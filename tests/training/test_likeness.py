"""The table of attributes is held against its formula, written down in the slowest way."""

import math

import numpy as np
import pytest

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UsageError
from training.likeness import BLOCK, LEAST_LIKENESS, table

TASTES = ("bold", "floral", "crisp", "sweet")
UNDESCRIBED = "i0007"


def shop(size: int) -> tuple[list[str], dict[str, Item], np.ndarray]:
    """Items of two categories, some brands and one or two tastes each; one is not described."""
    rng = np.random.default_rng(2)
    ids = [f"i{row:04}" for row in range(size)]
    items = {
        item_id: Item(
            item_id=item_id,
            category=("coffee", "tea")[row % 2],
            brand=f"brand{row % 5}" if row % 3 else None,
            attributes={"taste": tuple(rng.choice(TASTES, rng.integers(1, 3), replace=False).tolist())},
        )
        for row, item_id in enumerate(ids)
        if item_id != UNDESCRIBED
    }
    return ids, items, rng.random(size)


def named(item: Item | None) -> set[str]:
    values = item.attribute_values() if item else {}
    return {f"{name}.{value}" for name, several in values.items() for value in several}


def whole(ids: list[str], items: dict[str, Item], popularity: np.ndarray) -> np.ndarray:
    """(n, n) all entries."""
    described = [named(items.get(item_id)) for item_id in ids]
    everything = sorted(set().union(*described))
    rarity = {
        value: math.log((len(ids) + 1) / (sum(value in own for own in described) + 1)) for value in everything
    }
    vectors = np.array([[rarity[value] * (value in own) for value in everything] for own in described])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    likeness = (vectors @ vectors.T) ** 8
    sold = np.where(likeness >= LEAST_LIKENESS, likeness, 0.0) * popularity
    full = sold / np.maximum(sold.sum(axis=1, keepdims=True), 1e-12)
    np.fill_diagonal(full, 0.0)
    return full


@pytest.mark.parametrize("size", [40, BLOCK + 30])
def test_an_entry_is_the_share_of_what_is_sold_of_the_kin(size: int) -> None:
    ids, items, popularity = shop(size)
    found = table(ids, items, popularity, neighbours=5)
    full = whole(ids, items, popularity)
    best = -np.sort(-full, axis=1)[:, :5]
    assert np.allclose(found.weights, best, rtol=1e-5, atol=1e-9)
    named_ones = np.take_along_axis(full, np.maximum(found.rows, 0), axis=1)
    assert np.allclose(np.where(found.rows >= 0, named_ones, 0.0), best, rtol=1e-5, atol=1e-9)
    assert all(row not in found.rows[row] for row in range(size))
    assert (found.rows[:, 0] >= 0).sum() > size / 2


def test_what_nobody_described_is_nobody_s_kin() -> None:
    ids, items, popularity = shop(40)
    found = table(ids, items, popularity, neighbours=39)
    row = ids.index(UNDESCRIBED)
    assert (found.rows[row] == -1).all()
    assert row not in found.rows


def test_what_does_not_sell_is_named_by_nobody() -> None:
    ids, items, popularity = shop(40)
    popularity[3] = 0.0
    found = table(ids, items, popularity, neighbours=39)
    assert 3 not in found.rows
    assert found.rows[3, 0] >= 0


def test_without_a_catalogue_the_method_is_refused_with_what_to_do() -> None:
    ids, items, popularity = shop(40)
    with pytest.raises(UsageError, match="pass --items"):
        table(ids, {}, popularity, neighbours=5)
    with pytest.raises(UsageError, match="method = attributes"):
        table([f"other-{one}" for one in ids], items, popularity, neighbours=5)
