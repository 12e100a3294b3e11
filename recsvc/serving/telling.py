"""Telling: what was chosen becomes a slate: items, the reason of each, and an id that names all of it."""

from collections.abc import Callable, Sequence

from recsvc.domain.profile import Profile
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateItem, SlateRequest
from recsvc.serving.basis import basis_of
from recsvc.serving.candidates import Candidate
from recsvc.serving.explain import Explainer
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.page import Page
from recsvc.serving.slate_id import SlateFacts, SlateSigner


class Telling:
    """Makes slates of what placements, and quizzes, have chosen."""

    def __init__(
        self,
        placements: LivePlacements,
        catalogue: LiveCatalogue,
        quizzes: LiveQuizzes,
        signer: SlateSigner,
        now: Callable[[], float],
    ) -> None:
        self._placements = placements
        self._catalogue = catalogue
        self._quizzes = quizzes
        self._signer = signer
        self._now = now

    def explained(
        self,
        page: Page,
        asked: PlacementRequest,
        chosen: Sequence[Candidate],
        dropped: dict[str, int],
        context: Sequence[str] = (),
        store_id: str | None = None,
        arm: str | None = None,
    ) -> Slate:
        """The slate of items that were chosen, with the reason of each.

        Args:
            page: what all slates of the request share.
            asked: the placement.
            chosen: in the order in which they are shown.
            dropped: rule → candidates that it took out.
            context: item ids that reasons may name.
            store_id: shows of each item the variant that this store has.
            arm: of the placement's experiment.
        """
        explainer = Explainer(page.artifact, page.wording, page.ranked, page.profile)
        reasons = explainer.reasons(chosen, context)
        scores = [round(one.score, 6) for one in chosen]
        ids = page.offered.item_ids([one.row for one in chosen], store_id)
        version = page.artifact.version
        slate_id = self._sign(page.request, asked, page.profile, version, page.now, page.seed(asked.id), arm)
        items = tuple(map(SlateItem, ids, scores, reasons))
        return Slate(
            asked.id, slate_id, basis_of(page.ranked.query, chosen), version, items, dropped,
            revision=self._placements.revision(asked.id), arm=arm,
        )  # fmt: skip

    def empty(self, request: SlateRequest, asked: PlacementRequest, profile: Profile) -> Slate:
        """The slate while there is no model."""
        slate_id = self._sign(request, asked, profile, None, self._now(), 0)
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
        arm: str | None = None,
    ) -> str:
        facts = SlateFacts(
            model,
            asked.id,
            self._placements.revision(asked.id),
            profile.revision,
            self._catalogue.number,
            arm,
            seed,
            int(now),
            self._signer.digest(request),
            next((place for place, one in enumerate(request.placements) if one is asked), 0),
            self._quizzes.revisions,
        )
        return self._signer.sign(facts)
