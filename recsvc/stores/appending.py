"""Appending: events into the log with all that follows from them, inside the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession
from recsvc.serving.profile import apply_many, touches
from recsvc.stores import bodies, redaction
from recsvc.stores.bodies import answer_key, profile_decoder, profile_encoder
from recsvc.stores.schema import consents, events, facts, profiles, quiz_sessions
from recsvc.stores.statements import Prepared, execute_many, portions

_insert_event = Prepared(sa.insert(events), *(column.name for column in events.c if column.name != "seq"))
_insert_profile = Prepared(sa.insert(profiles), "visitor_id", "revision", "body")
_update_profile = Prepared(
    sa.update(profiles).where(profiles.c.visitor_id == sa.bindparam("of")), "revision", "body", "of"
)
_redact = (
    sa.update(events)
    .where(events.c.event_id == sa.bindparam("of"))
    .values(redacted=True, body=sa.bindparam("body"))
)
_FACT, _SESSION = tuple(facts.c.keys()), tuple(quiz_sessions.c.keys())
_delete_fact = Prepared(
    sa.delete(facts).where(facts.c.visitor_id == sa.bindparam("of"), facts.c.fact == sa.bindparam("about")),
    "of",
    "about",
)
_insert_fact = Prepared(sa.insert(facts), *_FACT)
_delete_session = Prepared(
    sa.delete(quiz_sessions).where(quiz_sessions.c.session_id == sa.bindparam("of")), "of"
)
_insert_session = Prepared(sa.insert(quiz_sessions), *_SESSION)

# Made once: a statement that is built for every call costs more than its run.
_named: sa.BindParameter[Any] = sa.bindparam("named", expanding=True)
_seen_ids = sa.select(events.c.event_id).where(events.c.event_id.in_(_named))
_bodies = sa.select(profiles.c.visitor_id, profiles.c.body).where(profiles.c.visitor_id.in_(_named))
_said = sa.select(events).where(
    events.c.visitor_id.in_(_named), events.c.answer.is_not(None), ~events.c.redacted
)


def append(connection: sa.Connection, batch: Sequence[Event], session: QuizSession | None) -> list[bool]:
    """Append the new events of a batch; one flag an event, False for an event_id that was there."""
    seen = _seen(connection, batch)
    flags: list[bool] = []
    fresh: list[Event] = []
    for event in batch:
        new = event.event_id not in seen
        flags.append(new)
        if new:
            seen.add(event.event_id)
            fresh.append(event)
    if fresh:
        _insert_event.run(connection, [bodies.event_row(event) for event in fresh])
        _project(connection, fresh)
        _note_consents(connection, fresh)
        _redact_overtaken(connection, fresh)
    if session is not None:
        _keep_session(connection, session)
    return flags


def read_profiles(connection: sa.Connection, visitor_ids: Iterable[str]) -> dict[str, Profile]:
    """The stored profiles of the visitors who have one."""
    found: dict[str, Profile] = {}
    for named in portions(list(visitor_ids)):
        rows = connection.execute(_bodies, {"named": named})
        found |= {visitor_id: profile_decoder.decode(body) for visitor_id, body in rows}
    return found


def write_profiles(connection: sa.Connection, changed: Iterable[Profile], known: dict[str, Profile]) -> None:
    """Write profiles; `known` names those that have a row."""
    old, new = [], []
    for profile in changed:
        body = profile_encoder.encode(profile)
        if profile.visitor_id in known:
            old.append((profile.revision, body, profile.visitor_id))
        else:
            new.append((profile.visitor_id, profile.revision, body))
    _update_profile.run(connection, old)
    _insert_profile.run(connection, new)


def _seen(connection: sa.Connection, batch: Sequence[Event]) -> set[str]:
    seen: set[str] = set()
    for named in portions([event.event_id for event in batch]):
        seen.update(connection.execute(_seen_ids, {"named": named}).scalars())
    return seen


def _project(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    """Bring the profiles of all visitors concerned up to date, each read and written once."""
    by_visitor: dict[str, list[Event]] = defaultdict(list)
    for event in fresh:
        if touches(event):
            by_visitor[event.visitor_id].append(event)
    known = read_profiles(connection, by_visitor)
    changed: list[Profile] = []
    for visitor_id, own in by_visitor.items():
        before = known.get(visitor_id) or Profile(visitor_id)
        after = apply_many(before, own)
        if after is not before:
            changed.append(after)
    write_profiles(connection, changed, known)
    _note_facts(connection, fresh, {profile.visitor_id: profile for profile in changed})


def _note_facts(connection: sa.Connection, fresh: Sequence[Event], changed: dict[str, Profile]) -> None:
    """Bring the ledger of facts in line with the profiles."""
    about = {
        (event.visitor_id, event.fact)
        for event in fresh
        if event.visitor_id in changed and answer_key(event) and event.fact is not None
    }
    rows = [
        bodies.fact_row(visitor_id, fact, value)
        for visitor_id, fact in sorted(about)
        if (value := changed[visitor_id].facts.get(fact)) is not None
    ]
    _delete_fact.run(connection, sorted(about))
    _insert_fact.run(connection, [tuple(map(row.__getitem__, _FACT)) for row in rows])


def _note_consents(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    execute_many(
        connection,
        sa.insert(consents),
        [row for event in fresh if event.consent for row in bodies.consent_rows(event)],
    )


def _redact_overtaken(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    """Take the values out of answers that a new one overtook, and out of late ones overtaken long ago."""
    visitor_ids = sorted({event.visitor_id for event in fresh if answer_key(event) is not None})
    for named in portions(visitor_ids):
        said = connection.execute(_said, {"named": named})
        losers = redaction.overtaken(map(bodies.read_event, said))
        execute_many(
            connection,
            _redact,
            [
                {"of": event.event_id, "body": bodies.event_body(redaction.redacted(event))}
                for event in losers
            ],
        )


def _keep_session(connection: sa.Connection, session: QuizSession) -> None:
    row = bodies.session_row(session)
    _delete_session.run(connection, [(session.session_id,)])
    _insert_session.run(connection, [tuple(map(row.__getitem__, _SESSION))])
