"""What a placement excludes, requires, moves and caps, one rule at a time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsvc.domain.errors import InvalidRequestError, MissingItemError
from recsvc.domain.events import EventKind
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from tests.artifacts import NOW, item_ids
from tests.shop import N, Shop, item, sold_out

IDS = item_ids(N)


def serve(tmp_path: Path, rules: str, strategy: str = "popular") -> Shop:
    spot = f'[[placements]]\nid = "spot"\nstrategy = "{strategy}"\nfallbacks = []\n{rules}\n'
    return Shop(tmp_path, placements=spot).open()


def ask(shop: Shop, store_id: str | None = None, age: int | None = None, **asked: Any) -> Slate:
    request = SlateRequest("v", (PlacementRequest("spot", **asked),), "en", store_id, age)
    return shop.recommender.page(request)[0]


def rows(slate: Slate) -> list[int]:
    return [IDS.index(one.id) for one in slate.items]


def test_filters_of_placement_and_request_both_hold_and_are_counted_apart(tmp_path: Path) -> None:
    shop = serve(tmp_path, "filter = \"item.category == 'tea'\"")
    slate = ask(shop, filter="item.price < 106")
    assert rows(slate) == [0, 3]
    assert slate.dropped == {"filter": 8, "request_filter": 2}


def test_filter_of_the_request_that_cannot_be_read_names_the_column(tmp_path: Path) -> None:
    shop = serve(tmp_path, "")
    with pytest.raises(InvalidRequestError, match="column 12") as refused:
        ask(shop, filter="item.price = 5")
    assert refused.value.pointer == "/placements/0/filter"
    with pytest.raises(InvalidRequestError, match=r"write `item\.price`"):
        ask(shop, filter="price < 5")


def test_products_share_what_the_placement_says_with_the_one_of_the_page(tmp_path: Path) -> None:
    shop = serve(tmp_path, 'same = ["category", "attr"]')
    assert rows(ask(shop, item="item-04")) == [1, 7, 10]
    with pytest.raises(MissingItemError):
        ask(shop)


def test_prices_are_near_the_one_of_the_page(tmp_path: Path) -> None:
    shop = serve(tmp_path, "near_price = 0.02")
    assert rows(ask(shop, item="item-04")) == [2, 3, 5, 6]


def test_store_shows_what_it_has_and_follows_its_stock(tmp_path: Path) -> None:
    shop = serve(tmp_path, "in_store = true")
    shop.store.put_items([item(3, stock={"ginza": 2.0}), item(5, stock={"ginza": 0.0, "ueno": 1.0})])
    assert rows(ask(shop, store_id="ginza")) == [3]
    shop.store.put_items([item(5, stock={"ginza": 1.0}), item(3)])
    assert rows(ask(shop, store_id="ginza")) == [5]
    with pytest.raises(InvalidRequestError, match="store_id"):
        ask(shop)


@pytest.mark.parametrize(
    ("age", "rule", "seen"),
    [(None, "", False), (19, "", False), (20, "", True), (None, "age_limited = true", True)],
)
def test_age_limit_holds_for_the_young_and_the_unknown(
    tmp_path: Path, age: int | None, rule: str, *, seen: bool
) -> None:
    shop = serve(tmp_path, rule)
    shop.store.put_items([item(0, age_limit=20)])
    slate = ask(shop, age=age)
    assert (0 in rows(slate)) is seen
    assert slate.dropped == ({} if seen else {"age_limit": 1})


def test_what_was_looked_at_often_and_not_bought_is_left_out(tmp_path: Path) -> None:
    shop = serve(tmp_path, "exclude_viewed_times = 2")
    shop.happen("v", EventKind.VIEW, "item-00", "item-00", "item-01", "item-02", "item-02")
    shop.happen("v", EventKind.PURCHASE, "item-02")
    slate = ask(shop)
    assert 0 not in rows(slate)
    assert {1, 2} <= set(rows(slate))
    assert slate.dropped == {"viewed_often": 1}


def test_what_was_seen_often_and_not_chosen_is_left_out_for_some_weeks(tmp_path: Path) -> None:
    shop = serve(tmp_path, "exclude_seen_times = 3")
    for days_ago in (0.0, 0.1, 0.2):
        shop.happen("v", EventKind.IMPRESSION, "item-00", "item-01", "item-02", days_ago=days_ago)
    shop.happen("v", EventKind.CLICK, "item-01")
    shop.happen("v", EventKind.IMPRESSION, "item-03", "item-03")
    shop.happen("another", EventKind.IMPRESSION, "item-03")
    slate = ask(shop)
    assert not {0, 2} & set(rows(slate))
    assert {1, 3} <= set(rows(slate))
    assert slate.dropped == {"seen_often": 2}
    shop.clock.advance(days=7)
    assert {0, 2} <= set(rows(ask(shop)))


def test_caps_hold_for_categories_and_brands(tmp_path: Path) -> None:
    shop = serve(tmp_path, "max_per_category = 2\nmax_per_brand = 1")
    shop.store.put_items([item(number, brand="one") for number in (0, 1)])
    slate = ask(shop)
    assert rows(slate) == [0, 2, 3, 4, 5, 7]
    assert slate.dropped == {"brand_full": 1, "category_full": 5}


def test_pins_stand_in_their_places_in_their_time_or_not_at_all(tmp_path: Path) -> None:
    pin = '[[placements.pins]]\nitem = "item-{:02}"\nposition = {}\n'
    times = [f"start = {(NOW + timedelta(days=1)).isoformat()}", f"end = {NOW.isoformat()}"]
    pins = [pin.format(9, 2), pin.format(8, 3) + times[0], pin.format(7, 4) + times[1], pin.format(0, 5)]
    gone = '[[placements.pins]]\nitem = "gone"\nposition = 6\n'
    shop = serve(tmp_path, "\n".join([*pins, gone]))
    shop.store.put_items([sold_out(0)])
    slate = ask(shop, limit=6)
    assert rows(slate) == [1, 9, 2, 3, 4, 5]
    assert (slate.items[1].reason.code, slate.dropped) == ("pinned", {"unavailable": 1, "pin_unknown": 1})


@pytest.mark.parametrize(("by", "first"), [(10, [1, 4]), (-10, [0, 2])])
def test_boosts_lift_and_bury(tmp_path: Path, by: int, first: list[int]) -> None:
    shop = serve(tmp_path, f"boosts = [{{ where = \"item.category == 'coffee'\", by = {by} }}]")
    assert rows(ask(shop))[:2] == first
    assert len(ask(shop).items) == N


def test_margin_lifts_what_earns_and_leaves_the_unknown_where_it_is(tmp_path: Path) -> None:
    shop = serve(tmp_path, "margin_weight = 10")
    shop.store.put_items([item(5, margin=9.0), item(6, margin=1.0)])
    found = rows(ask(shop))
    assert found[0] == 5
    assert found[-1] == 6


def reasons(slate: Slate) -> list[str]:
    return [one.reason.code for one in slate.items]


def test_reason_is_the_shop_where_a_boost_alone_brings_a_product(tmp_path: Path) -> None:
    shop = serve(tmp_path, "boosts = [{ where = \"item.category == 'coffee'\", by = 10 }]")
    slate = ask(shop, limit=4)
    assert rows(slate) == [1, 4, 7, 10]  # 1 would be there anyway
    assert reasons(slate) == ["popular", "chosen_by_shop", "chosen_by_shop", "chosen_by_shop"]
    assert slate.items[1].reason.text == "Chosen by this shop"
    assert reasons(ask(shop)) == ["popular"] * N  # where all have a place, none is there for a boost


def test_reason_of_the_visitors_own_score_gives_way_too(tmp_path: Path) -> None:
    shop = serve(tmp_path, "margin_weight = 10", "personal")
    shop.store.put_items([item(5, margin=9.0), item(6, margin=1.0)])
    slate = ask(shop, limit=2)
    assert (rows(slate)[0], reasons(slate)[0]) == (5, "chosen_by_shop")
    assert slate.items[0].reason.because == ()
    assert slate.basis == "popular"


def test_trail_says_what_moved_each_candidate(tmp_path: Path) -> None:
    boosts = "boosts = [{ where = \"item.category == 'coffee'\", by = 2 }]"
    shop = serve(tmp_path, f"{boosts}\nmargin_weight = 1\nrotation = 0.5\ndiversity = 0.4")
    shop.store.put_items([item(5, margin=9.0), item(6, margin=1.0)])
    request = SlateRequest("v", (PlacementRequest("spot", limit=2),), explain=True)
    trail = shop.recommender.page(request)[0].trail
    assert trail is not None
    moves = {IDS.index(one.id): one.moves for one in trail.candidates}
    arranged = {row: one for row, one in moves.items() if one is not None}
    assert [row for row, one in arranged.items() if one.boosts == 2.0] == [1, 4, 7]
    assert (arranged[5].margin, arranged[6].margin, arranged[0].margin) == (1.0, -1.0, 0.0)
    assert len({one.rotation for one in arranged.values()}) == len(arranged) == 10  # five a place
    assert any(one.diversity for one in arranged.values())
    assert sum(one.diversity for one in arranged.values()) == 0
    plain = serve(tmp_path / "plain", "").recommender.page(request)[0].trail
    assert plain is not None
    assert all(one.moves is None for one in plain.candidates)


def test_rotation_is_another_list_tomorrow_and_the_same_one_all_day(tmp_path: Path) -> None:
    shop = serve(tmp_path, "rotation = 1.0")
    today = rows(ask(shop))
    assert rows(ask(shop)) == today
    shop.clock.advance(days=1)
    tomorrow = rows(ask(shop))
    assert tomorrow != today
    assert sorted(tomorrow) == sorted(today)


def test_diversity_puts_unlike_products_next_to_each_other(tmp_path: Path) -> None:
    plain = serve(tmp_path / "plain", "", "personal")
    mixed = serve(tmp_path / "mixed", "diversity = 0.9", "personal")
    assert rows(ask(mixed))[0] == rows(ask(plain))[0]
    artifact = mixed.recommender.artifact
    assert artifact is not None
    unit = artifact.factors / np.linalg.norm(artifact.factors, axis=1, keepdims=True)

    def likeness(slate: Slate) -> float:
        chosen = unit[rows(slate)]
        return float((chosen @ chosen.T).sum())

    assert likeness(ask(mixed, limit=4)) < likeness(ask(plain, limit=4))


def test_new_products_take_their_share_of_the_places(tmp_path: Path) -> None:
    shop = serve(tmp_path, "explore = 0.25")
    artifact = shop.live_model.current()
    assert artifact is not None
    artifact.arrays["arrivals"] = np.where(np.arange(N) >= 9, 0.5, 0.0).astype("f4")
    slate = ask(shop, limit=8)
    tried = [place for place, one in enumerate(slate.items) if one.reason.code == "new_arrival"]
    assert tried == [3, 7]
    assert {row for row in rows(slate) if row >= 9} == {rows(slate)[place] for place in tried}


def test_answer_that_rules_something_out_holds_on_placements_too(tmp_path: Path) -> None:
    shop = serve(tmp_path, "answer_filters = true")
    assert rows(ask(shop)) == [*range(N)]
    asyncio.run(shop.facts.change("v", {"kids": ["no"]}, consent=True))
    slate = ask(shop)
    assert slate.dropped == {"answer:kids": N // 3}
    assert not {2, 5, 8, 11} & set(rows(slate))


def test_group_has_one_place_and_shows_a_variant_that_can_be_bought(tmp_path: Path) -> None:
    shop = serve(tmp_path, "")
    variants = [item(0, item_group_id="g"), item(3, item_group_id="g"), item(6, item_group_id="g")]
    shop.store.put_items(variants)
    slate = ask(shop)
    assert rows(slate) == [0, 1, 2, 4, 5, 7, 8, 9, 10, 11]
    assert slate.dropped == {"same_group": 2}
    gone = [sold_out(0), sold_out(3), item(6)]
    shop.store.put_items([_of_group(one) for one in gone])
    assert rows(ask(shop))[:3] == [6, 1, 2]
    assert not {0, 3, 6} & set(rows(ask(shop, item="item-03")))


def test_store_shows_the_variant_that_it_has(tmp_path: Path) -> None:
    shop = serve(tmp_path, "in_store = true")
    variants = [item(0, item_group_id="g"), item(3, item_group_id="g", stock={"ginza": 1.0})]
    shop.store.put_items([*variants, item(9, stock={"ginza": 1.0})])
    assert rows(ask(shop, store_id="ginza")) == [3, 9]
    shop.store.put_items([item(3, item_group_id="g"), item(6, item_group_id="g", stock={"ginza": 2.0})])
    assert rows(ask(shop, store_id="ginza")) == [6, 9]


def _of_group(one: Any) -> Any:
    return type(one)(**{name: getattr(one, name) for name in one.__struct_fields__} | {"item_group_id": "g"})
