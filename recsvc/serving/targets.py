"""Targets: what a destination does for the outbox, and how it says that it did not."""

from typing import Protocol

from recsvc.domain.destinations import Outgoing


class UndeliveredError(Exception):
    """A destination did not take a delivery.

    Attributes:
        is_outage: it would take no other one either just now; otherwise it refuses this one for good.
        retry_after_s: seconds for which it asks to be left alone.
        answer: the beginning of what it answered, which may name the visitor and belongs into no log.
    """

    def __init__(
        self, message: str, *, is_outage: bool, retry_after_s: float = 0.0, answer: str = ""
    ) -> None:
        super().__init__(message)
        self.is_outage = is_outage
        self.retry_after_s = retry_after_s
        self.answer = answer


class Target(Protocol):
    """One destination. A delivery may come twice, and then has the same id."""

    def takes(self, content: Outgoing) -> bool:
        """Whether it can know the visitor at all; some need an id of their own kind."""
        ...

    def put(self, delivery_id: str, content: Outgoing, before: Outgoing | None) -> None:
        """Let it know this instead of what it knew before.

        Raises:
            UndeliveredError: it did not take it.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...

    def remove(self, delivery_id: str, before: Outgoing, *, erased: bool) -> None:
        """Let it forget what it knew.

        Args:
            delivery_id: of the delivery.
            before: what it knew.
            erased: the visitor was erased here; otherwise they only withdrew its purpose.

        Raises:
            UndeliveredError: it did not take it.
        """
        ...
