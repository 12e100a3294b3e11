"""A clock for tests: it moves only when told to."""

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Callable like the real clock; aware UTC."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def timestamp(self) -> float:
        """Unix seconds."""
        return self.now.timestamp()

    def advance(self, **duration: float) -> None:
        """Move on by the arguments of timedelta."""
        self.now += timedelta(**duration)
