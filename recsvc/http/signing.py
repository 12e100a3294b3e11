"""Signing: short tokens that only this service can make, from the server's own secret."""

import base64
import hmac
import secrets

import msgspec

SIGNATURE_CHARACTERS = 22  # 132 bits


def sign(secret: bytes, purpose: str, *parts: str) -> str:
    """The signature of some parts for one purpose; no two lists of parts share a message."""
    digest = hmac.digest(secret, msgspec.json.encode((purpose, *parts)), "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii")[:SIGNATURE_CHARACTERS]


def csrf_token(secret: bytes, session_id: str, visitor_id: str) -> str:
    """What a form of a quiz session carries to show that this service rendered it."""
    return sign(secret, "csrf", session_id, visitor_id)


def is_csrf_token(secret: bytes, token: str, session_id: str, visitor_id: str) -> bool:
    """Whether a form was rendered by this service for this session and visitor."""
    return hmac.compare_digest(token.encode(), csrf_token(secret, session_id, visitor_id).encode())


def is_anonymous_id(secret: bytes, anonymous_id: str) -> bool:
    """Whether this service issued an anonymous id."""
    own, _, signature = anonymous_id.partition(".")
    return hmac.compare_digest(signature.encode(), sign(secret, "anonymous", own).encode())


def issue_anonymous_id(secret: bytes) -> str:
    """A fresh id for a visitor nobody knows, signed so that it can be told from an invented one."""
    return anonymous_id(secret, secrets.token_urlsafe(16))


def anonymous_id(secret: bytes, own: str) -> str:
    """The signed id that has `own` before its signature."""
    return f"{own}.{sign(secret, 'anonymous', own)}"
