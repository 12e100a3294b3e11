"""The page of placements: whole, alone, in two languages, and what a shop wrote is text.

`RECSVC_GOLDEN=write` in the environment writes tests/golden/placement-report.html anew.
"""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from recsvc.cli.report.placement_page import Occasion, render
from recsvc.domain.placements import Placement, Strategy
from recsvc.reports import LOCALES
from recsvc.serving.arms import HOLDOUT, STANDARD
from recsvc.serving.estimates import Figure
from recsvc.serving.outcomes import (
    ArmOutcome,
    Credited,
    Lift,
    Measured,
    Outcomes,
    Period,
    PlacementOutcome,
    SampleRatio,
    SeenRevision,
)
from recsvc.serving.tallies import outcomes_of
from tests.artifacts import NOW
from tests.markup import Reader
from tests.simulated_shop import HOME, MEASURED, SIGNER, Habits, simulated

GOLDEN = Path(__file__).parents[3] / "golden" / "placement-report.html"
EVIL = '<script>alert("tea")</script>'
MADE = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
CART = Placement(id="cart", strategy=Strategy.CART)


def drawn(found: Outcomes, locale: str = "en", measured: Measured = MEASURED, *own: Placement) -> str:
    return render(found, Occasion(measured, {one.id: one for one in own}, MADE), locale)


def arm(name: str | None, buyers: int, lift: Lift | None = None, paid: float = 1234.0) -> ArmOutcome:
    return ArmOutcome(
        arm=name,
        share=None if name is None else 0.5,
        visitors=1000,
        slates=2000,
        impressions=8000,
        clicks=800,
        buyers=buyers,
        click_rate=Figure(0.1, 0.09, 0.11),
        conversion=Figure(buyers / 1000, 0.17, 0.23),
        revenue_per_visitor={"JPY": Figure(paid, paid - 100, paid + 100)},
        last_touch=Credited(150, 180.0, {"JPY": 450_000.0}),
        any_touch=Credited(160, 190.0, {"JPY": 480_000.0}),
        lift=lift,
    )


def home(p: float = 0.2, name: str = "home", revision: str = "0123456789ab") -> PlacementOutcome:
    lift = Lift(Figure(0.31, 0.27, 0.34), Figure(-0.02, -0.1, 0.08), {"JPY": Figure(1.9, 0.4, 4.0)})
    drawn_by_arm = {HOLDOUT: 480, STANDARD: 520}
    return PlacementOutcome(
        placement=name,
        baseline=HOLDOUT,
        arms=(arm(HOLDOUT, 200), arm(STANDARD, 320, lift)),
        crossed=3,
        sample_ratio=SampleRatio(drawn_by_arm, {HOLDOUT: 500.0, STANDARD: 500.0}, p, is_off=p < 0.001),
        revisions=(
            SeenRevision("aaaaaaaaaaaa", 900, NOW, NOW + timedelta(days=3), is_present=False),
            SeenRevision(revision, 1100, NOW + timedelta(days=3), NOW + timedelta(days=9), is_present=True),
        ),
    )


def mail() -> PlacementOutcome:
    seen = SeenRevision("bbbbbbbbbbbb", 1000, NOW, NOW, is_present=True)
    return PlacementOutcome(
        placement="mail",
        baseline=None,
        arms=(arm(None, 90),),
        crossed=0,
        sample_ratio=None,
        revisions=(seen,),
    )


TWO = Outcomes((home(), mail()), unreadable=7)


def test_page_is_as_the_golden_file_has_it() -> None:
    """Its body, in Japanese; the style is looked at, not compared."""
    april = (datetime(2026, month, 1, tzinfo=UTC).timestamp() for month in (4, 5))
    body = drawn(TWO, "ja", MEASURED._replace(period=Period(*april)), HOME, CART).partition("<body>")[2]
    if os.environ.get("RECSVC_GOLDEN") == "write":
        GOLDEN.write_text(body, "utf-8")
    assert body == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_page_is_whole_alone_and_its_links_lead_inside(locale: str) -> None:
    text = drawn(TWO, locale, MEASURED, HOME, CART)
    found = Reader(text)
    ids = found.all("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in found.all("href")} <= set(ids)
    assert {"script", "link", "img", "iframe", "object", "image", "use"} & set(found.names) == set()
    assert [*found.all("src"), *found.all("style")] == []
    assert re.findall(r"https?:|url\(|@import|\bon\w+=", text) == []
    assert found.all("lang") == [locale]


@pytest.mark.parametrize("locale", LOCALES)
def test_words_of_the_shop_are_text_and_never_markup(locale: str) -> None:
    evil = arm(EVIL, 100, TWO.placements[0].arms[1].lift)
    paid = msgspec.structs.replace(evil, revenue_per_visitor={EVIL: Figure(1.0, 0.5, 1.5)})
    one = msgspec.structs.replace(home(name=EVIL, revision=EVIL), arms=(arm(HOLDOUT, 200), evil, paid))
    unseen = Placement(id=f"no {EVIL}", strategy=Strategy.CART)
    text = drawn(Outcomes((one, home(name='" onload="x')), 0), locale, MEASURED, unseen)
    assert EVIL not in text
    found = Reader(text)
    assert "script" not in found.names
    assert [name for name, _ in found.attributes if name.startswith("on")] == []
    assert text.count("&lt;script&gt;") > 6


def test_arm_that_lost_impressions_makes_the_page_warn_on_top_and_in_its_place() -> None:
    text = drawn(Outcomes((home(p=2e-7), mail()), 0))
    assert "Do not trust every figure" in text
    assert '<a href="#placement-1">home</a>' in text.partition("<h1>")[2].partition("</header>")[0]
    assert "(p &lt; 0.001): holdout 480 (planned 500), standard 520 (planned 500)." in text
    assert "may be chance" not in text, "no difference of these arms is told"
    assert "Do not trust" not in drawn(Outcomes((home(), mail()), 0))


def test_simulated_effect_is_told_with_its_interval() -> None:
    habits: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(clicks=0.3, buys=0.4)}
    found = outcomes_of(simulated(5, 600, habits), SIGNER, MEASURED)
    lift = found.placements[0].arms[1].lift
    assert lift is not None
    assert lift.conversion is not None
    text = drawn(found)
    assert f"<b>{lift.conversion.value:+.1%}</b>" in text
    assert f"{lift.conversion.low:+.1%} to {lift.conversion.high:+.1%}" in text
    assert "Sample ratio: Passed" in text


def test_what_is_missing_is_said_with_how_to_mend_it() -> None:
    text = drawn(TWO, "en", MEASURED, HOME, CART)
    assert "No impression was posted for cart." in text
    assert "7 events name a slate" in text
    assert "No impression was posted" not in drawn(TWO, "en", MEASURED, HOME)


@pytest.mark.parametrize(("locale", "words"), [("en", "Nobody was shown"), ("ja", "表示の記録がありません")])
def test_page_of_nothing_says_so(locale: str, words: str) -> None:
    text = drawn(Outcomes((), 0), locale, MEASURED, HOME)
    assert words in text
    assert "slate_id" in text
    assert "<table" not in text


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period(), "Apr 1, 2026 to Apr 10, 2026"),
        (Period(since=NOW.timestamp()), "Apr 1, 2026, 12:00 UTC to Apr 10, 2026"),
        (Period(until=datetime(2026, 5, 1, tzinfo=UTC).timestamp()), "Apr 1, 2026 to Apr 30, 2026"),
        (Period(until=datetime(2026, 4, 2, tzinfo=UTC).timestamp()), "Apr 1, 2026"),
    ],
)
def test_period_is_that_of_the_options_and_of_what_was_seen_where_it_is_open(
    period: Period, said: str
) -> None:
    assert f"<h1>{said}</h1>" in drawn(TWO, "en", MEASURED._replace(period=period))
