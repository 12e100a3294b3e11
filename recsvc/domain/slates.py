"""Slates: ordered answers to a placement, each with its basis and its reasons."""

from enum import StrEnum

import msgspec


class Basis(StrEnum):
    """What an answer rests on."""

    HISTORY = "history"
    QUIZ = "quiz"
    BOTH = "both"
    CONTEXT = "context"
    POPULAR = "popular"


class Because(msgspec.Struct, frozen=True):
    """One real contribution to an item's score."""

    kind: str  # item | answer | popularity
    id: str  # item_id, fact=value, or "popularity"
    share: float  # of the positive contributions, 0 to 1


class Reason(msgspec.Struct, frozen=True):
    """Why an item is in the slate."""

    code: str
    text: str
    because: tuple[Because, ...] = ()


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a shopper may see of a product."""

    title: str
    link: str | None = None
    picture: str | None = None
    price: float | None = None
    sale_price: float | None = None
    currency: str | None = None


class SlateItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item of a slate."""

    id: str
    score: float
    reason: Reason
    slot: str | None = None  # the slot of a quiz result that it fills
    card: Card | None = None  # where it was asked for


class Slate(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ordered answer to one placement."""

    placement: str
    slate_id: str
    basis: Basis
    model: str | None  # artifact version; None without a model
    items: tuple[SlateItem, ...]
    dropped: dict[str, int]  # rule → candidates it took out
    relaxed: tuple[str, ...] = ()  # questions of a quiz whose filter gave way
    title: str | None = None  # heading of the placement, where cards were asked for


class PlacementRequest(msgspec.Struct, frozen=True):
    """One placement of a page, as asked."""

    id: str
    limit: int | None = None
    item: str | None = None  # the product of the page
    items: tuple[str, ...] = ()  # what is in the cart


class SlateRequest(msgspec.Struct, frozen=True):
    """A page in one call."""

    visitor_id: str | None  # None: nobody is known, nothing is read
    placements: tuple[PlacementRequest, ...]
    locale: str | None = None
