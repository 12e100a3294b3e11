"""Cards beside the items of slates, and the switch that refuses them."""

import pytest
from litestar.testing import TestClient

from recsvc.domain.catalogue import Item
from recsvc.serving.cards import Cards
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop, item

HOME = {"placements": [{"id": "home", "limit": 1}]}


def first_card(client: Client, locale: str) -> dict[str, object]:
    slate = client.post(f"/v1/slates?cards={locale}", json=HOME).json()["slates"][0]
    card: dict[str, object] = slate["items"][0]["card"]
    return card


@pytest.mark.parametrize(
    ("locale", "title", "heading"),
    [
        ("en", "Item 0", "For you"),
        ("ja", "商品0", "あなたへのおすすめ"),
        ("ja-JP", "商品0", "あなたへのおすすめ"),
    ],
)
def test_card_speaks_the_language_that_was_asked_for(
    client: Client, locale: str, title: str, heading: str
) -> None:
    assert first_card(client, locale) == {"title": title, "price": 100.0}
    assert client.get(f"/v1/slates/home?cards={locale}").json()["title"] == heading


@pytest.mark.parametrize(
    ("locale", "currency", "now", "before"),
    [
        ("ja", "JPY", "￥90", "￥100"),
        ("en-US", "JPY", "¥90", "¥100"),
        ("en", "EUR", "€90.00", "€100.00"),
        ("de", "EUR", None, None),
        ("en", "CHF", None, None),
    ],
)
def test_price_is_written_where_the_service_can(
    client: Client, shop: Shop, locale: str, currency: str, now: str | None, before: str | None
) -> None:
    shop.store.put_items([item(0, sale_price=90.0, currency=currency)]).result()
    card = first_card(client, locale)
    assert (card.get("price_text"), card.get("before_text")) == (now, before)


def test_sale_that_is_dearer_strikes_nothing_out(client: Client, shop: Shop) -> None:
    shop.store.put_items([item(0, sale_price=120.0, currency="JPY")]).result()
    card = first_card(client, "ja")
    assert (card["price_text"], card.get("before_text")) == ("￥120", None)


def test_answer_has_no_cards_unless_asked(client: Client) -> None:
    slate = client.post("/v1/slates", json=HOME).json()["slates"][0]
    assert slate["items"]
    assert all("card" not in item for item in slate["items"])


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//elsewhere.example/x", "data:text/html,x", "\\x"]
)
def test_address_that_is_no_page_of_a_shop_is_left_out(client: Client, shop: Shop, address: str) -> None:
    shop.store.put_items([item(0, link=address, image_link=address)]).result()
    assert {"link", "picture"} & set(first_card(client, "en")) == set()


def test_shop_names_the_page_and_the_picture_of_a_product(shop: Shop) -> None:
    def page_of(item: Item, slate_id: str) -> str:
        return f"/p/{item.item_id}?from={slate_id[:3]}"

    cards = Cards(shop.catalogue, link_of=page_of)
    with TestClient(api_of(shop, cards=cards)) as client:
        slate = client.get("/v1/slates/home?limit=1&cards=en").json()
    assert slate["items"][0]["card"]["link"] == f"/p/item-00?from={slate['slate_id'][:3]}"


def test_session_of_a_quiz_shows_its_products_as_well(client: Client) -> None:
    begun = client.post("/v1/quizzes/tea/sessions", json={"visitor": {"anonymous_id": "a"}}).json()
    address = f"/v1/quiz-sessions/{begun['session']}/answers/drink?cards=ja"
    view = client.put(address, json={"value": "tea"}, headers={"Recsvc-Visitor": "anonymous_id=a"}).json()
    assert all(one["card"]["title"].startswith("商品") for one in view["slate"]["items"])


def test_opening_asks_the_first_question_and_keeps_nothing(client: Client) -> None:
    view = client.get("/v1/quizzes/tea/opening?locale=ja").json()
    assert (view["question"]["title"], view["progress"]["answered"]) == ("どちら", 0)
    assert client.get(f"/v1/quiz-sessions/{view['session']}").status_code == 404


@pytest.mark.parametrize("address", ["/v1/slates/home?cards=1", "/v1/quizzes/tea/opening?cards=1"])
def test_cards_in_no_language_are_refused_by_the_name_and_the_form_that_is_wanted(
    client: Client, address: str
) -> None:
    refused = client.get(address)
    assert refused.status_code == 400
    (fault,) = refused.json()["errors"]
    assert fault["parameter"] == "cards"
    assert fault["message"] == "cards: Expected a language, such as `ja` or `en-GB`."


def test_switch_refuses_cards_and_nothing_else(shop: Shop) -> None:
    cards = Cards(shop.catalogue, is_on=False)
    with TestClient(api_of(shop, cards=cards)) as client:
        refused = client.post("/v1/slates?cards=en", json=HOME)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/elements-off")
        assert client.post("/v1/slates", json=HOME).status_code == 200
