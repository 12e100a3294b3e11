"""Slates: ordered answers to a placement, each with its basis and its reasons."""

from enum import StrEnum

import msgspec

from recsvc.domain.placements import Strategy


class Basis(StrEnum):
    """What an answer rests on."""

    HISTORY = "history"
    QUIZ = "quiz"
    BOTH = "both"
    CONTEXT = "context"
    POPULAR = "popular"


class Because(msgspec.Struct, frozen=True, gc=False):
    """One real contribution to an item's score."""

    kind: str  # item | answer | popularity
    id: str  # item_id, fact=value, or "popularity"
    share: float  # of the positive contributions, 0 to 1


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why an item is in the slate."""

    code: str
    text: str
    because: tuple[Because, ...] = ()


class Card(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a shopper may see of a product."""

    title: str
    link: str | None = None
    picture: str | None = None
    price: float | None = None
    sale_price: float | None = None
    currency: str | None = None
    price_text: str | None = None  # what it costs now, where the service can write it in the locale
    before_text: str | None = None


class SlateItem(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One item of a slate."""

    id: str
    score: float
    reason: Reason
    slot: str | None = None  # the slot of a quiz result that it fills
    card: Card | None = None  # where it was asked for


class Moves(msgspec.Struct, frozen=True):
    """What moved a candidate among those of its source: standard deviations of their scores, up above 0."""

    boosts: float
    margin: float
    rotation: float
    diversity: int  # places, up above 0


class Considered(msgspec.Struct, frozen=True, omit_defaults=True):
    """One candidate that was looked at."""

    id: str
    score: float  # by its source
    source: Strategy
    verdict: str  # shown, not_reached, or the rule that took it out
    moves: Moves | None = None  # where the placement arranges, of those that it arranged


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a slate rested on."""

    arm: str | None  # of the placement's experiment
    chain: tuple[Strategy, ...]
    rules: tuple[str, ...]  # in the order in which they were asked
    considered: int
    candidates: tuple[Considered, ...]  # the first ones, in the order in which they were looked at
    known_items: int  # of the history that the model knows
    answers: tuple[str, ...]
    tau: float  # strength of popularity and answers
    theta: float  # strength of the item-item table
    seed: int  # of every draw
    profile_revision: int
    consent: str  # to the use of the history: notice, granted, withdrawn, or nobody, who was not read
    at: float  # Unix seconds


class Change(msgspec.Struct, frozen=True):
    """One thing that a slate rested on and that is another now."""

    what: str  # model | placement | profile | catalogue | quizzes | arm | request
    then: str | int | None
    now: str | int | None


class Slate(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ordered answer to one placement."""

    placement: str
    slate_id: str
    basis: Basis
    model: str | None  # artifact version; None without a model
    items: tuple[SlateItem, ...]
    dropped: dict[str, int]  # rule → candidates it took out
    relaxed: tuple[str, ...] = ()  # questions of a quiz whose filter gave way
    revision: str = ""  # of the placement; "" for a quiz, which has its own
    title: str | None = None  # the placement's heading in the reader's language
    arm: str | None = None  # of the placement's experiment; None without one, and for nobody
    trail: Trail | None = None  # where it was asked for, and may be seen
    changed: tuple[Change, ...] | None = None  # of a slate that was made once more; empty: it is the same


class PlacementRequest(msgspec.Struct, frozen=True):
    """One placement of a page, as asked."""

    id: str
    limit: int | None = None
    item: str | None = None  # the product of the page
    items: tuple[str, ...] = ()  # what is in the cart
    filter: str | None = None  # an expression over item.NAME


class SlateRequest(msgspec.Struct, frozen=True):
    """A page in one call."""

    visitor_id: str | None  # None: nobody is known, nothing is read
    placements: tuple[PlacementRequest, ...]
    locale: str | None = None
    store_id: str | None = None  # where the page is shown, or is bought from
    age: int | None = None  # years, as the shop has verified them
    explain: bool = False  # whether every slate carries its trail
