"""Lookalikes: ids of items that are different texts and look like one."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

EXAMPLES = 3


class Lookalike(NamedTuple):
    """An id, and another one that differs from it in width, capitals or the form of its signs only."""

    item_id: str
    other: str


def lookalikes(item_ids: Iterable[str], known: Collection[str] = ()) -> list[Lookalike]:
    """The ids that look like a known one, or like an earlier one of theirs, and are not the same.

    `ＴＥＡ－００５`, `tea-005` and `TEA-005` look alike: by NFKC, without capitals and outer spaces.
    """
    there = frozenset(known)
    like = {_plain(one): one for one in there}
    pairs = (Lookalike(one, like.setdefault(_plain(one), one)) for one in item_ids if one not in there)
    return [pair for pair in dict.fromkeys(pairs) if pair.other != pair.item_id]


def sentence(found: Sequence[Lookalike]) -> str:
    """What is to be said of some."""
    named = ", ".join(f"{item_id} and {other}" for item_id, other in found[:EXAMPLES])
    rest = f" and {len(found) - EXAMPLES:,} more" if len(found) > EXAMPLES else ""
    return (
        f"{len(found):,} item ids differ only in width or capitals from another one ({named}{rest}). They "
        "are different items, and what is known of one does not count for the other: write one everywhere."
    )


def _plain(item_id: str) -> str:
    text = item_id if item_id.isascii() else unicodedata.normalize("NFKC", item_id)
    return text.strip().casefold()
