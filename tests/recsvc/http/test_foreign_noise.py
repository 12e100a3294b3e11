"""Whatever other protocols send, the answer is a verdict or a refusal, never a failure of the service."""

import base64
import hmac
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.http.foreign_examples import CLOUD_EVENT
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.sources.recordings import recorded
from tests.shop import Shop

SIGNER = "k" * 16
few = settings(max_examples=60)

ODD = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, 10**400, 10**20, -(10**400), "", " ", "x" * 300, "a\nb", "\0", "9" * 400),
        *(
            "1e400",
            "NaN",
            "½",
            "anon:x",
            "gid://shopify/",
            "gid://",
            "０",
            [],
            [1],
            [{}],
            [None],
            {},
            {"id": 1},
        ),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30", "1970-01-01"),
    ]
)


def changed(value: Any, draw: st.DrawFn) -> Any:
    """The same with some of its members replaced by odd ones."""
    if draw(st.integers(0, 12)) == 0:
        return draw(ODD)
    if isinstance(value, dict):
        return {name: changed(one, draw) for name, one in value.items()}
    return [changed(one, draw) for one in value] if isinstance(value, list) else value


@st.composite
def changes_of(draw: st.DrawFn, value: Any) -> Any:
    return changed(value, draw)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    shop = Shop(tmp_path_factory.mktemp("noise")).open()
    with Client(api_of(shop, shopify_secrets=(SIGNER,))) as client:
        yield client


def post(client: Client, path: str, body: Any, **headers: str) -> None:
    content = msgspec.json.encode(body)
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"} | headers)
    assert answer.status_code in {200, 204, 400}, answer.text


@few
@given(changes_of(recorded("segment_batch")))
def test_segment(client: Client, body: Any) -> None:
    post(client, "/ingest/segment/v1/batch", body)


@few
@given(changes_of(recorded("posthog_batch")))
def test_posthog(client: Client, body: Any) -> None:
    post(client, "/ingest/segment/v1/import", body)


@few
@given(changes_of(recorded("ga4_measurement_protocol")))
def test_ga4(client: Client, body: Any) -> None:
    post(client, "/ingest/ga4/mp/collect", body)
    post(client, "/ingest/ga4/debug/mp/collect", body)


@few
@given(
    st.sampled_from(sorted(recorded("shopify_pixel"))).flatmap(
        lambda name: changes_of(recorded("shopify_pixel")[name])
    )
)
def test_shopify_pixel(client: Client, body: Any) -> None:
    post(client, "/ingest/shopify/pixel", body)


REFUND = {
    "id": 7,
    "created_at": "2026-04-01T00:00:00Z",
    "refund_line_items": [{"line_item_id": 1, "quantity": 1}],
}
LEVEL = {"inventory_item_id": 8801, "location_id": 31, "available": 4, "updated_at": "2026-03-31T13:00:00Z"}
RESOURCES = {
    "orders/cancelled": recorded("shopify_order")
    | {"refunds": [REFUND], "cancelled_at": "2026-04-02T00:00:00Z"},
    "products/update": recorded("shopify_product"),
    "inventory_levels/update": LEVEL,
}


@few
@given(
    st.sampled_from(sorted(RESOURCES)).flatmap(
        lambda topic: st.tuples(st.just(topic), changes_of(RESOURCES[topic]))
    )
)
def test_shopify_webhook(client: Client, told: tuple[str, Any]) -> None:
    topic, body = told
    digest = hmac.digest(SIGNER.encode(), msgspec.json.encode(body), "sha256")
    signature = base64.b64encode(digest).decode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature}
    post(client, "/ingest/shopify/webhooks", body, **headers)


@few
@given(st.lists(changes_of(CLOUD_EVENT), max_size=3))
def test_cloudevents(client: Client, body: Any) -> None:
    post(client, "/ingest/cloudevents", body, **{"Content-Type": "application/cloudevents-batch+json"})
