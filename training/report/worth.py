"""Worth: what each answer changes in the ranking of somebody of whom nothing else is known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.prior import FactColumns
from recsvc.model.scoring import top
from training.facts import FEWEST_VISITORS
from training.gate import K

Floats = NDArray[np.floating]
MOST_FACTS = 12
MOST_VALUES = 8
NAMED = 8  # products at either end: several may bear one title


def worth(artifact: Artifact) -> list[dict[str, Any]]:
    """The facts that were learnt, those that move the ranking most first, each with its values.

    `moves` is the deviation over all products of what picking the value adds, in deviations of popularity;
    `fresh` is how many of its first ten products are not among the ten most popular.
    """
    base = artifact.parameters.popularity_scale * np.asarray(artifact.popularity, dtype=np.float64)
    found = [
        {"fact": fact.fact, "visitors": fact.visitors, "values": values}
        for fact in artifact.parameters.facts
        if (values := _values(artifact, fact, base))
    ]
    return sorted(found, key=_strength, reverse=True)[:MOST_FACTS]


def _strength(fact: dict[str, Any]) -> float:
    return float(fact["values"][0]["moves"])


def _values(artifact: Artifact, fact: FactColumns, base: Floats) -> list[dict[str, Any]]:
    """The values of a fact that enough visitors picked, the strongest first."""
    own = slice(fact.first, fact.first + len(fact.values))
    counts = fact.visitors * np.asarray(artifact.arrays["answer_means"], dtype=np.float64)[own]
    found = []
    for value, visitors in zip(fact.values, counts, strict=True):
        row = artifact.answer_table.effect(fact.fact, _spoken(fact, value))
        if row is not None and round(visitors) >= FEWEST_VISITORS:
            effect = artifact.factors @ row.astype(np.float32)
            found.append({"value": value, "visitors": round(visitors)} | _moved(artifact, effect, base))
    return sorted(found, key=lambda one: -one["moves"])[:MOST_VALUES]


def _moved(artifact: Artifact, effect: Floats, base: Floats) -> dict[str, Any]:
    ids = artifact.vocabulary.ids
    spread = max(float(base.std()), np.finfo(np.float64).tiny)
    # By the effect alone the same few best-sellers would stand at both ends of every answer.
    telling = effect / np.sqrt(np.maximum(base, 0.0) + spread)
    return {
        "moves": float(effect.std()) / spread,
        "fresh": len(np.setdiff1d(top(base + effect, K), top(base, K))),
        "most": [ids[row] for row in top(telling, NAMED)],
        "least": [ids[row] for row in top(-telling, NAMED)],
    }


def _spoken(fact: FactColumns, value: str) -> str | float:
    """What a visitor would say to come into a column: the name of a bin is no number."""
    if fact.edges is None:
        return value
    column = fact.values.index(value)
    return fact.edges[column - 1] if column else float(np.nextafter(fact.edges[0], -np.inf))
