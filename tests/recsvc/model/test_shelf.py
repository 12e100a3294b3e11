"""A shelf ranks by the shop's own weights, through the very score that serves."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.catalogue import Item
from recsvc.model import artifact as artifacts
from recsvc.model import canary, versions
from recsvc.model.artifact import Artifact
from recsvc.model.prior import Answers, Wish
from recsvc.model.scoring import build_query, score
from recsvc.model.shelf import MOST_DIRECTIONS, direction_names, publish_shelf
from tests.artifacts import NOW

ITEMS = (
    Item(item_id="dry", category="cream", attributes={"skin": ("dry",), "finish": ("dewy", "soft")}),
    Item(item_id="oily", category="gel", attributes={"skin": ("oily",), "finish": ("matte",)}),
    Item(item_id="both", category="cream", attributes={"skin": ("dry", "oily")}),
    Item(item_id="bare"),
)


def opened(models: Path, items: tuple[Item, ...] = ITEMS) -> Artifact:
    models.mkdir(exist_ok=True)
    version = publish_shelf(models, items, {"skin.dry"}, NOW)
    assert versions.current(models) == version
    artifact = artifacts.read(models / version)
    canary.prove(artifact)
    return artifact


def scores(artifact: Artifact, *wished: tuple[str, float]) -> dict[str, float]:
    wishes = tuple(Wish(f"q={name}", None, name, weight) for name, weight in wished)
    found = score(artifact, build_query(artifact, answers=Answers({}, wishes), now=NOW.timestamp()))
    return dict(zip(artifact.vocabulary.ids, np.round(found, 5).tolist(), strict=True))


def test_value_that_is_wished_for_comes_first(tmp_path: Path) -> None:
    artifact = opened(tmp_path / "models")
    assert scores(artifact, ("skin.dry", 2.0)) == {"dry": 2.0, "oily": 0.0, "both": 2.0, "bare": 0.0}
    told = scores(artifact, ("skin.dry", 2.0), ("finish.dewy", 1.0), ("category.gel", -1.0))
    assert told == {"dry": 3.0, "oily": -1.0, "both": 2.0, "bare": 0.0}


def test_nothing_said_prefers_nothing(tmp_path: Path) -> None:
    assert set(scores(opened(tmp_path / "models")).values()) == {0.0}


def test_items_without_attributes_are_a_model_as_well(tmp_path: Path) -> None:
    assert scores(opened(tmp_path / "models", (Item(item_id="bare"),)), ("skin.dry", 1.0)) == {"bare": 0.0}


@given(st.lists(st.tuples(st.sampled_from(["skin.dry", "skin.oily", "finish.matte"]), st.floats(-3, 3))))
def test_score_is_the_sum_of_the_weights(wished: list[tuple[str, float]]) -> None:
    artifact = _shared()
    found = scores(artifact, *wished)
    for item in ITEMS:
        carried = {f"{name}.{value}" for name, values in item.attribute_values().items() for value in values}
        assert abs(found[item.item_id] - sum(w for name, w in wished if name in carried)) < 1e-3


def test_wished_values_are_kept_before_common_ones() -> None:
    many = [Item(item_id=str(n), attributes={"code": (f"c{n}",)}) for n in range(2 * MOST_DIRECTIONS)]
    names = direction_names([*many, Item(item_id="rare", category="last")], {"category.last"})
    assert names[0] == "category.last"
    assert len(names) == MOST_DIRECTIONS


@cache
def _shared() -> Artifact:
    with tempfile.TemporaryDirectory() as place:
        return opened(Path(place) / "models")
