"""Clocks: when something happened, as far as a foreign message can be believed."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

LIVE_DAYS: Final = timedelta(days=30)
"""How far back a live message may lie; what is older was told by a wrong clock. History is imported."""


class Times(NamedTuple):
    """The times of an event, aware UTC; ingest takes the skew of the sender's clock out."""

    occurred_at: datetime
    received_at: datetime
    sent_at: datetime | None


def live(occurred: datetime | None, sent: datetime | None, received: datetime) -> Times:
    """Times of a live message: nothing lies further back than LIVE_DAYS.

    Args:
        occurred: by the sender's clock; None where it names no time.
        sent: when the sender's clock sent it.
        received: by ours.
    """
    if occurred is None:
        return Times(received, received, sent)
    return Times(max(occurred, (sent or received) - LIVE_DAYS), received, sent)
