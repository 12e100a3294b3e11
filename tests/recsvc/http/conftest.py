"""The API over the small shop: real use cases, the in-memory store, no network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

from recsvc.domain.known_stores import KnownStores
from recsvc.domain.limits import Limits
from recsvc.http.api import Api, Service
from recsvc.http.parts import ApiParts
from recsvc.http.telemetry import Watcher
from recsvc.serving.cards import Cards
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.ingest import Ingest
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.privacy import Privacy
from recsvc.stores.request_counts import LocalCounts
from tests.shop import SECRET, Shop

Client = TestClient[Litestar]


def api_parts(shop: Shop) -> ApiParts:
    return ApiParts(
        recommender=shop.recommender,
        pages=shop.pages,
        hindsight=shop.hindsight,
        visitors=shop.visitors,
        ingest=Ingest(shop.store, shop.clock),
        quiz_journey=shop.journey,
        touchpoints=shop.touchpoints,
        visitor_facts=shop.facts,
        privacy=Privacy(shop.store, SECRET, shop.clock),
        contacts=shop.contacts,
        affinities=shop.affinities,
        segments=shop.segments,
        live_model=shop.live_model,
        live_catalogue=shop.catalogue,
        store=shop.store,
        keys=LiveKeys(shop.store, shop.clock),
        catalogue_changes=CatalogueChanges(shop.store, shop.catalogue),
        cards=Cards(shop.catalogue),
        limits=Limits(),
        counts=LocalCounts(),
        secret=SECRET,
        shopify_secrets=(),
        known_stores=KnownStores(),
        clock=shop.clock,
        version="0.1.0",
    )


def api_of(shop: Shop, *watchers: Watcher, **others: Any) -> Litestar:
    api = Api(api_parts(shop)._replace(**others), watchers=watchers)
    return Service(plugins=[api], state=State({"shop": shop}))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).open()


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with TestClient(api_of(shop)) as client:
        yield client


@pytest.fixture(scope="session")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service for requests that are refused, so that many tests may share it."""
    with TestClient(api_of(Shop(tmp_path_factory.mktemp("steady")).open())) as client:
        yield client


@pytest.fixture(scope="session")
def battered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service for whatever is made up, some of which is taken: it has another catalogue by and by."""
    with TestClient(api_of(Shop(tmp_path_factory.mktemp("battered")).open())) as client:
        yield client


@pytest.fixture
def empty_client(tmp_path: Path) -> Iterator[Client]:
    """A service that has nothing yet."""
    with TestClient(api_of(Shop(tmp_path / "empty"))) as client:
        yield client
