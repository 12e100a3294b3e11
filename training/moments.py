"""Moments and lists on the command line: how `--as-of`, `-k`, `--split` and `--budget` are read."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

LONGEST = 1_000
METRICS = ("recall", "recall_capped", "ndcg", "hit_rate")


def parse_moment(text: str) -> datetime:
    """A time in ISO 8601 or a date, in UTC; without a zone it is UTC already.

    Raises:
        ValueError: it is no time, or in UTC it would be before the year 1 or after 9999.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time such as 2026-03-01 or 2026-03-01T04:00:00Z") from None


def parse_lengths(text: str) -> tuple[int, ...]:
    """Lengths of lists, separated by commas, in rising order.

    Raises:
        ValueError: they are none, or longer than LONGEST.
    """
    try:
        ks = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        ks = ()
    if not ks or ks[0] < 1:
        raise ValueError(f"{text!r} is not a list of lengths such as 10,20")
    if ks[-1] > LONGEST:
        raise ValueError(f"{text!r} asks for lists longer than {LONGEST:,} products")
    return ks


class Split(NamedTuple):
    """Where the earlier part ends: at a time, or before the last n products of each visitor."""

    time: datetime | None = None
    last: int | None = None


def parse_split(text: str) -> Split:
    """Read `time:TIME` or `last:N`.

    Raises:
        ValueError: it is neither.
    """
    kind, _, value = text.partition(":")
    if kind == "time":
        return Split(time=parse_moment(value))
    if kind == "last" and re.fullmatch(r"[1-9]\d{0,3}", value):
        return Split(last=int(value))
    raise ValueError(f"{text!r} is neither time:TIME nor last:N")


def parse_budget(text: str) -> float:
    """Read a time to spend, such as 90s, 10m or 2h, in seconds.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d{1,6})([smh])", text)
    if not found or int(found[1]) == 0:
        raise ValueError(f"{text!r} is not a time to spend such as 90s, 10m or 2h")
    return int(found[1]) * {"s": 1.0, "m": 60.0, "h": 3_600.0}[found[2]]


def parse_metric(text: str) -> tuple[str, int]:
    """Read a metric and the length of its list, such as ndcg@10.

    Raises:
        ValueError: it is none of METRICS, or the length is none.
    """
    name, _, length = text.partition("@")
    if name not in METRICS:
        raise ValueError(f"{text!r} is none of {', '.join(f'{metric}@10' for metric in METRICS)}")
    ks = parse_lengths(length)
    if len(ks) != 1:
        raise ValueError(f"{text!r} names several lengths")
    return name, ks[0]
