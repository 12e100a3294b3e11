from collections.abc import Callable

import numpy as np
import polars as pl
from scipy import sparse

from recsvc.domain.catalogue import Item
from tests.training.shops import NOW, Shop
from training.attributes import Affinities, affinities, carried_values
from training.config import TrainingConfig
from training.interactions import aggregate
from training.synthetic import World


def directions(world: World, shelves: int, described: int) -> tuple[str, ...]:
    """What can be wished for where the first `described` items are dealt to so many shelves."""
    interactions = aggregate(world.events, TrainingConfig(), NOW)
    ids = interactions.item_ids[:described]
    items = {id_: Item(item_id=id_, category=f"shelf {row % shelves}") for row, id_ in enumerate(ids)}
    return affinities(interactions, items).names


def test_a_value_of_every_described_item_is_left_out(world: World) -> None:
    assert directions(world, shelves=2, described=60) == ("category.shelf 0", "category.shelf 1")
    assert directions(world, shelves=1, described=60) == ()
    assert directions(world, shelves=1, described=1_000) == ()


def test_a_value_that_an_item_has_twice_is_carried_once() -> None:
    items = {"tea": Item(item_id="tea", brand="Uji", attributes={"taste": ("mild", "mild", "nutty")})}
    carried = carried_values(("unknown", "tea"), items)
    assert sorted(carried) == [(1, "brand.Uji"), (1, "taste.mild"), (1, "taste.nutty")]


def test_squares_of_affinities_that_cancel_are_not_negative() -> None:
    rng = np.random.default_rng(0)
    shrink, shop = rng.random(200), rng.random(50)
    shares = sparse.csr_matrix(np.outer(shrink, shop))
    nobody_leans = Affinities(("value",) * 50, shares, shrink, shop, np.zeros(50))
    assert (nobody_leans.squares(rng.random(200)) >= 0).all()


def test_a_shop_of_one_category_and_one_taste_is_trained(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    alike = world.items.with_columns(pl.lit("all").alias(name) for name in ("category", "attr:taste"))
    result = make_shop(world._replace(items=alike)).train()
    assert result.exit_code == 0, result.stderr
