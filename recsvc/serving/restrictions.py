"""Restrictions: the rules of one slate, in the order that docs/placements.md gives."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np

from quizzes.catalogue import Mask, Numbers
from quizzes.engine import replay
from quizzes.signals import item_filters
from recsvc.domain.catalogue import Item
from recsvc.domain.placements import Placement
from recsvc.domain.slates import PlacementRequest
from recsvc.model.confidence import DAY_S
from recsvc.serving.candidates import LOOKED_AT
from recsvc.serving.consent import known_facts, live_answers
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.page import Page
from recsvc.serving.rules import Cap, Rule, not_among, only
from recsvc.serving.shown import ShownItems
from recsvc.serving.visitor import bought_items, bought_since

SEEN_HALF_LIFE_DAYS = 7.0
"""An impression of a week ago counts half: what nobody wanted may come back in time."""


class Restrictions:
    """Turns what a placement, a request and a visitor say into rules over the rows of the model."""

    def __init__(self, catalogue: LiveCatalogue, quizzes: LiveQuizzes) -> None:
        self._catalogue = catalogue
        self._quizzes = quizzes

    def rules(
        self, page: Page, placement: Placement, asked: PlacementRequest, on_page: Sequence[str]
    ) -> list[Rule]:
        """Every rule that can take something out, in order: first what is excluded, then what is required."""
        return [*self._excluded(page, placement, asked, on_page), *self._required(page, placement, asked)]

    def caps(self, page: Page, placement: Placement) -> list[Cap]:
        """One item of a product group, then the caps of the placement."""
        found = [Cap("same_group", page.offered.group, 1)] if page.offered.has_groups else []
        items = page.offered.items
        if placement.max_per_category:
            found.append(Cap("category_full", _of(items, "category"), placement.max_per_category))
        if placement.max_per_brand:
            found.append(Cap("brand_full", _of(items, "brand"), placement.max_per_brand))
        return found

    def _excluded(
        self, page: Page, placement: Placement, asked: PlacementRequest, on_page: Sequence[str]
    ) -> Iterator[Rule]:
        profile, rows = page.profile, page.offered.rows
        named = {
            "in_context": context_of(asked),
            "on_page": on_page,
            "bought_recently": bought_since(profile, placement.exclude_bought_days, page.now),
            "viewed_often": self._viewed_often(page, placement.exclude_viewed_times),
            "seen_often": _seen_often(page, placement.exclude_seen_times),
        }
        yield from (not_among(name, rows(item_ids)) for name, item_ids in named.items() if item_ids)
        if placement.answer_filters:
            yield from self._answers(page)

    def _required(self, page: Page, placement: Placement, asked: PlacementRequest) -> Iterator[Rule]:
        offered, request = page.offered, page.request
        if placement.in_store and request.store_id is not None:
            yield only("not_in_store", offered.in_store(request.store_id))
        else:
            yield only("unavailable", offered.columns.in_stock)
        if offered.columns.is_said("age_limit") and not (placement.age_limited and request.age is None):
            yield _too_old_for(offered.columns.number("age_limit"), request.age or 0)
        if placement.filter is not None:
            yield only("filter", offered.accepted(placement.filter))
        item = self._catalogue.offered(asked.item) if asked.item is not None else None
        if item is not None:
            yield from _like(page, placement, item)
        if asked.filter is not None:
            yield only("request_filter", offered.accepted(asked.filter))

    def _viewed_often(self, page: Page, times: int | None) -> list[str]:
        """Items that were looked at so often and never bought."""
        if times is None:
            return []
        looks: Counter[str] = Counter(one.item_id for one in page.profile.recent if one.kind in LOOKED_AT)
        for count in page.profile.older:
            looks[count.item_id] += count.lines if count.kind in LOOKED_AT else 0
        bought = bought_items(page.profile)
        return [item_id for item_id, count in looks.items() if count >= times and item_id not in bought]

    def _answers(self, page: Page) -> Iterator[Rule]:
        """What the facts that quizzes asked for rule out, each quiz by its newest revision."""
        facts = known_facts(page.profile, page.now, self._quizzes.opt_in)
        for quiz_id in self._quizzes.ids() if facts else ():
            quiz = self._quizzes.get(quiz_id)
            live = live_answers(quiz, replay(quiz, (), facts), page.profile)
            for one in item_filters(quiz, live):
                yield only(f"answer:{one.question}", page.offered.columns.accepted(one))


def _seen_often(page: Page, times: int | None) -> list[str]:
    """Items that were on the screen so often since the visitor last did anything with them.

    By whole days, so that a slate stays the same all day.
    """
    if times is None:
        return []
    chosen = {one.item_id: one.occurred_at for one in page.profile.recent}  # in order of time
    seen: defaultdict[str, float] = defaultdict(float)
    for one in page.profile.seen:
        if one.occurred_at > chosen.get(one.item_id, -math.inf):
            days = max(0.0, page.now // DAY_S - one.occurred_at // DAY_S)
            seen[one.item_id] += 0.5 ** (days / SEEN_HALF_LIFE_DAYS)
    return [item_id for item_id, weight in seen.items() if round(weight) >= times]


def _too_old_for(limits: Numbers, age: int) -> Rule:
    """What is for those of more years, by the limit of each row."""
    return Rule("age_limit", lambda rows: limits[rows] > age)


def _without_any(name: str, shared: Sequence[Mask]) -> Rule:
    """What carries none of some values."""
    return Rule(name, lambda rows: ~np.logical_or.reduce([carries[rows] for carries in shared]))


def _like(page: Page, placement: Placement, item: Item) -> Iterator[Rule]:
    """What ties a slate to the page's product; a product that says nothing about it ties nothing."""
    columns, values = page.offered.columns, item.attribute_values()
    for attribute in placement.same:
        shared = [columns.carries(attribute, value) for value in values.get(attribute, ())]
        if shared:
            yield _without_any(f"same:{attribute}", shared)
    price = item.values().get("price")
    if placement.near_price is not None and isinstance(price, float):
        prices, most = columns.number("price"), placement.near_price * price
        yield Rule("near_price", lambda rows: ~(np.abs(prices[rows] - price) <= most))


def _of(items: ShownItems, name: Literal["category", "brand"]) -> Callable[[int], str | None]:
    """Row → category or brand of its item."""

    def shared(row: int) -> str | None:
        item = items[row]
        return getattr(item, name) if item else None

    return shared


def context_of(asked: PlacementRequest) -> tuple[str, ...]:
    """The items of the page and the cart, each once."""
    own = (asked.item,) if asked.item is not None else ()
    return tuple(dict.fromkeys((*own, *asked.items)))
