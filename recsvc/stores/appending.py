"""Appending: events into the log with all that follows from them, inside the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession
from recsvc.serving.profile import apply_many, touches
from recsvc.stores import bodies, redaction
from recsvc.stores.bodies import answer_key, profile_decoder, profile_encoder
from recsvc.stores.schema import consents, events, facts, profiles, quiz_sessions
from recsvc.stores.statements import Insertion, Lookup, execute_many

Append = tuple[Sequence[Event], QuizSession | None]
"""What one caller appends: a batch, and the quiz session that goes with it."""

_insert_event = Insertion(events, without=("seq",))
_put_profile = Insertion(profiles, replace=True)
_put_fact = Insertion(facts, replace=True)
_put_session = Insertion(quiz_sessions, replace=True)
_insert_consent = Insertion(consents)

# Made once: a statement that is built for every call costs more than its run.
_seen = Lookup(events.c.event_id, sa.select(events.c.event_id))
_bodies = Lookup(profiles.c.visitor_id, sa.select(profiles.c.visitor_id, profiles.c.body))
_said = Lookup(events.c.visitor_id, sa.select(events).where(events.c.answer.is_not(None), ~events.c.redacted))
_redact = (
    sa.update(events)
    .where(events.c.event_id == sa.bindparam("of"))
    .values(redacted=True, body=sa.bindparam("body"))
)
_forget_fact = sa.delete(facts).where(
    facts.c.visitor_id == sa.bindparam("of"), facts.c.fact == sa.bindparam("about")
)


def append_all(connection: sa.Connection, asked: Sequence[Append]) -> list[list[bool]]:
    """Append the batches and sessions of several callers, as if one came after the other; flags for each."""
    flags = iter(_append(connection, [event for batch, _ in asked for event in batch]))
    sessions = {session.session_id: bodies.session_row(session) for _, session in asked if session}
    _put_session.run(connection, list(sessions.values()))
    return [list(islice(flags, len(batch))) for batch, _ in asked]


def _append(connection: sa.Connection, batch: Sequence[Event]) -> list[bool]:
    """Append the new events of a batch; one flag an event, False for an event_id that was there."""
    seen = {event_id for (event_id,) in _seen.rows(connection, [event.event_id for event in batch])}
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
    return flags


def read_profiles(connection: sa.Connection, visitor_ids: Iterable[str]) -> dict[str, Profile]:
    """The stored profiles of the visitors who have one."""
    rows = _bodies.rows(connection, list(visitor_ids))
    return {visitor_id: profile_decoder.decode(body) for visitor_id, body in rows}


def write_profiles(connection: sa.Connection, changed: Iterable[Profile]) -> None:
    """Write profiles, each once, over those that are there."""
    _put_profile.run(
        connection, [(one.visitor_id, one.revision, profile_encoder.encode(one)) for one in changed]
    )


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
    write_profiles(connection, changed)
    _note_facts(connection, fresh, {profile.visitor_id: profile for profile in changed})


def _note_facts(connection: sa.Connection, fresh: Sequence[Event], changed: dict[str, Profile]) -> None:
    """Bring the ledger of facts in line with the profiles."""
    about = {
        (event.visitor_id, event.fact)
        for event in fresh
        if event.visitor_id in changed and answer_key(event) and event.fact is not None
    }
    said = {(visitor_id, fact): changed[visitor_id].facts.get(fact) for visitor_id, fact in sorted(about)}
    gone = [{"of": visitor_id, "about": fact} for (visitor_id, fact), value in said.items() if value is None]
    kept = [bodies.fact_row(*of, value) for of, value in said.items() if value is not None]
    execute_many(connection, _forget_fact, gone)
    _put_fact.run(connection, kept)


def _note_consents(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    _insert_consent.run(
        connection, [row for event in fresh if event.consent for row in bodies.consent_rows(event)]
    )


def _redact_overtaken(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    """Take the values out of answers that a new one overtook, and out of late ones overtaken long ago."""
    visitor_ids = sorted({event.visitor_id for event in fresh if answer_key(event) is not None})
    losers = redaction.overtaken(map(bodies.read_event, _said.rows(connection, visitor_ids)))
    execute_many(
        connection,
        _redact,
        [{"of": event.event_id, "body": bodies.event_body(redaction.redacted(event))} for event in losers],
    )
