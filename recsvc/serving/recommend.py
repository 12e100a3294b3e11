"""Recommend: answer the placements of a page for one visitor; it falls back and says so, it never fails."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from recsvc.domain.errors import (
    InvalidRequestError,
    MissingItemError,
    UnknownItemError,
    UnknownPlacementError,
)
from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateItem, SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import Query, Scores, score
from recsvc.serving import candidates, rules
from recsvc.serving.candidates import Candidate
from recsvc.serving.explain import Explainer
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Clock
from recsvc.serving.queries import Queries
from recsvc.serving.rules import Cap, Rule
from recsvc.serving.slate_id import SlateFacts, SlateSigner, digest
from recsvc.serving.visitor import VisitorReader, bought_items, bought_since
from recsvc.serving.wording import Wording

MOST_ITEMS = 100
MOST_PLACEMENTS = 20


class Page(NamedTuple):
    """What every slate of one page shares: one visitor, one model, one solve."""

    request: SlateRequest
    profile: Profile
    artifact: Artifact
    query: Query
    scores: Scores  # (n,) aligned with the model's items
    wording: Wording
    now: float  # Unix seconds


class Recommender:
    """The use case behind every slate: one model, one profile read and one solve for a whole page."""

    def __init__(
        self,
        *,
        visitors: VisitorReader,
        live_model: LiveModel,
        catalogue: LiveCatalogue,
        quizzes: LiveQuizzes,
        placements: Sequence[Placement],
        signer: SlateSigner,
        locales: Sequence[str],
        clock: Clock,
    ) -> None:
        self.placements: Mapping[str, Placement] = {placement.id: placement for placement in placements}
        self._visitors = visitors
        self._live_model = live_model
        self._catalogue = catalogue
        self._quizzes = quizzes
        self._queries = Queries()
        self._signer = signer
        self._locales = tuple(locales)
        self._clock = clock

    @property
    def artifact(self) -> Artifact | None:
        """The model that answers now."""
        return self._live_model.current()

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
        asked = [(one, self._placement(place, one)) for place, one in enumerate(request.placements)]
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
        query = self._queries.of(artifact, profile, self._visitors.answers(profile, said, now), now)
        wording = Wording(request.locale or self._locales[0], self._name)
        return Page(request, profile, artifact, query, score(artifact, query), wording, now)

    def _slate(
        self, page: Page, asked: PlacementRequest, placement: Placement, before: Sequence[Slate]
    ) -> Slate:
        context = _context(asked)
        found = candidates.generate(page.artifact, placement, context, page.scores)
        limits = [
            rules.not_in("in_context", context),
            rules.not_in("on_page", (item.id for slate in before for item in slate.items)),
            Rule("unavailable", self._catalogue.can_be_bought),
            rules.not_in(
                "bought_recently", bought_since(page.profile, placement.exclude_bought_days, page.now)
            ),
        ]
        limit = asked.limit if asked.limit is not None else placement.limit
        most = placement.max_per_category
        cap = Cap("category_full", self._category, most) if most else None
        chosen, dropped = rules.apply(found, limits, page.artifact.vocabulary, limit, cap)
        return self.explained(page, asked, chosen, dropped)

    def explained(
        self, page: Page, asked: PlacementRequest, chosen: Sequence[Candidate], dropped: dict[str, int]
    ) -> Slate:
        """The slate of items that were chosen, with the reason of each."""
        explainer = Explainer(page.artifact, page.wording, bought_items(page.profile))
        reasons = explainer.reasons(chosen, page.query, _context(asked))
        ids = page.artifact.vocabulary.ids
        items = tuple(
            SlateItem(ids[one.row], round(one.score, 6), reason)
            for one, reason in zip(chosen, reasons, strict=True)
        )
        slate_id = self._sign(page.request, asked, page.profile, page.artifact.version, page.now)
        return Slate(asked.id, slate_id, _basis(page.query, chosen), page.artifact.version, items, dropped)

    def empty(self, request: SlateRequest, asked: PlacementRequest, profile: Profile) -> Slate:
        """The slate while there is no model."""
        slate_id = self._sign(request, asked, profile, None, self._clock().timestamp())
        return Slate(asked.id, slate_id, Basis.POPULAR, None, (), {})

    def _sign(
        self, request: SlateRequest, asked: PlacementRequest, profile: Profile, model: str | None, now: float
    ) -> str:
        number = self._catalogue.number
        facts = SlateFacts(model, asked.id, 1, profile.revision, number, None, 0, int(now), digest(request))
        return self._signer.sign(facts)

    def _placement(self, place: int, asked: PlacementRequest) -> Placement:
        placement = self.placements.get(asked.id)
        if placement is None:
            known = ", ".join(self.placements)
            raise UnknownPlacementError(f"There is no placement {asked.id!r}; there are {known}.")
        if asked.limit is not None and not 1 <= asked.limit <= MOST_ITEMS:
            raise InvalidRequestError(f"limit is 1 to {MOST_ITEMS}.", f"/placements/{place}/limit")
        if placement.needs_item and asked.item is None:
            raise MissingItemError(
                f"The placement {asked.id!r} needs the product of the page as `item`.",
                f"/placements/{place}/item",
            )
        return placement

    def _check_items(self, artifact: Artifact, asked: Sequence[tuple[PlacementRequest, Placement]]) -> None:
        for one, placement in asked:
            item = one.item if placement.needs_item else None
            if item is not None and item not in artifact.vocabulary and self._catalogue.get(item) is None:
                raise UnknownItemError(f"There is no item {item!r} in the catalogue.")

    def _category(self, item_id: str) -> str | None:
        item = self._catalogue.get(item_id)
        return item.category if item else None

    def _name(self, kind: str, name: str, locale: str) -> str | None:
        if kind == "answer":
            return self._quizzes.answer_text(name, locale)
        item = self._catalogue.get(name)
        return item.title_in(locale) if item else None


def _context(asked: PlacementRequest) -> tuple[str, ...]:
    own = (asked.item,) if asked.item is not None else ()
    return tuple(dict.fromkeys((*own, *asked.items)))


def _basis(query: Query, chosen: Sequence[Candidate]) -> Basis:
    if any(candidate.source is not Strategy.PERSONAL for candidate in chosen):
        return Basis.CONTEXT
    history, quiz = len(query.known.rows) > 0, bool(query.answer_parts) and query.tau != 0
    if history and quiz:
        return Basis.BOTH
    return Basis.HISTORY if history else Basis.QUIZ if quiz else Basis.POPULAR
