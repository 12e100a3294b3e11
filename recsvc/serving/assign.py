"""Assign: which arm of an experiment a visitor is in; sticky, and told by nothing but id and key."""

import hashlib
from collections.abc import Mapping

STEPS = 2**53


def assign(visitor_id: str, key: str, arms: Mapping[str, float]) -> str | None:
    """The arm of a visitor, None without arms; the key salts the hash, so experiments are independent.

    Args:
        visitor_id: the same visitor is always in the same arm.
        key: of the experiment.
        arms: arm → share > 0; shares are of their sum.
    """
    whole = sum(arms.values())
    digest = hashlib.sha256(f"{key}\0{visitor_id}".encode()).digest()
    point = int.from_bytes(digest[:8]) % STEPS / STEPS * whole
    last = None
    for arm, share in arms.items():
        last, point = arm, point - share
        if point < 0:
            break
    return last
