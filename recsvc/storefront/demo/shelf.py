"""Shelves: a slate as a row of product cards, in words and prices of one language."""

from typing import NamedTuple

from recsvc.domain.catalogue import Item
from recsvc.domain.events import EventKind
from recsvc.domain.placements import FROM_CONTEXT, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateItem
from recsvc.serving.prices import price_of
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.texts import Texts
from recsvc.storefront.formats import money


class Card(NamedTuple):
    """One product as it is shown; texts are plain and escaped where they are written."""

    item_id: str
    title: str
    price: str | None
    price_before: str | None  # where the price is reduced
    reason: str | None = None
    slate_id: str | None = None  # where a click on it comes from


class Shelf(NamedTuple):
    """One slate as it is shown before the element on the page asks for it again, and where nothing does."""

    asked: PlacementRequest
    heading: str
    basis: str
    cards: tuple[Card, ...]
    slate: Slate


class Shelves:
    """Makes cards and shelves for one language."""

    def __init__(self, parts: DemoParts, texts: Texts) -> None:
        self._parts = parts
        self._texts = texts

    def card(self, item: Item) -> Card:
        """A product by itself."""
        locale, price = self._texts.locale, price_of(item)
        return Card(
            item_id=item.item_id,
            title=item.title_in(locale),
            price=None if price is None else money(price, item.currency, locale),
            price_before=(
                money(item.price, item.currency, locale)
                if item.price is not None and price is not None and price < item.price
                else None
            ),
        )

    def shelf(self, asked: PlacementRequest, slate: Slate, profile: Profile) -> Shelf:
        """A slate with its heading, its basis in words and a reason on every card."""
        return Shelf(
            asked=asked,
            heading=slate.title or slate.placement,
            basis=self._texts(f"basis.{self._basis(slate, profile)}"),
            cards=tuple(self._of_slate(item, slate.slate_id) for item in slate.items),
            slate=slate,
        )

    def _of_slate(self, shown: SlateItem, slate_id: str) -> Card:
        item = self._parts.catalogue.get(shown.id) or Item(item_id=shown.id)
        return self.card(item)._replace(reason=shown.reason.text, slate_id=slate_id)

    def _basis(self, slate: Slate, profile: Profile) -> str:
        """The key of the words that say what a slate rests on."""
        if slate.model is None:
            return "none"
        if slate.basis is Basis.CONTEXT:
            placement = self._parts.recommender.placements.get(slate.placement)
            chain = placement.chain if placement else ()
            source = next((one for one in chain if one in FROM_CONTEXT), Strategy.SIMILAR)
            return f"context_{source}"
        if slate.basis in {Basis.HISTORY, Basis.BOTH} and not has_bought(profile):
            return "looked_at" if slate.basis is Basis.HISTORY else "looked_at_and_quiz"
        return slate.basis.value


def has_bought(profile: Profile) -> bool:
    """Whether a profile holds a purchase."""
    kinds = {line.kind for line in profile.recent} | {count.kind for count in profile.older}
    return EventKind.PURCHASE in kinds
