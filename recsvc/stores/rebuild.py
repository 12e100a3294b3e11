"""Rebuild: profiles projected anew from the log, which proves the live ones or repairs them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from recsvc.domain.profile import Profile
from recsvc.stores import people, projecting

PORTION = 50
"""Names of one transaction: writes of the service wait for it."""


class Rebuilt(NamedTuple):
    """What a rebuild found."""

    names: int  # visitor ids in the log; a visitor may have several
    differed: int  # profiles
    regrouped: int  # names that were of another visitor


class Rebuildable(Protocol):
    """A store that can project its log anew."""

    def logged_names(self, after: str, limit: int) -> list[str]:
        """The visitor ids of the log, in order, beyond one."""
        ...

    def regroup(self) -> Future[int]:
        """Say anew from the log who is one visitor; how many names were of another one."""
        ...

    def reproject(self, names: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        ...


def rebuild_profiles(store: Rebuildable, on_progress: Callable[[int], None] = lambda _done: None) -> Rebuilt:
    """Rebuild every profile while the store goes on working; a right profile is left as it is.

    Args:
        store: the engine.
        on_progress: hears the number of names done.

    Raises:
        StoreUnavailableError: the store does not answer; what was done stays done.
    """
    regrouped = store.regroup().result()
    done = differed = 0
    last = ""
    while names := store.logged_names(last, PORTION):
        differed += store.reproject(names).result()
        done += len(names)
        last = names[-1]
        on_progress(done)
    return Rebuilt(done, differed, regrouped)


def reproject(connection: sa.Connection, names: Sequence[str]) -> int:
    """Replace the profiles of visitors that differ from their log; how many did."""
    visitors = set(people.visitors_of(connection, names).values())
    known = projecting.read_profiles(connection, visitors)
    lives = [known.get(visitor_id) or Profile(visitor_id) for visitor_id in sorted(visitors)]
    afters = projecting.projected_anew(connection, lives)
    return projecting.write(connection, [projecting.Change(live, afters[live.visitor_id]) for live in lives])


def regroup(connection: sa.Connection) -> int:
    """Say anew who is one visitor, and project those anew who were not; how many names differed."""
    differed = people.regroup(connection)
    projecting.project(connection, (), differed, ())
    return len(differed)
