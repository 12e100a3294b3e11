from collections import Counter

import pytest

from recsvc.serving.assign import assign

VISITORS = [f"v{number}" for number in range(4000)]


def test_visitor_stays_in_one_arm() -> None:
    arms = {"a": 0.5, "b": 0.5}
    assert [assign(one, "k", arms) for one in VISITORS] == [assign(one, "k", arms) for one in VISITORS]


@pytest.mark.parametrize("arms", [{"a": 0.5, "b": 0.5}, {"a": 3.0, "b": 1.0}, {"a": 0.1, "b": 0.2, "c": 0.7}])
def test_arms_get_their_shares(arms: dict[str, float]) -> None:
    counts = Counter(assign(one, "k", arms) for one in VISITORS)
    for arm, share in arms.items():
        assert counts[arm] / len(VISITORS) == pytest.approx(share / sum(arms.values()), abs=0.03)


def test_experiments_are_independent() -> None:
    arms = {"a": 0.5, "b": 0.5}
    both = Counter((assign(one, "k", arms), assign(one, "other", arms)) for one in VISITORS)
    assert min(both.values()) > 900


def test_without_arms_there_is_none() -> None:
    assert assign("v", "k", {}) is None
