"""Visitor: the one point read of a recommendation, and what of the profile may be used now."""

import logging
from collections import defaultdict

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.events import TAKE_BACK
from recsvc.domain.profile import Interaction, OlderCount, Profile
from recsvc.model.confidence import DAY_S
from recsvc.model.known import BOUGHT
from recsvc.model.prior import Answers
from recsvc.serving.consent import known_facts, permitted
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import ProfileStore
from recsvc.serving.timing import timed

log = logging.getLogger(__name__)
NOBODY = Profile("")


class VisitorReader:
    """Reads a profile and catches the catalogue up; without the store it goes on with nobody."""

    def __init__(self, store: ProfileStore, catalogue: LiveCatalogue, quizzes: LiveQuizzes) -> None:
        self._store = store
        self._catalogue = catalogue
        self._quizzes = quizzes

    def read(self, visitor_id: str | None) -> Profile:
        """The profile of a visitor, an empty one for a stranger, for nobody, or while the store is down."""
        try:
            profile = self.read_surely(visitor_id or "")
        except StoreUnavailableError:
            log.warning("profile_unavailable")
            return NOBODY
        return profile if visitor_id else NOBODY

    @timed("store")
    def read_surely(self, visitor_id: str) -> Profile:
        """The same, for those to whom nobody and no answer are not alike.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        profile, number = self._store.read_visitor(visitor_id)
        self._catalogue.refresh(number)
        return permitted(profile)

    def answers(self, profile: Profile, said: Answers, now: float) -> Answers:
        """The answers side of a profile, with what was said in the running quiz session over it."""
        facts = known_facts(profile, now, self._quizzes.opt_in)
        wishes = tuple(
            wish
            for fact, values in facts.items()
            if isinstance(values, tuple)
            for choice in values
            for wish in self._quizzes.wishes(fact, choice)
        )
        spoken = {wish.answer for wish in said.wishes}
        kept = tuple(wish for wish in wishes if wish.answer not in spoken and wish.fact not in said.facts)
        return Answers(facts | said.facts, kept + said.wishes)


def bought_items(profile: Profile) -> frozenset[str]:
    """Every item of which more was bought than taken back."""
    units: defaultdict[str, float] = defaultdict(float)
    lines: tuple[Interaction | OlderCount, ...] = (*profile.recent, *profile.older)
    for line in lines:
        kind = line.kind
        if kind == BOUGHT:
            units[line.item_id] += line.quantity
        elif kind in TAKE_BACK:
            units[line.item_id] -= line.quantity
    return frozenset(item_id for item_id, left in units.items() if left > 0)


def bought_since(profile: Profile, days: float | None, now: float) -> frozenset[str]:
    """Items bought within so many days; none without a limit."""
    if days is None:
        return frozenset()
    since = now - days * DAY_S
    recent = {one.item_id for one in profile.recent if one.occurred_at >= since and one.kind == BOUGHT}
    older = {one.item_id for one in profile.older if one.last_at >= since and one.kind == BOUGHT}
    return frozenset(recent | older)
