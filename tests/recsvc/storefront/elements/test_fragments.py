"""A placement as plain HTML: its products, nothing run, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.events import EventKind
from recsvc.serving.cards import Cards
from recsvc.storefront.elements.fragments import fragments_router
from tests.shop import Shop, item

Client = TestClient[Litestar]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).open()


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    router = fragments_router(shop.recommender, Cards(shop.catalogue), "ja")
    with TestClient(Litestar([router], openapi_config=None)) as client:
        yield client


def test_fragment_lists_products_in_the_language_and_may_be_kept(client: Client) -> None:
    answer = client.get("/fragments/home?limit=3&locale=ja")
    assert answer.text.count("<li") == 3
    assert "商品0" in answer.text
    assert "あなたへのおすすめ" in answer.text
    assert answer.headers["cache-control"] == "public, max-age=60"


def test_fragment_speaks_the_shops_language_where_none_is_asked_for(client: Client) -> None:
    answer = client.get("/fragments/home", headers={"accept-language": "en"})
    assert 'lang="ja"' in answer.text
    assert "商品0" in answer.text


def test_fragment_is_the_same_for_everybody(client: Client, shop: Shop) -> None:
    before = client.get("/fragments/home").text
    shop.happen("anon:a", EventKind.PURCHASE, "item-03")
    assert client.get("/fragments/home", headers={"Recsvc-Visitor": "anonymous_id=a"}).text == before


def test_texts_of_the_catalogue_are_escaped(client: Client, shop: Shop) -> None:
    evil = item(
        0, title="<script>x</script>", link='/p?"><script>', image_link="javascript:x", currency="<b>"
    )
    shop.store.put_items([evil]).result()
    text = client.get("/fragments/home?locale=en").text
    assert "&lt;script&gt;x" in text
    assert "<script" not in text
    assert "javascript:" not in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("path", "status"),
    [("nowhere", 404), ("similar", 400), ("home?limit=0", 400), ("home?locale=%3Cscript%3E", 400)],
)
def test_what_cannot_be_answered_is_refused(client: Client, path: str, status: int) -> None:
    assert client.get(f"/fragments/{path}").status_code == status
