"""The page: what every slate of one request shares: one visitor, one model, one solve."""

import hashlib
from typing import NamedTuple

from recsvc.domain.profile import Profile
from recsvc.domain.slates import SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.tables import Standing
from recsvc.serving.offered import Offered
from recsvc.serving.queries import Ranked
from recsvc.serving.slate_id import SlateFacts
from recsvc.serving.wording import Wording


class Page(NamedTuple):
    """One visitor before one model."""

    request: SlateRequest
    profile: Profile
    artifact: Artifact
    offered: Offered
    standing: Standing
    ranked: Ranked
    wording: Wording
    now: float  # Unix seconds, whole: what a slate_id says
    is_discreet: bool = False  # whether `ranked` is without the answers to sensitive questions
    again: SlateFacts | None = None  # the slate that is made once more

    def seed(self, placement_id: str) -> int:
        """What draws of a placement begin with: the same for a visitor all day."""
        if self.again is not None and self.again.placement == placement_id:
            return self.again.seed
        named = f"{self.profile.visitor_id}\0{placement_id}\0{int(self.now // DAY_S)}"
        return int.from_bytes(hashlib.blake2b(named.encode(), digest_size=4).digest())
