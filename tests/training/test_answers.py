import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY
from recsvc.model.prior import NO_ANSWERS, Answers, Wish
from recsvc.model.scoring import build_query, score
from tests.training.shops import NOW, Shop
from training.cases import Case, cases
from training.evaluate import evaluate
from training.facts import answers_of
from training.rivals import Rival
from training.synthetic import TASTES, World, planted_world

NEWCOMERS = 400


@pytest.fixture(scope="module")
def model(trained: Shop) -> Artifact:
    return artifacts.read(versions.resolve(str(trained.models)))


@pytest.fixture(scope="module")
def newcomers() -> World:
    return planted_world(visitors=NEWCOMERS, seed=11)


def gains(model: Artifact, newcomers: World, answered: tuple[str, ...]) -> NDArray[np.floating]:
    """NDCG@10 of each newcomer beyond popularity's."""
    facts = newcomers.facts.filter(pl.col("fact").is_in(answered)).with_columns(
        number=pl.lit(None, dtype=pl.Float64)
    )
    found, _ = cases(model.vocabulary, newcomers.events, None, answers_of(facts, NOW))
    judged = evaluate(model, found, ks=(10,), keep_seen=False, now=NOW.timestamp())
    return judged.ndcg(Rival.MODEL, 10) - judged.ndcg(Rival.POPULARITY, 10)


def test_no_answers_score_exactly_as_popularity(model: Artifact) -> None:
    scores = score(model, build_query(model, NO_HISTORY, NO_ANSWERS, now=NOW.timestamp()))
    assert np.array_equal(np.argsort(-scores, kind="stable"), np.argsort(-model.popularity, kind="stable"))


@pytest.mark.parametrize("answered", [(), ("coin",), ("taste",), ("taste", "coin")])
def test_any_answers_are_at_least_as_good_as_popularity(
    model: Artifact, newcomers: World, answered: tuple[str, ...]
) -> None:
    found = gains(model, newcomers, answered)
    noise = 2 * found.std() / NEWCOMERS**0.5  # the coin is a fact too, and cannot be told from one exactly
    assert found.mean() >= -noise


def test_an_answer_that_means_something_is_worth_much(model: Artifact, newcomers: World) -> None:
    assert gains(model, newcomers, ("taste",)).mean() > 0.1


@pytest.mark.parametrize("taste", TASTES)
def test_a_wish_moves_items_of_its_value_to_the_front(model: Artifact, taste: str) -> None:
    wish = Answers({}, (Wish("question=yes", None, f"taste.{taste}", 1.0),))
    scores = score(model, build_query(model, NO_HISTORY, wish, now=NOW.timestamp()))
    first = [model.vocabulary.ids[row] for row in np.argsort(-scores)[:5]]
    wanted = {f"i{item:05}" for item in range(120) if TASTES[item % len(TASTES)] == taste}
    assert len(wanted & set(first)) >= 4


def test_an_unknown_answer_adds_nothing(model: Artifact) -> None:
    silent = build_query(model, NO_HISTORY, NO_ANSWERS, now=NOW.timestamp())
    for facts in ({"shoe": ("large",)}, {"taste": ("unheard of",)}):
        told = build_query(model, NO_HISTORY, Answers(facts), now=NOW.timestamp())
        assert np.array_equal(told.vector, silent.vector)


def test_a_case_is_judged_by_its_answers_and_its_history(model: Artifact) -> None:
    target = model.vocabulary.rows(["i00000"])
    nobody = Case("v", NO_HISTORY, NO_ANSWERS, target, 1)
    judged = evaluate(model, [nobody], ks=(120,), keep_seen=False, now=NOW.timestamp())
    for rival in (Rival.MODEL, Rival.ANSWERS, Rival.POPULARITY):
        assert judged.ndcg(rival, 120)[0] > 0
