"""Segments: which of the shop's groups a visitor is in, found anew at every read."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from quizzes.expression import Scope, Value, evaluate
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.domain.segments import Segment
from recsvc.serving.affinities import Affinities
from recsvc.serving.consent import is_refused
from recsvc.serving.export import Profiles, permitted_profiles
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.plain_facts import PlainFacts
from recsvc.serving.ports import Clock
from recsvc.serving.visitor import VisitorReader


class SegmentsView(msgspec.Struct, frozen=True):
    """The segments of a visitor, in the order of the settings."""

    visitor_id: str
    segments: tuple[str, ...]


class Membership(NamedTuple):
    """One visitor in one segment."""

    visitor_id: str
    segment: str


class Segments:
    """Evaluates conditions over what may be read of a profile; sensitive facts are never seen.

    Args:
        segments: with conditions that can be read, as the settings check.
        visitors: reads profiles.
        affinities: of profiles.
        quizzes: say what is sensitive.
        clock: says what has expired.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        *,
        visitors: VisitorReader,
        affinities: Affinities,
        quizzes: LiveQuizzes,
        clock: Clock,
    ) -> None:
        self._conditions = {one.name: one.condition() for one in segments}
        self._visitors = visitors
        self._affinities = affinities
        self._quizzes = quizzes
        self._clock = clock

    def see(self, visitor_id: str) -> SegmentsView:
        """The segments of a visitor.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        return SegmentsView(visitor_id, self.of(self._visitors.read_surely(visitor_id)))

    def of(self, profile: Profile) -> tuple[str, ...]:
        """The segments of a profile; whoever withdrew `personalise` is in none."""
        if not self._conditions or is_refused(profile, PERSONALISE):
            return ()
        scope = self._scope(profile)
        return tuple(name for name, condition in self._conditions.items() if evaluate(condition, scope))

    def members(self, store: Profiles) -> Iterator[Membership]:
        """Everybody who is in a segment, by visitor."""
        self._visitors.read_surely("")  # catches the catalogue up
        for profile in permitted_profiles(store):
            yield from (Membership(profile.visitor_id, name) for name in self.of(profile))

    def _scope(self, profile: Profile) -> Scope:
        plain = PlainFacts(self._quizzes).of(profile, self._clock().timestamp())
        liked: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for one in self._affinities.of(profile):
            if one.is_liked:
                liked[one.attribute] += (one.value,)
        facts: dict[str, Value] = {fact: value.values for fact, value in plain.items()}
        return Scope(facts, facts.keys(), liked)
