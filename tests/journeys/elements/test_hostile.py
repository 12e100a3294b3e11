"""Whatever comes back from the service, and whatever stands in the shop's texts: the page stays whole."""

import itertools
import json
from typing import Any

import pytest

from tests.journeys.browsers import PHONE
from tests.journeys.elements.conftest import Storefront

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
GRANTED = 'data-consent="granted"'
HOME = '<rec-slate placement="home" limit="6"><p>Our own</p></rec-slate>'
QUIZ = '<rec-quiz quiz="tea"><p>Our own quiz</p></rec-quiz>'
OPEN = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
GARBAGE = [
    "", "null", "[]", "{", "<html>", '"x"', "7",
    '{"slates": null}', '{"slates": [null, null]}', '{"slates": {}}', '{"slates": [{"items": 7}]}',
    '{"slates": [{"items": [null, 3, "x", {"card": null}, {"card": {"title": 7}}]}]}',
    '{"slates": [{"items": [{"id": "a", "card": {"title": {"toString": 1}}}]}]}',
    '{"anonymous_id": null}',
]  # fmt: skip
MARKS = [
    "",
    '"',
    "'",
    "`",
    "</",
    "]]>",
    "-->",
    "</style>",
    "</script>",
    "</title>",
    "</p>",
    "{{",
    "${",
    "\\u003c",
]
RUN = "window.hacked=1"
SCRIPTS = [
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"javascript:{RUN}",
    "<iframe srcdoc='<script>parent.hacked=1</script>'>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<body onpageshow={RUN}>",
    "{{constructor.constructor('window.hacked=1')()}}",
    f"<template><script>{RUN}</script></template>",
    f"<details open ontoggle={RUN}>",
    f"<math><mi xlink:href=javascript:{RUN}>",
    f"<style>@import 'javascript:{RUN}'</style>",
    f"<input autofocus onfocus={RUN}>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x>",
    f"<form action=javascript:{RUN}><button>",
    f"<video><source onerror={RUN}>",
    f"<object data=javascript:{RUN}>",
    f"<meta http-equiv=refresh content='0;javascript:{RUN}'>",
    "${window.hacked=1}",
    f"<rec-slate onclick={RUN}>",
    f"\u202e<script>{RUN}</script>\u0000",
]
INJECTIONS = [mark + script for mark, script in itertools.product(MARKS, SCRIPTS)]
ADDRESSES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" javascript:{RUN}",
    f"java\nscript:{RUN}",
    "data:text/html,<script>",
    "vbscript:x",
    "blob:x",
    "http://[",
    "file:///etc/passwd",
]
CREATED = """() => {
  const all = (root) => [...root.querySelectorAll("*")]
    .flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const found = all(document.body);
  const count = (is) => found.filter(is).length;
  const strange = /^(script|iframe|svg|object|base|meta|style|link|video|details|math)$/;
  return [
    window.hacked,
    count((one) => [...one.attributes].some(({ name }) => name.startsWith("on"))),
    count((one) => strange.test(one.localName)),
    count((one) => [one.href, one.src].some((address) => address && !/^https?:/.test(address))),
  ];
}"""


GO = """(back) => {
  const one = document.querySelector("rec-slate");
  one.remove();
  if (back) document.body.prepend(one);
}"""
DENIED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("no", "SecurityError"); },
})"""


@pytest.fixture
def heard(page: Any) -> list[str]:
    """What our script says on the console; the browser's own lines about the network are not ours."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.text.startswith("recsvc") else None)
    return said


def stays_whole(page: Any, heard: list[str]) -> None:
    """The shop's own content stands where it stood, and the console has one sentence at most."""
    playwright.expect(page.get_by_text("Our own", exact=True)).to_be_visible()
    playwright.expect(page.locator("rec-slate")).to_have_attribute("state", "left")
    playwright.expect(page.get_by_text("After")).to_be_visible()
    assert len(heard) <= 1


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503])
def test_refusal_leaves_the_page_whole(
    page: Any, storefront: Storefront, heard: list[str], status: int
) -> None:
    page.route("**/v1/**", lambda route: route.fulfill(status=status, body="<b>away</b>", headers=OPEN))
    page.goto(storefront.pages.put("/", HOME + QUIZ))
    stays_whole(page, heard)
    playwright.expect(page.get_by_text("Our own quiz")).to_be_visible()


def test_console_says_what_the_service_said(page: Any, storefront: Storefront, heard: list[str]) -> None:
    page.goto(storefront.pages.put("/", HOME.replace('placement="home"', 'placement="hoem"')))
    stays_whole(page, heard)
    assert heard[0].startswith(
        "recsvc keeps what the page showed: There is no placement 'hoem'; there are home,"
    )


@pytest.mark.parametrize(
    "cause", ["connectionrefused", "blockedbyclient", "internetdisconnected", "timedout"]
)
def test_service_out_of_reach_leaves_the_page_whole(
    page: Any, storefront: Storefront, heard: list[str], cause: str
) -> None:
    page.route("**/v1/**", lambda route: route.abort(cause))
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    stays_whole(page, heard)


def test_script_that_never_comes_leaves_the_page_whole(page: Any, storefront: Storefront) -> None:
    page.route("**/storefront/**", lambda route: route.abort("blockedbyclient"))
    page.goto(storefront.pages.put("/", HOME + QUIZ))
    playwright.expect(page.get_by_text("Our own", exact=True)).to_be_visible()


def test_service_that_is_slow_is_not_waited_for(page: Any, storefront: Storefront, heard: list[str]) -> None:
    page.route("**/v1/**", lambda _: None)  # no answer, ever
    page.goto(storefront.pages.put("/", HOME, tag='data-timeout="100"'))
    stays_whole(page, heard)


@pytest.mark.parametrize("body", GARBAGE)
def test_answer_that_is_no_answer_leaves_the_page_whole(
    page: Any, storefront: Storefront, heard: list[str], body: str
) -> None:
    page.route("**/v1/**", lambda route: route.fulfill(status=200, body=body, headers=OPEN))
    page.goto(storefront.pages.put("/", HOME + QUIZ, tag=GRANTED))
    stays_whole(page, heard)
    playwright.expect(page.get_by_text("Our own quiz")).to_be_visible()


def slate_of(texts: list[str], addresses: list[str]) -> dict[str, Any]:
    """An answer with these texts wherever a text can stand."""
    items = [
        {
            "id": text,
            "reason": {"text": text},
            "card": {
                "title": text,
                "link": addresses[at % len(addresses)],
                "picture": addresses[-at % len(addresses)],
                "price": 1,
                "currency": text,
            },
        }
        for at, text in enumerate(texts)
    ]
    return {"placement": texts[0], "slate_id": texts[1], "basis": texts[2], "title": texts[3], "items": items}


def test_texts_of_the_catalogue_are_never_run(page: Any, storefront: Storefront) -> None:
    answer = json.dumps({"slates": [slate_of(INJECTIONS, ADDRESSES)] * 2})
    assert len(INJECTIONS) > 300
    page.route("**/v1/slates*", lambda route: route.fulfill(status=200, body=answer, headers=OPEN))
    template = (
        '<template><a data-rec="link"><img data-rec="picture" alt=""><b data-rec="title"></b></a></template>'
    )
    page.goto(
        storefront.pages.put(
            "/", f"<rec-slate layout=grid></rec-slate><rec-slate light>{template}</rec-slate>"
        )
    )
    playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(2)
    playwright.expect(page.locator(".rec-card")).to_have_count(2 * len(INJECTIONS))
    titles = page.locator(".rec-title").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert titles == INJECTIONS
    nobodys_trap(page)


def nobodys_trap(page: Any) -> None:
    """Nothing ran, and no element, handler or address came out of a text."""
    found = page.evaluate(CREATED)
    assert found == [None, 0, 0, 0]


def test_texts_of_a_quiz_are_never_run(page: Any, storefront: Storefront) -> None:
    choices = [
        {"id": text, "text": text, "image": ADDRESSES[at % 9], "alt": text}
        for at, text in enumerate(INJECTIONS)
    ]
    question = {
        "id": "a",
        "kind": "image",
        "title": INJECTIONS[0],
        "help": INJECTIONS[1],
        "purpose_text": INJECTIONS[2],
    }
    view = {
        "quiz": "tea",
        "question": question | {"choices": choices},
        "progress": {"answered": 0, "at_most": 1},
    }
    answer = json.dumps(view | {"answers": {}, "slate": None, "state": "open"})
    page.route("**/opening*", lambda route: route.fulfill(status=200, body=answer, headers=OPEN))
    page.goto(storefront.pages.put("/", '<rec-quiz quiz="tea"></rec-quiz>'))
    playwright.expect(page.locator("rec-quiz label")).to_have_count(len(INJECTIONS))
    page.locator("rec-quiz label").first.click()
    nobodys_trap(page)


def test_hundred_elements_are_asked_for_in_five_calls(page: Any, storefront: Storefront) -> None:
    calls: list[str] = []
    page.on(
        "request",
        lambda one: calls.append(one.url) if "/v1/slates?" in one.url and one.method == "POST" else None,
    )
    body = '<rec-slate placement="home" limit="2"><p>Own</p></rec-slate>' * 100
    page.goto(storefront.pages.put("/", body))
    playwright.expect(page.locator("rec-slate[state]")).to_have_count(100)
    assert len(calls) == 5


def test_unknown_placement_spoils_no_other(page: Any, storefront: Storefront, heard: list[str]) -> None:
    wrong = '<rec-slate placement="nowhere"><p>Own of nowhere</p></rec-slate>'
    wrong += '<rec-slate placement="similar"></rec-slate>'  # of no product
    page.goto(storefront.pages.put("/", wrong + HOME))
    playwright.expect(page.locator("rec-slate[state=shown] .rec-card")).to_have_count(6)
    playwright.expect(page.get_by_text("Own of nowhere")).to_be_visible()
    assert len(heard) == 1


@pytest.mark.parametrize("back", [True, False], ids=["moved", "removed"])
def test_element_that_goes_while_it_is_asked_for(page: Any, storefront: Storefront, *, back: bool) -> None:
    waiting: list[Any] = []

    def hold(route: Any) -> None:
        waiting.append(route)

    page.route("**/v1/slates*", hold)
    page.goto(storefront.pages.put("/", HOME))
    page.wait_for_function("performance.getEntriesByType('resource').length > 2")
    page.evaluate(GO, back)
    while waiting:
        waiting.pop(0).continue_()
    page.wait_for_load_state("networkidle")
    playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(int(back))


def test_storage_that_is_denied_is_done_without(page: Any, storefront: Storefront, heard: list[str]) -> None:
    page.add_init_script(DENIED)
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)
    assert heard == []


def test_second_version_of_the_script_keeps_still(
    page: Any, storefront: Storefront, heard: list[str]
) -> None:
    second = f'<script type="module" src="{storefront.server.url}/storefront/recsvc.js?v=2"></script>'
    digest = storefront.server.get("/storefront/recsvc.js")[1].decode().split("/")[1]
    third = f'<script type="module" src="{storefront.server.url}/storefront/{digest}/recsvc.js?v=3"></script>'
    page.goto(storefront.pages.put("/", HOME + second + third))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)
    assert heard == []
    assert page.viewport_size == PHONE


def test_script_that_came_changed_is_not_run(page: Any, storefront: Storefront) -> None:
    def changed(route: Any) -> None:
        route.fulfill(
            body="window.hacked = 1; export const ask = () => {};",
            content_type="text/javascript",
            headers=OPEN,
        )

    page.route("**/quiz.js", changed)
    page.goto(storefront.pages.put("/", HOME + QUIZ))
    playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(1)
    playwright.expect(page.get_by_text("Our own quiz")).to_be_visible()
    page.wait_for_function("document.querySelector('link[href$=\"words.js\"]')")
    assert page.evaluate("window.hacked") is None
