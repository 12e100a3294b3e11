"""Webhook: the shop's own receiver, by CloudEvents that are signed as Standard Webhooks says."""

import base64
import hmac
from typing import Any, Final

import msgspec

from recsvc.destinations.sender import Sender
from recsvc.domain.destinations import Outgoing
from recsvc.serving.ports import Clock

UPDATED: Final = "recsvc.visitor.updated"
WITHDRAWN: Final = "recsvc.visitor.withdrawn"
ERASED: Final = "recsvc.visitor.erased"
ENCODED: Final = "whsec_"
"""What a secret in base64 begins with; any other one is taken as it is."""


class Webhook:
    """Sends the whole state of a visitor at every change, so that the last message is all that counts.

    Args:
        sender: sends.
        secret: signs.
        url: where to.
        name: of the destination, which is the source of the events.
        clock: of the signatures.
    """

    def __init__(self, sender: Sender, secret: str, url: str, name: str, clock: Clock) -> None:
        self._sender = sender
        self._key = _key(secret)
        self._url = url
        self._source = f"/destinations/{name}"
        self._clock = clock

    def takes(self, content: Outgoing) -> bool:  # noqa: ARG002 (the port's signature)
        """It may know everybody."""
        return True

    def put(self, delivery_id: str, content: Outgoing, before: Outgoing | None) -> None:  # noqa: ARG002
        """Send the state of a visitor."""
        self._send(delivery_id, UPDATED, content.visitor_id, _described(content))

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()

    def remove(self, delivery_id: str, before: Outgoing, *, erased: bool) -> None:
        """Send that a visitor withdrew, or was erased; under which names it was known."""
        names = {name: value for name, value in _described(before).items() if name == "identities"}
        self._send(delivery_id, ERASED if erased else WITHDRAWN, before.visitor_id, names)

    def _send(self, delivery_id: str, kind: str, visitor_id: str, about: dict[str, Any]) -> None:
        now = self._clock()
        cloud = {
            "specversion": "1.0",
            "id": delivery_id,
            "source": self._source,
            "type": kind,
            "subject": visitor_id,
            "time": now,
            "datacontenttype": "application/json",
            "data": {"visitor_id": visitor_id, **about},
        }
        body = msgspec.json.encode(cloud)
        timestamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": delivery_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._key, delivery_id, timestamp, body),
        }
        self._sender.send("POST", self._url, headers, body)


def signature(key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    """The signature of a message: HMAC-SHA256 of id, time and body, joined by dots."""
    signed = hmac.digest(key, f"{delivery_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _key(secret: str) -> bytes:
    if not secret.startswith(ENCODED):
        return secret.encode()
    return base64.b64decode(secret.removeprefix(ENCODED))


def _described(content: Outgoing) -> dict[str, Any]:
    return {
        "identities": [{"kind": one.kind.value, "value": one.value} for one in content.identities],
        "consents": content.consents,
        "facts": content.facts,
        "segments": content.segments,
    }
