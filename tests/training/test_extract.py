from datetime import timedelta

import pytest

from recsvc.domain.errors import BadDataError
from tests.training.shops import NOW, days_ago, lines
from training.config import TrainingConfig
from training.extract import select


def test_lines_that_cannot_count_are_left_aside_and_counted() -> None:
    found = select(
        lines(
            ("a", "x", "purchase", days_ago(3), 1),
            ("a", "x", "return", days_ago(2), 1),
            ("a", "y", "impression", days_ago(2), 1),
            ("a", "y", "purchase", NOW + timedelta(days=400), 1),
        ),
        TrainingConfig(),
        now=NOW,
    )
    assert found.counts == {"read": 4, "kind without weight": 1, "in the future": 1}
    assert found.as_of == days_ago(2)
    assert found.timed


def test_as_of_and_window_cut_both_ends() -> None:
    rows = [("a", f"i{day}", "purchase", days_ago(day), 1.0) for day in range(10)]
    found = select(lines(*rows), TrainingConfig(window_days=3), as_of=days_ago(4), now=NOW)
    assert sorted(found.lines["item_id"]) == ["i4", "i5", "i6"]
    assert found.as_of == days_ago(4)


def test_a_visitor_with_too_many_lines_keeps_the_newest() -> None:
    rows = [("bot", f"i{day}", "purchase", days_ago(day), 1.0) for day in range(20)]
    found = select(
        lines(*rows, ("a", "i1", "purchase", days_ago(1), 1.0)), TrainingConfig(max_visitor_lines=5), now=NOW
    )
    assert found.counts["visitors capped"] == 1
    assert found.lines.filter(visitor_id="bot")["item_id"].to_list() == [f"i{day}" for day in range(5)]


def test_without_times_the_run_itself_is_the_reference() -> None:
    found = select(lines(("a", "x", "purchase", None, 1)), TrainingConfig(), now=NOW)
    assert (found.as_of, found.timed) == (NOW, False)


def test_nothing_that_counts_is_refused_with_what_was_there() -> None:
    with pytest.raises(BadDataError, match="None of 1 lines"):
        select(lines(("a", "x", "impression", None, 1)), TrainingConfig(), now=NOW)
