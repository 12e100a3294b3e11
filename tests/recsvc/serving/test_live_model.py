"""The live model follows the pointer, keeps the old one when anything is off, and says why."""

from recsvc.model import versions
from tests.artifacts import VERSION, publish_artifact
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
