"""Goals: how each set is judged and against what, from goals.toml; and how far a run came."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

HERE = Path(__file__).parent
Figures = dict[str, Any]
"""What `recsvc evaluate --json` says of one way of judging."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the table."""

    metric: str
    goal: float
    judged: str = "all"  # which judges of the set
    segment: str = "all"
    against: str | None = None  # a rival of the same run: the goal is a ratio to it
    rivals: dict[str, float] = {}  # published, or measured by others


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one set is judged."""

    title: str
    lengths: list[int]
    rows: list[Row]
    keep_seen: bool = False


class Reached(NamedTuple):
    """What a run says to a row: the figure or ratio, with its interval where there is one."""

    value: float
    low: float | None
    high: float | None


def protocols() -> dict[str, Protocol]:
    """The protocol of each set."""
    text = (HERE / "goals.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["sets"], dict[str, Protocol])


def reached(row: Row, judged: dict[str, Figures]) -> Reached | None:
    """How far a run came; None where nobody was judged.

    The interval of a ratio takes the rival's mean as given, unless the evaluation has a paired interval of
    the difference.
    """
    segment = judged.get(row.judged, {}).get("segments", {}).get(row.segment, {})
    ours = segment.get("model", {}).get(row.metric)
    if ours is None:
        return None
    base = segment[row.against][row.metric] if row.against else 1.0
    intervals = segment.get("ci", {})
    paired = intervals.get(f"{row.metric}_vs_{row.against}")
    low, high = [base + edge for edge in paired] if paired else intervals.get(row.metric) or (None, None)
    return Reached(ours / base, low and low / base, high and high / base)
