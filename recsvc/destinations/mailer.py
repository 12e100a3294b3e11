"""Mailer: the shop's own sender of mail, which asks the owners of addresses."""

from typing import Final

from recsvc.destinations.signed_events import SignedEvents
from recsvc.serving.confirmations import Request

REQUESTED: Final = "recsvc.contact.confirmation_requested"


class EventMailer:
    """Hands each request over as one event; it tells nothing of the visitor who gave the address."""

    def __init__(self, events: SignedEvents) -> None:
        self._events = events

    def ask(self, request_id: str, request: Request) -> None:
        """Ask the owner of an address."""
        self._events.post(request_id, REQUESTED, request_id, request._asdict())

    def close(self) -> None:
        """Let go of the connections."""
        self._events.close()
