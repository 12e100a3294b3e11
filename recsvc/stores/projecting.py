"""Projecting: the profiles of visitors and the ledger of their facts, brought in line with the log."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.domain.profile import Profile
from recsvc.serving.assign import lasting_subject, subject
from recsvc.serving.profile import apply_many, may_change, withdraws_history
from recsvc.stores import bodies, people
from recsvc.stores.bodies import answer_key, profile_decoder, profile_encoder, read_event
from recsvc.stores.schema import events, facts, identities, profiles
from recsvc.stores.statements import Insertion, Lookup, Named, execute_many

NONE: Final[Mapping[str, str]] = {}

_put_profile = Insertion(profiles, replace=True)
_put_fact = Insertion(facts, replace=True)
_bodies = Lookup(profiles.c.visitor_id, sa.select(profiles.c.visitor_id, profiles.c.body))
_of_names = Lookup(
    identities.c.name,
    sa.select(identities.c.name, identities.c.visitor_id, profiles.c.body).outerjoin_from(
        identities, profiles, profiles.c.visitor_id == identities.c.visitor_id
    ),
    (profiles.c.visitor_id, sa.select(profiles.c.visitor_id, profiles.c.visitor_id, profiles.c.body)),
)
_log = Lookup(events.c.visitor_id, sa.select(events))
_delete_profile = sa.delete(profiles).where(profiles.c.visitor_id == sa.bindparam("of"))
_delete_facts = sa.delete(facts).where(facts.c.visitor_id == sa.bindparam("of"))
_forget_fact = _delete_facts.where(facts.c.fact == sa.bindparam("about"))


class Change(NamedTuple):
    """A profile before and after."""

    before: Profile
    after: Profile


def concerned(events: Iterable[Event]) -> Named:
    """What to look up of the visitors of events before these are projected."""
    return _of_names, list({event.visitor_id for event in events if _tells(event)})


def project(
    connection: sa.Connection, fresh: Sequence[Event], regrouped: Mapping[str, str], known: Sequence[Any]
) -> dict[str, Profile]:
    """Bring the profiles of all visitors concerned up to date, each read and written once.

    Args:
        connection: in a transaction; the events are in the log already.
        fresh: new events.
        regrouped: names that these events gave to another visitor → whose they were.
        known: the rows of those `concerned`, of these events or more; read anew where names changed hands.

    Returns:
        The profiles of the visitors concerned, by each of the names in the events.
    """
    telling = [event for event in fresh if _tells(event)]
    names = {event.visitor_id for event in telling} | set(regrouped)
    if regrouped:
        known = _of_names.rows(connection, list(names))
    visitors = dict(zip(names, names, strict=True)) | {name: of for name, of, _ in known if of != name}
    stored = {of: profile_decoder.decode(body) for _, of, body in known if body is not None}
    by_visitor: defaultdict[str, list[Event]] = defaultdict(list)
    for event in telling:
        by_visitor[visitors[event.visitor_id]].append(event)
    olds = _take_apart(connection, regrouped)
    subjects = {name: subject(olds.get(of) or Profile(of), name) for name, of in regrouped.items()}
    first = max((old.revision for old in olds.values()), default=0)
    lives = {visitors[name]: Profile(visitors[name], first) for name in regrouped}
    anew = lives.keys() | {of for of, own in by_visitor.items() if any(map(withdraws_history, own))}
    lives |= {of: stored.get(of) or Profile(of) for of in by_visitor.keys() - lives.keys()}
    afters = {of: apply_many(lives[of], own) for of, own in by_visitor.items() if of not in anew}
    afters |= projected_anew(connection, [lives[of] for of in anew], subjects)
    write(connection, [Change(lives[of], after) for of, after in afters.items()])
    return {name: afters[visitors[name]] for name in names}


def projected_anew(
    connection: sa.Connection, lives: Iterable[Profile], subjects: Mapping[str, str] = NONE
) -> dict[str, Profile]:
    """What the log says of visitors, each `corrected`."""
    by_id = {live.visitor_id: live for live in lives}
    own = people.names_of(connection, by_id)
    visitor_of = {name: visitor_id for visitor_id, names in own.items() for name in names}
    logs: defaultdict[str, list[Event]] = defaultdict(list)
    for row in sorted(_log.rows(connection, list(visitor_of)), key=lambda row: int(row.seq)):
        logs[visitor_of[row.visitor_id]].append(read_event(row))
    return {
        visitor_id: corrected(live, own[visitor_id], logs[visitor_id], subjects)
        for visitor_id, live in by_id.items()
    }


def corrected(
    live: Profile, names: Collection[str], log: Collection[Event], subjects: Mapping[str, str]
) -> Profile:
    """The live profile where the log says the same, else what the log says under a higher revision.

    Args:
        live: as it stands.
        names: all of the visitor.
        log: the events of these names.
        subjects: name → the name by which its arms were drawn until now, of names that changed hands.
    """
    drawn_by = lasting_subject(live.drawn_by, names, log, subjects)
    rebuilt = apply_many(Profile(live.visitor_id, drawn_by=drawn_by), log)
    alike = msgspec.structs.replace(
        rebuilt, revision=live.revision, told_revision=live.told_revision, since=live.since
    )
    if alike == live:
        return live
    revision = max(live.revision, rebuilt.revision) + 1
    since = live.since or rebuilt.since
    return msgspec.structs.replace(rebuilt, revision=revision, told_revision=revision, since=since)


def _tells(event: Event) -> bool:
    """Whether a profile or its facts may be other after an event."""
    return may_change(event) or answer_key(event) is not None


def read_profiles(connection: sa.Connection, visitor_ids: Iterable[str]) -> dict[str, Profile]:
    """The stored profiles of the visitors who have one."""
    rows = _bodies.rows(connection, list(visitor_ids))
    return {visitor_id: profile_decoder.decode(body) for visitor_id, body in rows}


def write(connection: sa.Connection, changes: Sequence[Change]) -> int:
    """Write the profiles that changed, and their facts into the ledger; how many there were."""
    changed = [change for change in changes if change.after is not change.before]
    profile_rows = [(after.visitor_id, after.revision, profile_encoder.encode(after)) for _, after in changed]
    _put_profile.run(connection, profile_rows)
    gone, said = [], []
    for before, after in changed:
        if after.facts is before.facts:  # as with all but answers
            continue
        gone += [{"of": after.visitor_id, "about": fact} for fact in before.facts.keys() - after.facts.keys()]
        said += [
            bodies.fact_row(after.visitor_id, fact, value)
            for fact, value in after.facts.items()
            if before.facts.get(fact) != value
        ]
    execute_many(connection, _forget_fact, gone)
    _put_fact.run(connection, said)
    return len(changed)


def delete_profiles(connection: sa.Connection, visitor_ids: Iterable[str]) -> None:
    """Delete profiles with their facts."""
    named = [{"of": visitor_id} for visitor_id in visitor_ids]
    execute_many(connection, _delete_profile, named)
    execute_many(connection, _delete_facts, named)


def _take_apart(connection: sa.Connection, names: Collection[str]) -> dict[str, Profile]:
    """The profiles of names that are of another visitor now, taken out of the tables."""
    if not names:
        return {}
    olds = read_profiles(connection, names)
    delete_profiles(connection, olds)
    return olds
