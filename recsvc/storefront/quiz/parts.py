"""What the quiz pages are made from, and what a shop may say about its products."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request

from recsvc.domain.catalogue import Item
from recsvc.serving.cards import own_link, own_picture
from recsvc.serving.contacts import Contacts
from recsvc.serving.ingest import Ingest
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.ports import Clock, QuizSessions
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.unsubscribing import Unsubscribing

PageRequest = Request[Any, Any, Any]


class QuizPageParts(NamedTuple):
    """Everything that the pages need."""

    journey: QuizJourney
    sessions: QuizSessions
    catalogue: LiveCatalogue
    contacts: Contacts
    unsubscribing: Unsubscribing
    ingest: Ingest
    clock: Clock
    secret: bytes  # signs cookies and forms
    locales: tuple[str, ...] = ("en", "ja")  # of the shop, for pages that belong to no quiz
    theme: Path | None = None  # a shop's stylesheet, laid over the pages' own
    product_link: Callable[[Item, str], str | None] = own_link  # (item, slate_id) → its page
    picture: Callable[[Item], str | None] = own_picture
    # (category, locale) → what a shopper calls it; None: a catalogue's own words are nobody's language
    category_name: Callable[[str, str], str] | None = None
