"""Who signs in takes along what the browser did, and who sits there next begins anew."""

import time
from typing import Any

import jwt
import pytest

from recsvc.domain.identity import ANONYMOUS
from recsvc.stores import open_store
from tests.journeys.elements.conftest import Storefront
from tests.journeys.elements.test_reporting import GRANTED, HOME, PATIENCE_S, kept_visitor
from tests.journeys.test_keys import keys

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]


def token_of(customer: str, server: dict[str, str]) -> str:
    """What the shop's server hands to the page of a customer."""
    claims = {"sub": customer, "exp": time.time() + 600}
    return jwt.encode(claims, server["token_secret"], "HS256", headers={"kid": server["key_id"]})


def names(storefront: Storefront, visitor_id: str, count: int) -> set[str]:
    """The names of a visitor, once there are so many."""
    store = open_store(f"sqlite:///{storefront.state / 'recsvc.sqlite'}")
    limit = time.monotonic() + PATIENCE_S
    while len(found := set(store.names(visitor_id))) < count and time.monotonic() < limit:
        time.sleep(0.1)
    store.close()
    return found


def test_next_one_at_a_shared_browser_is_a_stranger(page: Any, storefront: Storefront) -> None:
    server = keys(storefront.state, "create", "--secret", "--name", "server")
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    before = kept_visitor(page)
    page.evaluate("localStorage.setItem('recsvc.quiz.tea', 'a session'); localStorage.setItem('own', '1')")

    signed_in = f'{GRANTED} data-token="{token_of("ada-of-the-tablet", server)}"'
    page.goto(storefront.pages.put("/", HOME, tag=signed_in))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    assert names(storefront, "ada-of-the-tablet", 2) == {"ada-of-the-tablet", ANONYMOUS + before}
    page.wait_for_function("() => Object.keys(localStorage).join() === 'own'")

    with page.expect_request("**/v1/slates?*") as asked:
        page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    assert asked.value.post_data_json["visitor"] == {"anonymous_id": kept_visitor(page)}
    assert kept_visitor(page) != before
    assert names(storefront, ANONYMOUS + kept_visitor(page), 1) == {ANONYMOUS + kept_visitor(page)}
