"""Unsubscribe tokens: whom a mail went to and for what, sealed, so that the link tells neither."""

import base64
import binascii
import hmac
from itertools import count
from typing import Final, NamedTuple

import msgspec

from recsvc.domain.errors import UnknownConfirmationError

TAG_BYTES: Final = 16


class Unsubscription(NamedTuple):
    """Who wants to hear no more, and of what."""

    visitor_id: str
    purpose: str


def write_token(secret: bytes, unsubscription: Unsubscription) -> str:
    """The token: the same for every mail of a purpose to somebody, and without an end.

    The message is authenticated first and hidden under a stream that its own tag begins, as in RFC 5297: no
    two messages share a stream, and equal ones tell nothing but that they are equal.
    """
    message = msgspec.json.encode(unsubscription)
    tag = _tag(secret, message)
    return base64.urlsafe_b64encode(tag + _hidden(secret, tag, message)).decode().rstrip("=")


def read_token(secret: bytes, token: str) -> Unsubscription:
    """What a token says.

    Raises:
        UnknownConfirmationError: this service did not make it.
    """
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        sealed = b""
    tag = sealed[:TAG_BYTES]
    message = _hidden(secret, tag, sealed[TAG_BYTES:])
    if not hmac.compare_digest(tag, _tag(secret, message)):
        raise UnknownConfirmationError(
            "The link was not made by this service, or is cut off: open it as it stands in the message."
        )
    return msgspec.json.decode(message, type=Unsubscription)


def _tag(secret: bytes, message: bytes) -> bytes:
    return hmac.digest(secret, b"unsubscribe:" + message, "sha256")[:TAG_BYTES]


def _hidden(secret: bytes, tag: bytes, message: bytes) -> bytes:
    """A message under the stream of a tag; the same once more shows it."""
    stream = b""
    for number in count():
        if len(stream) >= len(message):
            break
        stream += hmac.digest(secret, b"unsubscribe stream:" + tag + number.to_bytes(4), "sha256")
    return bytes(one ^ other for one, other in zip(message, stream, strict=False))
