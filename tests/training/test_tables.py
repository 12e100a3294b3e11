import numpy as np

from tests.training.shops import NOW, days_ago, lines
from training.config import ConfidenceConfig, TrainingConfig
from training.extract import select
from training.interactions import aggregate
from training.neighbours import similar
from training.tables import best_half_life, recency, together, window_popularity

CONFIG = TrainingConfig(min_item_visitors=1, confidence=ConfidenceConfig(half_life_days=None))


def test_popularity_counts_each_buyer_once_faded_by_age() -> None:
    found = aggregate(
        lines(
            ("a", "x", "purchase", days_ago(60), 1),
            ("a", "x", "purchase", days_ago(30), 1),
            ("b", "x", "view", NOW, 1),
        ),
        CONFIG,
        NOW,
    )
    assert recency(found, 30.0).tolist() == [0.5, 0.0]
    assert recency(found, None).tolist() == [1.0, 0.0]


def test_the_last_window_counts_its_buyers_and_all_of_them_without_times() -> None:
    timed = [("a", "x", 60.0), ("b", "x", 3.0), ("c", "y", 5.0), ("d", "x", 1.0), ("d", "x", 2.0)]
    rows = [(visitor, item, "purchase", days_ago(days), 1.0) for visitor, item, days in timed]
    assert window_popularity(aggregate(lines(*rows), CONFIG, NOW), 28.0).tolist() == [2 / 4, 1 / 4]
    timeless = lines(*[(*row[:3], None, 1.0) for row in rows])
    assert window_popularity(aggregate(timeless, CONFIG, NOW), 0.0).tolist() == [3 / 4, 1 / 4]


def test_the_half_life_is_short_where_fashion_turns_fast() -> None:
    rng = np.random.default_rng(0)
    days = rng.integers(0, 400, 4_000)
    items = np.rint(rng.normal(days * 0.2, 4)).astype(int)
    rows = [
        (f"v{v}", f"i{item}", "purchase", days_ago(400 - day), 1.0)
        for v, (day, item) in enumerate(zip(days.tolist(), items.tolist(), strict=True))
    ]
    timed = select(lines(*rows), TrainingConfig(), now=NOW)
    assert best_half_life(timed, keep_seen=False, seed=1) in {30.0, 60.0}
    timeless = select(lines(*[(v, i, k, None, q) for v, i, k, _, q in rows]), TrainingConfig(), now=NOW)
    assert best_half_life(timeless, keep_seen=False, seed=1) is None


def test_bought_together_finds_the_pair_and_keeps_its_direction() -> None:
    rows = []
    for order in range(400):
        items = {"milk"} if order % 2 else set()
        items |= {"pasta"} if order % 4 == 0 else set()
        items |= {"sauce"} if order % 8 == 0 else set()
        rows += [(f"v{order}", item, "purchase", NOW, 1.0) for item in items | {f"other{order % 5}"}]
    ids = tuple(sorted({row[1] for row in rows}))
    table = together(lines(*rows), ids, 3)
    pasta, sauce = ids.index("pasta"), ids.index("sauce")
    assert table.rows[pasta, 0] == sauce
    assert table.rows[sauce, 0] == pasta
    assert table.weights[sauce, 0] > table.weights[pasta, 0]


def test_baskets_are_orders_or_else_a_day_of_a_visitor() -> None:
    rows = [(f"v{v}", item, "purchase", days_ago(gap), 1.0)
            for v in range(10) for item, gap in (("a", 0), ("b", 0), ("c", 5))]  # fmt: skip
    noise = [(f"w{v}", item, "purchase", NOW, 1.0) for v in range(30) for item in ("d", "e")]
    ids = ("a", "b", "c", "d", "e")
    table = together(lines(*rows, *noise), ids, 2)
    assert table.rows[0].tolist() == [1, -1]
    assert table.rows[2].tolist() == [-1, -1]
    none = together(lines(*[(v, i, k, None, q) for v, i, k, _, q in rows]), ids, 2)
    assert (none.rows == -1).all()


def test_similar_products_come_from_the_category_first() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(60, 8)).astype(np.float32)
    categories = ["big"] * 40 + ["small"] * 3 + [None] * 17
    table = similar(factors, np.ones(60, dtype=np.float32), categories, 5)
    assert (table.rows[:40] < 40).all()
    assert set(table.rows[40, :2].tolist()) == {41, 42}
    assert (np.diff(table.weights, axis=1) <= 1e-6).all()
    assert all(row not in table.rows[row] for row in range(60))


def test_one_item_has_no_neighbours() -> None:
    table = similar(np.ones((1, 3), dtype=np.float32), np.zeros(1, dtype=np.float32), [None], 4)
    assert (table.rows == -1).all()


def test_of_equally_similar_products_the_popular_one_comes_first() -> None:
    factors = np.ones((4, 3), dtype=np.float32)
    popularity = np.array([0.2, 0.1, 0.4, 0.0], dtype=np.float32)
    table = similar(factors, popularity, ["tea"] * 4, 2)
    assert table.rows.tolist() == [[2, 1], [2, 0], [0, 1], [2, 0]]


def test_an_old_basket_says_less_than_a_new_one_and_a_large_one_less_than_a_small_one() -> None:
    rows = [(f"v{v}", item, "purchase", days_ago(400 if v % 2 else 1), 1.0)
            for v in range(40) for item in ("seed", "old" if v % 2 else "new")]  # fmt: skip
    rows += [
        (f"w{v}", f"filler{filler}", "purchase", days_ago(1), 1.0) for v in range(40) for filler in range(12)
    ]
    for v in range(40):
        rows.append((f"w{v}", "host", "purchase", days_ago(1), 1.0))
        rows.append((f"x{v}", "host", "purchase", days_ago(1), 1.0))
        rows.append((f"x{v}", "alone", "purchase", days_ago(1), 1.0))
    ids = tuple(sorted({row[1] for row in rows}))
    table = together(lines(*rows), ids, 3)
    assert [ids[row] for row in table.rows[ids.index("seed")][:2]] == ["new", "old"]
    assert ids[table.rows[ids.index("host"), 0]] == "alone"
