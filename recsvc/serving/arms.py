"""Arms: who sees what of a placement's experiment; everything but the chain of strategies stays the same."""

from collections.abc import Mapping
from typing import Final

import msgspec

from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.serving.assign import assign, subject
from recsvc.serving.consent import is_refused
from recsvc.serving.page import Page

HOLDOUT: Final = "holdout"
"""The arm that sees what is popular."""
STANDARD: Final = "standard"
"""The arm that sees the placement as it is written."""


def shares_of(placement: Placement) -> Mapping[str, float]:
    """Arm → share of the visitors, 1 in all; empty without an experiment."""
    others = ({HOLDOUT: placement.holdout} if placement.holdout else {}) | {
        arm.name: arm.share for arm in placement.arms
    }
    # The standard comes last: a larger holdout takes visitors from the others, and none of its own leaves.
    return others | {STANDARD: 1.0 - sum(others.values())} if others else {}


def arm_of(placement: Placement, profile: Profile) -> str | None:
    """The arm of a visitor, None without an experiment, for nobody, and for whoever refuses `personalise`."""
    shares = shares_of(placement)
    if not shares or not profile.visitor_id or is_refused(profile, PERSONALISE):
        return None
    subject_of = subject(profile, profile.visitor_id)
    return assign(subject_of, f"placement:{placement.experiment or placement.id}", shares)


def arm_on(page: Page, placement: Placement) -> str | None:
    """The arm in which a page shows a placement; that of the slate, where one is made once more."""
    again = page.again
    if again is not None and again.placement == placement.id:
        return again.arm
    return arm_of(placement, page.profile)


def in_arm(placement: Placement, arm: str | None) -> Placement:
    """The placement as an arm shows it."""
    if arm == HOLDOUT:
        return msgspec.structs.replace(placement, strategy=Strategy.POPULAR, fallbacks=())
    for one in placement.arms:
        if one.name == arm:
            return msgspec.structs.replace(placement, strategy=one.strategy, fallbacks=one.fallbacks)
    return placement
