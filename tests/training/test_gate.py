import numpy as np
import pytest

from training.config import GateConfig
from training.gate import (
    Check,
    Evidence,
    Live,
    beats_popularity,
    covers,
    holds_against_live,
    is_no_brand_list,
    judge,
)
from training.metrics import Ranked

CONFIG = GateConfig()
NOISE = np.random.default_rng(0).normal(0, 0.1, 400)


def lists(*shown: list[int], hits: float = 0.0) -> Ranked:
    """One list a visitor; the first place of a share of them is a hit, of one target."""
    rows = np.array(shown, dtype=np.int32)
    marks = np.zeros(rows.shape, dtype=bool)
    marks[: round(len(rows) * hits), 0] = True
    return Ranked(marks, rows, np.ones(len(rows), dtype=np.int64))


def against(live: np.ndarray, model: np.ndarray) -> Check:
    found = Live("20260301T000000Z-00000000", live, np.ones(len(live), dtype=bool))
    return holds_against_live(model, found, CONFIG)


def test_a_clear_gain_over_popularity_passes() -> None:
    assert beats_popularity(np.array([0.5, 0.4, 0.6]), np.array([0.3, 0.2, 0.3])).passed


def test_a_gain_within_noise_or_a_loss_is_refused_with_the_numbers() -> None:
    within = beats_popularity(np.array([0.9, 0.0, 0.2]), np.array([0.0, 0.8, 0.2]))
    assert not within.passed
    assert "0.3667 against 0.3333" in within.sentence
    assert not beats_popularity(np.array([0.1, 0.1]), np.array([0.3, 0.2])).passed
    assert not beats_popularity(np.array([0.3, 0.3]), np.array([0.3, 0.3])).passed


def test_one_visitor_or_none_cannot_vouch_for_a_model() -> None:
    one = Evidence(lists([0, 1], hits=1.0), lists([1, 0]), np.ones(2))
    assert not judge(one, CONFIG).passed
    nobody = Evidence(lists([0])._replace(targets=np.zeros(0, np.int64)), lists([0]), np.ones(2))
    refused = judge(nobody, CONFIG)
    assert (refused.passed, refused.visitors) == (False, 0)
    assert "nothing can be judged" in refused.reason


def test_a_loss_against_the_live_model_counts_only_beyond_noise() -> None:
    assert against(0.3 + NOISE, 0.3 + NOISE[::-1]).passed
    assert against(0.3 + NOISE, 0.295 + NOISE).passed  # less than a fiftieth
    worse = against(0.3 + NOISE, 0.29 + NOISE)
    assert not worse.passed
    assert worse.figure == pytest.approx(-0.01)
    assert worse.limit == pytest.approx(-0.006, abs=1e-4)
    assert "20260301T000000Z-00000000" in worse.sentence


def test_only_judges_that_the_live_model_did_not_know_are_compared() -> None:
    model = np.concatenate([np.full(50, 0.5), np.zeros(50)])
    unknown = np.arange(100) < 50
    assert holds_against_live(model, Live("v", np.full(50, 0.4), unknown), CONFIG).passed


def test_without_a_live_model_to_compare_the_check_passes_and_says_so() -> None:
    for live in (None, Live("", np.empty(0), np.zeros(3, dtype=bool), "The live model cannot be read.")):
        check = holds_against_live(np.zeros(3), live, CONFIG)
        assert (check.passed, check.figure) == (True, None)
    assert check.sentence == "The live model cannot be read."


def test_the_same_list_for_everybody_is_refused_however_good_it_is() -> None:
    different = [[row % 50, (row + 1) % 50, (row + 2) % 50] for row in range(100)]
    popularity = lists(*[[0, 1, 2]] * 100)
    fine = covers(Evidence(lists(*different), popularity, np.ones(200)), CONFIG)
    alike = covers(Evidence(lists(*[[7, 8, 9]] * 100), popularity, np.ones(200)), CONFIG)
    assert (fine.passed, alike.passed) == (True, False)
    assert "show 3 of 200 products" in alike.sentence
    assert alike.limit == CONFIG.min_coverage


def test_fewer_products_than_popularity_shows_are_refused() -> None:
    popularity = lists([0, 1], [2, 3])
    assert not covers(Evidence(lists([0, 1], [0, 1]), popularity, np.ones(10)), CONFIG).passed
    assert covers(Evidence(lists([0, 1], [0, 1]), lists([0, 1], [0, 1]), np.ones(10)), CONFIG).passed


BRANDS: list[str | None] = ["big", "big", "small", "small", None]


@pytest.mark.parametrize(
    ("shown", "popular", "buyers", "passed"),
    [
        ([2, 3, 4], [0, 1, 2], [4, 4, 1, 1, 0], False),  # two thirds of the places, a fifth of purchases
        ([2, 0, 4], [0, 1, 2], [4, 4, 1, 1, 0], True),
        ([0, 1, 4], [0, 1, 2], [4, 4, 1, 1, 0], True),  # it is what people buy
        ([2, 3, 4], [2, 3, 0], [4, 4, 1, 1, 0], True),  # popularity shows as much of it
    ],
)
def test_a_brand_may_not_fill_the_lists_far_beyond_its_purchases(
    shown: list[int], popular: list[int], buyers: list[float], passed: bool  # noqa: FBT001 (a parameter)
) -> None:  # fmt: skip
    evidence = Evidence(lists(shown), lists(popular), np.array(buyers), None, BRANDS)
    check = is_no_brand_list(evidence, CONFIG)
    assert check.passed is passed
    if not passed:
        assert "small fills 66.7% of the first 10 places, with 20.0% of purchases" in check.sentence
        assert (check.figure, check.limit) == (pytest.approx(2 / 3), 0.5)


def test_without_two_brands_none_can_dominate() -> None:
    for brands in (None, ["big"] * 5, [None] * 5):
        assert is_no_brand_list(Evidence(lists([0]), lists([0]), np.ones(5), None, brands), CONFIG).passed


def test_the_verdict_names_everything_that_speaks_against_a_model() -> None:
    rows = [[row % 9] for row in range(40)]
    live = Live("v", np.ones(40), np.ones(40, dtype=bool))
    verdict = judge(Evidence(lists(*rows), lists(*rows), np.ones(9), live), CONFIG)
    assert not verdict.passed
    assert [check.name for check in verdict.checks if not check.passed] == ["popularity", "live"]
    summary = verdict.summary()
    assert (summary["passed"], summary["visitors"]) == (False, 40)
    assert summary["checks"][1]["limit"] == pytest.approx(-0.02)
    assert all(check.sentence in summary["reason"] for check in verdict.checks[:2])
