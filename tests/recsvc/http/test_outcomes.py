"""From the slate through its events to the report: arms go along in the slate ids, and nobody is followed."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from recsvc.serving.outcomes import Measured, Outcomes, people
from recsvc.serving.tallies import outcomes_of
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop

HALVES = '[[placements]]\nid = "home"\nstrategy = "personal"\nlimit = 3\nholdout = 0.5\n'
GPC = {"Sec-GPC": "1"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that holds half of its visitors out."""
    return Shop(tmp_path, placements=HALVES).open()


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with TestClient(api_of(shop)) as client:
        yield client


def reported(shop: Shop) -> Outcomes:
    live = shop.live_placements
    measured = Measured(live.by_id, live.revision, shop.catalogue.group_of)
    return outcomes_of(people(shop.store), shop.signer, measured)


def ask(client: Client, visitor: str, **headers: str) -> Any:
    page = {"visitor": {"anonymous_id": visitor}, "placements": [{"id": "home"}]}
    return client.post("/v1/slates", json=page, headers=headers).json()["slates"][0]


def tell(client: Client, visitor: str, kind: str, slate_id: str | None, **more: Any) -> Any:
    event = {"event_id": f"{visitor}-{kind}", "kind": kind, "visitor": {"anonymous_id": visitor}} | more
    if slate_id is not None:
        event["slate_id"] = slate_id
    headers = event.pop("headers", {})
    return client.post("/v1/events", json={"events": [event]}, headers=headers).json()["results"][0]


def test_report_has_the_arms_that_the_slates_had(client: Client, shop: Shop) -> None:
    arms: Counter[str] = Counter()
    for number in range(12):
        visitor = f"v{number}"
        slate = ask(client, visitor)
        arms[slate["arm"]] += 1
        lines = [{"item_id": item["id"]} for item in slate["items"]]
        assert tell(client, visitor, "impression", slate["slate_id"], items=lines)["verdict"] == "accepted"
        tell(client, visitor, "click", slate["slate_id"], item_id=lines[0]["item_id"])
        sold = {"item_id": lines[0]["item_id"], "price": 5, "currency": "EUR"}
        tell(client, visitor, "purchase", None, **sold)
    (home,) = reported(shop).placements
    assert {one.arm: one.visitors for one in home.arms} == arms
    assert {one.arm: one.clicks for one in home.arms} == arms
    assert sum(one.last_touch.revenue["EUR"] for one in home.arms) == 60
    assert home.sample_ratio is not None
    assert home.sample_ratio.visitors == arms


def test_event_of_a_forged_slate_is_taken_in_and_given_to_no_placement(client: Client, shop: Shop) -> None:
    result = tell(client, "v", "impression", ask(client, "v")["slate_id"][:-4] + "AAAA", item_id="item-00")
    assert result["verdict"] == "accepted"
    assert reported(shop) == Outcomes((), 1)


def test_whoever_opts_out_is_in_no_arm_and_in_no_report(client: Client, shop: Shop) -> None:
    slate = ask(client, "v", **GPC)
    assert "arm" not in slate
    told = tell(client, "v", "impression", slate["slate_id"], item_id="item-00", headers=GPC)
    assert (told["verdict"], told["code"]) == ("ignored", "no_consent")
    assert reported(shop) == Outcomes((), 0)
