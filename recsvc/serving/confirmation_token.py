"""Confirmation tokens: what the link in a message carries; only this service can make one."""

import hmac
import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from recsvc.domain.errors import UnknownConfirmationError

TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{1,12})\.([0-9a-f]{32})")


class Confirmation(NamedTuple):
    """What a token says: which contact, and until when."""

    contact_id: str
    ends_at: datetime  # aware UTC, whole seconds


def write_token(secret: bytes, contact_id: str, ends_at: float) -> str:
    """A token of a contact that holds until a time, Unix seconds."""
    body = f"{contact_id}.{int(ends_at)}"
    return f"{body}.{_signature(secret, body)}"


def read_token(secret: bytes, token: str) -> Confirmation:
    """What a token says; whether it is over is for the reader to judge.

    Raises:
        UnknownConfirmationError: this service did not make it.
    """
    found = TOKEN.fullmatch(token)
    body = token.rpartition(".")[0]
    if found is None or not hmac.compare_digest(found[3], _signature(secret, body)):
        raise UnknownConfirmationError(
            "The link was not made by this service, or is cut off: open it as it stands in the message."
        )
    return Confirmation(found[1], datetime.fromtimestamp(int(found[2]), UTC))


def _signature(secret: bytes, body: str) -> str:
    return hmac.digest(secret, b"confirm:" + body.encode(), "sha256").hex()[:32]
