"""The addresses of the elements: what is kept for how long, what is packed, and the switch."""

import gzip
import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.storefront.elements.release import digest, element_files, integrity, packed_files
from recsvc.storefront.elements.routes import elements_router

KB = 1000
LOADER = ("page.js", "recsvc.js")
QUIZ = ("fields.js", "quiz.js", "words.js")
Client = TestClient[Litestar]


@pytest.fixture
def client() -> Iterator[Client]:
    with TestClient(Litestar([elements_router(is_on=True, locale="ja")], openapi_config=None)) as client:
        yield client


def test_release_is_kept_for_ever_by_pages_of_every_origin(client: Client) -> None:
    answer = client.get(f"/storefront/{digest()}/recsvc.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["timing-allow-origin"] == "*"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == element_files()["recsvc.js"]


def test_browser_that_unpacks_gets_the_file_packed(client: Client) -> None:
    path = f"/storefront/{digest()}/page.js"
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())) == element_files()["page.js"]
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"


def test_short_address_names_the_release_and_is_looked_at_again(client: Client) -> None:
    answer = client.get("/storefront/recsvc.js")
    assert answer.text == f'import "./{digest()}/page.js";\nimport "./{digest()}/recsvc.js";\n'
    assert answer.headers["cache-control"].startswith("public, max-age=300")
    assert client.get("/storefront/recsvc.css").text == f'@import "./{digest()}/recsvc.css";\n'


@pytest.mark.parametrize("path", ["0123456789abcdef/recsvc.js", "quiz.js", "..%2frelease.py", "%00"])
def test_whatever_is_no_file_of_this_release_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/storefront/{path}").status_code == 404


def test_snippet_has_the_integrity_of_what_is_served(client: Client) -> None:
    lines = client.get("/storefront/snippet").text
    for name in ("recsvc.css", "page.js", "sealed.js", "recsvc.js"):
        assert re.search(rf'/storefront/{digest()}/{name}" integrity="{re.escape(integrity(name))}"', lines)


def test_snippet_is_for_pages_in_the_shops_language_or_the_one_asked_for(client: Client) -> None:
    assert 'data-locale="ja"' in client.get("/storefront/snippet").text
    assert 'data-locale="en-GB"' in client.get("/storefront/snippet?locale=en-GB").text
    assert client.get("/storefront/snippet?locale=%22%3E").status_code == 400


def test_scripts_that_come_later_are_held_to_what_is_served(client: Client) -> None:
    sealed = client.get(f"/storefront/{digest()}/sealed.js").text
    for name in set(element_files()) - {"recsvc.css", "page.js", "sealed.js", "recsvc.js"}:
        assert f'"{name}":"{integrity(name)}"' in sealed
    assert '"quiz.js":["fields.js","words.js"]' in sealed


def test_switch_leaves_every_address_empty() -> None:
    with TestClient(Litestar([elements_router(is_on=False, locale="ja")], openapi_config=None)) as client:
        for path in ("recsvc.js", f"{digest()}/recsvc.js", f"{digest()}/events.js"):
            answer = client.get(f"/storefront/{path}")
            assert re.sub(r"//.*\n", "", answer.text) == ""
            assert answer.headers["cache-control"] == "no-store"


def test_sizes_are_within_their_budgets() -> None:
    packed = {name: len(contents) for name, contents in packed_files().items()}
    assert sum(packed[name] for name in LOADER) <= 6 * KB
    assert sum(packed[name] for name in QUIZ) <= 12 * KB
    assert packed["events.js"] <= 2 * KB
    assert packed["sealed.js"] <= KB
