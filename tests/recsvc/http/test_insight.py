"""Affinities and segments over HTTP, for servers."""

from recsvc.domain.events import EventKind
from tests.recsvc.http.conftest import Client
from tests.recsvc.serving.test_affinities import TEAS
from tests.shop import Shop


def test_affinities_say_how_far_and_from_what(client: Client, shop: Shop) -> None:
    for item_id in TEAS:
        shop.happen("card:7", EventKind.PURCHASE, item_id)
    answer = client.get("/v1/visitors/card:7/affinities")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store, private"
    (tea,) = answer.json()["affinities"]
    assert (tea["attribute"], tea["value"], tea["items"], tea["basis"]) == ("category", "tea", 4, "history")
    assert 0.5 < tea["score"] < 1


def test_segments_are_those_of_now(client: Client, shop: Shop) -> None:
    assert client.get("/v1/visitors/v/segments").json() == {"visitor_id": "v", "segments": []}
    for item_id in TEAS:
        shop.happen("v", EventKind.PURCHASE, item_id)
    assert client.get("/v1/visitors/v/segments").json()["segments"] == ["tea-lovers"]
