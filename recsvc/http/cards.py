"""Cards: whether an answer shows its products, and in which language."""

from typing import Annotated, NamedTuple

import msgspec
from litestar.params import QueryParameter

from recsvc.domain.errors import ElementsOffError
from recsvc.domain.slates import Slate
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE
from recsvc.serving.cards import Cards
from recsvc.serving.session_view import SessionView

Language = Annotated[
    str | None,
    QueryParameter(
        name="cards",
        max_length=35,
        pattern=LOCALE,
        description="A locale: each item then has a `card` with title, link, picture and price.",
    ),
]


CALLED = {"locale_of_cards": "cards"}
"""Parameters that requests call something else than the handlers, where `cards` is what shows them."""


class Shown(NamedTuple):
    """Shows slates and sessions as they were asked for."""

    cards: Cards
    locale: str | None  # None: without cards

    def slate(self, slate: Slate) -> Slate:
        """The slate, with cards where they were asked for."""
        return slate if self.locale is None else self.cards.beside(slate, self.locale)

    def session(self, view: SessionView) -> SessionView:
        """The session, with cards in its slate where they were asked for."""
        return view if view.slate is None else msgspec.structs.replace(view, slate=self.slate(view.slate))


def cards_asked(cards: Given[Cards], locale_of_cards: Language = None) -> Shown:
    """How the products of an answer are shown.

    Raises:
        ElementsOffError: only the elements ask for cards.
    """
    if locale_of_cards is not None and not cards.is_on:
        raise ElementsOffError("The elements are switched off by `elements = false`; cards are for them.")
    return Shown(cards, locale_of_cards)
