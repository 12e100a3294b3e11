import polars as pl

from tests.training.shops import NOW, days_ago, lines
from training.config import LeftOutConfig, TrainingConfig
from training.extract import select
from training.holdout import choose, half, split

IDS = [f"v{row:05}" for row in range(10_000)]


def test_two_percent_are_left_out_of_large_sets_and_more_of_small_ones() -> None:
    assert len(choose(IDS, LeftOutConfig(), 1)) == 200
    assert len(choose(IDS[:3_000], LeftOutConfig(), 1)) == 120
    assert len(choose(IDS[:300], LeftOutConfig(), 1)) == 30
    assert len(choose(IDS, LeftOutConfig(at_most=50), 1)) == 50


def test_the_sample_hangs_on_the_visitor_and_not_on_who_else_is_there() -> None:
    small, large = choose(IDS[:5_000], LeftOutConfig(), 1), choose(IDS, LeftOutConfig(), 1)
    assert len({*small} & {*large}) > 70
    assert choose(IDS, LeftOutConfig(), 2) != large


def test_left_out_visitors_are_cut_at_the_window_and_absent_from_the_matrix() -> None:
    rows = [(f"v{v:03}", f"i{d % 7}", "purchase", days_ago(d), 1.0) for v in range(200) for d in range(100)]
    extract = select(lines(*rows), TrainingConfig(), now=NOW)
    found = split(extract, LeftOutConfig(), 3)
    left_out = set(found.history["visitor_id"]) | set(found.targets["visitor_id"])
    assert found.left_out == len(left_out) == 20
    assert not left_out & set(found.kept["visitor_id"])
    assert found.history["occurred_at"].max() <= found.start
    assert found.keep_seen


def test_the_window_grows_until_enough_visitors_bought_in_it() -> None:
    rows = [(f"v{v:03}", f"i{v % 9}", "purchase", days_ago(v), 1.0) for v in range(400)]
    found = split(select(lines(*rows), TrainingConfig(), now=NOW), LeftOutConfig(), 3)
    assert found.targets["visitor_id"].n_unique() >= found.left_out // 3
    assert found.start < days_ago(28)


def test_without_times_items_are_dealt_at_random_to_history_and_targets() -> None:
    rows = [(f"v{v:03}", f"i{i}", "purchase", None, 1.0) for v in range(200) for i in range(30)]
    found = split(select(lines(*rows), TrainingConfig(), now=NOW), LeftOutConfig(), 3)
    assert 0.4 < found.targets.height / (found.targets.height + found.history.height) < 0.6
    assert not found.keep_seen
    hands = found.targets.group_by("visitor_id").agg(pl.col("item_id").sort().str.join())
    assert hands["item_id"].n_unique() == found.left_out


def test_without_judges_everybody_is_kept_and_repeats_are_those_of_everybody() -> None:
    rows = [(f"v{v:03}", f"i{d % 7}", "purchase", days_ago(d), 1.0) for v in range(20) for d in range(100)]
    found = split(select(lines(*rows), TrainingConfig(), now=NOW), LeftOutConfig(share=0.0), 3)
    assert (found.left_out, found.targets.height, found.kept.height) == (0, 0, len(rows))
    assert found.keep_seen


def test_halves_hang_on_the_visitor_and_not_on_who_else_is_there() -> None:
    small, large = half(IDS[:500], 1), half(IDS[:550], 1)
    assert (len(small), len(large)) == (250, 275)
    assert len(small - large) < 25
    assert len(small & half(IDS[:500], 2)) < 180


def test_anybody_can_tell_who_was_left_out() -> None:
    rows = [(visitor, "i1", "purchase", days_ago(row % 90), 1.0) for row, visitor in enumerate(IDS[:2_000])]
    found = split(select(lines(*rows), TrainingConfig(), now=NOW), LeftOutConfig(), 3)
    assert [visitor for visitor in IDS[:2_000] if found.sample.holds(visitor)] == sorted(
        choose(IDS[:2_000], LeftOutConfig(), 3)
    )


def test_whether_repeats_count_is_not_decided_by_those_who_judge() -> None:
    ids = IDS[:200]
    tuners = half(choose(ids, LeftOutConfig(), 3), 3)
    rows = [
        (visitor, f"i{0 if visitor not in tuners else day}", "purchase", days_ago(day), 1.0)
        for visitor in ids
        for day in range(100)
    ]
    found = split(select(lines(*rows), TrainingConfig(), now=NOW), LeftOutConfig(), 3)
    assert found.tuners == tuners
    assert not found.keep_seen
