"""Webhook: the shop's own receiver of what may be known of visitors."""

from typing import Any, Final

import msgspec

from recsvc.destinations.signed_events import SignedEvents
from recsvc.domain.destinations import Outgoing

UPDATED: Final = "recsvc.visitor.updated"
WITHDRAWN: Final = "recsvc.visitor.withdrawn"
ERASED: Final = "recsvc.visitor.erased"


class Webhook:
    """Sends the whole state of a visitor at every change, so that the last message is all that counts."""

    def __init__(self, events: SignedEvents) -> None:
        self._events = events

    def takes(self, content: Outgoing) -> bool:  # noqa: ARG002 (the port's signature)
        """It may know everybody."""
        return True

    def put(self, delivery_id: str, content: Outgoing, before: Outgoing | None) -> None:  # noqa: ARG002
        """Send the state of a visitor."""
        self._send(delivery_id, UPDATED, content.visitor_id, _described(content))

    def close(self) -> None:
        """Let go of the connections."""
        self._events.close()

    def remove(self, delivery_id: str, before: Outgoing, *, erased: bool) -> None:
        """Send that a visitor withdrew, or was erased; under which names it was known."""
        names = {name: value for name, value in _described(before).items() if name == "identities"}
        self._send(delivery_id, ERASED if erased else WITHDRAWN, before.visitor_id, names)

    def _send(self, delivery_id: str, kind: str, visitor_id: str, about: dict[str, Any]) -> None:
        self._events.post(delivery_id, kind, visitor_id, {"visitor_id": visitor_id, **about})


def _described(content: Outgoing) -> dict[str, Any]:
    return {
        "identities": [{"kind": one.kind.value, "value": one.value} for one in content.identities],
        "consents": content.consents,
        "facts": content.facts,
        "segments": content.segments,
        "contacts": [msgspec.structs.asdict(one) for one in content.contacts],
    }
