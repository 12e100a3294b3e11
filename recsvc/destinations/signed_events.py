"""Signed events: CloudEvents to the shop's own receivers, signed as Standard Webhooks says."""

import base64
import hmac
from typing import Any, Final

import msgspec

from recsvc.destinations.sender import Sender
from recsvc.domain.errors import UsageError
from recsvc.serving.ports import Clock

ENCODED: Final = "whsec_"
"""What a secret in base64 begins with; any other one is taken as it is."""


class SignedEvents:
    """Posts events to one address.

    Args:
        sender: sends.
        secret: signs.
        url: where to.
        name: of the destination, which is the source of the events.
        clock: of the signatures.

    Raises:
        UsageError: the secret is to be base64 and is not.
    """

    def __init__(self, sender: Sender, secret: str, url: str, name: str, clock: Clock) -> None:
        self._sender = sender
        self._key = _key(secret, name)
        self._url = url
        self._source = f"/destinations/{name}"
        self._clock = clock

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()

    def post(self, event_id: str, kind: str, subject: str, about: dict[str, Any]) -> None:
        """Post one event.

        Raises:
            UndeliveredError: it was not taken.
        """
        now = self._clock()
        cloud = {
            "specversion": "1.0",
            "id": event_id,
            "source": self._source,
            "type": kind,
            "subject": subject,
            "time": now,
            "datacontenttype": "application/json",
            "data": about,
        }
        body = msgspec.json.encode(cloud)
        timestamp = str(int(now.timestamp()))
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": event_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._key, event_id, timestamp, body),
        }
        self._sender.send("POST", self._url, headers, body)


def signature(key: bytes, event_id: str, timestamp: str, body: bytes) -> str:
    """The signature of a message: HMAC-SHA256 of id, time and body, joined by dots."""
    signed = hmac.digest(key, f"{event_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _key(secret: str, name: str) -> bytes:
    if not secret.startswith(ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(ENCODED), validate=True)
    except ValueError:
        raise UsageError(
            f"The secret of the destination {name!r} begins with {ENCODED}, and what follows is no base64; "
            "copy it anew from the receiver."
        ) from None
