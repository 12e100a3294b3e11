"""Appending: events into the log with all that follows from them, inside the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

import sqlalchemy as sa

from recsvc.domain.events import Event
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession
from recsvc.serving.session_answers import without
from recsvc.stores import bodies, contacts, people, projecting, redaction
from recsvc.stores.bodies import answer_key, read_event, session_decoder
from recsvc.stores.schema import consents as consents_table
from recsvc.stores.schema import events, quiz_sessions
from recsvc.stores.statements import Insertion, Lookup, execute_many, look_up

Append = tuple[Sequence[Event], QuizSession | None]
"""What one caller appends: a batch, and the quiz session that goes with it."""

_insert_event = Insertion(events, without=("seq",))
_put_session = Insertion(quiz_sessions, replace=True)
_insert_consent = Insertion(consents_table)

# Made once: a statement that is built for every call costs more than its run.
_seen = Lookup(events.c.event_id, sa.select(events.c.event_id))
_logged = Lookup(events.c.event_id, sa.select(events))
_said = Lookup(events.c.visitor_id, sa.select(events).where(events.c.answer.is_not(None), ~events.c.redacted))
_sessions = Lookup(quiz_sessions.c.session_id, sa.select(quiz_sessions.c.body))
_redact = (
    sa.update(events)
    .where(events.c.event_id == sa.bindparam("of"))
    .values(redacted=True, body=sa.bindparam("body"))
)


def append_all(connection: sa.Connection, asked: Sequence[Append]) -> list[list[bool]]:
    """Append the batches and sessions of several callers, as if one came after the other; flags for each."""
    # Sessions first: a withdrawal among the events takes its answers out of them.
    put_sessions(connection, list({session.session_id: session for _, session in asked if session}.values()))
    flags = iter(_append(connection, [event for batch, _ in asked for event in batch]))
    return [list(islice(flags, len(batch))) for batch, _ in asked]


def logged(connection: sa.Connection, event_ids: Collection[str]) -> list[Event]:
    """The events of some ids that are there."""
    return [read_event(row) for row in _logged.rows(connection, list(event_ids))]


def _append(connection: sa.Connection, batch: Sequence[Event]) -> list[bool]:
    """Append the new events of a batch; one flag an event, False for an event_id that was there."""
    ids = [event.event_id for event in batch]
    there, known = look_up(connection, (_seen, ids), projecting.concerned(batch))
    seen = {event_id for (event_id,) in there}
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
        regrouped = people.take(connection, fresh)
        profiles = projecting.project(connection, fresh, regrouped, known)
        _note_consents(connection, fresh)
        _redact_answers(connection, fresh, profiles)
        _withdraw_contacts(connection, fresh, profiles)
    return flags


def put_sessions(connection: sa.Connection, sessions: Sequence[QuizSession]) -> None:
    """Write quiz sessions over those of the same id."""
    _put_session.run(connection, [bodies.session_row(session) for session in sessions])


def _note_consents(connection: sa.Connection, fresh: Sequence[Event]) -> None:
    _insert_consent.run(
        connection, [row for event in fresh if event.consent for row in bodies.consent_rows(event)]
    )


def _withdraw_contacts(
    connection: sa.Connection, fresh: Sequence[Event], profiles: Mapping[str, Profile]
) -> None:
    """Forget the addresses of purposes that are withdrawn."""
    refusing = {event.visitor_id for event in fresh if event.consent and False in event.consent.values()}
    contacts.withdraw(connection, [profiles[name] for name in sorted(refusing & profiles.keys())])


def _redact_answers(
    connection: sa.Connection, fresh: Sequence[Event], profiles: Mapping[str, Profile]
) -> None:
    """Take the values out of the log that it may not keep, and out of the sessions they were said in.

    That two names are one visitor redacts nothing, so that they can part again; the next word does.
    """
    speaking = {event.visitor_id for event in fresh if answer_key(event) is not None or event.consent}
    found = {profiles[name].visitor_id: profiles[name] for name in speaking & profiles.keys()}
    names = people.names_of(connection, found) if found else {}
    visitor_of = {name: visitor_id for visitor_id, own in names.items() for name in own}
    answers: defaultdict[str, list[Event]] = defaultdict(list)
    for row in _said.rows(connection, sorted(visitor_of)):
        answers[visitor_of[row.visitor_id]].append(read_event(row))
    void: list[Event] = []
    gone: list[Event] = []
    for visitor_id, said in answers.items():
        void += redaction.withdrawn(said, found[visitor_id].consents)
        gone += redaction.overtaken(said)
    _forget_in_sessions(connection, void)
    rows = [{"of": event.event_id, "body": bodies.event_body(event)} for event in (*void, *gone)]
    execute_many(connection, _redact, rows)


def _forget_in_sessions(connection: sa.Connection, answers: Sequence[Event]) -> None:
    said: defaultdict[str, set[str]] = defaultdict(set)
    for step in (event.step for event in answers):
        if step is not None and step.session_id and step.question:
            said[step.session_id].add(step.question)
    if said:
        sessions = [session_decoder.decode(body) for (body,) in _sessions.rows(connection, list(said))]
        put_sessions(connection, [without(one, said[one.session_id]) for one in sessions])
