"""A shop that sends, and a server that receives."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recsvc.destinations import open_channels
from recsvc.domain.destinations import Destination, DestinationKind
from recsvc.domain.events import EventKind
from recsvc.serving.outbox import Outbox
from recsvc.serving.sharing import Sharing
from recsvc.serving.unsubscribing import UnsubscribeLinks
from tests.recsvc.destinations.receiver import Receiver, receiving
from tests.shop import SECRET, Shop

Opens = Callable[..., Outbox]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).open()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver) as found:
        yield found


@pytest.fixture
def outbox_to(shop: Shop, receiver: Receiver) -> Iterator[Opens]:
    """Opens the outbox to the receiver, as a kind of destination."""
    links = UnsubscribeLinks(SECRET, "https://recommend.example/base/")
    sharing = Sharing(shop.visitors, shop.store, shop.segments, shop.quizzes, shop.clock, links)
    opened: list[Outbox] = []

    def open_outbox(kind: DestinationKind = DestinationKind.WEBHOOK, **terms: Any) -> Outbox:
        named = {"name": "crm", "url": receiver.url, "secret_env": "CRM", "per_minute": 100_000, **terms}
        destination = Destination(kind=kind, **named)
        channels = open_channels([destination], {"CRM": "s3cret"}, shop.store, shop.clock)
        opened.append(Outbox(shop.store, sharing, channels, shop.clock, jitter=lambda: 0.5))
        return opened[-1]

    yield open_outbox
    for outbox in opened:
        outbox.close()


def share(shop: Shop, visitor_id: str = "v", purpose: str = "share", *, granted: bool = True) -> None:
    """Say yes or no, a moment after what was said before."""
    shop.clock.advance(seconds=1)
    shop.happen(visitor_id, EventKind.CONSENT, consent={purpose: granted})
