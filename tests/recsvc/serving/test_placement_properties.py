"""Whatever a placement says and a visitor did: what is promised of every slate holds."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsvc.domain.catalogue import Availability
from recsvc.domain.events import EventKind
from recsvc.domain.placements import Boost, Pin, Placement, Strategy
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.placement_file import recipes
from recsvc.serving.placement_flaws import flaws_of
from tests.artifacts import item_ids
from tests.shop import N, Shop, item

IDS = item_ids(N)
FILTERS = [None, "item.category == 'tea'", "item.price <= 106", "not item.brand == 'b0'"]
BRANDS = ["b0", "b1", None]


class OnePlacement(LivePlacements):
    """Serves one placement, which a test changes, under any name."""

    placement = recipes()["home"]

    def get(self, placement_id: str) -> Placement:
        """The placement."""
        return msgspec.structs.replace(self.placement, id=placement_id)


SPOT = OnePlacement(Path("nowhere"))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose visitor has looked, bought and answered; some items are out of stock or of one group."""
    shop = Shop(tmp_path_factory.mktemp("busy"), served=SPOT).open()
    shop.happen("v", EventKind.PURCHASE, "item-02", "item-09", days_ago=3)
    shop.happen("v", EventKind.IMPRESSION, "item-00", "item-00", "item-10", days_ago=1)
    shop.happen("v", EventKind.VIEW, "item-04", "item-04", "item-05", "item-11")
    items = [
        item(
            number,
            brand=BRANDS[number % 3],
            margin=float(number),
            item_group_id="g" if number in {3, 6, 7} else None,
            age_limit=20 if number == 8 else None,
            availability=Availability.OUT_OF_STOCK if number in {1, 6} else Availability.IN_STOCK,
        )
        for number in range(N)
    ]
    shop.store.put_items(items)
    return shop


def sound(**parts: Any) -> Placement:
    return Placement(id="any", **parts)


placements = st.builds(
    sound,
    strategy=st.sampled_from([one for one in Strategy if one is not Strategy.FIXED]),
    fallbacks=st.lists(
        st.sampled_from([Strategy.POPULAR, Strategy.PERSONAL, Strategy.BUY_AGAIN]), max_size=2, unique=True
    ).map(tuple),
    limit=st.integers(4, 12),
    exclude_bought_days=st.sampled_from([None, 1.0, 7.0]),
    exclude_viewed_times=st.sampled_from([None, 1, 2]),
    exclude_seen_times=st.sampled_from([None, 2]),
    holdout=st.sampled_from([0.0, 0.5]),
    filter=st.sampled_from(FILTERS),
    boosts=st.sampled_from([(), (Boost(where="item.brand == 'b1'", by=3.0),)]),
    margin_weight=st.sampled_from([0.0, 1.0]),
    diversity=st.sampled_from([0.0, 0.5, 1.0]),
    rotation=st.sampled_from([0.0, 1.0]),
    explore=st.sampled_from([0.0, 0.2]),
    max_per_category=st.sampled_from([None, 1, 2]),
    max_per_brand=st.sampled_from([None, 1, 3]),
    pins=st.lists(
        st.builds(Pin, item=st.sampled_from([*IDS, "gone"]), position=st.integers(1, 4)),
        max_size=2,
        unique_by=(lambda pin: pin.item, lambda pin: pin.position),
    ).map(tuple),
).filter(lambda placement: not flaws_of(placement))
requests = st.builds(
    PlacementRequest,
    st.sampled_from(["one", "other"]),
    st.none() | st.integers(1, 12),
    st.sampled_from(IDS),
    st.lists(st.sampled_from([*IDS, "gone"]), max_size=3).map(tuple),
    st.sampled_from(FILTERS),
)


def ask(shop: Shop, placement: Placement, asked: list[PlacementRequest]) -> list[Slate]:
    SPOT.placement, SPOT.number = placement, SPOT.number + 1
    return shop.recommender.page(SlateRequest("v", tuple(asked), "en"))


def shown(slate: Slate) -> list[str]:
    return [one.id for one in slate.items]


def passes(shop: Shop, item_id: str, text: str | None) -> bool:
    found = shop.catalogue.get(item_id)
    assert found is not None
    price, brand = found.price or 0.0, found.brand
    return {None: True, FILTERS[1]: found.category == "tea", FILTERS[2]: price <= 106.0}.get(
        text, brand is not None and brand != "b0"
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(placements, st.lists(requests, min_size=1, max_size=3))
def test_any_placement_keeps_its_promises(
    busy: Shop, placement: Placement, asked: list[PlacementRequest]
) -> None:
    slates = ask(busy, placement, asked)
    everything = [item_id for slate in slates for item_id in shown(slate)]
    groups = [busy.catalogue.group_of(item_id) for item_id in everything]
    assert len(groups) == len(set(groups))
    for one, slate in zip(asked, slates, strict=True):
        found = [busy.catalogue.get(item_id) for item_id in shown(slate)]
        assert len(found) <= (one.limit or placement.limit)
        assert all(it is not None and it.can_be_bought and not it.age_limit for it in found)
        assert not {busy.catalogue.group_of(name) for name in (one.item or "", *one.items)} & {
            busy.catalogue.group_of(name) for name in shown(slate)
        }
        texts = {placement.filter, one.filter}
        assert all(passes(busy, name, text) for name in shown(slate) for text in texts)
        for attribute, most in (("category", placement.max_per_category), ("brand", placement.max_per_brand)):
            taken = Counter(value for it in found if (value := getattr(it, attribute)) is not None)
            assert most is None or max(taken.values(), default=0) <= most
        if placement.exclude_seen_times:
            assert "item-00" not in shown(slate)
        if placement.exclude_bought_days == 7.0:
            assert not {"item-02", "item-09"} & set(shown(slate))
    assert [slate.items for slate in ask(busy, placement, asked)] == [slate.items for slate in slates]


@settings(max_examples=60)
@given(st.sampled_from([one for one in Strategy if one is not Strategy.FIXED]), st.integers(1, 12))
def test_chain_fills_up_to_the_limit_with_all_there_is(busy: Shop, strategy: Strategy, limit: int) -> None:
    placement = sound(strategy=strategy, fallbacks=(Strategy.POPULAR,))
    (slate,) = ask(busy, placement, [PlacementRequest("one", limit, "item-00")])
    # Of twelve: the page's own, one sold out, one with an age limit, and two further variants of a group.
    assert len(slate.items) == min(limit, 7)


@settings(max_examples=60)
@given(st.integers(0, N - 1), st.integers(1, 4), st.integers(4, 7))
def test_pin_that_may_be_shown_stands_in_its_place(busy: Shop, row: int, position: int, limit: int) -> None:
    pin = Pin(item=IDS[row], position=position)
    placement = sound(strategy=Strategy.POPULAR, pins=(pin,))
    (slate,) = ask(busy, placement, [PlacementRequest("one", limit)])
    wanted = busy.catalogue.offered(pin.item)
    assert wanted is not None
    if wanted.can_be_bought and not wanted.age_limit:
        assert shown(slate)[position - 1] == wanted.item_id
    else:
        assert pin.item not in shown(slate)
