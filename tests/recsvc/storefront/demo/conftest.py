"""The demo shop over the small shop: real use cases, the in-memory store, no network."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.events import EventKind
from recsvc.domain.profile import Profile
from recsvc.serving.cards import Cards
from recsvc.serving.ingest import Ingest
from recsvc.serving.privacy import Privacy
from recsvc.storefront.demo.pages import card_page, item_picture
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.routes import demo_router
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.routes import quiz_router
from recsvc.storefront.visitor import ShopVisitor
from tests.recsvc.storefront.quiz.conftest import quiz_parts
from tests.shop import SECRET, Shop

HOUSEHOLD = "4711"


def parts_of(shop: Shop, **others: Any) -> DemoParts:
    parts = DemoParts(
        recommender=shop.recommender,
        quizzes=shop.quizzes,
        facts=shop.facts,
        privacy=Privacy(shop.store, SECRET, shop.clock),
        ingest=Ingest(shop.store, shop.clock),
        visitors=shop.visitors,
        catalogue=shop.catalogue,
        cards=Cards(shop.catalogue, link_of=card_page, picture_of=item_picture),
        category_name=lambda category, locale: f"{category} ({locale})",
        department_name=lambda department, locale: f"{department} ({locale})",
        secret=SECRET,
        clock=shop.clock,
        households=(HOUSEHOLD,),
    )
    return parts._replace(**others)


class Browser:
    """A browser without JavaScript: follows links and posts the forms of the last page."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.page = ""

    def get(self, path: str, **headers: str) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return self.page

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.page)
        assert found
        return found[1]

    def post(self, path: str, **fields: str | list[str]) -> str:
        """Post a form and read the page that it leads to; the address of that page."""
        answer = self.client.post(path, data={"token": self.token} | fields, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        place = answer.headers["location"]
        self.get(place.partition("#")[0])
        return place

    def shop_as(self, household: str) -> None:
        self.get("/visitors")
        self.post("/demo/visitor", household=household, return_to="/")

    def agree(self) -> None:
        self.get("/")
        self.post("/demo/consent", action="grant", return_to="/")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path).open()
    shop.happen(HOUSEHOLD, EventKind.PURCHASE, "item-05", "item-08", days_ago=3)
    return shop


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient[Litestar]]:
    pages = QuizPages(quiz_parts(shop))
    routers = [demo_router(parts_of(shop)), quiz_router(pages)]
    with TestClient(Litestar(routers, openapi_config=None)) as client:
        yield client


@pytest.fixture(scope="session")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """A shop for requests that change nothing, so that many tests may share it."""
    shop = Shop(tmp_path_factory.mktemp("steady")).open()
    with TestClient(Litestar([demo_router(parts_of(shop))], openapi_config=None)) as client:
        yield client


@pytest.fixture
def visitor(steady: TestClient[Litestar]) -> "Browser":
    """A new visitor to the shared shop."""
    steady.cookies.clear()
    return Browser(steady)


@pytest.fixture
def browser(client: TestClient[Litestar]) -> Browser:
    """Somebody who agreed to be remembered."""
    browser = Browser(client)
    browser.agree()
    return browser


@pytest.fixture
def stranger(client: TestClient[Litestar]) -> Browser:
    """Somebody who was not asked yet."""
    return Browser(client)


def visitor_of(client: TestClient[Litestar]) -> str:
    visitor = ShopVisitor.of_cookie(SECRET, client.cookies["recsvc_visitor"])
    assert visitor
    return visitor.visitor_id


def profile_of(shop: Shop, client: TestClient[Litestar]) -> Profile:
    return shop.store.read_visitor(visitor_of(client)).profile
