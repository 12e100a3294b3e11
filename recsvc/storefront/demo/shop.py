"""The shop behind the handlers: reads visits, asks for slates, answers pages."""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from litestar.response import Redirect

from quizzes.definition import Quiz
from quizzes.texts import in_locale
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import StoreUnavailableError, UnknownItemError
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.serving.fact_view import FactView
from recsvc.storefront.demo.departments import Departments
from recsvc.storefront.demo.pages import PAGE_HEADERS, render
from recsvc.storefront.demo.panel import Panels
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.recording import Recorder
from recsvc.storefront.demo.shelf import Shelf, Shelves
from recsvc.storefront.demo.texts import LANGUAGES
from recsvc.storefront.demo.visit import DemoRequest, Visit, read_visit
from recsvc.storefront.elements.fragments import fragment_of


class Shop:
    """What every handler of the demo shares."""

    def __init__(self, parts: DemoParts) -> None:
        self.parts = parts
        self.locales = tuple(locale for locale in parts.locales if locale in LANGUAGES) or LANGUAGES
        self.departments = Departments(parts.catalogue)
        self.recorder = Recorder(parts.ingest, parts.clock)

    def visit(self, request: DemoRequest) -> Visit:
        """Who asks, as the cookies say."""
        return read_visit(request, self.parts.secret, self.locales)

    def profile(self, visit: Visit) -> Profile:
        """What is known about the visitor, nothing without consent; it also catches the catalogue up."""
        return self.parts.visitors.read(visit.known_as)

    def facts(self, visit: Visit) -> dict[str, FactView]:
        """What the visitor has said, nothing without consent or while the store is down."""
        try:
            return self.parts.facts.see(visit.known_as, visit.locale).facts if visit.known_as else {}
        except StoreUnavailableError:
            return {}

    def quiz(self, locale: str) -> tuple[str, str] | None:
        """Id and title of the quiz of the shop, None while none is published."""
        quiz = self._quiz()
        return (quiz.id, in_locale(quiz, quiz.title, locale)) if quiz else None

    def _quiz(self) -> Quiz | None:
        quizzes = self.parts.quizzes
        quiz_id = self.parts.quiz_id or next(iter(quizzes.ids()), None)
        return quizzes.get(quiz_id) if quiz_id in quizzes.ids() else None

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
        request = SlateRequest(visit.known_as, wanted, visit.locale, explain=True)
        slates = self.parts.recommender.page(request)
        shelves = Shelves(self.parts, visit.texts)
        return tuple(shelves.shelf(one, slate, profile) for one, slate in zip(wanted, slates, strict=True))

    def fragment(self, visit: Visit, asked: PlacementRequest) -> str:
        """A slate as the HTML that a server puts into a mail, "" where the placement is not set up."""
        return "".join(
            fragment_of(self.parts.cards.beside(shelf.slate, visit.locale), visit.locale)
            for shelf in self.shelves(visit, self.profile(visit), asked)
        )

    def page(
        self, template: str, visit: Visit, profile: Profile, shelves: Sequence[Shelf] = (), **values: Any
    ) -> Response[str]:
        """Answer a page with its shelves and the panel that explains it."""
        used = [fact for fact in self.facts(visit).values() if fact.used]
        return render(
            template,
            visit,
            self.parts.secret,
            shelves=shelves,
            panel=Panels(self.parts, visit.texts).panel(profile, used, shelves),
            quiz=self.quiz(visit.locale),
            category_name=lambda category: self.parts.category_name(category, visit.locale),
            department_name=lambda department: self.parts.department_name(department, visit.locale),
            **values,
        )

    def see_other(self, visit: Visit, path: str) -> Response[Any]:
        """Send the browser on after a form, with the cookies of the visit."""
        cookies = visit.cookies(self.parts.secret)
        return Redirect(path, status_code=303, cookies=cookies, headers=PAGE_HEADERS)
