import numpy as np
import polars as pl
import pytest

from tests.training.shops import NOW, days_ago
from training.facts import AnswerMatrix, answer_matrix, answers_of

VISITORS = tuple(f"v{row:02}" for row in range(40))


def frame(*rows: tuple[str, str, str | None, float | None]) -> pl.DataFrame:
    schema = {"visitor_id": pl.String, "fact": pl.String, "value": pl.String, "number": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def dense(matrix: AnswerMatrix) -> np.ndarray:
    return matrix.hot.toarray() - matrix.asked.toarray() @ matrix.spread.toarray()


def test_what_was_not_asked_is_zero_and_what_was_is_centred() -> None:
    rows = [
        (visitor, "skin", "dry" if row % 4 else "oily", None) for row, visitor in enumerate(VISITORS[:20])
    ]
    found = dense(answer_matrix(frame(*rows), VISITORS, NOW))
    assert (found[20:] == 0).all()
    assert np.allclose(found[:20].sum(axis=0), 0)
    assert found[0].tolist() == pytest.approx([-0.75, 0.75])


def test_numbers_are_binned_at_deciles_with_their_edges_kept() -> None:
    rows = [(visitor, "age", None, float(row)) for row, visitor in enumerate(VISITORS)]
    (age,) = answer_matrix(frame(*rows), VISITORS, NOW).facts
    assert len(age.values) == 10
    assert age.edges is not None
    assert age.column(-100.0) == 0
    assert age.column(1e9) == 9
    assert age.column(age.edges[3]) == 4


def test_one_number_for_all_says_nothing() -> None:
    rows = [(visitor, "age", None, 30.0) for visitor in VISITORS]
    assert answer_matrix(frame(*rows), VISITORS, NOW).facts == ()


def test_rare_values_are_left_out_and_a_thousand_values_are_cut() -> None:
    rare = [(visitor, "town", f"town {row}", None) for row, visitor in enumerate(VISITORS)]
    assert answer_matrix(frame(*rare), VISITORS, NOW).facts == ()
    many = tuple(f"v{row:05}" for row in range(3_000))
    rows = [(visitor, "town", f"town {row % 500}", None) for row, visitor in enumerate(many)]
    (town,) = answer_matrix(frame(*rows), many, NOW).facts
    assert len(town.values) == 200


def test_products_equal_those_of_the_dense_matrix() -> None:
    rng = np.random.default_rng(0)
    rows = [(visitor, "a", str(rng.integers(3)), None) for visitor in VISITORS[:30]]
    rows += [(visitor, "b", str(rng.integers(2)), None) for visitor in VISITORS[10:]]
    matrix = answer_matrix(frame(*rows), VISITORS, NOW)
    h, weights = dense(matrix), rng.random(len(VISITORS))
    assert np.allclose(matrix.against(weights), h.T @ weights)
    assert np.allclose(matrix.gram(weights), h.T @ (h * weights[:, None]))
    mixing = rng.random((h.shape[1], 3))
    assert np.allclose(matrix.times(mixing), h @ mixing)


def test_facts_that_ended_are_gone_and_several_values_come_together() -> None:
    facts = frame(("a", "likes", "tea", None), ("a", "likes", "milk", None), ("a", "age", None, 31.0))
    ends = pl.Series([None, None, days_ago(1)], dtype=pl.Datetime("us", "UTC"))
    assert answers_of(facts, NOW)["a"].facts == {"likes": ("tea", "milk"), "age": 31.0}
    assert answers_of(facts.with_columns(expires_at=ends), NOW)["a"].facts == {"likes": ("tea", "milk")}
    assert answers_of(None, NOW) == {}
