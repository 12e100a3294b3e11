"""Cards: what a shopper may see of a product, laid beside the answers of a slate."""

import re
from collections.abc import Callable, Mapping

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.domain.slates import Card, Slate, SlateItem
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.prices import price_of, price_text

SAFE = re.compile(r"(?:https?://|/(?![/\\]))")
"""Addresses that a page may point to; a catalogue is filled from files as well."""


def own_link(item: Item, _: str) -> str | None:
    """The page of a product as the catalogue has it."""
    return item.link


def own_picture(item: Item) -> str | None:
    """The picture of a product as the catalogue has it."""
    return item.image_link


class Cards:
    """Lays the cards of products beside the items of slates.

    Args:
        catalogue: titles and prices.
        is_on: whether the storefront's elements may show anything.
        link_of: (item, slate_id) → its page.
        picture_of: item → its picture.
    """

    def __init__(
        self,
        catalogue: LiveCatalogue,
        *,
        is_on: bool = True,
        link_of: Callable[[Item, str], str | None] = own_link,
        picture_of: Callable[[Item], str | None] = own_picture,
    ) -> None:
        self._catalogue = catalogue
        self.is_on = is_on
        self._link_of = link_of
        self._picture_of = picture_of

    def beside(self, slate: Slate, locale: str) -> Slate:
        """The slate with a card to each product that the catalogue knows."""
        items = tuple(self._dressed(shown, slate.slate_id, locale) for shown in slate.items)
        return msgspec.structs.replace(slate, items=items)

    def _dressed(self, shown: SlateItem, slate_id: str, locale: str) -> SlateItem:
        item = self._catalogue.get(shown.id)
        if item is None:
            return shown
        now = price_of(item)
        before = item.price if now is not None and item.price is not None and now < item.price else None
        card = Card(
            title=_spoken(item.titles, locale) or item.title_in(locale),
            link=safe_address(self._link_of(item, slate_id)),
            picture=safe_address(self._picture_of(item)),
            price=item.price,
            sale_price=item.sale_price,
            currency=item.currency,
            price_text=price_text(now, item.currency, locale),
            before_text=price_text(before, item.currency, locale),
        )
        return msgspec.structs.replace(shown, card=card)


def _spoken(words: Mapping[str, str], locale: str) -> str | None:
    """The words of a locale, else of its language."""
    return words.get(locale) or words.get(locale.partition("-")[0])


def safe_address(address: str | None) -> str | None:
    """An address, where a page may point to it."""
    return address if address and SAFE.match(address) else None
