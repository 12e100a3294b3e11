"""Recommend: answer the placements of a page for one visitor; it falls back and says so, it never fails."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat

import msgspec

from recsvc.domain.identity import is_borrowed
from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.tables import Standing
from recsvc.serving.arms import arm_on, in_arm
from recsvc.serving.asked import Asked, asked_of, check_items
from recsvc.serving.candidates import Sight, anchored
from recsvc.serving.choice import choose
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import Models, OneModel
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.offered import Offered, OfferedItems
from recsvc.serving.page import Page
from recsvc.serving.plain_facts import plain
from recsvc.serving.ports import Clock
from recsvc.serving.queries import Queries, Ranked
from recsvc.serving.restrictions import Restrictions, context_of
from recsvc.serving.slate_id import SlateFacts, SlateSigner
from recsvc.serving.telling import Telling
from recsvc.serving.timing import timed
from recsvc.serving.trail import trail_of
from recsvc.serving.visitor import VisitorReader
from recsvc.serving.wording import Wording
from recsvc.serving.world import World


class Recommender:
    """The use case behind every slate: one model, one profile read and one solve for a whole page."""

    def __init__(
        self,
        *,
        visitors: VisitorReader,
        live_model: Models,
        catalogue: LiveCatalogue,
        quizzes: LiveQuizzes,
        placements: LivePlacements,
        signer: SlateSigner,
        locales: Sequence[str],
        clock: Clock,
    ) -> None:
        self._visitors = visitors
        self._live_model = live_model
        self._catalogue = catalogue
        self._quizzes = quizzes
        self._placements = placements
        self._offered = OfferedItems(catalogue)
        self._restrictions = Restrictions(catalogue, quizzes)
        self._queries = Queries()
        self._standing: Standing | None = None
        self._signer = signer
        self.telling = Telling(placements, catalogue, quizzes, signer, self._now)
        self._locales = tuple(locales)
        self._clock = clock

    @property
    def placements(self) -> Mapping[str, Placement]:
        """The placements that can be asked for now."""
        return self._placements.by_id

    @property
    def placements_problem(self) -> str | None:
        """Why the files of placements are not served as they stand; None where they are."""
        return self._placements.problem

    @property
    def artifact(self) -> Artifact | None:
        """The model that answers now."""
        return self._live_model.current()

    def offered(self, artifact: Artifact) -> Offered:
        """What is offered beside a model, as the catalogue stands now."""
        return self._offered.of(artifact)

    def before(self, artifact: Artifact | None, at: datetime) -> "Recommender":
        """The same with another model at another time; it keeps nothing of what this one keeps."""
        return Recommender(
            visitors=self._visitors,
            live_model=OneModel(artifact),
            catalogue=self._catalogue,
            quizzes=self._quizzes,
            placements=self._placements,
            signer=self._signer,
            locales=self._locales,
            clock=lambda: at,
        )

    def page(self, request: SlateRequest, again: SlateFacts | None = None) -> list[Slate]:
        """Answer the placements of a page in their order; no item twice, the highest priority first.

        Args:
            request: the page.
            again: the slate that is made once more, with its own draws.

        Raises:
            InvalidRequestError, UnknownPlacementError: as `asked_of` says.
            UnknownItemError: the product of the page is neither in the catalogue nor in the model.
        """
        asked, profile = self.asked(request), self._visitors.read(request.visitor_id)
        page = self.scored(request, profile, NO_ANSWERS)
        return self.slates(request, asked, profile, page and page._replace(again=again))

    def asked(self, request: SlateRequest) -> list[Asked]:
        """What a request asks for, in its order; it raises what `asked_of` does."""
        return asked_of(request, self._placements)

    def slates(
        self, request: SlateRequest, asked: Sequence[Asked], profile: Profile, page: Page | None
    ) -> list[Slate]:
        """Answer the same for a profile that was read and scored before; it raises what `page` does."""
        if page is None:
            return [self.telling.empty(request, one.request, profile) for one in asked]
        return self._slates(page, asked)

    def check(self, request: SlateRequest) -> None:
        """Say no to what `page` would say no to, for whomever it is asked."""
        asked = self.asked(request)
        artifact = self._live_model.current()
        if artifact is not None:
            check_items(asked, artifact, self._catalogue)

    def pages(self, requests: Sequence[SlateRequest], profiles: Sequence[Profile]) -> list[list[Slate]]:
        """Answer the pages of several visitors, scored together (docs/mail.md has what that saves).

        Args:
            requests: one a visitor.
            profiles: of these visitors, as the caller has just read them; aligned.

        Raises:
            As `page` does; then nobody is answered.
        """
        asked = [self.asked(request) for request in requests]
        artifact = self._live_model.current()
        if artifact is None:
            every = zip(requests, profiles, asked, strict=True)
            return [
                [self.telling.empty(request, one.request, who) for one in these]
                for request, who, these in every
            ]
        now = self._now()
        discreet = [
            all(one.placement.discreet for one in these) or _is_overlooked(request, profile)
            for request, profile, these in zip(requests, profiles, asked, strict=True)
        ]
        scored = [
            plain(profile, self._quizzes, now) if is_discreet else profile
            for profile, is_discreet in zip(profiles, discreet, strict=True)
        ]
        known = [(profile, self._visitors.answers(profile, NO_ANSWERS, now)) for profile in scored]
        together = self._queries.together(artifact, known, now)
        pages = map(self._page, requests, profiles, together, repeat(artifact), repeat(now))
        return [
            self._slates(page._replace(is_discreet=is_discreet), these)
            for page, these, is_discreet in zip(pages, asked, discreet, strict=True)
        ]

    def world(self) -> World | None:
        """What the answers for everybody rest on now; None without a model."""
        artifact = self._live_model.current()
        if artifact is None:
            return None
        numbers = self._catalogue.number, self._placements.number, self._quizzes.number
        return World(artifact.version, *numbers)

    @timed("score")
    def scored(self, request: SlateRequest, profile: Profile, said: Answers) -> Page | None:
        """Solve and score for one visitor; None without a model.

        Args:
            request: who asks, in which language.
            profile: of the visitor, as the caller has just read it.
            said: in a running quiz session; it comes before what the profile knows.
        """
        artifact = self._live_model.current()
        if artifact is None:
            return None
        now = self._now()
        is_discreet = _is_overlooked(request, profile)
        known = plain(profile, self._quizzes, now) if is_discreet else profile
        ranked = self._queries.of(artifact, known, self._visitors.answers(known, said, now), now)
        return self._page(request, profile, ranked, artifact, now)._replace(is_discreet=is_discreet)

    def _page(
        self, request: SlateRequest, who: Profile, ranked: Ranked, artifact: Artifact, now: float
    ) -> Page:
        if self._standing is None or self._standing.artifact is not artifact:
            self._standing = Standing(artifact)
        wording = Wording(request.locale or self._locales[0], self._name)
        return Page(request, who, artifact, self.offered(artifact), self._standing, ranked, wording, now)

    def _slates(self, page: Page, asked: Sequence[Asked]) -> list[Slate]:
        check_items(asked, page.artifact, self._catalogue)
        slates: dict[int, Slate] = {}
        for place in sorted(range(len(asked)), key=lambda place: -asked[place].placement.priority):
            slates[place] = self._slate(page, *asked[place], [*slates.values()])
        return [slates[place] for place in range(len(asked))]

    @timed("choose")
    def _slate(
        self, page: Page, asked: PlacementRequest, placement: Placement, before: Sequence[Slate]
    ) -> Slate:
        arm = arm_on(page, placement)
        placement = in_arm(placement, arm)
        if placement.discreet:
            page = self._discreet(page)
        context = context_of(asked)
        sight = Sight(page.artifact, page.standing, page.ranked, page.profile, context, placement.items)
        on_page = [item.id for slate in before for item in slate.items]
        rules = self._restrictions.rules(page, placement, asked, on_page)
        caps = self._restrictions.caps(page, placement)
        chosen = choose(page, placement, sight, rules, caps, asked.limit or placement.limit)
        unknown = sum(item_id not in page.artifact.vocabulary for item_id in context)
        dropped = chosen.dropped | ({"unknown_item": unknown} if unknown else {})
        if Strategy.BECAUSE_YOU_BOUGHT in placement.chain:
            context = anchored(sight)
        store_id = page.request.store_id if placement.in_store else None
        slate = self.telling.explained(page, asked, chosen.candidates, dropped, context, store_id, arm)
        title = page.wording.title(placement.title, next(iter(context), None))
        trail = trail_of(page, placement, arm, chosen, rules, caps) if page.request.explain else None
        return msgspec.structs.replace(slate, title=title, trail=trail)

    def _discreet(self, page: Page) -> Page:
        """The page as if sensitive questions had not been answered; what they rule out stays out."""
        bare = page.profile if page.is_discreet else plain(page.profile, self._quizzes, page.now)
        if bare is page.profile:
            return page
        answers = self._visitors.answers(bare, NO_ANSWERS, page.now)
        return page._replace(ranked=self._queries.of(page.artifact, bare, answers, page.now))

    def _now(self) -> float:
        """Unix seconds, whole ones: a slate_id names them, and a slate made once more is made of the same."""
        return float(int(self._clock().timestamp()))

    def _name(self, kind: str, name: str, locale: str) -> str | None:
        if kind == "answer":
            return self._quizzes.answer_text(name, locale)
        item = self._catalogue.get(name)
        return item.title_in(locale) if item else None


def _is_overlooked(request: SlateRequest, profile: Profile) -> bool:
    """Whether others than the customer may look on: only a browser's id, which goes on after they left."""
    return is_borrowed(request.visitor_id or "", profile.visitor_id)
