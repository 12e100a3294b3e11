"""Pages for many who ask at once, given again while nothing that they rest on has changed."""

from collections import OrderedDict
from typing import NamedTuple
from zlib import crc32

from recsvc.domain.profile import Profile
from recsvc.domain.slates import Slate, SlateRequest
from recsvc.serving.asked import Ask
from recsvc.serving.ports import Clock
from recsvc.serving.recommend import Recommender
from recsvc.serving.timing import timed
from recsvc.serving.together import Together
from recsvc.serving.visitor import NOBODY, VisitorReader
from recsvc.serving.world import World

KEPT_ITEMS = 24_576
"""Items of the pages that a worker keeps, the least recently asked for leave first: some 12 MB."""
MINUTE_S = 60
"""How long an answer may stand: pins begin, facts expire and ages fade by the minute."""


class Own(NamedTuple):
    """What the answers for one visitor rest on beside the world; `since` tells the lives of a name apart."""

    visitor_id: str  # the first name of the one who asks
    since: float
    revision: int
    minute: int  # of the visitor's own


class GivenPage(NamedTuple):
    """A page, and what it rests on."""

    slates: list[Slate]
    visitor_id: str | None  # as the request named it
    world: World | None  # None: without a model
    own: Own

    @property
    def size(self) -> int:
        """What it takes of the memory, in items; an empty slate takes some, too."""
        return sum(1 + len(slate.items) for slate in self.slates)


class Pages:
    """What stands between many requests and the recommender."""

    def __init__(self, recommender: Recommender, visitors: VisitorReader, clock: Clock) -> None:
        self._recommender = recommender
        self._visitors = visitors
        self._clock = clock
        self._together = Together(recommender.scored)
        self._world: World | None = None
        self._items = 0
        self._kept: OrderedDict[tuple[SlateRequest, Own], GivenPage] = OrderedDict()

    def warm(self) -> None:
        """Make what all requests share, so that the first one does not wait for it."""
        (page,) = self._recommender.scored([Ask(SlateRequest(None, ()), NOBODY)])
        if page is not None:
            columns = page.offered.columns
            if columns.is_said("age_limit"):  # what every slate asks
                columns.number("age_limit")
            next(page.ranked.blocks())  # of those of whom nothing is known

    async def page(self, request: SlateRequest) -> GivenPage:
        """What the recommender answers, scored with those who ask at the same moment.

        It raises what `Recommender.page` does.
        """
        profile = self._visitors.read(request.visitor_id)
        own, world = self._own(profile), self._look()
        found = self._kept.get((request, own))
        if found is not None:
            self._kept.move_to_end((request, own))
            return found
        ask = self._recommender.ask(request, profile)
        with timed("score"):
            page = await self._together.scored(ask)
        slates = self._recommender.slates(ask, page)
        given = GivenPage(slates, request.visitor_id, world, own)
        self._keep(request, given)
        return given

    def holds(self, answer: GivenPage) -> bool:
        """Whether an answer would be the same now."""
        own = self._own(self._visitors.read(answer.visitor_id))
        return answer.world is not None and (answer.own, answer.world) == (own, self._look())

    def _own(self, profile: Profile) -> Own:
        # Minutes that began for all at once would have everybody answered anew at once.
        begins = crc32(profile.visitor_id.encode()) % MINUTE_S
        minute = int(self._clock().timestamp() + begins) // MINUTE_S
        return Own(profile.visitor_id, profile.since, profile.revision, minute)

    def _look(self) -> World | None:
        """The world as it is now; where it has moved, nothing that was kept holds."""
        world = self._recommender.world()
        if world != self._world:
            self._kept.clear()
            self._items, self._world = 0, world
        return world

    def _keep(self, request: SlateRequest, answer: GivenPage) -> None:
        if answer.world is not None and answer.world == self._world:
            self._forget(self._kept.pop((request, answer.own), None))
            self._kept[request, answer.own] = answer
            self._items += answer.size
            while self._items > KEPT_ITEMS:
                self._forget(self._kept.popitem(last=False)[1])

    def _forget(self, page: GivenPage | None) -> None:
        self._items -= page.size if page else 0
