"""The page of a run: whole, alone, in two languages, and nobody's secrets in it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsvc.files.items import read_items
from recsvc.files.rejects import Rejects
from recsvc.model import artifact, versions
from recsvc.model.artifact import REPORT, Artifact
from tests.markup import Reader
from tests.training.shops import Shop
from training.report import page
from training.report.page import Ending
from training.synthetic import World, shuffled

EVIL = '<script>alert("tea")</script>'


@pytest.fixture(scope="module")
def model(trained: Shop) -> Artifact:
    return artifact.read(versions.resolve(str(trained.models)))


@pytest.fixture(scope="module")
def text(trained: Shop) -> str:
    return (versions.resolve(str(trained.models)) / REPORT).read_text("utf-8")


def test_published_page_is_whole_and_its_links_lead_inside(text: str) -> None:
    found = Reader(text)
    ids = found.all("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in found.all("href")} <= set(ids)
    assert {name for names in found.all("aria-labelledby") for name in names.split()} <= set(ids)
    assert found.names.count("article") == 2
    assert found.names.count("h1") == 2
    for section in ("gate", "quality", "lift", "worth", "neighbours", "coverage", "fit", "source", "cost"):
        assert {f"en-{section}", f"ja-{section}"} <= set(ids)


def test_page_needs_nothing_beside_itself(text: str) -> None:
    found = Reader(text)
    assert {"script", "link", "img", "iframe", "object", "image", "use"} & set(found.names) == set()
    assert found.all("src") == []
    assert re.findall(r"(?:https?:)?//[a-z]|url\(|@import|\bon\w+=", text) == []


def test_page_holds_no_visitor(text: str, world: World) -> None:
    ids = set(world.events["visitor_id"]) | set(world.events["order_id"])
    assert {word for word in re.findall(r"\w+", text) if word in ids} == set()


def test_page_says_the_figures_of_the_manifest_in_both_languages(text: str, model: Artifact) -> None:
    gate = model.manifest.training["gate"]
    for article in text.split("<article")[1:]:
        assert f"<b>{gate['model']:.3f}</b>" in article
        assert model.version in article


def draw(model: Artifact, changes: dict[str, Any], catalogue: pl.DataFrame | None = None) -> str:
    record = {**model.manifest.training, **changes}
    return page.render(model, record, catalogue, Ending.PUBLISHED)


def test_words_of_the_shop_are_text_and_never_markup(model: Artifact, tmp_path: Path) -> None:
    named = {"title": EVIL, "title:ja": "緑茶<b>", "category": "茶"}
    items = pl.DataFrame({"item_id": list(model.vocabulary.ids)}).with_columns(
        **{name: pl.lit(value) for name, value in named.items()}
    )
    items.write_parquet(tmp_path / "items.parquet")
    found = draw(model, {"facts": {EVIL: 7}}, read_items([tmp_path / "items.parquet"], Rejects()))
    assert EVIL not in found
    assert "&lt;script&gt;" in found
    assert "緑茶&lt;b&gt;" in found
    assert "script" not in Reader(found).names


def segment(visitors: int, model: float, popularity: float) -> dict[str, Any]:
    def figures(ndcg: float) -> dict[str, float | None]:
        more = {"coverage@10": 0.2, "novelty@10": 9.5, "out_of_stock@10": None, "hit_rate@10": 0.5}
        return {"ndcg@10": ndcg, **more}

    ci = {"ndcg@10": [model - 0.01, model + 0.01], "ndcg@10_vs_popularity": [0.011, 0.029]}
    return {"visitors": visitors, "model": figures(model), "popularity": figures(popularity), "ci": ci}


def evaluation(**more: Any) -> dict[str, Any]:
    return {"visitors": 300, "segments": {"all": segment(300, 0.12, 0.1), **more.pop("segments", {})}, **more}


def test_newcomers_channels_groups_and_checks_are_shown_where_a_run_has_them(model: Artifact) -> None:
    check = {
        "name": "coverage",
        "passed": False,
        "figure": 0.01,
        "limit": 0.05,
        "sentence": "1 % is too little.",
    }
    found = draw(
        model,
        {
            "evaluation": evaluation(
                newcomers={"0": segment(90, 0.11, 0.1)},
                channels={"実店舗": segment(80, 0.2, 0.1)},
                groups={"taste=bold": segment(70, 0.3, 0.1), "tiny=one": segment(4, 0.9, 0.1)},
            ),
            "gate": {**model.manifest.training["gate"], "checks": [check]},
        },
    )
    Reader(found)
    for words in (
        "Answers only",
        "実店舗",
        "taste: bold",
        "1 % is too little.",
        "0.0100（基準 0.0500）",
        "+0.011",
    ):
        assert words in found
    assert "tiny" not in found, "four people are no group"
    assert "Novelty" in found
    assert "Out of stock" not in found


def test_page_admits_what_is_weak(model: Artifact) -> None:
    weak = evaluation(segments={"new": segment(40, 0.05, 0.08)})
    weak["segments"]["all"] |= {"visitors": 40, "own_counts": {"ndcg@10": 0.2}}
    found = draw(model, {"evaluation": weak})
    assert "Only 40 visitors judged" in found
    assert "What they bought before alone would rank better here: 0.200 against 0.120." in found
    assert "popularity ranks better: 0.080 against 0.050" in found
    strong = draw(model, {"evaluation": evaluation()})
    assert 'class="notice"' not in strong


def test_record_of_an_older_run_is_drawn_with_what_it_has(model: Artifact) -> None:
    later = ("learning_curve", "lift", "worth", "neighbours", "rejects", "peak_mb")
    record = {key: value for key, value in model.manifest.training.items() if key not in later}
    parts = ("newcomers", "channels", "groups")
    record["evaluation"] = {k: v for k, v in record["evaluation"].items() if k not in parts}
    found = page.render(model, record, None, Ending.REFUSED)
    ids = Reader(found).all("id")
    assert "en-quality" in ids
    assert not {"en-worth", "en-neighbours", "en-lift"} & set(ids)


def test_run_that_judged_nobody_is_drawn(model: Artifact) -> None:
    empty = {
        "visitors": 0,
        "model": {"ndcg@10": None},
        "popularity": {"ndcg@10": None},
        "ci": {"ndcg@10": None},
    }
    window = {"from": None, "to": None}
    found = draw(model, {"evaluation": {"segments": {"all": empty}}, "window": window, "judged_from": None})
    assert "en-quality" not in Reader(found).all("id")
    assert "The events name no times" in found


def test_run_that_publishes_nothing_leaves_its_page_in_the_state(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    shop = make_shop(shuffled(world))
    refused = shop.train()
    left = shop.folder / "reports" / "train.html"
    assert refused.exit_code == 4
    assert f"report: {left}" in refused.stderr
    assert "Not published" in left.read_text("utf-8")
    assert shop.train("--dry-run").exit_code == 0
    assert "Trial run" in left.read_text("utf-8")
    assert shop.train("--force").exit_code == 0
    published = versions.resolve(str(shop.models)) / REPORT
    assert "Published against the gate" in published.read_text("utf-8")
