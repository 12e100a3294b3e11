"""Rows of the outbox: what each step makes of one, the same on every engine."""

from typing import Final, NamedTuple

import msgspec

from recsvc.domain.destinations import Outgoing
from recsvc.serving.deliveries import Delivery, Settlement

NEVER: Final = 1e15
"""When a row is due that was given up: Unix seconds that nobody lives to see."""

AT_ONCE: Final = 0.0

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Outgoing)


class OutboxRow(NamedTuple):
    """One visitor at one destination, in the order of the table's columns."""

    destination: str
    visitor_id: str
    number: int = 0  # raised by every change that is noted
    due_at: float | None = None  # Unix seconds; None: nothing is due
    attempts: int = 0
    failure: str | None = None  # of the last attempt
    erased: bool = False
    body: bytes | None = None  # what the destination knows

    @property
    def delivery(self) -> Delivery:
        """What whoever claims the row gets."""
        known = decode(self.body)
        return Delivery(
            self.destination, self.visitor_id, self.number, self.attempts, bool(self.erased), known
        )


def noted(row: OutboxRow, at: float) -> OutboxRow:
    """The visitor may have changed; what waits for another attempt waits on, and will carry it."""
    resting = row.due_at is None or row.due_at >= NEVER
    return row._replace(number=row.number + 1, due_at=at if resting else row.due_at)


def erased(row: OutboxRow) -> OutboxRow | None:
    """The visitor was erased: a destination that knows them has to forget them, at once."""
    if row.body is None:
        return None
    return row._replace(due_at=AT_ONCE, attempts=0, failure=None, erased=True)


def settled(row: OutboxRow | None, delivery: Delivery, settlement: Settlement) -> OutboxRow | None:
    """What is left of a row after a delivery, None where that is nothing.

    Args:
        row: as it is now; None where it is gone since it was claimed.
        delivery: as it was claimed.
        settlement: what came of it.
    """
    body = None if settlement.known is None else _encoder.encode(settlement.known)
    if row is None:  # erased on the way: if it arrived all the same it has to be taken back
        back = OutboxRow(delivery.destination, delivery.visitor_id, due_at=AT_ONCE, erased=True, body=body)
        return None if body is None else back
    due_at = settlement.due_at
    if due_at is None and settlement.failure is not None:
        due_at = NEVER
    elif due_at is None and (row.number, bool(row.erased)) != (delivery.number, delivery.erased):
        due_at = AT_ONCE
    done = delivery.erased and settlement.known is None
    left = row._replace(
        due_at=due_at,
        attempts=settlement.attempts,
        failure=settlement.failure,
        erased=bool(row.erased) and not done,
        body=body,
    )
    return None if due_at is None and body is None else left


def revived(row: OutboxRow, at: float) -> OutboxRow:
    """What was given up is due again."""
    return row._replace(due_at=at, attempts=0, failure=None)


def decode(body: bytes | None) -> Outgoing | None:
    """What a destination knows."""
    return None if body is None else _decoder.decode(body)
