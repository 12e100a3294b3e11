"""The shop behind the handlers: reads visits, asks for slates, answers pages."""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.response import Redirect

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UnknownItemError
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.storefront.demo.departments import Departments
from recsvc.storefront.demo.pages import PAGE_HEADERS, render
from recsvc.storefront.demo.panel import Panels
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.quiz_card import QuizCards
from recsvc.storefront.demo.recording import Recorder
from recsvc.storefront.demo.shelf import Shelf, Shelves
from recsvc.storefront.demo.texts import LANGUAGES
from recsvc.storefront.demo.visit import DemoRequest, Visit, read_visit


class Shop:
    """What every handler of the demo shares."""

    def __init__(self, parts: DemoParts) -> None:
        self.parts = parts
        self.locales = tuple(locale for locale in parts.locales if locale in LANGUAGES) or LANGUAGES
        self.departments = Departments(parts.catalogue)
        self.quizzes = QuizCards(parts)
        self.recorder = Recorder(parts.ingest, parts.clock)

    def visit(self, request: DemoRequest) -> Visit:
        """Who asks, as the cookies say."""
        return read_visit(request, self.parts.secret, self.locales)

    def profile(self, visit: Visit) -> Profile:
        """What is known about the visitor; the catalogue is caught up by the same read."""
        return self.parts.visitors.read(visit.visitor.visitor_id)

    def item(self, item_id: str) -> Item:
        """One product.

        Raises:
            UnknownItemError: the shop has none of that id.
        """
        item = self.parts.catalogue.get(item_id)
        if item is None:
            raise UnknownItemError(f"There is no item {item_id!r} in the catalogue.")
        return item

    def shelves(self, visit: Visit, profile: Profile, *asked: PlacementRequest) -> tuple[Shelf, ...]:
        """The slates of a page, asked in one call; placements that are not set up are left out."""
        wanted = tuple(one for one in asked if one.id in self.parts.recommender.placements)
        if not wanted:
            return ()
        slates = self.parts.recommender.page(SlateRequest(visit.visitor.visitor_id, wanted, visit.locale))
        shelves = Shelves(self.parts, visit.texts)
        return tuple(shelves.shelf(slate, profile) for slate in slates)

    def page(
        self, template: str, visit: Visit, profile: Profile, shelves: Sequence[Shelf] = (), **values: Any
    ) -> Response[str]:
        """Answer a page with its shelves and the panel that explains it."""
        return render(
            template,
            visit,
            self.parts.secret,
            shelves=shelves,
            panel=Panels(self.parts, visit.texts).panel(profile, shelves),
            category_name=lambda category: self.parts.category_name(category, visit.locale),
            department_name=lambda department: self.parts.department_name(department, visit.locale),
            **values,
        )

    def see_other(self, visit: Visit, path: str) -> Response[Any]:
        """Send the browser on after a form, with the cookies of the visit."""
        cookies = visit.cookies(self.parts.secret)
        return Redirect(path, status_code=303, cookies=cookies, headers=PAGE_HEADERS)
