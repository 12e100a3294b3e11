"""The shortlist holds the best items by the whole score, though the index sees but a part of it."""

import msgspec
import numpy as np
import pytest

from recsvc.model.artifact import DTYPES, Artifact
from recsvc.model.known import NO_HISTORY
from recsvc.model.parameters import Strengths
from recsvc.model.prior import Answers
from recsvc.model.scoring import Query, build_queries, build_query, score, score_rows, top
from recsvc.model.shortlist import is_searched, shortlists
from tests.artifacts import NOW
from tests.large import STRENGTHS, histories, large_artifact

MODEL = large_artifact()
N = len(MODEL.vocabulary)
PLACES = 12
ANSWERS = (Answers({}), Answers({"skin": ("dry",)}), Answers({"age": 44.0}))


def weighted(strengths: Strengths) -> Artifact:
    """The same items under other strengths; the index serves them all."""
    parameters = msgspec.structs.replace(MODEL.parameters, strengths=strengths)
    manifest = msgspec.structs.replace(MODEL.manifest, parameters=parameters)
    return Artifact(manifest, MODEL.vocabulary.ids, MODEL.arrays)


def queries(model: Artifact, count: int) -> list[Query]:
    told = [ANSWERS[number % len(ANSWERS)] for number in range(count)]
    return build_queries(model, [*zip(histories(N, count), told, strict=True)], now=NOW.timestamp())


def agreement(model: Artifact, asked: list[Query]) -> float:
    """Share of the exact best that the shortlist holds at their places."""
    same = [
        np.mean(found.rows[:PLACES] == top(score(model, query), PLACES))
        for query, found in zip(asked, shortlists(model, asked), strict=True)
    ]
    return float(np.mean(same))


@pytest.mark.parametrize(
    "strengths",
    [
        STRENGTHS,
        Strengths(),  # factors alone
        Strengths(tau=(0.3,) * 5, rho=(5.0,) * 5),  # the table decides
        Strengths(rho=(-1.0,) * 5),  # the table speaks against what it names
        Strengths(omega=(200.0,) * 5),  # repeats decide
    ],
)
def test_best_dozen_is_the_exact_one_at_98_of_100_places(strengths: Strengths) -> None:
    model = weighted(strengths)
    assert agreement(model, queries(model, 100)) >= 0.98


def test_hardly_anything_that_was_left_out_is_better() -> None:
    shares = []
    asked = queries(MODEL, 60)
    for query, found in zip(asked, shortlists(MODEL, asked), strict=True):
        scores = score(MODEL, query)
        better = np.flatnonzero(scores > found.scores[-1] + 1e-6)
        shares.append(np.isin(better, found.rows).mean())
        assert np.allclose(scores[found.rows], found.scores, atol=1e-5)
        assert (np.diff(found.scores) <= 0).all()
    assert np.mean(shares) >= 0.98


def test_scores_of_chosen_rows_are_those_of_a_pass_over_all() -> None:
    for query in queries(MODEL, 20):
        rows = np.union1d(np.arange(0, N, 7), query.known.rows).astype("i4")
        assert np.allclose(score_rows(MODEL, query, rows), score(MODEL, query)[rows], atol=1e-5)


def test_several_are_found_what_each_is_found_alone() -> None:
    asked = queries(MODEL, 20)
    for query, found in zip(asked, shortlists(MODEL, asked), strict=True):
        (alone,) = shortlists(MODEL, [query])
        assert np.array_equal(found.rows, alone.rows)
        assert np.array_equal(found.scores, alone.scores)
    assert shortlists(MODEL, []) == []


def test_nobody_in_particular_needs_no_search() -> None:
    assert not is_searched(MODEL, build_query(MODEL, now=NOW.timestamp()))
    answered = build_query(MODEL, NO_HISTORY, ANSWERS[1], now=NOW.timestamp())
    assert is_searched(MODEL, answered)


def test_shortlist_of_a_model_without_an_index_is_refused() -> None:
    arrays = {name: array for name, array in MODEL.arrays.items() if name in DTYPES}
    plain = Artifact(MODEL.manifest, MODEL.vocabulary.ids, arrays)
    with pytest.raises(ValueError, match="has no index"):
        shortlists(plain, queries(plain, 1))
