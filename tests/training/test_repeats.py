import numpy as np
import pytest

from tests.training.shops import NOW, days_ago, lines
from training.repeats import UNKNOWN_DAYS, repeats

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
