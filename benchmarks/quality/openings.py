"""Openings: which configuration saw the test part of which set, how often, and what it scored.

The file is kept in the repository. A test part is opened once for a configuration; what it scored then is
what the table shows, whatever the code has become since, until someone opens it again; the count says so.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from training.config import TrainingConfig
from training.digest import digest

FILE = Path(__file__).parent / "opened.json"


class Opening(msgspec.Struct, kw_only=True):
    """What one configuration scored on one test part, the last time it was opened."""

    times: int
    code: str  # of training and scoring, when it was opened
    seconds: float  # of training
    peak_mb: float
    judged: dict[str, Any]  # as `recsvc evaluate` says it, by way of judging


Openings = dict[str, dict[str, Opening]]
"""set → digest of the configuration → what was seen."""


def load(path: Path = FILE) -> Openings:
    """All openings so far."""
    return msgspec.json.decode(path.read_bytes(), type=Openings) if path.exists() else {}


def save(openings: Openings, path: Path = FILE) -> None:
    """Write them; one line a value, so that a change can be read."""
    aside = path.with_suffix(".new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(openings, order="sorted"), indent=1) + b"\n")
    aside.replace(path)


def see(
    openings: Openings, name: str, key: str, judge: Callable[[], Opening], *, again: bool
) -> tuple[Opening, bool]:
    """What a configuration scored on a test part; it is opened where that was never done, or `again`.

    Returns:
        (what was seen, whether the part was opened for it now).
    """
    of = openings.setdefault(name, {})
    before = of.get(key)
    if before is not None and not again:
        return before, False
    of[key] = judge()
    of[key].times = (before.times if before else 0) + 1
    return of[key], True


def configuration_digest(path: Path | None) -> str:
    """Names a configuration by its content; the defaults have a name as well."""
    return hashlib.sha256(path.read_bytes() if path else b"defaults").hexdigest()[:16]


def code_digest() -> str:
    """Names the code that trains and scores."""
    return digest([], TrainingConfig(), {})[:16]


def total(openings: Openings, name: str) -> tuple[int, int]:
    """How many configurations saw the test part of a set, and how often all together."""
    of = openings.get(name, {}).values()
    return len(of), sum(opening.times for opening in of)
