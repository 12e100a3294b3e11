"""The live model: what it shows the visitors who judge the next one."""

from pathlib import Path

import numpy as np
import polars as pl

from recsvc.domain.errors import ArtifactError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from training.cases import Case, cases
from training.evaluate import evaluate
from training.gate import K, Live
from training.holdout import Sample, Split
from training.rivals import Rival

FEWEST = 25
"""With fewer judges that the live model did not know either, nothing is compared."""


def judge_live(models: Path, split: Split, judges: list[Case]) -> Live | None:
    """NDCG of the current version on those of the judges that it did not know; None where there is none.

    It ranks its own items: what it does not know it cannot show, and that counts against it.
    """
    try:
        version = versions.current(models)
        if version is None:
            return None
        live = artifacts.read(models / version)
    except ArtifactError as error:
        return _incomparable(f"The live model cannot be read and was not compared: {error}", judges)
    unknown = np.array([_left_out_of(live, case.visitor_id) for case in judges], dtype=bool)
    if unknown.sum() < FEWEST:
        return _incomparable(
            f"The live model {version} knew all but {unknown.sum()} of the {len(judges)} visitors who judge, "
            "as it was trained with another seed or on other visitors, and was not compared.",
            judges,
        )
    theirs = [case for case, new in zip(judges, unknown, strict=True) if new]
    return Live(version, _ndcg(live, split, theirs), unknown)


def _incomparable(problem: str, judges: list[Case]) -> Live:
    return Live("", np.empty(0), np.zeros(len(judges), dtype=bool), problem)


def _left_out_of(model: Artifact, visitor_id: str) -> bool:
    """A model whose manifest names no sample was trained on nobody."""
    sample = model.manifest.training.get("sample")
    return sample is None or Sample(sample["seed"], sample["highest"]).holds(visitor_id)


def _ndcg(live: Artifact, split: Split, judges: list[Case]) -> np.ndarray:
    known = {case.visitor_id: case for case in judges}
    targets = split.targets.filter(pl.col("visitor_id").is_in(list(known)))
    theirs = [
        case._replace(history=known[case.visitor_id].history, answers=known[case.visitor_id].answers)
        for case in cases(live.vocabulary, targets)[0]
    ]
    now = split.start.timestamp()
    judged = evaluate(live, theirs, ks=(K,), keep_seen=split.keep_seen, now=now, rivals=(Rival.MODEL,))
    return judged.ndcg(Rival.MODEL, K)
