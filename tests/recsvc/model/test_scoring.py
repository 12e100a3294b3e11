"""One score for everyone: popularity as the constant, answers and history beside it."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.confidence import DAY_S, Confidence
from recsvc.model.known import NO_HISTORY, History, known_items
from recsvc.model.parameters import Strengths
from recsvc.model.prior import Answers, Wish
from recsvc.model.scoring import build_query, score, score_many, table_sum, top
from tests.artifacts import NOW, arrays_of, item_ids, make_artifact

NOW_S = NOW.timestamp()
ARTIFACT = make_artifact()
REPEATED = make_artifact(
    arrays=arrays_of(12) | {"repeats": np.linspace(0.5, 0.9, 12, dtype="f4")},
    strengths=Strengths(omega=(0.0, 2.0, 2.0, 2.0, 2.0)),
)
"""Each item is bought again, every 30 days."""


def history(*lines: tuple[str, str, float]) -> History:
    """(item, kind, days ago) as columns."""
    return History(
        [item for item, _, _ in lines],
        [kind for _, kind, _ in lines],
        [NOW_S - days * DAY_S for _, _, days in lines],
        [1.0] * len(lines),
        [1.0] * len(lines),
    )


def test_nothing_known_scores_popularity_exactly() -> None:
    scores = score(ARTIFACT, build_query(ARTIFACT, now=NOW_S))
    assert np.allclose(scores, 0.6 * ARTIFACT.popularity)


def test_unasked_fact_contributes_exactly_nothing() -> None:
    plain = build_query(ARTIFACT, now=NOW_S)
    asked = build_query(ARTIFACT, answers=Answers({"shoe size": 42.0, "skin": ("unheard",)}), now=NOW_S)
    assert np.array_equal(plain.vector, asked.vector)


def test_answer_moves_the_prior_along_its_centred_row() -> None:
    query = build_query(ARTIFACT, answers=Answers({"skin": ("dry",)}), now=NOW_S)
    rows = ARTIFACT.arrays["answers"]
    expected = (0.5 * rows[0] - 0.5 * rows[1]) * 400 / 600
    assert np.allclose(query.vector, expected)


def test_number_falls_into_its_bin() -> None:
    young, old = (build_query(ARTIFACT, answers=Answers({"age": age}), now=NOW_S) for age in (29.0, 50.0))
    assert "age=29.0" in young.answer_parts
    assert not np.allclose(young.vector, old.vector)


def test_shop_weight_fades_as_the_fact_is_learnt() -> None:
    def weight(fact: str | None, facts: dict[str, tuple[str, ...] | float]) -> float:
        wish = Wish("skin=dry", fact, "category.tea", 2.0)
        parts = ARTIFACT.answer_table.parts(Answers(facts, (wish,)))
        learnt = ARTIFACT.answer_table.parts(Answers(facts)).get("skin=dry", 0.0)
        return float((parts["skin=dry"] - learnt)[0] / ARTIFACT.arrays["directions"][0, 0])

    assert weight(None, {}) == pytest.approx(2.0)
    assert weight("skin", {"skin": ("dry",)}) == pytest.approx(2.0 * 200 / 600)


def test_known_item_scores_higher_than_before_it_was_known() -> None:
    before = score(ARTIFACT, build_query(ARTIFACT, now=NOW_S))
    after = score(ARTIFACT, build_query(ARTIFACT, history(("item-09", "purchase", 1)), now=NOW_S))
    assert after[9] - before[9] == max(after - before)


def test_unknown_items_and_kinds_without_weight_are_dropped() -> None:
    lines = history(("item-01", "purchase", 1), ("nobody", "purchase", 1), ("item-02", "impression", 1))
    assert known_items(ARTIFACT, lines, NOW_S).rows.tolist() == [1]


def test_returned_purchase_is_as_if_never_bought() -> None:
    lines = history(("item-01", "purchase", 9), ("item-01", "return", 2), ("item-02", "purchase", 1))
    assert known_items(ARTIFACT, lines, NOW_S).rows.tolist() == [2]


def test_return_does_not_take_back_a_view() -> None:
    lines = history(("item-01", "purchase", 9), ("item-01", "return", 2), ("item-01", "view", 1))
    assert known_items(ARTIFACT, lines, NOW_S).rows.tolist() == [1]


def test_older_line_weighs_less() -> None:
    aged = make_artifact(confidence=Confidence(half_life_days=30))
    lines = history(("item-01", "purchase", 60), ("item-02", "purchase", 0))
    known = known_items(aged, lines, NOW_S)
    assert known.confidences[0] < known.confidences[1]
    assert known.confidences[0] == pytest.approx(1 + 2 * np.log2(1.25))


def test_unknown_time_is_not_decayed() -> None:
    aged = make_artifact(confidence=Confidence(half_life_days=30))
    lines = History(["item-01"], ["purchase"], [float("nan")], [1.0], [1.0])
    assert known_items(aged, lines, NOW_S).confidences[0] == pytest.approx(3.0)


def test_table_term_has_the_deviation_that_rho_asks_for() -> None:
    blended = make_artifact(strengths=Strengths(rho=(0.5,) * 5))
    lines = history(("item-03", "purchase", 1), ("item-07", "purchase", 1))
    query = build_query(blended, lines, now=NOW_S)
    without = score(blended, query._replace(theta=0.0))
    term = query.theta * table_sum(blended, query.known)
    assert np.std(term) == pytest.approx(0.5 * np.std(without), rel=1e-4)


def test_own_repeats_add_to_the_known_items_and_to_nothing_else() -> None:
    lines = history(("item-03", "purchase", 30), ("item-07", "purchase", 0), ("item-07", "purchase", 90))
    query = build_query(REPEATED, lines, now=NOW_S)
    added = score(REPEATED, query) - score(REPEATED, query._replace(own=np.zeros(2)))
    rates = REPEATED.arrays["repeats"]
    expected = np.zeros(12)
    expected[3] = 2.0 * rates[3] * 0.5**1.0  # an interval ago: a half
    expected[7] = 2.0 * rates[7] * (1.0 + 10.0**-0.5)
    assert np.allclose(added, expected, atol=1e-6)


def test_own_repeats_count_more_the_later_and_the_oftener_it_was_bought() -> None:
    habits = (
        known_items(
            REPEATED,
            history(
                *[("item-04", "purchase", 5.0 * week) for week in range(4)],
                ("item-05", "purchase", 0),
                ("item-06", "purchase", 200),
            ),
            NOW_S,
        ).habits
        / REPEATED.arrays["repeats"][4:7]
    )
    assert habits[0] > habits[1] > habits[2] > 0


def test_views_alone_make_no_habit_and_returned_units_take_it_back() -> None:
    viewed = known_items(REPEATED, history(("item-01", "view", 1)), NOW_S)
    assert viewed.habits.tolist() == [0.0]
    bought = [("item-01", "purchase", 9.0), ("item-01", "purchase", 3.0)]
    whole = known_items(REPEATED, history(*bought), NOW_S).habits
    half = known_items(REPEATED, history(*bought, ("item-01", "return", 1.0)), NOW_S).habits
    assert half == pytest.approx(whole / 2)
    gone = history(*bought, *[("item-01", "return", 1.0)] * 2, ("item-01", "view", 0.5))
    assert known_items(REPEATED, gone, NOW_S).habits.tolist() == [0.0]


def test_a_line_that_stands_for_several_is_a_habit_of_several() -> None:
    one, many = (
        known_items(REPEATED, History(["item-01"], ["purchase"], [NOW_S], [1.0], [lines]), NOW_S).habits[0]
        for lines in (1.0, 6.0)
    )
    assert many == pytest.approx(6 * one)


def test_what_lies_further_back_in_a_history_says_less_to_the_table() -> None:
    fading = make_artifact(half_life_steps=2.0)
    lines = history(
        ("item-01", "purchase", 30),
        ("item-02", "view", 8),
        ("item-03", "purchase", 8),
        ("item-04", "view", 1),
    )
    known, plain = (known_items(one, lines, NOW_S) for one in (fading, ARTIFACT))
    assert known.table_weights == pytest.approx(plain.table_weights * np.array([0.5, 0.5**0.5, 0.5**0.5, 1]))
    assert np.array_equal(known.confidences, plain.confidences)
    timeless = lines._replace(occurred_at=[float("nan")] * 4)
    assert np.array_equal(known_items(fading, timeless, NOW_S).table_weights, plain.table_weights)


items = st.lists(st.sampled_from(item_ids(12)), max_size=8)


@given(items, st.randoms(use_true_random=False))
def test_order_of_the_history_changes_nothing(chosen: list[str], shuffler: Random) -> None:
    lines = [(item, "purchase", float(day)) for day, item in enumerate(chosen)]
    first = build_query(ARTIFACT, history(*lines), now=NOW_S)
    shuffler.shuffle(lines)
    assert np.allclose(first.vector, build_query(ARTIFACT, history(*lines), now=NOW_S).vector)


@given(st.lists(items, min_size=1, max_size=4))
def test_batch_scores_equal_single_scores(histories: list[list[str]]) -> None:
    queries = [
        build_query(ARTIFACT, history(*((item, "purchase", 1.0) for item in one)), now=NOW_S)
        for one in histories
    ]
    together = score_many(ARTIFACT, queries)
    for line, query in zip(together, queries, strict=True):
        assert np.allclose(line, score(ARTIFACT, query), atol=1e-6)


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=40), st.integers(0, 50))
def test_top_is_the_stable_sort(values: list[float], k: int) -> None:
    scores = np.array(values, dtype=np.float32)
    expected = sorted(range(len(values)), key=lambda row: (-scores[row], row))[:k]
    found = top(scores, k).tolist()
    assert [scores[row] for row in found] == [scores[row] for row in expected]


def test_history_of_nothing_is_no_history() -> None:
    assert len(known_items(ARTIFACT, NO_HISTORY, NOW_S).rows) == 0


@pytest.mark.parametrize("levels", [1, 2, 50, 10**6])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (300, 256), (5_000, 12), (20_000, 256), (20_000, 19_999)])
def test_top_is_the_head_of_the_whole_order(n: int, k: int, levels: int) -> None:
    scores = np.random.default_rng(n + levels).integers(0, levels, n).astype(np.float32)
    assert scores[top(scores, k)].tolist() == sorted(scores.tolist(), reverse=True)[:k]
    assert len(set(top(scores, k).tolist())) == k
