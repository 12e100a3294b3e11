from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from tests.recsvc.storefront.demo.conftest import Browser

PAGES = (
    "/",
    "/products/item-03",
    "/cart",
    "/answers",
    "/departments/tea",
    "/products/nobody",
    "/search",
    "/mail",
)
FORMS = ("/demo/cart", "/demo/answers", "/demo/visitor", "/demo/orders", "/demo/consent", "/demo/erase")
PART = b'--b\r\nContent-Disposition: form-data; name="token"%s\r\n\r\nx\r\n--b--\r\n'
PARTS = (
    PART % b"\r\nContent-Type: text/plain; charset=nothing",
    PART % b"\r\nContent-Type: text/plain; charset=\x00",
    PART % b"; filename*=nothing''x",
    PART % b"; filename*=x",
    PART % b"; filename*=utf-8'%ff",
)
names = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.mark.parametrize("name", ["%00", "x" * 8000, "a%00.css", ".", "..%2F%00", "shop.css/x", "%ff", ""])
def test_name_that_is_no_static_file_is_not_found(visitor: Browser, name: str) -> None:
    assert visitor.client.get(f"/demo/static/{name}").status_code == 404


@pytest.mark.parametrize("host", ["a:b:c", "[", "[::1", "a:99999", "@"])
def test_odd_host_changes_no_answer(visitor: Browser, host: str) -> None:
    for path in PAGES:
        usual = visitor.client.get(path).status_code
        assert visitor.client.get(path, headers={"host": host}).status_code == usual
    visitor.get("/")
    answer = visitor.client.post(
        "/demo/cart",
        data={"token": visitor.token, "item_id": "item-03", "action": "add"},
        headers={"host": host},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert visitor.client.post("/demo/answers", data={"x": "y"}, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("body", [*PARTS, b"", b"--b"])
def test_multipart_form_is_refused(visitor: Browser, path: str, body: bytes) -> None:
    for given_type in (
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=\xff",
    ):
        answer = visitor.client.post(
            path, content=body, headers={b"content-type": given_type.encode("latin-1")}
        )
        assert answer.status_code == 415


def test_field_that_comes_twice_is_refused(visitor: Browser) -> None:
    visitor.get("/")
    fields = {"token": visitor.token, "item_id": ["item-03", "item-04"], "action": "add"}
    assert visitor.client.post("/demo/cart", data=fields).status_code == 400


def test_language_link_leads_to_the_page_it_stands_on(visitor: Browser) -> None:
    for path in ("/products/a%3Fb%22", "/departments/%25"):
        assert f'href="{path}?' in visitor.client.get(path).text
    assert 'href="//' not in visitor.client.get("//example.org").text


@settings(max_examples=60)
@given(
    path=st.sampled_from(PAGES) | names.map(lambda name: f"/demo/static/{quote(name)}"),
    host=st.text("a1.:[]@/%?# ", min_size=1, max_size=12),
)
def test_no_page_fails_whatever_is_asked(steady: TestClient[Litestar], path: str, host: str) -> None:
    assert steady.get(path, headers={"host": host}).status_code < 500


@settings(max_examples=60)
@given(
    path=st.sampled_from(FORMS),
    given_type=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"]
    ),
    body=st.sampled_from(PARTS) | st.binary(max_size=200) | names.map(lambda name: f"token={name}".encode()),
)
def test_no_form_fails_whatever_is_posted(
    steady: TestClient[Litestar], path: str, given_type: str, body: bytes
) -> None:
    answer = steady.post(path, content=body, headers={"content-type": given_type})
    assert 400 <= answer.status_code < 500
