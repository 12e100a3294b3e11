"""Answered: pages of a moment ago, for whoever asks the same again while nothing they rest on has changed."""

from collections import OrderedDict
from typing import NamedTuple

from recsvc.domain.profile import Profile
from recsvc.domain.slates import Slate, SlateRequest

KEPT = 2048
"""Pages that a worker keeps, the least recently asked for leave first (about 6 KB a slate of twelve)."""
MOMENT_S = 60
"""How long an answer may stand: pins begin, facts expire and ages fade by the minute."""


class World(NamedTuple):
    """What the answers for everybody rest on; where any of it moves, none that was kept holds."""

    model: str  # version
    catalogue: int
    placements: int
    quizzes: int
    moment: int


class Answered:
    """A small cache in front of a whole page."""

    def __init__(self) -> None:
        self._world: World | None = None
        self._kept: OrderedDict[tuple[object, ...], list[Slate]] = OrderedDict()

    def get(self, world: World, profile: Profile, request: SlateRequest) -> list[Slate] | None:
        """The page that was answered to this request in this world, None where there was none."""
        if world != self._world:
            self._kept.clear()
            self._world = world
        key = _key(profile, request)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, world: World, profile: Profile, request: SlateRequest, slates: list[Slate]) -> None:
        """Keep a page that was answered."""
        if world == self._world:
            self._kept[_key(profile, request)] = slates
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _key(profile: Profile, request: SlateRequest) -> tuple[object, ...]:
    # Revisions begin anew after an erasure; `since` tells the lives of a name apart.
    return request, profile.visitor_id, profile.since, profile.revision
