"""Sealed values: what a cookie or a form carries, readable by anyone and written by this service only."""

import base64
import binascii
import hmac
from typing import TypeVar

import msgspec

from recsvc.http.signing import sign

T = TypeVar("T")


def seal(secret: bytes, purpose: str, value: object, *bound_to: str) -> str:
    """Write a value so that it can be told from an invented one, for one purpose and one owner."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode("ascii").rstrip("=")
    return f"{body}.{sign(secret, purpose, body, *bound_to)}"


def unseal(secret: bytes, purpose: str, sealed: str, kind: type[T], *bound_to: str) -> T | None:
    """Read a sealed value; None where anything about it is off."""
    body, _, signature = sealed.rpartition(".")
    if not hmac.compare_digest(signature.encode(), sign(secret, purpose, body, *bound_to).encode()):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
