"""A model of many items for tests: popular ones in each of some kinds, a table, repeats, and an index."""

from functools import cache

import numpy as np

from recsvc.model.artifact import Artifact
from recsvc.model.known import History
from recsvc.model.parameters import Strengths
from tests.artifacts import FACTORS, NOW, RESIDUAL, arrays_of, item_ids, make_artifact
from training.item_index import arranged

KINDS, NEAR = 40, 8
STRENGTHS = Strengths(tau=(1.0, 1.0, 1.0, 0.3, 0.3), rho=(0.0, 0.5, 0.5, 0.5, 0.5), omega=(0.0, *[2.0] * 4))


def large_arrays(n: int, seed: int = 5) -> dict[str, np.ndarray]:
    """Arrays of n items of 40 kinds, each with a norm that grows with its popularity, as fits leave it."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(KINDS, size=n)
    popularity = (0.2 / (1.0 + rng.permutation(n)) ** 0.7).astype("f4")
    centres = rng.normal(0, 1.0, (KINDS, FACTORS + RESIDUAL))
    factors = centres[kinds] + rng.normal(0, 0.5, (n, FACTORS + RESIDUAL))
    order = np.argsort(kinds, kind="stable")
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    return arrays_of(n) | {
        "factors": (factors * popularity[:, None] ** 0.5).astype("f4"),
        "popularity": popularity,
        "repeats": rng.random(n).astype("f4"),
        "table_rows": order[(place[:, None] + np.arange(1, NEAR + 1)) % n].astype("i4"),
        "table_weights": np.sort(rng.random((n, NEAR)).astype("f4"))[:, ::-1],
    }


@cache
def large_artifact(n: int = 5_000) -> Artifact:
    """The model, with an index however few the items are."""
    return arranged(make_artifact(n, arrays=large_arrays(n), strengths=STRENGTHS), seed=1)


def histories(n: int, count: int, seed: int = 3) -> list[History]:
    """What some visitors bought in the last quarter: 1 to 20 items."""
    rng = np.random.default_rng(seed)
    ids = item_ids(n)
    found = []
    for _ in range(count):
        rows = rng.choice(n, rng.integers(1, 21), replace=False)
        ages = rng.uniform(0, 90 * 86_400.0, len(rows))
        ones = [1.0] * len(rows)
        times = (NOW.timestamp() - ages).tolist()
        found.append(History([ids[row] for row in rows], ["purchase"] * len(rows), times, ones, ones))
    return found
