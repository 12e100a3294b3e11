"""Assign: which arm of an experiment a visitor is in; sticky, and told by nothing but a name and a key."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from recsvc.domain.events import TAKE_BACK, Event, EventKind
from recsvc.domain.identity import IdentityKind, identity_of
from recsvc.domain.profile import Profile

STEPS = 2**53

ELSEWHERE: Final = TAKE_BACK | {EventKind.PURCHASE, EventKind.CONSENT, EventKind.IDENTIFY}
"""Kinds that do not say that the visitor saw anything of ours: they come from tills and old files, too."""


def subject(profile: Profile, visitor_id: str) -> str:
    """The name by which arms are drawn: for a person of several names always the same one.

    Args:
        profile: as it was read; nobody's while the store does not answer.
        visitor_id: the name of the request, which then has to do.
    """
    return profile.drawn_by or profile.visitor_id or visitor_id


def lasting_subject(
    kept: str | None, names: Collection[str], log: Iterable[Event], before: Mapping[str, str]
) -> str | None:
    """By which of a person's names arms are drawn, None where there is only one.

    A login must not change an arm that was shown: of names that come together the one that saw something
    first brings its subject. Where none has, it is a browser's, which was here to be joined.

    Args:
        kept: what it is now; it stays while it is one of the names, for the log forgets and arms must not.
        names: all of the person.
        log: the events of these names.
        before: name → the subject it had until now, where that is another one.
    """
    if len(names) <= 1:
        return None
    if kept in names:
        return kept
    seen = [(event.received_at, event.visitor_id) for event in log if event.kind not in ELSEWHERE]
    first = min(seen)[1] if seen else min(names, key=lambda name: (not _is_browser(name), name))
    subject = before.get(first, first)
    return subject if subject in names else first


def assign(visitor_id: str, key: str, arms: Mapping[str, float]) -> str | None:
    """The arm of a visitor, None without arms; the key salts the hash, so experiments are independent.

    Args:
        visitor_id: the `subject`; the same one is always in the same arm.
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


def _is_browser(name: str) -> bool:
    return identity_of(name).kind is IdentityKind.ANONYMOUS
