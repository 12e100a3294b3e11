"""What the record says beyond the figures: curves, answers, neighbours."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from recsvc.domain.catalogue import Item
from recsvc.model import artifact, versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import History
from recsvc.model.prior import Answers
from tests.training.shops import NOW, Shop
from training import extract, holdout
from training.cases import Case
from training.config import TrainingConfig
from training.fit import local
from training.interactions import aggregate, confidences
from training.learning_curve import LearningCurve, measured
from training.report.examples import SEEDS, examples
from training.report.lift import FEWEST, lift
from training.report.worth import worth
from training.synthetic import TASTES, World


@pytest.fixture(scope="module")
def model(trained: Shop) -> Artifact:
    return artifact.read(versions.resolve(str(trained.models)))


@pytest.fixture(scope="module")
def record(model: Artifact) -> dict[str, Any]:
    return model.manifest.training


def taste_of(item_id: str) -> str:
    return TASTES[int(item_id[1:]) % len(TASTES)]


def test_learning_curve_tells_noise_from_what_was_learnt(world: World) -> None:
    config = TrainingConfig(factors=12, iterations=6)
    found = extract.select(world.events.select(extract.COLUMNS), config, now=NOW + timedelta(days=365))
    split = holdout.split(found, config.left_out, config.seed)
    interactions = aggregate(split.kept, config, found.as_of)
    confidence = config.confidence.with_alpha(5.0)
    matrix, normaliser = confidences(interactions, confidence)
    fitted = local.fit(matrix, factors=12, penalty=local.Penalty(50.0), iterations=6, seed=7)
    curve = LearningCurve(split, interactions, config, confidence, normaliser, fitted.regularizer)
    noise = np.random.default_rng(0).normal(size=fitted.item_factors.shape).astype(np.float32)
    for iteration, factors in ((1, noise), (6, fitted.item_factors)):
        curve(iteration, factors)
    first, last = curve.points
    assert last["ci"][0] > first["ci"][1]
    assert first["visitors"] == last["visitors"] > 25


def test_learning_curve_of_a_run_is_measured_during_its_fit(record: dict[str, Any]) -> None:
    points = record["learning_curve"]
    assert [point["iteration"] for point in points] == sorted(measured(6))
    assert all(point["ci"][0] <= point["ndcg"] <= point["ci"][1] for point in points)


@pytest.mark.parametrize("iterations", [1, 2, 6, 15, 500])
def test_learning_curve_has_few_points_and_always_the_last(iterations: int) -> None:
    found = measured(iterations)
    assert max(found) == iterations
    assert min(found) == 1
    assert len(found) <= 6


def test_honest_answer_is_worth_more_than_a_coin(model: Artifact) -> None:
    taste, coin = worth(model)
    assert (taste["fact"], coin["fact"]) == ("taste", "coin")
    for value in taste["values"]:
        assert value["moves"] > 5 * coin["values"][0]["moves"]
        assert {taste_of(item_id) for item_id in value["most"]} == {value["value"]}
        assert value["value"] not in {taste_of(item_id) for item_id in value["least"]}
        assert value["fresh"] >= 5


def test_number_of_people_behind_an_answer_is_told(model: Artifact) -> None:
    taste = worth(model)[0]
    assert sum(value["visitors"] for value in taste["values"]) == pytest.approx(taste["visitors"], abs=6)
    assert all(value["visitors"] >= 5 for value in taste["values"])


def judge(model: Artifact, place: int, answers: dict[str, tuple[str, ...]], seen: int) -> Case:
    taste = TASTES[place % len(TASTES)]
    own = [row for row, item_id in enumerate(model.vocabulary.ids) if taste_of(item_id) == taste]
    ids = [model.vocabulary.ids[row] for row in own[4 : 4 + seen]]
    history = History(ids, ["purchase"] * seen, [NOW.timestamp()] * seen, [1.0] * seen, [1.0] * seen)
    return Case(f"v{place}", history, Answers(answers), np.array(own[:4], dtype=np.int32), 4)


def test_lift_grows_with_what_is_known(model: Artifact) -> None:
    judges = [
        judge(model, place, {"taste": (TASTES[place % 6],), "unheard": ("of",)}, seen=place % 6)
        for place in range(60)
    ]
    found = lift(model, judges, keep_seen=False, now=NOW.timestamp())
    assert [step["count"] for step in found["answers"]] == [0, 1], "an answer never learnt is no step"
    none, one = found["answers"]
    assert none["gain_ci"] == (0.0, 0.0), "nothing known is popularity itself"
    assert one["gain_ci"][0] > 0
    assert [step["count"] for step in found["events"]] == [0, 1, 3]
    assert [step["visitors"] for step in found["events"]] == [50, 50, 30]


def test_lift_of_too_few_is_not_told(model: Artifact) -> None:
    judges = [judge(model, place, {"taste": ("bold",)}, seen=1) for place in range(FEWEST - 1)]
    assert lift(model, judges, keep_seen=False, now=NOW.timestamp()) == {"answers": [], "events": []}


def test_examples_are_one_popular_product_of_each_category(model: Artifact) -> None:
    items = {
        item_id: Item(item_id=item_id, category=f"shelf {int(item_id[1:]) % 4}")
        for item_id in model.vocabulary.ids
    }
    found = examples(model, items)
    assert len({items[seed["item_id"]].category for seed in found}) == len(found) == 4
    best = model.vocabulary.ids[int(np.argmax(model.popularity))]
    assert found[0]["item_id"] == best
    assert best not in found[0]["similar"]


def test_examples_without_a_catalogue_are_the_best_sellers(model: Artifact) -> None:
    found = [seed["item_id"] for seed in examples(model, {})]
    best = np.argsort(-model.popularity, kind="stable")[:SEEDS]
    assert found == [model.vocabulary.ids[row] for row in best]


def test_stages_say_time_and_memory(record: dict[str, Any]) -> None:
    assert set(record["seconds"]) == set(record["peak_mb"]) >= {"read", "fit", "evaluate", "report"}
    peaks = list(record["peak_mb"].values())
    assert peaks == sorted(peaks)
    assert peaks[0] > 10
