"""Adapted: what an adapter makes of one foreign message, before ingest judges it."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import ANONYMOUS, Identity, IdentityKind
from recsvc.serving.ingest import Rejection

NOT_VOUCHED = "not_vouched"
"""Code of a message that only says who is one person, where nobody vouches for that."""


class Ignored(msgspec.Struct, frozen=True):
    """A sound message that says nothing this service keeps."""

    event_id: str | None
    code: str


class Stitch(msgspec.Struct, frozen=True):
    """Two or more names that a sender says are one person's."""

    identities: tuple[Identity, ...]
    occurred_at: datetime  # aware UTC, by the sender's clock
    source: str
    event_id: str  # of the message that said so

    @property
    def anonymous(self) -> str | None:
        """The visitor that the browser is, where it is named."""
        return next((one.visitor_id for one in self.identities if one.kind is IdentityKind.ANONYMOUS), None)

    def event(self, received_at: datetime) -> Event:
        """What it says to the log."""
        first, *others = sorted(self.identities, key=lambda one: one.visitor_id.startswith(ANONYMOUS))
        return Event(
            event_id=f"{self.event_id}:identify",
            kind=EventKind.IDENTIFY,
            visitor_id=first.visitor_id,
            occurred_at=self.occurred_at,
            received_at=received_at,
            identities=tuple(others),
            source=self.source,
        )


class Adapted(NamedTuple):
    """One message: what it is for the log, and whom it joins."""

    outcome: Event | Rejection | Ignored
    stitch: Stitch | None = None
