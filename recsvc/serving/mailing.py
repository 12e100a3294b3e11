"""Mailing: the slates of many visitors for one placement, and of nobody who does not want them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.cards import Cards
from recsvc.serving.consent import is_refused
from recsvc.serving.ports import EventLog
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.sharing import may_leave
from recsvc.serving.unsubscribing import UnsubscribeLinks
from recsvc.serving.visitor import VisitorReader

VISITORS_A_PASS = 64
"""Visitors that are scored in one pass."""
PORTION = 10_000


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is mailed to whom."""

    placement: str
    limit: int | None = None  # items; None: the placement's own
    locale: str  # of reasons, titles and cards
    purpose: str | None = None  # that a visitor must have granted
    segment: str | None = None  # that a visitor must be in


class Addressed(NamedTuple):
    """One visitor's slate."""

    visitor_id: str  # the name by which they were asked for
    slate: Slate  # with cards
    unsubscribe: str | None = None  # the link of the mail, where its purpose is named


class Mailing:
    """Makes slates in the order of the names; `left_out` counts why others got none.

    Args:
        terms: what is mailed to whom.
        recommender: answers.
        visitors: reads profiles.
        segments: says who is in which.
        cards: lays products beside their ids.
        links: to unsubscribe; None where nobody knows how browsers reach the service.
    """

    def __init__(
        self,
        terms: Terms,
        *,
        recommender: Recommender,
        visitors: VisitorReader,
        segments: Segments,
        cards: Cards,
        links: UnsubscribeLinks | None = None,
    ) -> None:
        self.left_out: Counter[str] = Counter()
        self._terms = terms
        self.recommender = recommender
        self._visitors = visitors
        self._segments = segments
        self._cards = cards
        self._links = links

    def slates(self, names: Iterable[str]) -> Iterator[list[Addressed]]:
        """The slates of all who may get one, some at a time.

        Args:
            names: of visitors, no person twice.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        rest = iter(names)
        while some := list(islice(rest, VISITORS_A_PASS)):
            read = [(name, self._visitors.read_surely(name)) for name in some]
            reasons = [self._reason_against(profile) for _, profile in read]
            self.left_out.update(reason for reason in reasons if reason)
            reached = [one for one, reason in zip(read, reasons, strict=True) if not reason]
            yield [one for one in self._made(reached) if self._holds(one)]

    def may_reach(self, name: str) -> bool:
        """Whether a visitor may have a slate as it stands now; the segment is left as it was.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        return self._refusal(self._visitors.read_surely(name)) is None

    def request(self, name: str | None) -> SlateRequest:
        """What is asked for a visitor."""
        asked = PlacementRequest(self._terms.placement, self._terms.limit)
        return SlateRequest(name, (asked,), self._terms.locale)

    def _made(self, reached: list[tuple[str, Profile]]) -> Iterator[Addressed]:
        requests = [self.request(name) for name, _ in reached]
        pages = self.recommender.pages(requests, [profile for _, profile in reached])
        for (name, _), (slate,) in zip(reached, pages, strict=True):
            yield Addressed(name, self._cards.beside(slate, self._terms.locale), self._unsubscribe(name))

    def _unsubscribe(self, name: str) -> str | None:
        purpose = self._terms.purpose
        return self._links.of(name, purpose, self._terms.locale) if self._links and purpose else None

    def _holds(self, one: Addressed) -> bool:
        self.left_out["empty"] += not one.slate.items
        return bool(one.slate.items)

    def _reason_against(self, profile: Profile) -> str | None:
        segment = self._terms.segment
        if segment is not None and segment not in self._segments.of(profile):
            return self._refusal(profile) or "not_in_segment"
        return self._refusal(profile)

    def _refusal(self, profile: Profile) -> str | None:
        """Why nothing may be made of a profile, None where it may."""
        if not profile.revision:
            return "unknown"
        purpose = self._terms.purpose
        if is_refused(profile, PERSONALISE) or (purpose is not None and not may_leave(profile, purpose)):
            return "no_consent"
        return None


def everybody(store: EventLog, after: str) -> Iterator[str]:
    """All visitors with a profile, in order, beyond one."""
    while some := store.visitors(after, PORTION):
        yield from some
        after = some[-1]


def people(names: Iterable[str], visitors: VisitorReader) -> list[str]:
    """Names in order, of each person the first; reads every profile once.

    Raises:
        StoreUnavailableError: the store does not answer.
    """
    first: dict[str, str] = {}
    for name in sorted(set(names)):
        first.setdefault(visitors.read_surely(name).visitor_id, name)
    return sorted(first.values())
