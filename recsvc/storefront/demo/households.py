"""Households that one may shop as, each with what it buys most often."""

from collections import Counter
from typing import NamedTuple

from recsvc.domain.events import EventKind
from recsvc.domain.identity import ANONYMOUS
from recsvc.domain.profile import Profile
from recsvc.storefront.demo.parts import DemoParts

SHOWN = 7
MOST_CATEGORIES = 3
MOST_CHARACTERS = 64
MOST_CARD_CHARACTERS = 20


class Household(NamedTuple):
    """One household as the picker shows it."""

    visitor_id: str
    often: str  # categories it buys most
    purchases: int
    picture: str | None  # item it bought most


def pick_households(parts: DemoParts, locale: str) -> tuple[Household, ...]:
    """The first households of the shop."""
    return tuple(_household(parts, parts.visitors.read(one), one, locale) for one in parts.households[:SHOWN])


def is_household(text: str) -> bool:
    """Whether a typed household may be shopped as."""
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable() and not text.startswith(ANONYMOUS)


def is_card(text: str) -> bool:
    """Whether a typed number may be one of a loyalty card."""
    return 0 < len(text) <= MOST_CARD_CHARACTERS and text.isascii() and text.isalnum()


def _household(parts: DemoParts, profile: Profile, visitor_id: str, locale: str) -> Household:
    bought = Counter(line.item_id for line in profile.recent if line.kind == EventKind.PURCHASE)
    categories: Counter[str] = Counter()
    for item_id, lines in bought.items():
        item = parts.catalogue.get(item_id)
        if item and item.category:
            categories[item.category] += lines
    names = [parts.category_name(category, locale) for category, _ in categories.most_common(MOST_CATEGORIES)]
    older = sum(count.lines for count in profile.older if count.kind == EventKind.PURCHASE)
    known = [item_id for item_id, _ in bought.most_common() if parts.catalogue.get(item_id)]
    return Household(
        visitor_id,
        " · ".join(names),
        bought.total() + older,
        known[0] if known else None,
    )
