"""Hindsight: a slate made once more from its slate_id, with what has changed since it was shown."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.slates import Change, PlacementRequest, Slate, SlateRequest
from recsvc.serving.live_model import LiveModel
from recsvc.serving.recommend import Recommender
from recsvc.serving.slate_id import SlateFacts, SlateSigner


class Hindsight:
    """Answers why somebody saw what they saw; nothing of it was stored."""

    def __init__(self, recommender: Recommender, live_model: LiveModel, signer: SlateSigner) -> None:
        self._recommender = recommender
        self._live_model = live_model
        self._signer = signer

    def slate(self, token: str, request: SlateRequest) -> Slate:
        """Make a slate once more, with its model, arm, seed and time; as much of it as is still there.

        It keeps nothing, and what it shares may be read beside requests (live_catalogue has the rule).
        Reading a model that is no longer current takes as long as a start.

        Args:
            token: the slate_id.
            request: the one that was answered; without placements the one of the slate is meant.

        Raises:
            InvalidRequestError: the slate_id is not of this service, of a quiz, or of another request.
            UnknownPlacementError: the placement is gone; and what a page raises.
        """
        then = self._signer.read(token)
        if not then.placement_revision:
            raise InvalidRequestError(
                "The slate_id is of a quiz; `recsvc quiz explain` says what its answers do.", "/slate_id"
            )
        if not request.placements:
            request = msgspec.structs.replace(request, placements=(PlacementRequest(then.placement),))
        place = _place(then, request)
        artifact = self._live_model.of(then.model) if then.model is not None else None
        if then.model is not None and artifact is None:
            artifact = self._live_model.current()
        before = self._recommender.before(artifact, datetime.fromtimestamp(then.at, UTC))
        slate = before.page(request, then)[place]
        return msgspec.structs.replace(
            slate, changed=tuple(_changes(then, self._signer.read(slate.slate_id)))
        )


def _place(then: SlateFacts, request: SlateRequest) -> int:
    """Which placement of the request the slate was of."""
    ids = [one.id for one in request.placements]
    if then.placement not in ids:
        raise InvalidRequestError(
            f"The slate_id is of the placement {then.placement!r}, which the request does not name; "
            "send the request that was answered, or no placements.",
            "/placements",
        )
    return then.place if ids[then.place : then.place + 1] == [then.placement] else ids.index(then.placement)


def _changes(then: SlateFacts, now: SlateFacts) -> Iterator[Change]:
    """What the slate rested on and that is another now."""
    compared = (
        ("model", then.model, now.model),
        ("placement", then.placement_revision, now.placement_revision),
        ("profile", then.profile_revision, now.profile_revision),
        ("catalogue", then.catalogue_number, now.catalogue_number),
        ("quizzes", then.quizzes.hex(), (now.quizzes if then.quizzes else b"").hex()),
        ("arm", then.arm, now.arm),
        ("request", then.request.hex(), now.request.hex()),
    )
    return (Change(what, *both) for what, *both in compared if both[0] != both[1])
