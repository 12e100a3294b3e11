"""Every recipe answers a known visitor with known products for known reasons.

`RECSVC_GOLDEN=write` in the environment writes tests/golden/slates.json anew.
"""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recsvc.domain.catalogue import Availability
from recsvc.domain.events import EventKind
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.placement_file import recipes
from tests.artifacts import arrays_of, publish_artifact
from tests.shop import TEA_QUIZ, N, Shop, item

GOLDEN = Path(__file__).parents[2] / "golden" / "slates.json"


@pytest.fixture
def lively(tmp_path: Path) -> Shop:
    """A shop with variants, brands, a store and new products, and a visitor who looked and bought."""
    shop = Shop(tmp_path)
    arrays = arrays_of(N)
    arrays["repeats"][:] = 0.5
    arrays["trending"][[3, 6, 10]] = [4.0, 2.0, 3.0]
    arrays["arrivals"][[10, 11]] = [0.2, 0.4]
    publish_artifact(tmp_path / "models", arrays=arrays)
    shop.publish(TEA_QUIZ)
    shop.store.put_items([_item(number) for number in range(N)]).result()
    shop.live_model.refresh()
    shop.happen("v", EventKind.PURCHASE, "item-02", "item-09", days_ago=40)
    shop.happen("v", EventKind.VIEW, "item-05", "item-07", days_ago=1)
    return shop


def _item(number: int) -> Any:
    return item(
        number,
        brand=f"b{number % 2}",
        item_group_id="group" if number in {3, 4} else None,
        availability=Availability.OUT_OF_STOCK if number in {3, 8} else Availability.IN_STOCK,
        stock={"berlin": 2.0} if number % 2 else {},
    )


def _told(slate: Slate) -> dict[str, Any]:
    """A slate without what another machine rounds otherwise."""
    items = [
        " | ".join(
            (one.id, one.reason.code, one.reason.text, *(because.id for because in one.reason.because))
        )
        for one in slate.items
    ]
    return {"basis": slate.basis, "title": slate.title, "dropped": slate.dropped, "items": items}


def test_slates_are_the_golden_ones(lively: Shop) -> None:
    found: dict[str, Any] = {}
    for visitor, locale in (("v", "en"), ("stranger", "ja")):
        for name in recipes():
            asked = PlacementRequest(name, 4, "item-04", ("item-01", "item-02"))
            request = SlateRequest(visitor, (asked,), locale, "berlin")
            (slate,) = lively.recommender.page(request)
            found[f"{name} for {visitor}"] = _told(slate)
            assert lively.hindsight.slate(slate.slate_id, request).items == slate.items
    text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    if os.environ.get("RECSVC_GOLDEN") == "write":
        GOLDEN.write_text(text, "utf-8")
    assert GOLDEN.read_text("utf-8") == text
