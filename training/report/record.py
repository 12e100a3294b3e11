"""The record: what a run leaves in the manifest, and the figures of its summary line."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from recsvc.files.rejects import Rejects
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import top
from training.cases import Case
from training.config import FACTORS, TrainingConfig
from training.gate import Verdict
from training.inputs import items_of
from training.learned import Learned
from training.report.examples import examples
from training.report.lift import lift
from training.report.worth import worth
from training.strengths import Tuned

TRIALS_KEPT = 60
POPULAR = 200
"""Among so many popular products the examples are looked for: one of each category."""


def training_record(
    config: TrainingConfig,
    learned: Learned,
    model: Artifact,
    tuned: Tuned,
    evaluation: dict[str, Any],
    verdict: Verdict,
    *,
    forced: bool,
) -> dict[str, Any]:
    """Where a model came from and how good it is, for `manifest.training`."""
    counts, span, split = learned.counts, learned.span, learned.split
    return {
        "config": msgspec.to_builtins(config) | {"factors": model.parameters.n_factors},
        "usual_factors": None if config.factors else FACTORS,
        "window": {"from": span.first, "to": span.as_of if span.first else None},
        "lines": counts.lines,
        "visitors": counts.visitors,
        "items": counts.items,
        "interactions": counts.interactions,
        "left_out": split.left_out,
        "sample": split.sample._asdict(),
        "judged_from": split.start if span.first else None,
        "keep_seen": split.keep_seen,
        "popularity_half_life_days": learned.half_life,
        "facts": {fact.fact: fact.visitors for fact in model.parameters.facts},
        "directions": len(model.parameters.directions),
        "trials": [trial.summary() for trial in tuned.trials[:TRIALS_KEPT]],
        "evaluation": evaluation,
        "gate": verdict.summary(),
        "forced": forced,
    }


def details(
    model: Artifact,
    judges: Sequence[Case],
    learned: Learned,
    rejects: Rejects,
) -> dict[str, Any]:
    """What the page shows beyond the figures: rejects, curves, what answers change, neighbours."""
    split = learned.split
    popular = [model.vocabulary.ids[row] for row in top(model.popularity, POPULAR)]
    return {
        "rejects": {"read": rejects.read, "total": rejects.total, "counts": dict(rejects.counts)},
        "learning_curve": list(learned.learning_curve),
        "lift": lift(model, judges, keep_seen=split.keep_seen, now=split.start.timestamp()),
        "worth": worth(model),
        "neighbours": examples(model, items_of(learned.catalogue, popular)),
    }


def headline(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the summary line: model and popularity, and how many were judged."""
    return {name: evaluation[name] for name in ("visitors", "model", "popularity")}
