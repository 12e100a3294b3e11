import numpy as np
import polars as pl
import pytest

from tests.training.shops import NOW, days_ago
from training.facts import AnswerMatrix, answer_matrix, answers_of

VISITORS = tuple(f"v{row:02}" for row in range(40))


def frame(*rows: tuple[str, str, str | None, float | None]) -> pl.DataFrame:
    schema = {"visitor_id": pl.String, "fact": pl.String, "value": pl.String, "number": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def moments(*days: float | None) -> pl.Series:
    return pl.Series([None if day is None else days_ago(day) for day in days], dtype=pl.Datetime("us", "UTC"))


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


def test_facts_answered_later_are_not_known_yet() -> None:
    facts = frame(("a", "likes", "tea", None), ("b", "likes", "tea", None), ("c", "likes", "tea", None))
    facts = facts.with_columns(answered_at=moments(2, 0, None))
    assert set(answers_of(facts, days_ago(1))) == {"a", "c"}
    rows = [(visitor, "likes", "tea", None) for visitor in VISITORS]
    everyone = frame(*rows).with_columns(answered_at=moments(*[2.0] * 10, *[0.0] * 30))
    assert answer_matrix(everyone, VISITORS, days_ago(1)).hot.sum() == 10


def test_newest_answer_replaces_the_earlier_and_brings_all_its_choices() -> None:
    facts = frame(
        ("a", "skin", "oily", None),
        ("a", "skin", "dry", None),
        ("a", "skin", "mixed", None),
        ("a", "age", None, 31.0),
        ("a", "age", None, 30.0),
        ("a", "height", None, 170.0),
        ("a", "height", None, 171.0),
    ).with_columns(answered_at=moments(1, 9, 1, 1, 9, None, None))
    expected = {"skin": ("oily", "mixed"), "age": 31.0, "height": 171.0}
    assert answers_of(facts, NOW)["a"].facts == expected
    assert answers_of(facts, days_ago(5))["a"].facts == {"skin": ("dry",), "age": 30.0, "height": 171.0}


def test_changed_answer_counts_once_in_the_matrix() -> None:
    rows = [(visitor, "skin", value, None) for visitor in VISITORS[:20] for value in ("oily", "dry")]
    half = [(visitor, "skin", "oily", None) for visitor in VISITORS[20:]]
    facts = frame(*rows, *half).with_columns(answered_at=moments(*(2, 1) * 20, *(1,) * 20))
    matrix = answer_matrix(facts, VISITORS, NOW)
    assert matrix.hot.sum(axis=1).max() == 1
    assert matrix.means.tolist() == [0.5, 0.5]


def test_answer_that_ended_does_not_bring_back_the_one_before() -> None:
    facts = frame(("a", "skin", "oily", None), ("a", "skin", "dry", None)).with_columns(
        answered_at=moments(9, 5), expires_at=moments(None, 1)
    )
    assert answers_of(facts, NOW) == {}


def declared(asked: float, seed: int = 0) -> tuple[AnswerMatrix, np.ndarray]:
    """3,000 visitors with two facts that mostly agree, each asked of a share; and the true covariance."""
    rng = np.random.default_rng(seed)
    names = tuple(f"v{row:04}" for row in range(3_000))
    skin = rng.choice(3, len(names), p=(0.5, 0.3, 0.2))
    hair = np.where(rng.random(len(names)) < 0.7, skin, rng.integers(3, size=len(names)))
    rows = [
        (name, fact, str(value), None)
        for fact, values in (("hair", hair), ("skin", skin))
        for name, value, is_asked in zip(names, values, rng.random(len(names)) < asked, strict=True)
        if is_asked
    ]
    truth = np.cov(np.concatenate([np.eye(3)[hair], np.eye(3)[skin]], axis=1), rowvar=False, bias=True)
    return answer_matrix(frame(*rows), names, NOW), truth


def test_covariance_of_what_everybody_was_asked_is_that_of_the_indicators() -> None:
    matrix, truth = declared(asked=1.0)
    own = (slice(0, 3), slice(0, 3))
    assert np.allclose(matrix.covariance()[own], truth[own], atol=1e-9)
    assert np.allclose(matrix.covariance(), truth, rtol=0.03, atol=2e-3)


def test_question_that_few_were_asked_varies_as_much_as_if_all_had_been() -> None:
    matrix, truth = declared(asked=0.3)
    found = matrix.covariance()
    assert np.trace(found) == pytest.approx(np.trace(truth), rel=0.02)
    assert np.trace(matrix.gram(np.ones(3_000)) / 3_000) < 0.4 * np.trace(truth)
    shrunk = found[:3, 3:].ravel() @ truth[:3, 3:].ravel() / np.square(truth[:3, 3:]).sum()
    assert 0.7 < shrunk < 1.0  # some 270 were asked both: 270/(270 + 50)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("asked", [0.02, 0.1, 0.5])
def test_covariance_is_one_however_few_were_asked_both(asked: float, seed: int) -> None:
    covariance = declared(asked, seed)[0].covariance()
    assert np.allclose(covariance, covariance.T, atol=1e-12)
    assert np.linalg.eigvalsh(covariance).min() > -1e-12


def test_without_facts_the_covariance_is_empty() -> None:
    assert answer_matrix(None, VISITORS, NOW).covariance().shape == (0, 0)
