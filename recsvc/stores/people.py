"""People: the names of visitors who have several, as the identify events of the log say."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import ranked
from recsvc.serving.identity import People, Statement, statement_of
from recsvc.stores.bodies import read_event
from recsvc.stores.schema import events, identities, mentions
from recsvc.stores.statements import Insertion, Lookup, execute_many

_insert_identity = Insertion(identities)
_insert_mention = Insertion(mentions)
_visitors = Lookup(identities.c.name, sa.select(identities.c.name, identities.c.visitor_id))
_names = Lookup(identities.c.visitor_id, sa.select(identities.c.name, identities.c.visitor_id))
_statements = Lookup(events.c.visitor_id, sa.select(events).where(events.c.kind == EventKind.IDENTIFY.value))
_delete = sa.delete(identities).where(identities.c.name == sa.bindparam("of"))


def take(connection: sa.Connection, fresh: Sequence[Event]) -> dict[str, str]:
    """Say who is one visitor now; the names that were of another one before, each with whose it was.

    Args:
        connection: in a transaction; the events are in the log already.
        fresh: new events.
    """
    said = {event.event_id: one for event in fresh if (one := statement_of(event)) is not None}
    if not said:
        return {}
    _insert_mention.run(connection, _mentions(fresh))
    named = {name for one in said.values() for name in (one.visitor_id, *one.names)}

    def before(names: Collection[str]) -> list[Statement]:
        rows = sorted(_statements.rows(connection, list(names)), key=lambda row: int(row.seq))
        told = (statement_of(read_event(row)) for row in rows if row.event_id not in said)
        return [one for one in told if one is not None]

    visitors = set(visitors_of(connection, named).values())
    sets = names_of(connection, visitors)
    people = People(sets.values(), before)
    for one in said.values():
        people.take(one)
    _replace(connection, people, people.changed)
    was = {name: visitor_id for visitor_id, names in sets.items() for name in names}
    return {name: was.get(name, name) for name in people.changed}


def regroup(connection: sa.Connection) -> dict[str, str]:
    """Say anew from the whole log who is one visitor; the names that were of another one, with whose it was.

    All identify events and the names in them are in memory while it runs.
    """
    people = People((), lambda _: ())
    chosen = sa.select(events).where(events.c.kind == EventKind.IDENTIFY.value).order_by(events.c.seq)
    for row in connection.execute(chosen):
        statement = statement_of(read_event(row))
        if statement is not None:
            people.take(statement)
    known: dict[str, str] = dict(connection.execute(sa.select(identities)).all())
    wrong = [
        name for name in people.changed | known.keys() if _visitor(people, name) != known.get(name, name)
    ]
    differed = {own for name in wrong for own in people.of(name)}
    _replace(connection, people, differed)
    return {name: known.get(name, name) for name in differed}


def visitors_of(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    """Name → the visitor whose it is."""
    wanted = list(names)
    return dict(zip(wanted, wanted, strict=True)) | dict(map(tuple, _visitors.rows(connection, wanted)))


def names_of(connection: sa.Connection, visitor_ids: Iterable[str]) -> dict[str, set[str]]:
    """Visitor → all their names."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    wanted = list(visitor_ids)
    for name, visitor_id in _names.rows(connection, wanted):
        found[visitor_id].add(name)
    return {visitor_id: found[visitor_id] or {visitor_id} for visitor_id in wanted}


def delete_names(connection: sa.Connection, names: Iterable[str]) -> None:
    """Names are of nobody but themselves from now on."""
    execute_many(connection, _delete, [{"of": name} for name in names])


def _replace(connection: sa.Connection, people: People, names: Collection[str]) -> None:
    delete_names(connection, names)
    rows = [(name, _visitor(people, name)) for name in sorted(names) if len(people.of(name)) > 1]
    _insert_identity.run(connection, rows)


def _visitor(people: People, name: str) -> str:
    return ranked(people.of(name))[0]


def _mentions(fresh: Iterable[Event]) -> list[tuple[str, str]]:
    said = {(event.event_id, one.visitor_id) for event in fresh for one in event.identities}
    return sorted(said)
