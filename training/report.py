"""The report: what a run leaves in the manifest, and what it prints."""

import resource
import sys
from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import Console

from recsvc.model.artifact import Artifact
from training.config import TrainingConfig
from training.gate import Verdict
from training.learned import Learned
from training.strengths import Tuned

TRIALS_KEPT = 60


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
        "config": msgspec.to_builtins(config),
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


def peak_mb() -> float:
    """The largest resident size of this process so far, in MB."""
    units = 1 if sys.platform == "darwin" else 1_024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * units / 1e6, 1)


def headline(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the summary line: model and popularity, and how many were judged."""
    return {name: evaluation[name] for name in ("visitors", "model", "popularity")}


def print_verdict(verdict: Verdict, console: Console, *, forced: bool = False) -> None:
    """Print a sentence a check; one that refuses in red."""
    for check in verdict.checks:
        style = "green" if check.passed else "red"
        console.print(f"gate: {check.name}: {check.sentence}", style=style, highlight=False, soft_wrap=True)
    if forced and not verdict.passed:
        console.print("gate: published all the same (--force).", style="yellow", highlight=False)
