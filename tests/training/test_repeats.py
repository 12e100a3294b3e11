import numpy as np
import pytest

from tests.training.shops import NOW, days_ago, lines
from training.repeats import UNKNOWN_DAYS, repeats

Row = tuple[str, str, float]  # visitor, item, days ago


def found(*rows: Row, kind: str = "purchase") -> dict[str, tuple[float, float, float]]:
    """(rate, interval, purchases of late) by item."""
    frame = lines(*[(visitor, item, kind, days_ago(age), 1.0) for visitor, item, age in rows])
    ids = tuple(sorted({item for _, item, _ in rows}))
    counted = repeats(frame, ids, NOW)
    columns = (counted.rates, counted.intervals, counted.sales.recent)
    each = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(ids, each, strict=True))


def every(item: str, gap: float, *, visitors: int, times: int = 4) -> list[Row]:
    return [(f"v{v}", item, gap * time) for v in range(visitors) for time in range(times)]


def once(item: str, *, visitors: int) -> list[Row]:
    return [(f"w{v}", item, 1.0) for v in range(visitors)]


def test_what_everybody_buys_again_has_a_higher_rate_than_what_nobody_does() -> None:
    shop = found(*every("milk", 1.0, visitors=40), *once("pan", visitors=160))
    assert shop["milk"][0] > 2 * shop["pan"][0] > 0


def test_interval_is_that_of_the_item_and_of_the_shop_where_few_bought_it_again() -> None:
    many = every("milk", 4.0, visitors=500)
    shop = found(*many, *every("oil", 40.0, visitors=500), *every("rare", 400.0, visitors=1))
    assert shop["milk"][1] == pytest.approx(4.0, rel=0.2)
    assert shop["oil"][1] == pytest.approx(40.0, rel=0.05)
    assert shop["rare"][1] == pytest.approx((400.0 + 10.0 * 40.0) / 11.0)
    unrepeated = found(*many, *once("pan", visitors=3))
    assert unrepeated["pan"][1] == pytest.approx(4.0)


def test_what_nobody_buys_any_more_has_a_lower_rate() -> None:
    gone = [(visitor, item, age + 200.0) for visitor, item, age in every("gone", 5.0, visitors=50)]
    shop = found(*every("milk", 5.0, visitors=50), *gone)
    assert shop["milk"][2] > 3 * shop["gone"][2]
    assert shop["milk"][0] > shop["gone"][0]


def test_two_baskets_of_one_morning_are_no_repeat() -> None:
    minutes = [(f"v{v}", "milk", gap) for v in range(20) for gap in (1.0, 1.2)]
    assert found(*minutes)["milk"][0] == 0.0


@pytest.mark.parametrize("kind", ["view", "return", "wishlist"])
def test_only_purchases_are_repeats(kind: str) -> None:
    assert found(*every("milk", 5.0, visitors=9), kind=kind)["milk"] == (0.0, UNKNOWN_DAYS, 0.0)


def test_items_without_a_row_and_purchases_in_the_future_do_no_harm() -> None:
    frame = lines(*[("v", item, "purchase", days_ago(-400.0), 1.0) for item in ("milk", "unknown")])
    counted = repeats(frame, ("milk", "other"), NOW)
    assert np.isfinite([counted.rates, counted.intervals, counted.sales.recent]).all()


IDS = ("milk", "pan", "soap")


def test_what_is_bought_again_soon_has_the_higher_rate_and_the_shorter_interval() -> None:
    rows = [(f"v{v}", "milk", "purchase", days_ago(gap), 1.0) for v in range(30) for gap in (1, 8, 15, 22)]
    rows += [(f"v{v}", "soap", "purchase", days_ago(gap), 1.0) for v in range(30) for gap in (1, 61, 121)]
    rows += [(f"v{v}", "pan", "purchase", days_ago(v), 1.0) for v in range(30)]
    found = repeats(lines(*rows), IDS, NOW)
    milk, pan, soap = found.rates
    assert milk > soap > pan > 0.0
    assert 7.0 <= found.intervals[0] < found.intervals[2] <= 60.0
    assert found.sales.first_days == pytest.approx([22.0, 29.0, 121.0])
    assert found.sales.recent[0] == pytest.approx(30 * sum(2 ** (-gap / 14) for gap in (1, 8, 15, 22)))


def test_at_equal_loyalty_the_longer_interval_lowers_the_rate() -> None:
    rows = [(f"v{v}", "milk", "purchase", days_ago(gap), 1.0) for v in range(30) for gap in (1, 8)]
    rows += [(f"v{v}", "soap", "purchase", days_ago(gap), 1.0) for v in range(30) for gap in (1, 91)]
    found = repeats(lines(*rows), ("milk", "soap"), NOW)
    assert found.rates[0] > 1.5 * found.rates[1]


def test_without_times_no_purchase_speaks_for_the_next() -> None:
    found = repeats(lines(("a", "milk", "purchase", None, 1.0)), IDS, NOW)
    assert not found.rates.any()
    assert (found.intervals == UNKNOWN_DAYS).all()
    assert not np.isfinite(found.sales.first_days).any()
