"""The outbox in memory."""

from collections.abc import Collection
from concurrent.futures import Future

from recsvc.domain.destinations import Outgoing
from recsvc.serving.deliveries import Delivery, Noted, OutboxDepth, Settlement
from recsvc.stores import outbox_rows
from recsvc.stores.memory_keys import MemoryKeys
from recsvc.stores.outbox_rows import AT_ONCE, NEVER, OutboxRow, decode


class MemoryOutbox(MemoryKeys):
    """The ports of the outbox and of keys on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[tuple[str, str], OutboxRow] = {}  # (destination, visitor)
        self._cursors: dict[str, int] = {}

    def outbox_cursor(self, destination: str) -> int:
        """The number of the log up to which a destination's events were noted."""
        return self._cursors.get(destination, 0)

    def note(self, destination: str, noted: Noted, at: float) -> Future[None]:
        """Note whose state is due, and move the cursor."""

        def write() -> None:
            for name in noted.names | noted.known:
                row = self._rows.get((destination, name))
                if row is not None or name in noted.names:
                    self._put(outbox_rows.noted(row or OutboxRow(destination, name), at))
            self._cursors[destination] = max(noted.cursor, self.outbox_cursor(destination))

        return self._done(write)

    def is_due(self, destination: str, now: float) -> bool:
        """Whether there is anything to claim."""
        return bool(self._due(destination, now))

    def claim(self, destination: str, now: float, until: float, limit: int) -> Future[list[Delivery]]:
        """Take what is due."""

        def write() -> list[Delivery]:
            rows = self._due(destination, now)[:limit]
            for row in rows:
                self._put(row._replace(due_at=until))
            return [row.delivery for row in rows]

        return self._done(write)

    def settle(self, delivery: Delivery, settlement: Settlement) -> Future[None]:
        """Say what came of a delivery."""

        def write() -> None:
            row = self._rows.pop((delivery.destination, delivery.visitor_id), None)
            left = outbox_rows.settled(row, delivery, settlement)
            if left is not None:
                self._put(left)

        return self._done(write)

    def revive(self, destination: str, at: float) -> Future[int]:
        """Make what was given up due again."""

        def write() -> int:
            dead = [row for row in self._waiting(destination) if (row.due_at or 0) >= NEVER]
            for row in dead:
                self._put(outbox_rows.revived(row, at))
            return len(dead)

        return self._done(write)

    def known_of(self, names: Collection[str]) -> dict[str, Outgoing]:
        """Destination → what it knows."""
        own = [row for _, row in sorted(self._rows.items()) if row.visitor_id in names]
        found = ((row.destination, decode(row.body)) for row in own)
        return {destination: known for destination, known in found if known is not None}

    def recipients(self, destination: str) -> list[Outgoing]:
        """Everything that a destination knows."""
        own = [row for _, row in sorted(self._rows.items()) if row.destination == destination]
        found = (decode(row.body) for row in own if not row.erased)
        return [known for known in found if known is not None]

    def outbox_depths(self) -> list[OutboxDepth]:
        """How much waits for each destination."""
        return [
            _depth(name, [row.due_at or 0.0 for row in rows])
            for name in sorted({row.destination for row in self._rows.values()})
            if (rows := self._waiting(name))
        ]

    def _erase_deliveries(self, names: Collection[str]) -> None:
        for key, row in list(self._rows.items()):
            if row.visitor_id in names:
                del self._rows[key]
                left = outbox_rows.erased(row)
                if left is not None:
                    self._put(left)

    def _touch_deliveries(self, names: Collection[str]) -> None:
        for row in [row for row in self._rows.values() if row.visitor_id in names]:
            self._put(outbox_rows.noted(row, AT_ONCE))

    def _put(self, row: OutboxRow) -> None:
        self._rows[row.destination, row.visitor_id] = row

    def _waiting(self, destination: str) -> list[OutboxRow]:
        own = [row for row in self._rows.values() if row.destination == destination]
        return [row for row in own if row.due_at is not None]

    def _due(self, destination: str, now: float) -> list[OutboxRow]:
        due = [
            (row.due_at, row.visitor_id, row) for row in self._waiting(destination) if row.due_at is not None
        ]
        return [row for at, _, row in sorted(due) if at <= now]


def _depth(destination: str, due: list[float]) -> OutboxDepth:
    waiting = [at for at in due if at < NEVER]
    return OutboxDepth(destination, len(waiting), len(due) - len(waiting), min(waiting, default=None))
