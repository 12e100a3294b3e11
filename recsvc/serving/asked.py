"""Asked: who asks for which placements, each with what the shop says of it, or why it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from recsvc.domain.errors import InvalidRequestError, MissingItemError, UnknownItemError
from recsvc.domain.identity import is_borrowed
from recsvc.domain.placements import FROM_SCORE, MOST_ITEMS, Placement
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.serving.arms import arm_of, in_arm
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.placement_flaws import flaw_of_request

MOST_PLACEMENTS = 20
MOST_ITEMS_A_PAGE = 300
"""Of all its placements together: each item costs its reason, and 2,000 held up everybody for 70 ms."""


class Asked(NamedTuple):
    """One placement of a page."""

    request: PlacementRequest
    placement: Placement

    @property
    def limit(self) -> int:
        """How many items it may show."""
        return self.request.limit or self.placement.limit


@dataclass(frozen=True)
class Ask:
    """What one visitor asks for."""

    request: SlateRequest
    profile: Profile  # as the caller has just read it
    asked: tuple[Asked, ...] = ()  # placements; a quiz has none
    said: Answers = NO_ANSWERS  # in a running quiz session; it comes before what the profile knows

    @cached_property
    def is_discreet(self) -> bool:
        """Whether nothing of the page rests on sensitive answers.

        Others than the customer may look on where all that is known is a browser's id, which goes on after
        they left.
        """
        overlooked = is_borrowed(self.request.visitor_id or "", self.profile.visitor_id)
        return overlooked or (bool(self.asked) and all(one.placement.discreet for one in self.asked))

    @property
    def rests_on_score(self) -> bool:
        """Whether a slate begins with what is scored by this profile, not by one without some answers."""
        every = self.is_discreet or not self.profile.facts
        shown = [one.placement for one in self.asked if every or not one.placement.discreet]
        return any(FROM_SCORE.issuperset(in_arm(one, arm_of(one, self.profile)).chain[:1]) for one in shown)


def asked_of(request: SlateRequest, placements: LivePlacements) -> list[Asked]:
    """What a request asks for, in its order.

    Raises:
        UnknownPlacementError: no placement of that name.
        MissingItemError: the placement needs the product of the page.
        InvalidRequestError: too many placements or items, a limit out of range, a filter that cannot be
            read, or no store where the placement shows what one has.
    """
    if not 1 <= len(request.placements) <= MOST_PLACEMENTS:
        raise InvalidRequestError(f"A page asks for 1 to {MOST_PLACEMENTS} placements.", "/placements")
    found = [Asked(one, placements.get(one.id)) for one in request.placements]
    for place, one in enumerate(found):
        _check(one, request, f"/placements/{place}")
    items = sum(one.limit for one in found)
    if items > MOST_ITEMS_A_PAGE:
        raise InvalidRequestError(
            f"The placements of a page show at most {MOST_ITEMS_A_PAGE} items together, and these {items}; "
            "ask for fewer of each by `limit`, or in several pages.",
            "/placements",
        )
    return found


def check_items(asked: Sequence[Asked], artifact: Artifact, catalogue: LiveCatalogue) -> None:
    """Hold the products of the page to those there are.

    Raises:
        UnknownItemError: one is neither in the catalogue nor in the model.
    """
    for one in asked:
        item = one.request.item if one.placement.needs_item else None
        if item is not None and item not in artifact.vocabulary and catalogue.get(item) is None:
            raise UnknownItemError(f"There is no item {item!r} in the catalogue.")


def _check(asked: Asked, request: SlateRequest, at: str) -> None:
    one, placement = asked
    if one.limit is not None and not 1 <= one.limit <= MOST_ITEMS:
        raise InvalidRequestError(f"limit is 1 to {MOST_ITEMS}.", f"{at}/limit")
    if placement.needs_item and one.item is None:
        raise MissingItemError(
            f"The placement {one.id!r} needs the product of the page as `item`.", f"{at}/item"
        )
    if placement.in_store and request.store_id is None:
        raise InvalidRequestError(
            f"The placement {one.id!r} shows what a store has; name the store as `store_id`.",
            "/context/store_id",
        )
    flaw = flaw_of_request(one.filter) if one.filter is not None else None
    if flaw:
        raise InvalidRequestError(f"The filter `{one.filter}` cannot be read: {flaw}.", f"{at}/filter")
