"""The page: report.html, one file in both languages that needs nothing beside itself, and no script."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import polars as pl

from recsvc.model.artifact import Artifact
from recsvc.reports import LOCALES
from recsvc.reports.page import environment
from training.facts import FEWEST_VISITORS
from training.gate import K, Verdict
from training.inputs import items_of
from training.report import views
from training.report.words import Words

FEW_JUDGES = 100
"""Fewer give an interval so wide that the page says so on top."""


class Ending(StrEnum):
    """What became of the model."""

    PUBLISHED = "published"
    FORCED = "forced"
    REFUSED = "refused"
    DRY_RUN = "dry_run"


def ending(verdict: Verdict, *, dry_run: bool, force: bool) -> Ending:
    """What becomes of a model."""
    if dry_run:
        return Ending.DRY_RUN
    if verdict.passed:
        return Ending.PUBLISHED
    return Ending.FORCED if force else Ending.REFUSED


def render(model: Artifact, record: Mapping[str, Any], catalogue: pl.DataFrame | None, end: Ending) -> str:
    """Draw the page of a run.

    Args:
        model: as published, or as it would have been.
        record: `manifest.training`.
        catalogue: names the products; ids stand where there is none.
        end: what became of it.
    """
    items = items_of(catalogue, sorted(set(_named(record))))
    templates = environment("training.report")
    templates.globals["views"] = views
    return templates.get_template("page.html").render(
        model=model.manifest,
        record=record,
        ending=end.value,
        speakers=[Words(locale, items) for locale in LOCALES],
        sections=list(_sections(record)),
        k=K,
        few_judges=FEW_JUDGES,
        fewest=FEWEST_VISITORS,
    )


def _sections(record: Mapping[str, Any]) -> Iterator[str]:
    """The sections that this run has something to say in, the verdict first and the machine last."""
    evaluation, lift = record["evaluation"], record.get("lift", {})
    there = {
        "gate": True,
        "quality": evaluation["segments"]["all"]["visitors"] >= FEWEST_VISITORS,
        "lift": any(lift.values()) or evaluation.get("newcomers"),
        "worth": record.get("worth"),
        "neighbours": record.get("neighbours"),
        "coverage": evaluation["segments"]["all"]["visitors"] >= FEWEST_VISITORS,
        "parts": evaluation.get("channels") or evaluation.get("groups"),
        "fit": True,
        "source": True,
        "cost": True,
        "reading": True,
    }
    yield from (name for name, something in there.items() if something)


def _named(record: Mapping[str, Any]) -> Iterator[str]:
    """The ids of every product that the page names."""
    for seed in record.get("neighbours", ()):
        yield from (seed["item_id"], *seed["similar"], *seed["together"])
    for fact in record.get("worth", ()):
        for value in fact["values"]:
            yield from (*value["most"], *value["least"])
