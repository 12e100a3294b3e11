"""Recommend: answer the placements of a page for one visitor; it falls back and says so, it never fails."""

from collections.abc import Mapping, Sequence

import msgspec

from recsvc.domain.errors import InvalidRequestError, MissingItemError, UnknownItemError
from recsvc.domain.placements import (
    FROM_CONTEXT,
    FROM_HISTORY,
    FROM_SCORE,
    MOST_ITEMS,
    Placement,
    Strategy,
)
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateItem, SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import Query
from recsvc.model.tables import Standing
from recsvc.serving.candidates import Candidate, Sight, anchor
from recsvc.serving.choice import choose
from recsvc.serving.explain import Explainer
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.offered import Offered, OfferedItems
from recsvc.serving.page import Page
from recsvc.serving.placement_file import flaw_of_request
from recsvc.serving.ports import Clock
from recsvc.serving.queries import Queries
from recsvc.serving.restrictions import Restrictions, context_of
from recsvc.serving.slate_id import SlateFacts, SlateSigner, digest
from recsvc.serving.trail import trail_of
from recsvc.serving.visitor import NOBODY, VisitorReader, bought_items
from recsvc.serving.wording import Wording

MOST_PLACEMENTS = 20


class Recommender:
    """The use case behind every slate: one model, one profile read and one solve for a whole page."""

    def __init__(
        self,
        *,
        visitors: VisitorReader,
        live_model: LiveModel,
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

    def warm(self) -> None:
        """Make what all requests share, so that the first one does not wait for it."""
        page = self.scored(SlateRequest(None, ()), NOBODY, NO_ANSWERS)
        if page is not None:
            page.offered.columns.has("age_limit")  # what every slate asks
            next(page.ranked.blocks())  # of those of whom nothing is known

    def page(self, request: SlateRequest) -> list[Slate]:
        """Answer the placements of a page in order, no item twice.

        Raises:
            UnknownPlacementError: no placement of that name.
            MissingItemError: the placement needs the product of the page.
            UnknownItemError: that product is neither in the catalogue nor in the model.
            InvalidRequestError: too many placements, or a limit out of range.
        """
        if not 1 <= len(request.placements) <= MOST_PLACEMENTS:
            raise InvalidRequestError(f"A page asks for 1 to {MOST_PLACEMENTS} placements.", "/placements")
        asked = [(one, self._placement(place, one, request)) for place, one in enumerate(request.placements)]
        profile = self._visitors.read(request.visitor_id)
        page = self.scored(request, profile, NO_ANSWERS)
        if page is None:
            return [self.empty(request, one, profile) for one, _ in asked]
        self._check_items(page.artifact, asked)
        slates: list[Slate] = []
        for one, placement in asked:
            slates.append(self._slate(page, one, placement, slates))
        return slates

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
        now = self._clock().timestamp()
        ranked = self._queries.of(artifact, profile, self._visitors.answers(profile, said, now), now)
        if self._standing is None or self._standing.artifact is not artifact:
            self._standing = Standing(artifact)
        wording = Wording(request.locale or self._locales[0], self._name)
        return Page(request, profile, artifact, self.offered(artifact), self._standing, ranked, wording, now)

    def _slate(
        self, page: Page, asked: PlacementRequest, placement: Placement, before: Sequence[Slate]
    ) -> Slate:
        context = context_of(asked)
        sight = Sight(page.artifact, page.standing, page.ranked, page.profile, context, placement.items)
        on_page = [item.id for slate in before for item in slate.items]
        rules = self._restrictions.rules(page, placement, asked, on_page)
        caps = self._restrictions.caps(page, placement)
        chosen = choose(page, placement, sight, rules, caps, asked.limit or placement.limit)
        unknown = sum(item_id not in page.artifact.vocabulary for item_id in context)
        dropped = chosen.dropped | ({"unknown_item": unknown} if unknown else {})
        if Strategy.BECAUSE_YOU_BOUGHT in placement.chain:
            context = _anchored(sight)
        store_id = page.request.store_id if placement.in_store else None
        slate = self.explained(page, asked, chosen.candidates, dropped, context, store_id)
        title = page.wording.title(placement.title, next(iter(context), None))
        trail = trail_of(page, placement, chosen, rules, caps) if page.request.explain else None
        return msgspec.structs.replace(slate, title=title, trail=trail)

    def explained(
        self,
        page: Page,
        asked: PlacementRequest,
        chosen: Sequence[Candidate],
        dropped: dict[str, int],
        context: Sequence[str] = (),
        store_id: str | None = None,
    ) -> Slate:
        """The slate of items that were chosen, with the reason of each.

        Args:
            page: what all slates of the request share.
            asked: the placement.
            chosen: in the order in which they are shown.
            dropped: rule → candidates that it took out.
            context: item ids that reasons may name.
            store_id: shows of each item the variant that this store has.
        """
        explainer = Explainer(page.artifact, page.wording, page.ranked, bought_items(page.profile))
        reasons = explainer.reasons(chosen, context)
        items = tuple(
            SlateItem(page.offered.item_id(one.row, store_id), round(one.score, 6), reason)
            for one, reason in zip(chosen, reasons, strict=True)
        )
        version = page.artifact.version
        slate_id = self._sign(page.request, asked, page.profile, version, page.now, page.seed(asked.id))
        return Slate(
            asked.id, slate_id, _basis(page.ranked.query, chosen), version, items, dropped,
            revision=self._placements.revision(asked.id),
        )  # fmt: skip

    def empty(self, request: SlateRequest, asked: PlacementRequest, profile: Profile) -> Slate:
        """The slate while there is no model."""
        slate_id = self._sign(request, asked, profile, None, self._clock().timestamp(), 0)
        revision = self._placements.revision(asked.id)
        return Slate(asked.id, slate_id, Basis.POPULAR, None, (), {}, revision=revision)

    def _sign(
        self,
        request: SlateRequest,
        asked: PlacementRequest,
        profile: Profile,
        model: str | None,
        now: float,
        seed: int,
    ) -> str:
        facts = SlateFacts(
            model,
            asked.id,
            self._placements.revision(asked.id),
            profile.revision,
            self._catalogue.number,
            None,
            seed,
            int(now),
            digest(request),
        )
        return self._signer.sign(facts)

    def _placement(self, place: int, asked: PlacementRequest, request: SlateRequest) -> Placement:
        placement = self._placements.get(asked.id)
        at = f"/placements/{place}"
        if asked.limit is not None and not 1 <= asked.limit <= MOST_ITEMS:
            raise InvalidRequestError(f"limit is 1 to {MOST_ITEMS}.", f"{at}/limit")
        if placement.needs_item and asked.item is None:
            raise MissingItemError(
                f"The placement {asked.id!r} needs the product of the page as `item`.", f"{at}/item"
            )
        if placement.in_store and request.store_id is None:
            raise InvalidRequestError(
                f"The placement {asked.id!r} shows what a store has; name the store as `store_id`.",
                "/context/store_id",
            )
        flaw = flaw_of_request(asked.filter) if asked.filter is not None else None
        if flaw:
            raise InvalidRequestError(f"The filter `{asked.filter}` cannot be read: {flaw}.", f"{at}/filter")
        return placement

    def _check_items(self, artifact: Artifact, asked: Sequence[tuple[PlacementRequest, Placement]]) -> None:
        for one, placement in asked:
            item = one.item if placement.needs_item else None
            if item is not None and item not in artifact.vocabulary and self._catalogue.get(item) is None:
                raise UnknownItemError(f"There is no item {item!r} in the catalogue.")

    def _name(self, kind: str, name: str, locale: str) -> str | None:
        if kind == "answer":
            return self._quizzes.answer_text(name, locale)
        item = self._catalogue.get(name)
        return item.title_in(locale) if item else None


def _anchored(sight: Sight) -> tuple[str, ...]:
    """The purchase that a slate names."""
    row = anchor(sight)
    return () if row is None else (sight.artifact.vocabulary.ids[row],)


def _basis(query: Query, chosen: Sequence[Candidate]) -> Basis:
    sources = {candidate.source for candidate in chosen}
    if sources & FROM_CONTEXT:
        return Basis.CONTEXT
    history, quiz = len(query.known.rows) > 0, bool(query.answer_parts) and query.tau != 0
    if not sources & FROM_SCORE and chosen:
        return Basis.HISTORY if sources & FROM_HISTORY else Basis.POPULAR
    if history and quiz:
        return Basis.BOTH
    return Basis.HISTORY if history else Basis.QUIZ if quiz else Basis.POPULAR
