"""Soundness: whether the arrays of an artifact fit each other and its parameters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.errors import ArtifactError
from recsvc.model.parameters import Parameters

TABLES = ("table", "similar", "together")
ROUNDING = 1e-5
"""How far an entry of a covariance may be from its mirror."""


def check_sound(name: str, parameters: Parameters, n: int, arrays: dict[str, NDArray[Any]]) -> None:
    """Refuse arrays that a request would stumble over.

    Args:
        name: of the artifact, for the sentence.
        parameters: say how many factors, facts and directions there are.
        n: items.
        arrays: by name, finite and of the right dtype.

    Raises:
        ArtifactError: a shape, a neighbour or a fact is not where it must be.
    """
    if n == 0:
        raise ArtifactError(f"{name} holds no items; train again.")
    for array, shape in _shapes(parameters, n, arrays).items():
        if arrays[array].shape != shape:
            found = arrays[array].shape
            raise ArtifactError(f"{array} of {name} has shape {found}, expected {shape}; train again.")
    if not parameters.n_factors <= arrays["factors"].shape[1]:
        raise ArtifactError(
            f"{name} says {parameters.n_factors} factors but stores {arrays['factors'].shape[1]} columns; "
            "train again."
        )
    for table in TABLES:
        rows = arrays[f"{table}_rows"]
        if rows.size and not (rows.min() >= -1 and rows.max() < n):
            raise ArtifactError(f"{table}_rows of {name} points outside the {n} items; train again.")
    if not (arrays["repeat_intervals"] > 0).all():
        raise ArtifactError(f"repeat_intervals of {name} holds a length that is not positive; train again.")
    _check_index(name, n, arrays)
    _check_facts(name, parameters, len(arrays["answer_means"]))
    _check_covariance(name, arrays["answer_covariance"])


def _shapes(parameters: Parameters, n: int, arrays: dict[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    width = int(np.prod(arrays["factors"].shape[1:2]))
    q = arrays["answers"].shape[0] if arrays["answers"].ndim else 0
    own = {
        "factors": (n, width),
        "popularity": (n,),
        "popularity_window": (n,),
        "item_counts": (n,),
        "repeats": (n,),
        "repeat_intervals": (n,),
        "trending": (n,),
        "arrivals": (n,),
        "answers": (q, width),
        "answer_means": (q,),
        "answer_covariance": (q, q),
        "directions": (len(parameters.directions), width),
    }
    for table in TABLES:
        near = (n, int(np.prod(arrays[f"{table}_rows"].shape[1:2])))
        own |= {f"{table}_rows": near, f"{table}_weights": near}
    return own


def _check_index(name: str, n: int, arrays: dict[str, NDArray[Any]]) -> None:
    """Lists that share no item and leave none out, with a centre each, where there are lists."""
    if "index_starts" not in arrays:
        return
    starts, centres = arrays["index_starts"], arrays["index_centres"]
    edges = starts[[0, -1]].tolist() if starts.ndim == 1 and len(starts) > 1 else []
    shape = (len(starts) - 1, arrays["factors"].shape[1] + 1)
    if edges != [0, n] or (np.diff(starts) <= 0).any() or centres.shape != shape:
        raise ArtifactError(f"The index of {name} is none of its {n} items; train again.")
    if arrays["index_reach"].shape != (1,) or arrays["index_reach"][0] < 1:
        raise ArtifactError(f"index_reach of {name} is not one positive number; train again.")


def _check_facts(name: str, parameters: Parameters, q: int) -> None:
    for columns in parameters.facts:
        bins = len(columns.edges) + 1 if columns.edges is not None else len(columns.values)
        if not (0 <= columns.first <= q - len(columns.values) and bins == len(columns.values)):
            raise ArtifactError(f"The fact {columns.fact!r} of {name} has columns outside it; train again.")


def _check_covariance(name: str, covariance: NDArray[Any]) -> None:
    """Indicators are 0 or 1, so no covariance of theirs is beyond 1."""
    if covariance.size and (
        np.abs(covariance).max() > 1.0 or np.abs(covariance - covariance.T).max() > ROUNDING
    ):
        raise ArtifactError(f"answer_covariance of {name} is no covariance of answers; train again.")
