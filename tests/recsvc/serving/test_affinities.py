"""What a visitor leans to: against what the shop sells, shrunk, and with what they said."""

import pytest

from recsvc.domain.catalogue import Item
from recsvc.domain.events import EventKind
from recsvc.model.prior import Wish
from recsvc.serving.affinities import LIKED, NOTHING, Affinity, Chosen, affinities, count_values
from tests.artifacts import item_ids
from tests.recsvc.serving.test_export import tell, withdraw
from tests.shop import TEA_QUIZ, N, Shop

TEA, TOYS = ("category", "tea"), ("category", "toys")
SHOP = Chosen(100.0, {TEA: 20.0, TOYS: 1.0}, {})
TEAS, COFFEES = item_ids(N)[0::3], item_ids(N)[1::3]


def chosen(**weights: float) -> Chosen:
    total = sum(weights.values())
    return Chosen(total, {("category", name): weight for name, weight in weights.items()}, {})


def score(found: list[Affinity], value: str) -> float:
    return next(one.score for one in found if one.value == value)


def wish(value: str, weight: float) -> Wish:
    return Wish("drink=x", "drink", f"category.{value}", weight)


def of(shop: Shop, visitor_id: str = "v") -> dict[str, Affinity]:
    return {one.value: one for one in shop.affinities.see(visitor_id).affinities}


def test_score_is_the_shrunk_ratio_to_what_the_shop_sells() -> None:
    (tea,) = affinities(chosen(tea=8.0), SHOP)
    assert tea.score == pytest.approx((8 + 2) / (8 + 2 + 8 * 0.2 + 2), abs=1e-4)
    assert (tea.share, tea.shop_share, tea.basis) == (1.0, 0.2, "history")


def test_whoever_chooses_as_the_shop_sells_leans_nowhere() -> None:
    found = affinities(chosen(tea=2.0, coffee=8.0), Chosen(10.0, {TEA: 2.0, ("category", "coffee"): 8.0}, {}))
    assert [one.score for one in found] == [0.5, 0.5]


def test_one_purchase_of_something_rare_is_no_taste() -> None:
    assert score(affinities(chosen(toys=1.0), SHOP), "toys") < LIKED


def test_many_purchases_of_something_are_one() -> None:
    assert score(affinities(chosen(tea=8.0), SHOP), "tea") > LIKED


def test_answers_speak_for_and_against_without_any_purchase() -> None:
    found = affinities(NOTHING, SHOP, [wish("tea", 1.0), wish("toys", -1.0)])
    assert [(one.value, one.score, one.basis, one.answers) for one in found] == [
        ("tea", round(2 / 3, 4), "quiz", 1),
        ("toys", round(1 / 3, 4), "quiz", 1),
    ]


def test_an_item_without_a_description_is_left_out_of_every_sum() -> None:
    item = Item(item_id="a", category="tea", attributes={"leaf": ("black", "black")})
    found = count_values([(item, 2.0), (None, 5.0)])
    assert (found.total, found.weights, found.items) == (
        2.0,
        {TEA: 2.0, ("leaf", "black"): 2.0},
        {TEA: 1, ("leaf", "black"): 1},
    )


def test_history_and_answers_make_one_affinity(shop: Shop) -> None:
    for item_id in TEAS:
        shop.happen("v", EventKind.PURCHASE, item_id)
    tell(shop, "drink", "tea")
    tea = of(shop)["tea"]
    assert (tea.basis, tea.items, tea.answers) == ("both", len(TEAS), 1)
    assert tea.is_liked


def test_what_was_returned_is_no_evidence(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, COFFEES[0])
    assert of(shop)["coffee"].items == 1
    shop.happen("v", EventKind.RETURN, COFFEES[0])
    assert of(shop) == {}


def test_whoever_withdrew_leans_to_what_they_said_alone(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, COFFEES[0])
    tell(shop, "drink", "tea", purpose="family")
    shop.happen("v", EventKind.CONSENT, consent={"family": True})
    withdraw(shop)
    assert {value: one.basis for value, one in of(shop).items()} == {"tea": "quiz"}


def test_a_sensitive_answer_shows_nowhere(shop: Shop) -> None:
    tell(shop, "drink", "tea", quiz="unpublished", revision=1, question="drink")
    assert of(shop) == {}


def test_without_a_model_answers_still_count(empty_shop: Shop) -> None:
    empty_shop.publish(TEA_QUIZ)
    tell(empty_shop, "drink", "tea")
    assert of(empty_shop)["tea"].basis == "quiz"


def test_a_changed_catalogue_changes_what_the_shop_sells(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, COFFEES[0])
    before = of(shop)["coffee"].shop_share
    for item_id in COFFEES[1:]:
        shop.store.delete_item(item_id).result()
    assert of(shop)["coffee"].shop_share < before
