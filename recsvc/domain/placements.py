"""Placements: named spots on a page or a channel, and what may appear in them (docs/placements.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

MOST_ITEMS = 100
"""Items that a slate may have."""
Share = Annotated[float, Meta(ge=0, le=1)]


class Strategy(StrEnum):
    """Where candidates come from."""

    PERSONAL = "personal"  # the visitor's own score
    SIMILAR = "similar"  # people who took the page's product took these instead or also
    TOGETHER = "together"  # in one basket with the page's product
    CART = "cart"  # in one basket with what is in the cart
    SIMILAR_TO_CART = "similar_to_cart"  # like what is in the cart
    BUY_AGAIN = "buy_again"  # what the visitor is about to run out of
    RECENTLY_VIEWED = "recently_viewed"  # newest first
    BECAUSE_YOU_BOUGHT = "because_you_bought"  # what goes with the newest purchase, which is named
    QUIZ_RESULT = "quiz_result"  # the visitor's own score, of visitors who gave answers
    TRENDING = "trending"  # sells more than its own past suggests
    NEW_ARRIVALS = "new_arrivals"  # new products, by how they are received
    POPULAR = "popular"  # bought by most visitors
    FIXED = "fixed"  # the list of the placement itself


FROM_PAGE = frozenset({Strategy.SIMILAR, Strategy.TOGETHER})
"""Strategies that cannot be answered without the product of the page."""
FROM_CONTEXT = FROM_PAGE | {Strategy.CART, Strategy.SIMILAR_TO_CART}
"""Strategies that rest on the page or the cart."""
FROM_HISTORY = frozenset({Strategy.BUY_AGAIN, Strategy.RECENTLY_VIEWED, Strategy.BECAUSE_YOU_BOUGHT})
"""Strategies that rest on what the visitor did."""
FROM_SCORE = frozenset({Strategy.PERSONAL, Strategy.QUIZ_RESULT})
"""Strategies that rank by the visitor's own score."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of a placement."""


class Pin(Rule, frozen=True):
    """A product at a place of its own, for a time."""

    item: str
    position: Annotated[int, Meta(ge=1, le=MOST_ITEMS)]
    start: datetime | None = None
    end: datetime | None = None


class Boost(Rule, frozen=True):
    """Products that are moved up, or down."""

    where: str  # an expression over item.NAME
    by: Annotated[float, Meta(ge=-10, le=10)]  # standard deviations of the candidates' scores; below 0 buries


class Arm(Rule, frozen=True):
    """Another chain of strategies, which a share of the visitors see under the same rules."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    share: Annotated[float, Meta(gt=0, lt=1)]
    strategy: Strategy
    fallbacks: tuple[Strategy, ...] = (Strategy.PERSONAL,)


class Placement(Rule, frozen=True):
    """A named spot with its rules."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    strategy: Strategy
    fallbacks: tuple[Strategy, ...] = (Strategy.PERSONAL,)  # asked in turn while the slate is not full
    limit: Annotated[int, Meta(ge=1, le=MOST_ITEMS)] = 12
    priority: Annotated[int, Meta(ge=0, le=100)] = 0  # of a page's placements the highest chooses first
    title: dict[str, str] = {}  # locale → heading; {item} is what `because_you_bought` rests on
    items: Annotated[tuple[str, ...], Meta(max_length=MOST_ITEMS)] = ()  # the list of `fixed`

    exclude_bought_days: Annotated[float, Meta(gt=0)] | None = None
    exclude_viewed_times: Annotated[int, Meta(ge=1)] | None = None  # looked at so often, and not bought
    exclude_seen_times: Annotated[int, Meta(ge=1)] | None = None  # shown so often, and not chosen since
    discreet: bool = False  # others may see it: answers to sensitive questions neither rank nor are named
    answer_filters: bool = False  # what the visitor's answers to quizzes rule out

    filter: str | None = None  # an expression over item.NAME
    same: tuple[str, ...] = ()  # attributes that must be those of the page's product
    near_price: Annotated[float, Meta(gt=0)] | None = None  # share by which a price may differ from it
    in_store: bool = False  # in stock at the store of the request
    age_limited: bool = False  # products with an age limit may be shown to somebody of unknown age

    boosts: tuple[Boost, ...] = ()
    margin_weight: Annotated[float, Meta(ge=-10, le=10)] = 0.0  # standard deviations by one of the margin
    diversity: Share = 0.0  # of likeness to what stands before, against the score
    rotation: Annotated[float, Meta(ge=0, le=10)] = 0.0  # standard deviations of a draw a visitor and day
    explore: Annotated[float, Meta(ge=0, le=0.5)] = 0.0  # share of places for new products

    max_per_category: Annotated[int, Meta(ge=1)] | None = None
    max_per_brand: Annotated[int, Meta(ge=1)] | None = None
    pins: tuple[Pin, ...] = ()

    holdout: Annotated[float, Meta(ge=0, lt=1)] = 0.0  # share of visitors who see what is popular instead
    arms: Annotated[tuple[Arm, ...], Meta(max_length=10)] = ()
    experiment: Annotated[str, Meta(max_length=200)] | None = None  # whose draw it shares; None: its own

    @property
    def chain(self) -> tuple[Strategy, ...]:
        """The strategy and its fallbacks, each once."""
        return tuple(dict.fromkeys((self.strategy, *self.fallbacks)))

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """What its rules ask of items beside expressions: the rule's field with the attribute."""
        named = [("same", name) for name in self.same]
        named += [("near_price", "price")] if self.near_price is not None else []
        named += [("margin_weight", "margin")] if self.margin_weight else []
        return named

    @property
    def needs_item(self) -> bool:
        """Whether it cannot be answered without the product of the page."""
        strategies = {self.strategy, *(arm.strategy for arm in self.arms)}
        return bool(strategies & FROM_PAGE) or bool(self.same) or self.near_price is not None
