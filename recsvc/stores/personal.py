"""Personal rows: all of some names shown, erased, or forgotten in time, inside the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.serving.identity import STANDING, without_names
from recsvc.serving.ports import LapsedFact, QuizSession
from recsvc.stores import bodies, contacts, outbox, people, projecting, rebuild
from recsvc.stores.bodies import microseconds, read_event, session_decoder
from recsvc.stores.schema import consents, erasures, events, facts, identities, mentions, quiz_sessions
from recsvc.stores.statements import Insertion, Lookup, execute_many

_events = Lookup(events.c.visitor_id, sa.select(events))
_mentioning = Lookup(mentions.c.name, sa.select(mentions.c.event_id))
_by_id = Lookup(events.c.event_id, sa.select(events))
_sessions = Lookup(quiz_sessions.c.visitor_id, sa.select(quiz_sessions.c.body))
_put_erasure = Insertion(erasures, replace=True)
_rewrite = sa.update(events).where(events.c.event_id == sa.bindparam("of")).values(body=sa.bindparam("body"))
_OWN = (
    sa.delete(mentions).where(
        mentions.c.event_id.in_(sa.select(events.c.event_id).where(events.c.visitor_id == sa.bindparam("of")))
    ),
    sa.delete(mentions).where(mentions.c.name == sa.bindparam("of")),
    sa.delete(consents).where(consents.c.visitor_id == sa.bindparam("of")),
    sa.delete(events).where(events.c.visitor_id == sa.bindparam("of")),
    sa.delete(quiz_sessions).where(quiz_sessions.c.visitor_id == sa.bindparam("of")),
)
_EVENT = tuple(
    sa.delete(table).where(table.c.event_id == sa.bindparam("of")) for table in (mentions, consents, events)
)


def events_of(connection: sa.Connection, names: Collection[str]) -> list[Event]:
    """All events of some names, in the order in which they arrived."""
    rows = sorted(_events.rows(connection, list(names)), key=lambda row: int(row.seq))
    return list(map(read_event, rows))


def histories(connection: sa.Connection, names: Collection[str]) -> dict[str, list[Event]]:
    """Visitor → all events under all their names, of everybody behind some names, in order of arrival."""
    own = people.names_of(connection, set(people.visitors_of(connection, names).values()))
    visitor_of = {name: visitor_id for visitor_id, all_names in own.items() for name in all_names}
    found: dict[str, list[Event]] = {visitor_id: [] for visitor_id in own}
    for event in events_of(connection, visitor_of):
        found[visitor_of[event.visitor_id]].append(event)
    return found


def sessions_of(connection: sa.Connection, names: Collection[str]) -> list[QuizSession]:
    """All quiz sessions of some names, the newest first."""
    own = [session_decoder.decode(body) for (body,) in _sessions.rows(connection, list(names))]
    return sorted(own, key=lambda session: (-session.seen_at, session.session_id))


def erase(connection: sa.Connection, digests: Mapping[str, str]) -> int:
    """Erase every row of some names, and the names in the rows of others; how many events there were."""
    reach = connection.execute(sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0))).scalar_one()
    count = len(list(_events.rows(connection, list(digests))))
    _unsay(connection, digests)
    named = [{"of": name} for name in digests]
    for statement in _OWN:
        execute_many(connection, statement, named)
    projecting.delete_profiles(connection, digests)
    people.delete_names(connection, digests)
    outbox.erase(connection, digests)
    contacts.erase(connection, digests)
    _put_erasure.run(connection, [(digest, reach) for digest in digests.values()])
    return count


def lapsed_facts(
    connection: sa.Connection, now: float, keep_s: Mapping[str, float], limit: int
) -> list[LapsedFact]:
    """Facts that have expired, or are kept longer than their purpose allows."""
    over: list[sa.ColumnElement[bool]] = [facts.c.expires_at <= now]
    over += [
        sa.and_(facts.c.purpose == purpose, facts.c.answered_at <= now - seconds)
        for purpose, seconds in keep_s.items()
    ]
    chosen = (
        sa.select(facts.c.visitor_id, facts.c.fact, facts.c.answered_at).where(sa.or_(*over)).limit(limit)
    )
    return [LapsedFact(*row) for row in connection.execute(chosen)]


def old_events(connection: sa.Connection, before: datetime, limit: int) -> list[str]:
    """Ids of at most `limit` events that may be forgotten; it reads what is from before that time."""
    return list(connection.execute(_forgettable(microseconds(before)).limit(limit)).scalars())


def forget_events(connection: sa.Connection, before: datetime, event_ids: Sequence[str]) -> int:
    """Delete those of some events that may be forgotten still, and project their visitors anew."""
    may_go = _forgettable(microseconds(before)).where(events.c.event_id.in_(event_ids))
    rows = connection.execute(may_go).all()
    gone = [{"of": row.event_id} for row in rows]
    for statement in _EVENT:
        execute_many(connection, statement, gone)
    names = {row.visitor_id for row in rows}
    rebuild.reproject(connection, sorted(names))
    visitors = set(people.visitors_of(connection, names).values())
    for visitor_id, own in people.names_of(connection, visitors).items():
        if not events_of(connection, own):
            projecting.delete_profiles(connection, [visitor_id])
            people.delete_names(connection, own)
            outbox.touch(connection, own)
    return len(rows)


def forget_sessions(connection: sa.Connection, before: float) -> int:
    """Delete quiz sessions whose last step is older than a time."""
    return connection.execute(sa.delete(quiz_sessions).where(quiz_sessions.c.seen_at < before)).rowcount


def _unsay(connection: sa.Connection, names: Collection[str]) -> None:
    """Take names out of what other visitors said about who they are."""
    ids = {event_id for (event_id,) in _mentioning.rows(connection, list(names))}
    said = (read_event(row) for row in _by_id.rows(connection, sorted(ids)))
    rows = [
        {"of": event.event_id, "body": bodies.event_body(without_names(event, names))}
        for event in said
        if event.visitor_id not in names
    ]
    execute_many(connection, _rewrite, rows)


def _forgettable(before: int) -> sa.Select[Any]:
    """Old events; words about consent and identity only where nothing else is known of the visitor."""
    standing = [kind.value for kind in STANDING]
    other, mine, theirs = events.alias("other"), identities.alias("mine"), identities.alias("theirs")
    names = (
        sa.select(theirs.c.name)
        .join_from(mine, theirs, mine.c.visitor_id == theirs.c.visitor_id)
        .where(mine.c.name == events.c.visitor_id)
        .correlate(events)
    )
    something = sa.exists().where(
        (other.c.visitor_id == events.c.visitor_id) | other.c.visitor_id.in_(names),
        (other.c.occurred_at >= before) | other.c.kind.not_in(standing),
    )
    return sa.select(events.c.event_id, events.c.visitor_id).where(
        events.c.occurred_at < before, events.c.kind.not_in(standing) | ~something
    )
