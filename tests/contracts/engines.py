"""What the contracts need beside the ports: events by the dozen, and a look into the log of an engine."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.profile import FactValue, Profile
from recsvc.serving.ports import Store
from recsvc.stores import schema
from recsvc.stores.bodies import read_event
from recsvc.stores.memory import MemoryStore
from recsvc.stores.rebuild import Rebuildable
from recsvc.stores.sql import SqlStore

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""The engines that outlive a process, as parameters of a fixture."""

START = datetime(2026, 1, 1, 8, 30, 15, 123457, tzinfo=UTC)


class AnyStore(Store, Rebuildable, Protocol):
    """Every port an engine has."""


def event(
    event_id: str, visitor_id: str = "v", kind: EventKind = EventKind.VIEW, minutes: float = 0, **fields: Any
) -> Event:
    """One event; without lines named, of one item."""
    lines = fields.pop("lines", (EventLine("a"),) if kind is EventKind.VIEW else ())
    return Event(
        event_id=event_id,
        kind=kind,
        visitor_id=visitor_id,
        occurred_at=START + timedelta(minutes=minutes),
        received_at=START,
        lines=lines,
        **fields,
    )


def answer(
    event_id: str,
    values: tuple[str, ...] | None,
    minutes: float = 0,
    fact: str | None = "skin",
    **fields: Any,
) -> Event:
    """One answer; None takes the fact back."""
    at = START + timedelta(minutes=minutes)
    value = None if values is None else FactValue(values, at.timestamp(), "personalise")
    kind = EventKind.QUESTION_ANSWERED
    return event(event_id, kind=kind, minutes=minutes, fact=fact, value=value, **fields)


def profile(store: Store, visitor_id: str = "v") -> Profile:
    """The profile of a visitor."""
    return store.read_visitor(visitor_id).profile


def log(store: Store) -> list[Event]:
    """The log as it is kept, in order of arrival."""
    if isinstance(store, MemoryStore):
        return list(store._log)
    assert isinstance(store, SqlStore)
    with store._engine.connect() as connection:
        return [read_event(row) for row in connection.execute(sa.select(schema.events).order_by("seq"))]
