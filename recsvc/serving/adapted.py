"""Adapted: what an adapter makes of one foreign message, before ingest judges it."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from recsvc.domain.events import Event
from recsvc.serving.ingest import Rejection


class Ignored(msgspec.Struct, frozen=True):
    """A sound message that says nothing this service keeps."""

    event_id: str | None
    code: str


class Stitch(msgspec.Struct, frozen=True):
    """Two or more ids that a sender says are one person; joining visitors is not done here."""

    identities: tuple[tuple[str, str], ...]  # (kind, value): anonymous, customer, shopify_customer …
    occurred_at: datetime  # aware UTC, by the sender's clock
    source: str
    event_id: str  # of the message that said so


class Adapted(NamedTuple):
    """One message: what it is for the log, and whom it joins."""

    outcome: Event | Rejection | Ignored
    stitch: Stitch | None = None
