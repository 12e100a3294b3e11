"""Rebuild: profiles projected anew from the log, which proves the live ones or repairs them."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import NamedTuple, Protocol

import msgspec
import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.domain.profile import Profile
from recsvc.serving.profile import apply_many
from recsvc.stores.appending import read_profiles, write_profiles
from recsvc.stores.bodies import read_event
from recsvc.stores.schema import events

PORTION = 50
"""Visitors of one transaction: writes of the service wait for it."""


class Rebuilt(NamedTuple):
    """What a rebuild found."""

    visitors: int
    differed: int


class Rebuildable(Protocol):
    """A store that can project its log anew."""

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with events, in order, beyond one."""
        ...

    def reproject(self, visitor_ids: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        ...


def rebuild_profiles(store: Rebuildable, on_progress: Callable[[int], None] = lambda _done: None) -> Rebuilt:
    """Rebuild every profile while the store goes on working; a right profile is left as it is.

    Args:
        store: the engine.
        on_progress: hears the number of visitors done.

    Raises:
        StoreUnavailableError: the store does not answer; what was done stays done.
    """
    done = differed = 0
    last = ""
    while visitor_ids := store.visitors(last, PORTION):
        differed += store.reproject(visitor_ids).result()
        done += len(visitor_ids)
        last = visitor_ids[-1]
        on_progress(done)
    return Rebuilt(done, differed)


def corrected(live: Profile, log: Iterable[Event]) -> Profile:
    """The live profile where the log says the same, else what the log says under a higher revision."""
    rebuilt = apply_many(Profile(live.visitor_id), log)
    alike = msgspec.structs.replace(rebuilt, revision=live.revision, since=live.since)
    if alike == live:
        return live
    return msgspec.structs.replace(alike, revision=max(live.revision, rebuilt.revision) + 1)


def reproject(connection: sa.Connection, visitor_ids: Sequence[str]) -> int:
    """Replace the profiles of visitors that differ from their log; how many did."""
    known = read_profiles(connection, visitor_ids)
    log = connection.execute(
        sa.select(events)
        .where(events.c.visitor_id.in_(visitor_ids))
        .order_by(events.c.visitor_id, events.c.seq)
    )
    changed: list[Profile] = []
    for visitor_id, rows in groupby(log, key=lambda row: row.visitor_id):
        live = known.get(visitor_id) or Profile(visitor_id)
        profile = corrected(live, map(read_event, rows))
        if profile is not live:
            changed.append(profile)
    write_profiles(connection, changed)
    return len(changed)
