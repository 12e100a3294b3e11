"""A synthetic shop with planted tastes: the right answer is known, so tests and benchmarks can judge."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

TASTES = ("bold", "floral", "crisp", "earthy", "sweet", "smoky")
START = datetime(2026, 1, 1, tzinfo=UTC)


class World(NamedTuple):
    """Frames in the formats of the contracts."""

    events: pl.DataFrame  # visitor_id, item_id, kind, occurred_at, order_id, quantity
    items: pl.DataFrame  # item_id, title, category, attr:taste
    facts: pl.DataFrame  # visitor_id, fact, value


def planted_world(
    *,
    visitors: int = 1_000,
    items: int = 120,
    baskets: int = 4,
    loyalty: float = 0.85,
    honesty: float = 0.9,
    days: int = 180,
    seed: int = 0,
) -> World:
    """Visitors with one taste each buy baskets, mostly of it, popular items first.

    Args:
        visitors: how many.
        items: how many, spread evenly over TASTES.
        baskets: mean number a visitor, of three lines on average.
        loyalty: chance that a line is of the visitor's taste.
        honesty: chance that the declared taste is the true one; a second fact is pure noise.
        days: time span.
        seed: makes the world.
    """
    rng = np.random.default_rng(seed)
    tastes = rng.integers(len(TASTES), size=visitors)
    item_tastes = np.arange(items) % len(TASTES)
    events = _events(rng, tastes, item_tastes, baskets=baskets, loyalty=loyalty, days=days)
    return World(events, _items(item_tastes), _facts(rng, tastes, honesty))


def shuffled(world: World, seed: int = 0) -> World:
    """The same world with items dealt anew to lines: nothing but popularity is left to learn."""
    order = np.random.default_rng(seed).permutation(world.events.height)
    return world._replace(events=world.events.with_columns(world.events["item_id"][order]))


def checkerboard(size: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Visitors and items of even and odd number: each visitor has all items of their colour but their own.

    Returns:
        (events, targets): the right first recommendation for each visitor is the withheld item.
    """
    pairs = [(v, i) for v in range(size) for i in range(v % 2, size, 2)]
    frame = pl.DataFrame(
        {"visitor_id": [f"v{v:03}" for v, _ in pairs], "item_id": [f"i{i:03}" for _, i in pairs]}
    )
    diagonal = pl.Series([v == i for v, i in pairs])
    return frame.filter(~diagonal), frame.filter(diagonal)


def _events(
    rng: np.random.Generator,
    tastes: np.ndarray,
    item_tastes: np.ndarray,
    *,
    baskets: int,
    loyalty: float,
    days: int,
) -> pl.DataFrame:
    sizes = 1 + rng.poisson(baskets - 1, size=len(tastes))
    basket_visitors = np.repeat(np.arange(len(tastes)), sizes)
    basket_days = rng.uniform(0, days, size=len(basket_visitors))
    lines = 1 + rng.poisson(2, size=len(basket_visitors))
    of_basket = np.repeat(np.arange(len(lines)), lines)
    of_visitor = basket_visitors[of_basket]
    loyal = rng.random(len(of_visitor)) < loyalty
    wanted = np.where(loyal, tastes[of_visitor], rng.integers(len(TASTES), size=len(of_visitor)))
    depth = np.minimum(rng.geometric(0.12, size=len(wanted)) - 1, len(item_tastes) // len(TASTES) - 1)
    chosen = depth * len(TASTES) + wanted  # an item's place within its taste is its popularity
    minutes = pl.Series(basket_days[of_basket] * 1_440).cast(pl.Int64)
    return pl.DataFrame(
        {
            "visitor_id": [f"v{visitor:06}" for visitor in of_visitor],
            "item_id": [f"i{item:05}" for item in chosen],
            "kind": "purchase",
            "occurred_at": pl.Series([START]).dt.cast_time_unit("us").extend_constant(START, len(chosen) - 1)
            + minutes * timedelta(minutes=1),
            "order_id": [f"o{basket:07}" for basket in of_basket],
            "quantity": 1.0,
        }
    )


def _items(item_tastes: np.ndarray) -> pl.DataFrame:
    names = [TASTES[taste] for taste in item_tastes]
    return pl.DataFrame(
        {
            "item_id": [f"i{item:05}" for item in range(len(names))],
            "title": [f"{name.title()} {item}" for item, name in enumerate(names)],
            "category": [f"shelf {item % 4}" for item in range(len(names))],
            "attr:taste": names,
        }
    )


def _facts(rng: np.random.Generator, tastes: np.ndarray, honesty: float) -> pl.DataFrame:
    honest = rng.random(len(tastes)) < honesty
    declared = np.where(honest, tastes, rng.integers(len(TASTES), size=len(tastes)))
    coins = rng.integers(2, size=len(tastes))
    ids = [f"v{visitor:06}" for visitor in range(len(tastes))]
    values = [TASTES[taste] for taste in declared] + [("heads", "tails")[coin] for coin in coins]
    return pl.DataFrame(
        {"visitor_id": ids + ids, "fact": ["taste"] * len(ids) + ["coin"] * len(ids), "value": values}
    )
