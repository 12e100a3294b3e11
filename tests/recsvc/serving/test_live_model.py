"""The live model follows the pointer, keeps the old one when anything is off, and says why."""

from typing import Any

import numpy as np
import pytest

from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.parameters import Strengths
from recsvc.model.prior import FactColumns
from recsvc.serving.live_model import LiveModel
from tests.artifacts import VERSION, arrays_of, make_artifact, publish_artifact
from tests.shop import Shop

NEXT = "20260402T120000Z-0000000f"


def test_new_version_is_swapped_in(shop: Shop) -> None:
    publish_artifact(shop.directory / "models", NEXT)
    assert shop.live_model.refresh()
    held = shop.live_model.current()
    assert held is not None
    assert held.version == NEXT
    assert not shop.live_model.refresh()


def test_broken_version_is_refused_and_the_old_one_serves_on(shop: Shop) -> None:
    path = publish_artifact(shop.directory / "models", NEXT) / "factors.npy"
    path.write_bytes(path.read_bytes()[:-8])
    assert not shop.live_model.refresh()
    held = shop.live_model.current()
    assert held is not None
    assert held.version == VERSION
    assert "factors.npy" in str(shop.live_model.problem)


def test_rollback_after_a_refusal_clears_the_problem(shop: Shop) -> None:
    path = publish_artifact(shop.directory / "models", NEXT) / "popularity.npy"
    path.unlink()
    shop.live_model.refresh()
    versions.rollback(shop.directory / "models")
    shop.live_model.refresh()
    assert shop.live_model.problem is None


def test_pointer_to_nonsense_keeps_the_old_model(shop: Shop) -> None:
    (shop.directory / "models" / "current").write_text("nonsense")
    assert not shop.live_model.refresh()
    assert shop.live_model.current() is not None
    assert "names no version" in str(shop.live_model.problem)


def test_without_any_model_it_says_so(empty_shop: Shop) -> None:
    assert not empty_shop.live_model.refresh()
    assert empty_shop.live_model.current() is None
    assert "No model" in str(empty_shop.live_model.problem)


def test_start_with_an_unsound_current_model_serves_the_one_before(shop: Shop) -> None:
    path = publish_artifact(shop.directory / "models", NEXT) / "factors.npy"
    path.write_bytes(path.read_bytes()[:-8])
    restarted = LiveModel(shop.directory / "models")
    assert restarted.refresh()
    held = restarted.current()
    assert held is not None
    assert held.version == VERSION
    assert "factors.npy" in str(restarted.problem)


def test_lost_pointer_is_said(shop: Shop) -> None:
    (shop.directory / "models" / "current").unlink()
    assert not shop.live_model.refresh()
    assert "pointer" in str(shop.live_model.problem)


def test_renamed_model_is_refused_once(shop: Shop) -> None:
    models = shop.directory / "models"
    (models / VERSION).rename(models / NEXT)
    versions.point(models, NEXT)
    assert not shop.live_model.refresh()
    assert "never renamed" in str(shop.live_model.problem)
    assert not shop.live_model.refresh()


@pytest.mark.parametrize(
    "broken",
    [
        {"strengths": Strengths(tau=(1e6,) * 5)},
        {"facts": (FactColumns("skin", 4, ("dry", "oily"), 400),)},
        {"facts": (FactColumns("age", 0, ("young", "old"), 400, edges=(1.0, 2.0)),)},
    ],
)
def test_model_that_cannot_answer_is_refused(shop: Shop, broken: dict[str, Any]) -> None:
    huge = arrays_of(12) | {"factors": np.full((12, 6), 3e38, dtype="f4")} if "strengths" in broken else None
    made = make_artifact(12, NEXT, huge, **broken)
    directory = shop.directory / "models" / NEXT
    directory.mkdir()
    artifacts.write(directory, made.manifest, made.vocabulary.ids, made.arrays)
    versions.point(shop.directory / "models", NEXT)
    assert not shop.live_model.refresh()
    assert shop.live_model.problem
