"""The quiz pages over the small shop: real use cases, the in-memory store, no network."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.http.api import Api, Service
from recsvc.serving.ingest import Ingest
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.parts import QuizPageParts
from recsvc.storefront.quiz.refusals import refuse_form
from recsvc.storefront.quiz.routes import quiz_router
from tests.recsvc.http.conftest import api_parts
from tests.shop import SECRET, Shop

Client = TestClient[Litestar]
BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}


def quiz_parts(shop: Shop) -> QuizPageParts:
    """The parts of the pages, as a shop has them."""
    return QuizPageParts(
        journey=shop.journey,
        sessions=shop.store,
        catalogue=shop.catalogue,
        contacts=shop.contacts,
        unsubscribing=shop.unsubscribing,
        ingest=Ingest(shop.store, shop.clock),
        clock=shop.clock,
        secret=SECRET,
    )


def pages_of(shop: Shop, api: dict[str, Any] | None = None, **others: Any) -> Litestar:
    """The pages over a shop; `api` and `others` put other parts in the place of the usual ones."""
    pages = QuizPages(quiz_parts(shop)._replace(**others))
    api_of_shop = Api(api_parts(shop)._replace(**api or {}), refuse_form(pages))
    return Service(route_handlers=[quiz_router(pages)], plugins=[api_of_shop])


class Browser:
    """A browser without JavaScript: opens pages and posts the first form of the last one."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.page = ""
        self.path = ""
        self.status = 0

    def get(self, path: str, **headers: str) -> str:
        answer = self.client.get(path, headers=BROWSER | headers)
        self.page, self.path, self.status = answer.text, answer.url.path, answer.status_code
        return self.page

    def fields(self) -> dict[str, Any]:
        form = re.search(r"<form.*?</form>", self.page, re.DOTALL)
        assert form, self.page
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
        return {name: html.unescape(value) for name, value in hidden}

    @property
    def action(self) -> str:
        found = re.search(r'<form[^>]* action="([^"]+)"', self.page)
        assert found
        return html.unescape(found[1])

    def post(self, path: str | None = None, **fields: Any) -> Any:
        """Post a form; what the server answered, before it is followed."""
        form = {"action": "answer"} | self.fields() | fields
        return self.client.post(path or self.action, data=form, headers=BROWSER, follow_redirects=False)

    def answer(self, *value: str, **fields: Any) -> str:
        """Answer the question of the page and read the page that it leads to."""
        answer = self.post(value=list(value), **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    @property
    def question(self) -> str | None:
        found = re.search(r'id="question">([^<]+)<', self.page)
        return html.unescape(found[1]) if found else None


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path).open()


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with TestClient(pages_of(shop)) as client:
        yield client


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)
