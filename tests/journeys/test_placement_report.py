"""The placement report in a real browser: both languages, every screen, both themes, full and empty."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from recsvc.cli.report.placement_page import Occasion, render
from recsvc.reports import LOCALES
from recsvc.serving.arms import HOLDOUT, STANDARD
from recsvc.serving.outcomes import Outcomes
from recsvc.serving.tallies import outcomes_of
from tests.artifacts import NOW
from tests.journeys.browsers import PHONE, tab
from tests.simulated_shop import HOME, MEASURED, SIGNER, Habits, simulated

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
LEGIBLE = (Path(__file__).parent / "legibility.js").read_text("utf-8")
DESKTOP = {"width": 1280, "height": 900}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,
}

pytestmark = pytest.mark.browser


def outcomes() -> dict[str, Outcomes]:
    """Three placements of which one lost impressions, one alone, and nothing."""
    better: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(clicks=0.15, buys=0.3)}
    (good,) = outcomes_of(simulated(1, 900, better), SIGNER, MEASURED).placements
    lossy: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(reports=0.7)}
    (lost,) = outcomes_of(simulated(2, 900, lossy), SIGNER, MEASURED).placements
    long = msgspec.structs.replace(good, placement="a-placement-whose-name-is-longer-than-a-phone-is-wide")
    return {
        "many": Outcomes((good, long, msgspec.structs.replace(lost, placement="商品ページの下")), 3),
        "one": Outcomes((good,), 0),
        "none": Outcomes((), 0),
    }


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, found in outcomes().items():
        for locale in LOCALES:
            text = render(found, Occasion(MEASURED, {"home": HOME}, NOW), locale)
            (folder / f"{name}-{locale}.html").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_report_is_legible(chromium: Any, pages: Path, viewport: Any, scheme: str) -> None:
    with tab(chromium, pages.as_uri(), viewport=viewport, color_scheme=scheme) as page:
        for path in sorted(pages.iterdir()):
            page.goto(path.as_uri())
            assert page.evaluate(LEGIBLE) == "", path.name


@pytest.mark.parametrize(
    ("name", "scheme"), [("many-ja", "light"), ("many-ja", "dark"), ("none-en", "light")]
)
def test_report_is_accessible(chromium: Any, pages: Path, name: str, scheme: str) -> None:
    with tab(chromium, pages.as_uri(), color_scheme=scheme) as page:
        page.goto((pages / f"{name}.html").as_uri())
        found = axe.Axe().run(page, options=RULES).response["violations"]
        assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] == []


@pytest.mark.parametrize("width", [390, 794, 1280])
def test_plots_have_room_on_every_screen_and_on_paper(chromium: Any, pages: Path, width: int) -> None:
    with tab(chromium, pages.as_uri(), viewport={"width": width, "height": 1000}) as page:
        page.goto((pages / "many-en.html").as_uri())
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            found = page.locator(".lift").evaluate_all("(plots) => plots.map((one) => one.clientWidth)")
            assert min(found) > 250, media


def test_style_of_the_page_is_in_force(chromium: Any, pages: Path) -> None:
    with tab(chromium, pages.as_uri()) as page:
        page.goto((pages / "one-en.html").as_uri())
        spot = page.locator(".lift.is-more .spot").first
        assert spot.evaluate("(one) => getComputedStyle(one).fill") == "rgb(23, 105, 92)"
