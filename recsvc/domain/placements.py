"""Placements: named spots on a page, and what may appear in them."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class Strategy(StrEnum):
    """Where the candidates of a placement come from, before its fallbacks."""

    PERSONAL = "personal"  # the visitor's own score
    SIMILAR = "similar"  # people who took this took these instead or also
    TOGETHER = "together"  # in one basket with the item
    CART = "cart"  # in one basket with what is in the cart


class Placement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named spot on a page with its rules."""

    id: str
    strategy: Strategy
    limit: Annotated[int, Meta(ge=1, le=100)] = 12
    exclude_bought_days: float | None = None  # leave out what was bought within so many days
    max_per_category: Annotated[int, Meta(ge=1)] | None = None  # items of one category in a slate
    title: dict[str, str] = {}  # locale → heading

    @property
    def needs_item(self) -> bool:
        """Whether it cannot be answered without a product."""
        return self.strategy in {Strategy.SIMILAR, Strategy.TOGETHER}


DEFAULT_PLACEMENTS = (
    Placement(
        id="home",
        strategy=Strategy.PERSONAL,
        title={"en": "For you", "ja": "あなたへのおすすめ"},
    ),
    Placement(
        id="similar",
        strategy=Strategy.SIMILAR,
        title={"en": "Similar products", "ja": "似ている商品"},
    ),
    Placement(
        id="bought-together",
        strategy=Strategy.TOGETHER,
        title={"en": "Often bought together", "ja": "よく一緒に買われている商品"},
    ),
    Placement(
        id="cart",
        strategy=Strategy.CART,
        title={"en": "Goes with your cart", "ja": "カートの商品に合うもの"},
    ),
)
