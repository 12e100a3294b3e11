"""Slates of a large catalogue: filled from the index, never short while anything allowed is left."""

from typing import Any

import numpy as np
import pytest

from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.events import EventKind
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.scoring import build_query, score, top
from recsvc.serving.profile import history_of
from tests.artifacts import NOW
from tests.large import large_artifact
from tests.shop import Shop

N = 50_000
RARE = 5
SOLD_OUT = 3
"""One item of so many is out of stock."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of 50,000 items, five of them rare, with a visitor who bought some."""
    shop = Shop(tmp_path_factory.mktemp("many"))
    model = large_artifact(N)
    directory = shop.directory / "models" / model.version
    directory.mkdir(parents=True)
    artifacts.write(directory, model.manifest, model.vocabulary.ids, model.arrays)
    versions.point(shop.directory / "models", model.version)
    shop.live_model.refresh()
    shop.store.put_items([shelved(number, name) for number, name in enumerate(model.vocabulary.ids)]).result()
    shop.happen("v", EventKind.PURCHASE, *model.vocabulary.ids[100:110], days_ago=3)
    return shop


def shelved(number: int, name: str) -> Item:
    there = Availability.OUT_OF_STOCK if number % SOLD_OUT == 0 else Availability.IN_STOCK
    category = "rare" if number % (N // RARE) == 1 else f"c{number % 20}"
    return Item(item_id=name, category=category, availability=there)


def ask(shop: Shop, **asked: Any) -> Slate:
    return shop.recommender.page(SlateRequest("v", (PlacementRequest("home", **asked),)))[0]


def test_slate_from_the_index_is_the_slate_of_a_pass_over_all(shop: Shop) -> None:
    model = shop.live_model.current()
    assert model is not None
    query = build_query(model, history_of(shop.visitors.read("v")), now=NOW.timestamp())
    scores = score(model, query)
    scores[[row for row in range(N) if row % SOLD_OUT == 0]] = -np.inf
    exact = [model.vocabulary.ids[row] for row in top(scores, 12)]
    assert [one.id for one in ask(shop, limit=12).items] == exact


def test_filter_that_leaves_five_of_fifty_thousand_shows_these_five(shop: Shop) -> None:
    slate = ask(shop, filter="item.category == 'rare'", limit=12)
    rows = [row for row in range(N) if row % (N // RARE) == 1 and row % SOLD_OUT]
    model = shop.live_model.current()
    assert model is not None
    assert {one.id for one in slate.items} >= {model.vocabulary.ids[row] for row in rows}
    assert slate.dropped["request_filter"] > 0


@pytest.mark.parametrize("category", [f"c{number}" for number in range(20)])
def test_what_rules_leave_out_is_never_shown_and_the_slate_is_full(shop: Shop, category: str) -> None:
    slate = ask(shop, filter=f"item.category == '{category}'", limit=30)
    shown = [shop.catalogue.get(one.id) for one in slate.items]
    assert len(shown) == 30
    assert all(item and item.category == category and item.can_be_bought for item in shown)


def test_slate_longer_than_what_the_index_names_goes_on_with_everything(shop: Shop) -> None:
    shown = [one.id for one in ask(shop, limit=100, filter="item.category != 'c4'").items]
    assert len(set(shown)) == len(shown) == 100
