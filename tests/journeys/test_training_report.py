"""The report of a training run in a real browser: in both languages, on every screen, in both themes."""

from pathlib import Path
from typing import Any

import pytest

from recsvc.model import versions
from recsvc.model.artifact import REPORT
from tests.journeys.browsers import PHONE, tab
from tests.training.shops import Shop
from training.synthetic import planted_world

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
LEGIBLE = (Path(__file__).parent / "legibility.js").read_text("utf-8")
DESKTOP = {"width": 1280, "height": 900}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    shop = Shop(tmp_path_factory.mktemp("report"), planted_world(visitors=900, items=120))
    assert shop.train().exit_code == 0
    return (versions.resolve(str(shop.models)) / REPORT).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_report_is_legible_in_both_languages(chromium: Any, url: str, viewport: Any, scheme: str) -> None:
    with tab(chromium, url, viewport=viewport, color_scheme=scheme) as page:
        for language, heading in (("en", "How good it is"), ("ja", "精度")):
            page.goto(f"{url}#{language}")
            playwright.expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
            for folded in page.locator(f"#{language} summary").all():
                folded.click()
            assert page.evaluate(LEGIBLE) == ""


def test_language_stays_while_sections_are_visited(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page:
        page.goto(url)
        playwright.expect(page.locator("#en")).to_be_visible()
        playwright.expect(page.locator("#ja")).to_be_hidden()
        page.locator("#en").get_by_role("link", name="日本語").click()
        playwright.expect(page.locator("#en")).to_be_hidden()
        page.locator("#ja .contents a").last.click()
        playwright.expect(page.locator("#ja-reading")).to_be_in_viewport()
        playwright.expect(page.locator("#en")).to_be_hidden()


def test_plots_tell_their_names_to_those_who_do_not_see(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page:
        page.goto(url)
        names = [page.evaluate("(one) => one.querySelector('title').textContent", plot.element_handle())
                 for plot in page.locator("#en svg[role=img]").all()]  # fmt: skip
        assert {"By number of answers", "Learning curve"} <= set(names)
