"""What placements name and no item has is said, with what was probably meant."""

import logging
from pathlib import Path

import pytest

from recsvc.domain.catalogue import Item
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.serving.placement_file import parse_placements
from recsvc.serving.placement_names import PlacementNames, Stocked, unmet
from tests.shop import Shop

HEAD = '[[placements]]\nid = "home"\nstrategy = "personal"\n'
TEAS = [
    Item(item_id="t-1", item_group_id="t", category="tea", price=900.0, attributes={"size": ("50", "100")}),
    Item(item_id="t-2", item_group_id="t", category="tea", price=1500.0, brand="Hillside"),
    Item(item_id="cup", category="ware", price=2500.0),
]


def sentences(more: str) -> list[str]:
    (placement,) = parse_placements(HEAD + more, "shop.toml").values()
    return [f"{flaw.field}: {flaw.sentence}" for flaw in unmet(placement, Stocked(TEAS))]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('filter = "item.prise <= 2000"', "filter: `item.prise <= 2000`: no item has `prise`; did you mean"),
        ("filter = \"item.category == 'Tea'\"", "no item has category `Tea`; did you mean `tea`?"),
        ("filter = \"item.brand not in ['Hilside']\"", "no item has brand `Hilside`; did you mean `Hill"),
        ('filter = "item.size <= 50"', "`<=` compares numbers, and `item.size` is text; numbers are"),
        ('filter = "item.size == 50"', "`item.size` is text; write '50' in quotes"),
        ("filter = \"item.price == '900'\"", "`item.price` is a number; write it without quotes"),
        ('filter = "item.price < 900"', "none of the 3 items passes, so nothing is ever shown"),
        ("boosts = [{ where = \"item.categry == 'tea'\", by = 1 }]", "boosts: `item.categry == 'tea'`"),
        ('boosts = [{ where = "item.price > 9000", by = 1 }]', "so nothing is moved"),
        ('same = ["categories"]', "same: no item has `categories`; did you mean `category`?"),
        ("margin_weight = 1", "margin_weight: no item has `margin`"),
        ('pins = [{ item = "cups", position = 1 }]', "pins: no item is called `cups`; did you mean `cup`?"),
    ],
)  # fmt: skip
def test_what_no_item_has_is_said(more: str, says: str) -> None:
    (sentence,) = sentences(more)
    assert says in sentence


@pytest.mark.parametrize(
    "more",
    [
        "filter = \"item.price <= 2000 and item.category != 'ware'\"",
        "filter = \"item.size in ['50'] or 'tea' in item.category\"",
        'pins = [{ item = "t", position = 1 }, { item = "t-1", position = 2 }]',
        "near_price = 0.2",
    ],
)
def test_what_some_item_has_is_not(more: str) -> None:
    assert sentences(more) == []


def test_running_service_says_it_once_and_answers_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(tmp_path, placements=HEAD + 'filter = "item.prise <= 2000"\n')
    names = PlacementNames(shop.live_placements, shop.catalogue)
    assert not names.look()  # nothing is known of a shop without items
    shop.open()
    shop.visitors.read(None)  # as a start does
    with caplog.at_level(logging.WARNING):
        assert names.look()
        assert not names.look()
    (record,) = [one for one in caplog.records if one.message == "placements_name_nothing"]
    assert "did you mean `price`?" in record.__dict__["findings"][0]
    (slate,) = shop.recommender.page(SlateRequest(None, (PlacementRequest("home"),)))
    assert slate.items == ()
    assert slate.dropped["filter"] > 0
