"""Interactions as a profile keeps them: the newest one by one, the older ones as counts per item and kind."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

from recsvc.domain.profile import RECENT_LIMIT, Interaction, OlderCount, Seen

Timed = TypeVar("Timed", Interaction, Seen)

QUANTITY_STEPS = 65_536
"""Older quantities are kept in steps of 1/65536: their sums are exact, so the order cannot show in them."""


def remember(
    recent: tuple[Interaction, ...], older: tuple[OlderCount, ...], fresh: list[Interaction]
) -> tuple[tuple[Interaction, ...], tuple[OlderCount, ...]]:
    """Keep the newest one by one, fold the rest."""
    if not fresh:
        return recent, older
    merged = in_order(recent, fresh)
    beyond = len(merged) - RECENT_LIMIT
    if beyond <= 0:
        return merged, older
    return merged[beyond:], _fold(older, merged[:beyond])


def in_order(known: tuple[Timed, ...], fresh: list[Timed]) -> tuple[Timed, ...]:
    """All of both by time; sorted only where something fresh is older than what is known, which is rare."""
    fresh.sort()
    merged = known + tuple(fresh)
    return merged if not known or known[-1] <= fresh[0] else tuple(sorted(merged))


def _fold(older: tuple[OlderCount, ...], extra: Sequence[Interaction]) -> tuple[OlderCount, ...]:
    """Add interactions to the counts, which stay sorted by item and kind."""
    added: dict[tuple[str, str], OlderCount] = {}
    for one in extra:
        key = (one.item_id, one.kind)
        quantity = round(one.quantity * QUANTITY_STEPS) / QUANTITY_STEPS
        count = OlderCount(one.item_id, one.kind, 1, quantity, one.occurred_at)
        added[key] = _sum(added[key], count) if key in added else count
    counts = list(older)
    for key in sorted(added):
        place = bisect_left(counts, key, key=_count_key)
        if place < len(counts) and _count_key(counts[place]) == key:
            counts[place] = _sum(counts[place], added[key])
        else:
            counts.insert(place, added[key])
    return tuple(counts)


def _sum(one: OlderCount, other: OlderCount) -> OlderCount:
    return OlderCount(
        one.item_id,
        one.kind,
        one.lines + other.lines,
        one.quantity + other.quantity,
        max(one.last_at, other.last_at),
    )


def _count_key(count: OlderCount) -> tuple[str, str]:
    return count.item_id, count.kind
