"""Rules: what may not be shown, asked of each candidate in one fixed order, with counts of the dropped."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from recsvc.model.vocabulary import Vocabulary
from recsvc.serving.candidates import Candidate

ItemFilter = Callable[[str], bool]
"""Whether an item, by id, may be shown."""


class Rule(NamedTuple):
    """One reason to leave a candidate out."""

    name: str  # as `dropped` names it
    allows: ItemFilter


class Cap(NamedTuple):
    """At most so many items that share something; items without it are free."""

    name: str  # as `dropped` names it
    shared: Callable[[str], str | None]  # item → what it shares
    most: int


def apply(
    candidates: Iterable[Candidate],
    rules: Sequence[Rule],
    vocabulary: Vocabulary,
    limit: int,
    cap: Cap | None = None,
) -> tuple[list[Candidate], dict[str, int]]:
    """Take the first `limit` candidates that every rule, and last the cap, allows.

    Returns:
        The chosen candidates, no item twice, and how many each rule dropped before the slate was full.
    """
    chosen: list[Candidate] = []
    dropped: Counter[str] = Counter()
    seen: set[int] = set()
    taken: Counter[str | None] = Counter()
    for candidate in candidates:
        if len(chosen) >= limit:
            break
        if candidate.row in seen:
            continue
        seen.add(candidate.row)
        item_id = vocabulary.ids[candidate.row]
        against = next((rule.name for rule in rules if not rule.allows(item_id)), None)
        shared = cap.shared(item_id) if cap else None
        if against is None and cap and shared is not None and taken[shared] >= cap.most:
            against = cap.name
        if against is None:
            chosen.append(candidate)
            taken[shared] += 1
        else:
            dropped[against] += 1
    return chosen, dict(dropped)


def not_in(name: str, item_ids: Iterable[str]) -> Rule:
    """A rule that leaves out the named items."""
    excluded = frozenset(item_ids)
    return Rule(name, lambda item_id: item_id not in excluded)
