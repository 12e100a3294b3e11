"""A shop on one origin, the service on another, and a publishable key between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recsvc.domain.events import EventKind
from recsvc.stores import open_store
from tests.artifacts import publish_artifact
from tests.journeys.browsers import tab
from tests.journeys.elements.shop_pages import PICTURE, ShopPages, shop_pages
from tests.journeys.servers import Server, serve
from tests.journeys.test_keys import keys
from tests.shop import TEA_QUIZ, N, Shop, item

QUIZZES = Path(__file__).parents[2] / "recsvc" / "storefront" / "quiz"
KINDS = QUIZZES / "kinds.quiz.toml"
ONE_WAY = (
    (QUIZZES / "mail.quiz.toml")
    .read_bytes()
    .replace(b', { via = "line", purpose = "line", confirm = "platform" }', b"")
)

TOUCHPOINT = b"""
[[touchpoints]]
id = "pdp"
page = "product"
ask = ["drink"]
every = "7d"
"""


class Storefront(NamedTuple):
    """The shop and the service behind its elements."""

    pages: ShopPages
    server: Server
    state: Path

    def events(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(visitor, kind, items) of everything in the log."""
        store = open_store(f"sqlite:///{self.state / 'recsvc.sqlite'}")
        found = [
            (event.visitor_id, str(event.kind), tuple(line.item_id for line in event.lines))
            for event in store.read_events(frozenset(EventKind))
        ]
        store.close()
        return found


@contextmanager
def open_storefront(state: Path, *arguments: str) -> Iterator[Storefront]:
    """A shop with twelve products and two quizzes."""
    publish_artifact(state / "models", n=N)
    shop = Shop(state)
    shop.publish(TEA_QUIZ + TOUCHPOINT)
    shop.publish(KINDS.read_bytes())
    shop.publish(ONE_WAY)
    pictures = state / "quizzes" / "kinds@1"
    pictures.mkdir()
    (pictures / "light.svg").write_text(PICTURE, encoding="utf-8")
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items([sold(number) for number in range(N)]).result()
    store.close()
    with shop_pages() as pages:
        made = keys(state, "create", "--publishable", "--name", "web", "--origin", pages.origin)
        pages.keys.append(made["text"])
        with serve(state, *arguments) as server:
            pages.service.append(server.url)
            yield Storefront(pages, server, state)


def sold(number: int) -> Any:
    """A product with its page, its picture and a price."""
    reduced = {"sale_price": 90.0} if number % 4 == 0 else {}
    return item(
        number, currency="EUR", link=f"/p/item-{number:02}", image_link=f"/pictures/{number}.svg", **reduced
    )


@pytest.fixture(scope="session")
def storefront(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storefront]:
    """One service and one shop for all tests; each test has a browser without memory."""
    with open_storefront(tmp_path_factory.mktemp("storefront")) as found:
        yield found


@pytest.fixture
def page(chromium: Any, storefront: Storefront) -> Iterator[Any]:
    """A fresh tab on a phone, on the shop's origin."""
    with tab(chromium, storefront.pages.origin) as found:
        yield found
