"""Product cards: what a session recommends, in words, prices and pictures."""

import zlib
from typing import NamedTuple

from recsvc.domain.catalogue import Item
from recsvc.domain.slates import Slate, SlateItem
from recsvc.serving.cards import safe_address
from recsvc.serving.prices import price_of
from recsvc.storefront.formats import money
from recsvc.storefront.quiz.parts import QuizPageParts

TONES = 6
"""Colours of the tile that stands where a product has no picture."""


class Card(NamedTuple):
    """One product as it is shown; texts are plain and escaped where they are written."""

    title: str
    link: str | None
    picture: str | None
    mark: str  # a letter for the tile without a picture
    tone: int  # 1 to TONES, the same for a category
    price: str | None
    price_before: str | None  # where the price is reduced
    reason: str
    slot: str | None


def cards_of(parts: QuizPageParts, slate: Slate | None, locale: str) -> tuple[Card, ...]:
    """The cards of a slate, best first."""
    if slate is None:
        return ()
    return tuple(_card(parts, slate, shown, locale) for shown in slate.items)


def _card(parts: QuizPageParts, slate: Slate, shown: SlateItem, locale: str) -> Card:
    item = parts.catalogue.get(shown.id) or Item(item_id=shown.id)
    title, price = item.title_in(locale), price_of(item)
    reduced = item.price is not None and price is not None and price < item.price
    return Card(
        title=title,
        link=safe_address(parts.product_link(item, slate.slate_id)),
        picture=safe_address(parts.picture(item)),
        mark=title[:1].upper(),
        tone=zlib.crc32((item.category or title).encode()) % TONES + 1,
        price=None if price is None else money(price, item.currency, locale),
        price_before=money(item.price, item.currency, locale) if reduced and item.price else None,
        reason=shown.reason.text,
        slot=parts.category_name(shown.slot, locale) if shown.slot and parts.category_name else None,
    )
