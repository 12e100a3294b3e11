"""New items of two categories: coffee drinkers and tea drinkers are to see their own."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from recsvc.domain.catalogue import Availability, Item
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import History
from recsvc.model.parameters import Strengths
from recsvc.model.scoring import build_query, score
from tests.training.shops import Shop, plain_artifact
from training.config import NewItemsConfig
from training.new_items import choose, extend
from training.rivals import with_strengths
from training.synthetic import World

N = 20
CONFIG = NewItemsConfig()
NEW = ("new-coffee", "new-tea")
KNOWN = tuple(f"i{row:03}" for row in range(N))


def item(item_id: str, category: str | None, **more: Any) -> Item:
    return Item(item_id=item_id, title=item_id, category=category, **more)


def catalogue(*more: Item) -> dict[str, Item]:
    """Known items are coffee and tea in turns."""
    known = [item(item_id, ("coffee", "tea")[row % 2]) for row, item_id in enumerate(KNOWN)]
    return {one.item_id: one for one in [*known, item(NEW[0], "coffee"), item(NEW[1], "tea"), *more]}


def model_of_the_known() -> Artifact:
    """Coffee has one direction and tea another; each item has two neighbours of its kind."""
    factors = np.zeros((N, 2), dtype=np.float32)
    factors[np.arange(N), np.arange(N) % 2] = 1.0
    model = plain_artifact(factors, strength=1.0)
    near = np.array([[(row + step) % N for step in (2, 4)] for row in range(N)], dtype=np.int32)
    model.arrays |= {
        "table_rows": near,
        "table_weights": np.tile(np.array([0.6, 0.2], dtype=np.float32), (N, 1)),
        "popularity": np.where(np.arange(N) % 2, 0.1, 0.3).astype(np.float32),
    }
    return model


def with_new(config: NewItemsConfig, rho: float = 0.0, *more: Item) -> Artifact:
    """The model with both new items and `more`."""
    known = model_of_the_known()
    ids = (*NEW, *(one.item_id for one in more))
    arrays = extend(known.arrays, KNOWN, ids, catalogue(*more), config)
    grown = Artifact(known.manifest, (*KNOWN, *ids), arrays)
    return with_strengths(grown, Strengths(tau=(0.0,) * 5, rho=(rho,) * 5))


def scores_of_buyer(model: Artifact, *bought: str) -> NDArray[np.floating]:
    ones = [1.0] * len(bought)
    history = History(bought, ["purchase"] * len(bought), [0.0] * len(bought), ones, ones)
    return score(model, build_query(model, history, now=0.0))


@pytest.mark.parametrize(
    ("config", "rho"),
    [
        (CONFIG, 0.5),
        (msgspec.structs.replace(CONFIG, vector=0.0), 0.5),
        (msgspec.structs.replace(CONFIG, kinship=0.0), 0.0),
    ],
    ids=["both", "table", "vector"],
)
def test_new_item_of_what_a_visitor_buys_is_above_one_of_what_they_do_not(
    config: NewItemsConfig, rho: float
) -> None:
    model = with_new(config, rho)
    coffee, tea = scores_of_buyer(model, "i000", "i004")[N:]
    assert coffee > tea
    coffee, tea = scores_of_buyer(model, "i001", "i005")[N:]
    assert tea > coffee


def test_known_items_keep_their_rows_and_the_solve_its_equations() -> None:
    known, grown = model_of_the_known(), with_new(CONFIG)
    for name, array in known.arrays.items():
        if name not in {"table_rows", "table_weights"}:
            assert np.array_equal(grown.arrays[name][: len(array)], array), name
    assert np.array_equal(grown.arrays["table_rows"][:N, :2], known.arrays["table_rows"])
    assert np.array_equal(grown.gram.matrix, known.gram.matrix)
    assert grown.arrays["item_counts"][N:].tolist() == [0.0, 0.0]
    bought = ("i000", "i003", "i008")
    assert np.array_equal(scores_of_buyer(grown, *bought)[:N], scores_of_buyer(known, *bought))


def test_popularity_is_that_of_the_category_drawn_to_that_of_all() -> None:
    coffee, tea, unheard, bare = with_new(
        CONFIG, 0.0, item("new-cocoa", "cocoa"), item("bare", None)
    ).popularity[N:]
    assert coffee == pytest.approx((10 * 0.3 + 2 * 0.2) / 12)
    assert 0.1 < tea < 0.2 < coffee < 0.3
    assert unheard == bare == pytest.approx(0.2)


def test_vector_is_a_share_of_that_of_the_kin_and_smaller_where_they_are_few() -> None:
    ten_of_fifteen = 10 / (10 + 5.0)
    for share in (0.5, 1.0):
        model = with_new(msgspec.structs.replace(CONFIG, vector=share))
        assert np.allclose(model.factors[N:], share * ten_of_fifteen * np.eye(2))


def test_new_item_without_kin_has_popularity_alone() -> None:
    model = with_new(CONFIG, 0.5, item("new-cocoa", "cocoa"))
    assert not model.factors[N + 2].any()
    assert N + 2 not in model.arrays["table_rows"]
    assert all(np.isfinite(array).all() for array in model.arrays.values())


def test_row_of_a_known_item_takes_so_many_new_ones_the_most_alike_first() -> None:
    config = msgspec.structs.replace(CONFIG, beside=2)
    teas = [item(f"tea-{n}", "tea", brand=None if n == 2 else "Leaf") for n in range(4)]
    model = with_new(config, 0.0, *teas)
    rows = model.arrays["table_rows"]
    assert rows.shape[1] == 2 + 2
    assert rows[1, 2:].tolist() == [N + 1, N + 2 + 2]  # i001 is a tea of no brand
    assert (np.diff(model.arrays["table_weights"][:N, 2:], axis=1) <= 0).all()


def test_without_new_items_nothing_changes() -> None:
    arrays = model_of_the_known().arrays
    assert extend(arrays, KNOWN, (), catalogue(), CONFIG) is arrays


def test_new_items_are_those_for_sale_that_the_model_does_not_know_latest_first() -> None:
    items = {
        one.item_id: one
        for one in (
            item("i000", "tea"),
            item("old", "tea", available_from="2020-01-01T00:00:00Z"),
            item("young", "tea", available_from="2026-01-01T00:00:00Z"),
            item("undated", "tea"),
            item("gone", "tea", availability=Availability.OUT_OF_STOCK),
        )
    }
    assert choose(items, KNOWN, 10) == ("young", "old", "undated")
    assert choose(items, KNOWN, 1) == ("young",)
    assert choose(items, KNOWN, 0) == ()
    assert choose({}, KNOWN, 10) == ()


@pytest.fixture(scope="module")
def published(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artifact]:
    """The planted world with a new floral item, a new smoky one and one out of stock."""
    more = pl.DataFrame(
        {
            "item_id": ["z-floral", "z-smoky", "z-gone"],
            "title": ["Floral", "Smoky", "Gone"],
            "category": ["shelf 1", "shelf 2", "shelf 1"],
            "attr:taste": ["floral", "smoky", "floral"],
            "availability": ["in_stock", "in_stock", "out_of_stock"],
        }
    )
    items = pl.concat([world.items, more], how="diagonal")
    shop = Shop(tmp_path_factory.mktemp("new"), world._replace(items=items))
    result = shop.train()
    assert result.exit_code == 0, result.stderr
    assert "2 that nobody has taken yet" in result.stderr
    return artifacts.read(versions.resolve(str(shop.models)))


def test_a_published_model_knows_the_new_items_that_can_be_bought(published: Artifact, world: World) -> None:
    assert {"z-floral", "z-smoky"} <= set(published.vocabulary.ids)
    assert "z-gone" not in published.vocabulary
    floral = world.items.filter(pl.col("attr:taste") == "floral")["item_id"].to_list()[:5]
    new = scores_of_buyer(published, *floral)[published.vocabulary.rows(["z-floral", "z-smoky"])]
    assert new[0] > new[1]


def test_similar_products_of_a_new_item_are_of_its_category(published: Artifact, world: World) -> None:
    shelves = dict(world.items.select("item_id", "category").iter_rows())
    near = published.arrays["similar_rows"][published.vocabulary.row("z-floral")]
    ids = [published.vocabulary.ids[row] for row in near if row >= 0]
    assert len(ids) == 24
    assert {shelves.get(item_id, "shelf 1") for item_id in ids} == {"shelf 1"}


def test_without_a_catalogue_there_is_nothing_new(trained: Shop, world: World) -> None:
    model = artifacts.read(versions.resolve(str(trained.models)))
    assert set(model.vocabulary.ids) <= set(world.events["item_id"])
