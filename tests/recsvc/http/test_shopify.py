"""Webhooks are believed when they are signed, and count once; pixels are taken as they come."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.known_stores import KnownStores
from recsvc.stores.memory import MemoryStore
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.recsvc.http.keys import ORIGIN, keys_of
from tests.recsvc.sources.recordings import recorded
from tests.shop import Shop

WEBHOOKS = "/ingest/shopify/webhooks"
PIXEL = "/ingest/shopify/pixel"
NEW, OLD = "new-secret", "old-secret"
LEVEL = {"inventory_item_id": 8801, "location_id": 31, "available": 4, "updated_at": "2026-03-31T13:00:00Z"}


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with Client(api_of(shop, shopify_secrets=(NEW, OLD))) as client:
        yield client


def deliver(client: Client, topic: str, resource: Any, secret: str = NEW, **headers: str) -> Any:
    body = resource if isinstance(resource, bytes) else msgspec.json.encode(resource)
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    sent = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Webhook-Id": "b54557e4",
    }
    return client.post(WEBHOOKS, content=body, headers=sent | headers)


def verdicts(answer: Any) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(one["verdict"], one["code"]) for one in answer.json()["results"]]


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_order_that_either_secret_signed_is_in_the_profile(client: Client, shop: Shop, secret: str) -> None:
    assert verdicts(deliver(client, "orders/create", recorded("shopify_order"), secret)) == [
        ("accepted", None)
    ]
    recent = shop.store.read_visitor("shopify:5501").profile.recent
    assert sorted((one.item_id, one.quantity) for one in recent) == [("701", 2.0), ("702", 1.0)]


def test_order_that_is_told_a_hundred_times_counts_once(client: Client, shop: Shop) -> None:
    order = recorded("shopify_order")
    topics = ["orders/create", "orders/paid", "orders/updated"] * 34
    found = [verdicts(deliver(client, topic, order)) for topic in topics]
    assert found == [[("accepted", None)], *[[("duplicate", None)]] * 101]
    assert len(shop.store.read_visitor("shopify:5501").profile.recent) == 2


def test_purchase_that_pixel_and_webhook_tell_is_one(client: Client) -> None:
    answer = client.post(PIXEL, json=recorded("shopify_pixel")["checkout_completed"])
    assert verdicts(answer) == [("accepted", None)]
    assert verdicts(deliver(client, "orders/create", recorded("shopify_order"))) == [("duplicate", None)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Hmac-Sha256": "bm90IGl0"},
        {"X-Shopify-Hmac-Sha256": "\u00e9" * 44},
        {"X-Shopify-Hmac-Sha256": "x" * 10_000},
    ],
)
def test_bad_signature_is_refused(client: Client, shop: Shop, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = deliver(client, "orders/create", recorded("shopify_order"), **encoded)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/bad-signature")
    assert shop.store.read_visitor("shopify:5501").profile.revision == 0


def test_absent_signature_another_secret_and_a_body_encoded_anew_are_refused(client: Client) -> None:
    body = msgspec.json.encode(recorded("shopify_order"))
    topic = {"X-Shopify-Topic": "orders/create"}
    assert client.post(WEBHOOKS, content=body, headers=topic).status_code == 401
    assert deliver(client, "orders/create", body, "guessed").status_code == 401
    signature = base64.b64encode(hmac.digest(NEW.encode(), body, "sha256")).decode()
    other = msgspec.json.format(body)
    answer = client.post(WEBHOOKS, content=other, headers=topic | {"X-Shopify-Hmac-Sha256": signature})
    assert answer.status_code == 401


def test_without_a_secret_no_webhook_is_believed(shop: Shop) -> None:
    with Client(api_of(shop)) as client:
        answer = deliver(client, "orders/create", recorded("shopify_order"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
    assert "shopify_secrets" in answer.json()["detail"]


def test_product_is_an_item_and_an_older_word_changes_nothing(client: Client, shop: Shop) -> None:
    product = recorded("shopify_product")
    assert verdicts(deliver(client, "products/create", product)) == [("accepted", None)]
    shown = client.get("/v1/items/701").json()
    assert (shown["title"], shown["price"], shown["attr:size"]) == ("Jasmine Pearls", 10.0, ["50 g", "100 g"])
    assert not {"counts", "changed_at"} & shown.keys()
    replayed = product | {"title": "Old", "updated_at": "2026-03-30T00:00:00Z"}
    assert verdicts(deliver(client, "products/update", replayed)) == [("ignored", "stale")]
    item = shop.catalogue.get("701")
    assert item is not None
    assert item.title == "Jasmine Pearls"


def test_levels_of_all_variants_are_the_stock_of_a_store(client: Client, shop: Shop) -> None:
    deliver(client, "products/create", recorded("shopify_product"))
    later = {"updated_at": "2026-03-31T14:00:00Z"}
    levels = [
        LEVEL,
        LEVEL | {"inventory_item_id": 8802, "available": 2},
        LEVEL | {"location_id": 32, "available": -1},
    ]
    for level in levels:
        assert verdicts(deliver(client, "inventory_levels/update", level)) == [("accepted", None)]
    assert client.get("/v1/items/701").json()["stock"] == {"31": 6.0, "32": 0.0}
    assert verdicts(deliver(client, "inventory_levels/update", LEVEL | later | {"available": 1})) == [
        ("accepted", None)
    ]
    assert verdicts(deliver(client, "inventory_levels/update", LEVEL)) == [("ignored", "stale")]
    deliver(client, "products/update", recorded("shopify_product") | later)
    assert client.get("/v1/items/701").json()["stock"] == {"31": 3.0, "32": 0.0}
    deliver(client, "inventory_levels/disconnect", {"inventory_item_id": 8802, "location_id": 31})
    item = shop.catalogue.get("701")
    assert item is not None
    assert item.stock == {"31": 1.0, "32": 0.0}


def test_level_of_an_unknown_variant_is_ignored(client: Client) -> None:
    assert verdicts(deliver(client, "inventory_levels/update", LEVEL)) == [("ignored", "unknown_item")]


def test_removed_product_is_gone(client: Client) -> None:
    deliver(client, "products/create", recorded("shopify_product"))
    assert verdicts(deliver(client, "products/delete", {"id": 701})) == [("accepted", None)]
    assert client.get("/v1/items/701").status_code == 404
    assert verdicts(deliver(client, "products/delete", {"id": 701})) == [("ignored", "unknown_item")]
    assert verdicts(deliver(client, "inventory_levels/update", LEVEL)) == [("ignored", "unknown_item")]


def test_level_of_a_location_that_is_not_declared_is_ignored(shop: Shop) -> None:
    parts = {"shopify_secrets": (NEW,), "known_stores": KnownStores(frozenset({"32"}))}
    with Client(api_of(shop, **parts)) as client:
        deliver(client, "products/create", recorded("shopify_product"))
        level = verdicts(deliver(client, "inventory_levels/update", LEVEL))
        assert level == [("ignored", "unknown_store")]
        elsewhere = verdicts(deliver(client, "inventory_levels/update", LEVEL | {"location_id": 32}))
        assert elsewhere == [("accepted", None)]


def test_topic_that_means_nothing_keeps_its_subscription(client: Client) -> None:
    assert verdicts(deliver(client, "themes/publish", {"id": 1})) == [("ignored", "unknown_topic")]


@pytest.mark.parametrize(
    ("topic", "body", "number"),
    [
        ("customers/data_request", {"customer": {"id": 5501}, "data_request": {"id": 9999}}, 9999),
        ("customers/data_request", {"customer": {"id": 5501}, "data_request": {"id": "shopify:5501"}}, None),
        ("shop/redact", {"shop_id": 1, "shop_domain": "x.myshopify.com"}, None),
    ],
)
def test_request_that_a_person_has_to_fulfil_is_in_the_log_without_a_name(
    client: Client,
    shop: Shop,
    caplog: pytest.LogCaptureFixture,
    topic: str,
    body: dict[str, Any],
    number: int | None,
) -> None:
    deliver(client, "orders/create", recorded("shopify_order"))
    with caplog.at_level("WARNING", "recsvc.http.shopify"):
        assert verdicts(deliver(client, topic, body)) == [("ignored", "left_to_the_operator")]
    (line,) = [one for one in caplog.records if one.name == "recsvc.http.shopify"]
    assert (line.topic, line.data_request) == (topic, number)  # type: ignore[attr-defined]
    assert "5501" not in str(vars(line))
    assert shop.store.read_visitor("shopify:5501").profile.revision > 0
    assert deliver(client, topic, body, "wrong-secret").status_code == 401


@pytest.mark.parametrize(
    ("topic", "body", "pointer"),
    [
        ("orders/create", b'{"id":"\xff"}', ""),
        ("orders/create", b'{"id":"\\ud800"}', ""),
        ("products/create", b"[1]", ""),
        ("products/create", b'{"a":' + b"[" * 200_000, ""),
        ("products/create", b'{"title":"x"}', "/id"),
        ("products/create", b'{"id":1,"variants":[{"price":' + b"9" * 400 + b"}]}", "/variants/0/price"),
        ("inventory_levels/update", b'{"inventory_item_id":1}', "/location_id"),
    ],
)
def test_signed_nonsense_is_refused_with_its_place(
    client: Client, topic: str, body: bytes, pointer: str
) -> None:
    answer = deliver(client, topic, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_webhook_without_a_topic_is_refused(client: Client) -> None:
    assert client.post(WEBHOOKS, content=b"{}").status_code == 400


@pytest.mark.parametrize("topic", ["orders/create", "products/create"])
def test_store_that_takes_nothing_says_try_again(shop: Shop, topic: str) -> None:
    name = "shopify_order" if topic.startswith("orders") else "shopify_product"
    shop.store = FailingStore()
    with Client(api_of(shop, shopify_secrets=(NEW,))) as client:
        assert deliver(client, topic, recorded(name)).status_code == 503


def test_pixel_is_read_from_a_beacon(client: Client, shop: Shop) -> None:
    body = msgspec.json.encode(recorded("shopify_pixel")["product_viewed"])
    answer = client.post(PIXEL, content=body, headers={"Content-Type": "text/plain"})
    assert verdicts(answer) == [("accepted", None)]
    assert [one.item_id for one in shop.store.read_visitor("anon:client-1").profile.recent] == ["701"]


def test_opted_out_browser_is_not_kept(client: Client) -> None:
    answer = client.post(PIXEL, json=recorded("shopify_pixel")["product_viewed"], headers={"Sec-GPC": "1"})
    assert verdicts(answer) == [("ignored", "no_consent")]


def test_customer_whom_shopify_redacts_is_erased(client: Client, shop: Shop) -> None:
    deliver(client, "orders/create", recorded("shopify_order"))
    assert shop.store.read_visitor("shopify:5501").profile.revision > 0
    redacted = {"customer": {"id": 5501}}
    assert verdicts(deliver(client, "customers/redact", redacted)) == [("accepted", None)]
    assert list(shop.store._log) == []
    assert deliver(client, "customers/redact", {"customer": {}}).status_code == 400
    assert deliver(client, "customers/redact", redacted | {"orders_to_redact": [True]}).status_code == 400


def test_address_and_guest_orders_of_the_redacted_customer_are_erased(client: Client, shop: Shop) -> None:
    guest = recorded("shopify_order") | {"id": 77, "customer": None, "note_attributes": []}
    deliver(client, "orders/create", guest)
    digest = hashlib.sha256(b"ada@example.org").hexdigest()
    shop.happen(f"email:{digest}", EventKind.VIEW, "item-01")
    customer = {"id": 1, "email": " Ada@Example.org"}
    body = {"customer": customer, "orders_to_redact": [77]}
    assert verdicts(deliver(client, "customers/redact", body)) == [("accepted", None)]
    assert list(shop.store._log) == []


class CountingStore(MemoryStore):
    """Knows how often it was asked for names, to erase, and to make room."""

    named = erased = compacted = 0

    def names(self, *visitor_ids: str) -> frozenset[str]:
        self.named += 1
        return super().names(*visitor_ids)

    def erase(self, digests: Mapping[str, str]) -> Future[int]:
        self.erased += 1
        return super().erase(digests)

    def compact(self) -> None:
        self.compacted += 1


def test_a_customer_with_many_orders_is_erased_at_once(tmp_path: Path) -> None:
    store = CountingStore()
    shop = Shop(tmp_path, store=store).open()
    shop.happen("ada", EventKind.IDENTIFY, identities=(Identity(IdentityKind.SHOPIFY_CUSTOMER, "1"),))
    shop.happen("ada", EventKind.PURCHASE, "item-01")
    body = {"customer": {"id": 1}, "orders_to_redact": list(range(1, 301))}
    asked = store.named
    with Client(api_of(shop, shopify_secrets=(NEW,))) as client:
        assert verdicts(deliver(client, "customers/redact", body)) == [("accepted", None)]
    assert (store.named - asked, store.erased, store.compacted) == (1, 1, 1)
    assert list(store._log) == []


def test_pixel_in_its_sandbox_needs_a_key_that_was_made_for_it(client: Client, shop: Shop) -> None:
    keys = keys_of(shop)
    pixel, page = keys.create_publishable("pixel", ["null"]), keys.create_publishable("web", [ORIGIN])
    body = msgspec.json.encode(recorded("shopify_pixel")["product_viewed"])
    sent = {"Content-Type": "text/plain", "Origin": "null"}
    taken = client.post(PIXEL, params={"key": pixel.text}, content=body, headers=sent)
    assert verdicts(taken) == [("accepted", None)]
    assert "access-control-allow-origin" not in taken.headers
    refused = client.post(PIXEL, params={"key": page.text}, content=body, headers=sent)
    assert refused.status_code == 403
    refused = client.post(PIXEL, params={"key": pixel.text}, content=body, headers=sent | {"Origin": ORIGIN})
    assert refused.status_code == 403
