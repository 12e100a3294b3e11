"""Recommend: answer the placements of a page for one visitor; it falls back and says so, it never fails."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress

import msgspec

from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.tables import Standing
from recsvc.serving.arms import arm_on, in_arm
from recsvc.serving.asked import Ask, Asked, asked_of, check_items
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
from recsvc.serving.queries import Queries, rank
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
        ask = self.ask(request, self._visitors.read(request.visitor_id))
        with timed("score"):
            (page,) = self.scored([ask])
        return self.slates(ask, page and page._replace(again=again))

    def ask(self, request: SlateRequest, profile: Profile) -> Ask:
        """What a request asks for a profile that was read for it; it raises what `asked_of` does."""
        return Ask(request, profile, tuple(asked_of(request, self._placements)))

    def slates(self, ask: Ask, page: Page | None) -> list[Slate]:
        """Answer what was scored before; it raises what `page` does."""
        if page is None:
            return [self.telling.empty(ask.request, one.request, ask.profile) for one in ask.asked]
        return self._slates(page, ask.asked)

    def check(self, request: SlateRequest) -> None:
        """Say no to what `page` would say no to, for whomever it is asked."""
        asked = asked_of(request, self._placements)
        artifact = self._live_model.current()
        if artifact is not None:
            check_items(asked, artifact, self._catalogue)

    def pages(self, requests: Sequence[SlateRequest], profiles: Sequence[Profile]) -> list[list[Slate]]:
        """Answer the pages of several visitors, scored together (docs/mail.md has what that saves).

        Nothing is kept of them: who asks for many does not ask for them again.

        Args:
            requests: one a visitor.
            profiles: of these visitors, as the caller has just read them; aligned.

        Raises:
            As `page` does; then nobody is answered.
        """
        asks = [self.ask(*one) for one in zip(requests, profiles, strict=True)]
        return [*map(self.slates, asks, self.scored(asks, keep=False))]

    def world(self) -> World | None:
        """What the answers for everybody rest on now; None without a model."""
        artifact = self._live_model.current()
        if artifact is None:
            return None
        numbers = self._catalogue.number, self._placements.number, self._quizzes.number
        return World(artifact.version, *numbers)

    def scored(self, asks: Sequence[Ask], *, keep: bool = True) -> list[Page | None]:
        """Solve and score for those who ask at the same time, all of them together; None without a model.

        Args:
            asks: one a visitor.
            keep: whether they may soon ask again.
        """
        artifact = self._live_model.current()
        if artifact is None:
            return [None] * len(asks)
        now = self._now()
        counted = [plain(ask.profile, self._quizzes, now) if ask.is_discreet else ask.profile for ask in asks]
        answers = [self._visitors.answers(who, ask.said, now) for who, ask in zip(counted, asks, strict=True)]
        ranked = self._queries.of(artifact, [*zip(counted, answers, strict=True)], now, keep=keep)
        rank(artifact, compress(ranked, (ask.rests_on_score for ask in asks)))
        standing, offered = self._standing_of(artifact), self.offered(artifact)
        return [
            Page(
                ask.request, ask.profile, artifact, offered, standing, one,
                Wording(ask.request.locale or self._locales[0], self._name), now, ask.is_discreet,
            )
            for ask, one in zip(asks, ranked, strict=True)
        ]  # fmt: skip

    def _standing_of(self, artifact: Artifact) -> Standing:
        if self._standing is None or self._standing.artifact is not artifact:
            self._standing = Standing(artifact)
        return self._standing

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
        (ranked,) = self._queries.of(page.artifact, [(bare, answers)], page.now)
        return page._replace(ranked=ranked)

    def _now(self) -> float:
        """Unix seconds, whole ones: a slate_id names them, and a slate made once more is made of the same."""
        return float(int(self._clock().timestamp()))

    def _name(self, kind: str, name: str, locale: str) -> str | None:
        if kind == "answer":
            return self._quizzes.answer_text(name, locale)
        item = self._catalogue.get(name)
        return item.title_in(locale) if item else None
