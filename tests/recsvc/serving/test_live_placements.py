"""Placements follow their files while the service runs; what is broken leaves the last sound state."""

import os
from pathlib import Path

import pytest

from recsvc.domain.errors import UnknownPlacementError, UsageError
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.placement_file import recipes
from tests.shop import Shop

HOME = '[[placements]]\nid = "home"\nstrategy = "personal"\nlimit = {}\n'


def write(path: Path, text: str, tick: int) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, (tick, tick))


def test_without_files_the_recipes_are_served_until_there_are_some(tmp_path: Path) -> None:
    live = LivePlacements(tmp_path / "placements")
    assert live.by_id == recipes()
    (tmp_path / "placements").mkdir()
    write(tmp_path / "placements" / "shop.toml", HOME.format(3), 1)
    assert live.refresh()
    assert [*live.by_id] == ["home"]
    with pytest.raises(UnknownPlacementError, match="there are home"):
        live.get("cart")


def test_change_is_served_and_another_revision_while_a_broken_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "placements.toml"
    write(path, HOME.format(3), 1)
    live = LivePlacements(path)
    first = live.revision("home")
    assert not live.refresh()
    write(path, HOME.format(4), 2)
    assert live.refresh()
    assert (live.get("home").limit, live.revision("home") != first) == (4, True)
    write(path, HOME.format(400), 3)
    assert not live.refresh()
    assert live.get("home").limit == 4
    assert "line 4" in (live.problem or "")
    write(path, HOME.format(3), 4)
    assert live.refresh()
    assert (live.revision("home"), live.problem) == (first, None)


def test_broken_file_at_the_start_ends_it(tmp_path: Path) -> None:
    write(tmp_path / "placements.toml", HOME.format(0), 1)
    with pytest.raises(UsageError, match="line 4"):
        LivePlacements(tmp_path / "placements.toml")


def test_slate_and_its_id_name_the_revision(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=HOME.format(3)).open()
    (slate,) = _ask(shop)
    facts = shop.signer.read(slate.slate_id)
    assert facts.placement_revision == slate.revision == LivePlacements(shop.place()).revision("home")


def _ask(shop: Shop) -> list[Slate]:
    return shop.recommender.page(SlateRequest("v", (PlacementRequest("home"),)))
