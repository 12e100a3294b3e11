"""Every strategy answers with what its name says, says why, and its fallbacks fill the rest."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsvc.domain.events import EventKind
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateRequest
from tests.artifacts import arrays_of, item_ids, publish_artifact
from tests.shop import N, Shop, item

IDS = item_ids(N)


def serve(tmp_path: Path, placement: str, **arrays: Any) -> Shop:
    shop = Shop(tmp_path, placements=f'[[placements]]\nid = "spot"\n{placement}\n')
    if arrays:
        publish_artifact(tmp_path / "models", n=N, arrays=arrays_of(N) | arrays)
        shop.live_model.refresh()
        shop.store.put_items([item(number) for number in range(N)]).result()
        return shop
    return shop.open()


def ask(shop: Shop, locale: str = "en", **asked: Any) -> Slate:
    request = SlateRequest("v", (PlacementRequest("spot", **asked),), locale)
    return shop.recommender.page(request)[0]


def shown(slate: Slate) -> list[str]:
    return [one.id for one in slate.items]


def codes(slate: Slate) -> set[str]:
    return {one.reason.code for one in slate.items}


def alone(strategy: str) -> str:
    return f'strategy = "{strategy}"\nfallbacks = []'


def test_popular_is_what_most_visitors_buy_whoever_asks(tmp_path: Path) -> None:
    shop = serve(tmp_path, alone("popular"))
    shop.happen("v", EventKind.PURCHASE, "item-09")
    slate = ask(shop, limit=4)
    assert (shown(slate), slate.basis, codes(slate)) == (list(IDS[:4]), Basis.POPULAR, {"popular"})


def test_trending_is_what_sells_more_than_before(tmp_path: Path) -> None:
    trends = np.ones(N, dtype="f4")
    trends[[7, 3]] = 4.0, 2.0
    slate = ask(serve(tmp_path, alone("trending"), trending=trends))
    assert (shown(slate), codes(slate)) == (["item-07", "item-03"], {"trending"})


def test_new_arrivals_are_what_is_new_by_how_it_is_received(tmp_path: Path) -> None:
    received = np.zeros(N, dtype="f4")
    received[[11, 10]] = 0.5, 0.8
    slate = ask(serve(tmp_path, alone("new_arrivals"), arrivals=received), locale="ja")
    assert (shown(slate), codes(slate)) == (["item-10", "item-11"], {"new_arrival"})
    assert slate.items[0].reason.text == "当店の新着商品です"


def test_buy_again_is_what_the_visitor_is_about_to_need(tmp_path: Path) -> None:
    shop = serve(tmp_path, alone("buy_again"), repeats=np.full(N, 0.9, dtype="f4"))
    shop.happen("v", EventKind.PURCHASE, "item-04", days_ago=30)
    shop.happen("v", EventKind.VIEW, "item-05")
    slate = ask(shop)
    assert (shown(slate), codes(slate), slate.basis) == (["item-04"], {"buy_again"}, Basis.HISTORY)
    assert slate.items[0].reason.because[0].id == "item-04"


def test_recently_viewed_is_newest_first_and_once(tmp_path: Path) -> None:
    shop = serve(tmp_path, alone("recently_viewed"))
    for days, name in enumerate(["item-02", "item-05", "item-02", "item-08"]):
        shop.happen("v", EventKind.VIEW, name, days_ago=days)
    slate = ask(shop, item="item-08")
    assert (shown(slate), codes(slate)) == (["item-02", "item-05"], {"recently_viewed"})
    assert slate.dropped == {"in_context": 1}


def test_because_you_bought_names_the_newest_purchase(tmp_path: Path) -> None:
    title = 'title = { en = "Because you bought {item}", ja = "「{item}」をご購入の方へ" }'
    shop = serve(tmp_path, f"{alone('because_you_bought')}\n{title}")
    assert (ask(shop).items, ask(shop).title) == ((), None)
    shop.happen("v", EventKind.PURCHASE, "item-00", days_ago=2)
    shop.happen("v", EventKind.PURCHASE, "item-04", days_ago=1)
    slate = ask(shop)
    assert (shown(slate), slate.basis) == (["item-05", "item-06", "item-07"], Basis.HISTORY)
    assert slate.title == "Because you bought Item 4"
    assert slate.items[0].reason.text == "Because you bought Item 4"
    assert ask(shop, locale="ja").title == "「商品4」をご購入の方へ"


def test_a_purchase_is_no_reason_for_what_is_only_near_to_the_page(tmp_path: Path) -> None:
    shop = serve(tmp_path, 'strategy = "similar"\nfallbacks = ["because_you_bought"]')
    shop.happen("v", EventKind.PURCHASE, "item-09")
    slate = ask(shop, item="item-00", limit=4)
    near = [one.reason for one in slate.items if one.reason.code == "similar"]
    assert near
    assert not [
        reason for reason in near if any(one.id == "item-09" and one.share == 1.0 for one in reason.because)
    ]


def test_similar_to_the_cart_rests_on_the_cart(tmp_path: Path) -> None:
    slate = ask(serve(tmp_path, alone("similar_to_cart")), items=("item-03", "item-04"), limit=2)
    assert (shown(slate), slate.basis) == (["item-05", "item-06"], Basis.CONTEXT)


def test_fixed_list_keeps_its_order(tmp_path: Path) -> None:
    shop = serve(tmp_path, 'strategy = "fixed"\nitems = ["item-09", "gone", "item-02"]\nlimit = 3')
    slate = ask(shop)
    assert shown(slate)[:2] == ["item-09", "item-02"]
    assert slate.items[0].reason.code == "chosen_by_shop"
    assert len(slate.items) == 3


def test_quiz_result_is_for_those_who_answered(tmp_path: Path) -> None:
    assert ask(serve(tmp_path, alone("quiz_result"))).items == ()


def test_fallbacks_fill_the_slate_in_their_order(tmp_path: Path) -> None:
    shop = serve(tmp_path, 'strategy = "recently_viewed"\nfallbacks = ["buy_again", "popular"]\nlimit = 4')
    shop.happen("v", EventKind.VIEW, "item-07")
    slate = ask(shop)
    assert shown(slate) == ["item-07", "item-00", "item-01", "item-02"]
    assert [one.reason.code for one in slate.items] == ["recently_viewed", *["popular"] * 3]


def test_unknown_items_of_a_cart_are_ignored_and_counted(tmp_path: Path) -> None:
    slate = ask(serve(tmp_path, 'strategy = "cart"'), items=("item-03", "never heard of"))
    assert slate.dropped["unknown_item"] == 1
    assert shown(slate)[0] == "item-04"


@pytest.mark.parametrize(("locale", "title"), [("en", "For you"), ("ja-JP", "どうぞ"), ("fr", "For you")])
def test_heading_is_in_the_language_of_the_reader(tmp_path: Path, locale: str, title: str) -> None:
    shop = serve(tmp_path, 'strategy = "personal"\ntitle = { en = "For you", ja = "どうぞ" }')
    assert ask(shop, locale=locale).title == title
