"""Visitors' tokens: a shop's server vouches, for a few minutes, for the customer in a browser (JWT)."""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Annotated

import jwt
import msgspec
from jwt.types import Options
from msgspec import Meta

from recsvc.domain.errors import TokenRefusedError
from recsvc.domain.keys import Key, KeySecret
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.ports import Clock

ALGORITHM = "HS256"
LONGEST = timedelta(minutes=15)
LEEWAY = timedelta(seconds=30)
"""How far the clocks of the shop and of this service may differ."""


class _Claims(msgspec.Struct, frozen=True):
    """What a token has to say; anything else in it is ignored."""

    sub: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
    exp: Annotated[float, Meta(ge=0, le=2**40)]  # Unix seconds


def token_secret(secret: bytes, key: Key, opened_by: KeySecret) -> str:
    """What the holder of one text of a key signs tokens with; it is derived, so nothing more is kept.

    Args:
        secret: the service's own.
        key: the secret key.
        opened_by: one of its texts; rotating the key gives another token secret, too.
    """
    message = msgspec.json.encode(("visitor-token", key.key_id, opened_by.digest))
    return base64.urlsafe_b64encode(hmac.digest(secret, message, "sha256")).decode("ascii").rstrip("=")


class VisitorTokens:
    """Reads tokens: `kid` names the secret key, `sub` the customer, `exp` is at most 15 minutes ahead."""

    def __init__(self, keys: LiveKeys, secret: bytes, clock: Clock) -> None:
        self._keys = keys
        self._secret = secret
        self._clock = clock

    def customer(self, token: str) -> str:
        """The id of the customer for whom a token vouches.

        Raises:
            TokenRefusedError: it is not signed by a live secret key, over, too long, or says nothing.
        """
        now = self._clock()
        claims = self._claims(token, now)
        ends = claims.exp - now.timestamp()
        if ends < -LEEWAY.total_seconds():
            raise TokenRefusedError("The visitor's token is over; ask the shop's server for another one.")
        if ends > (LONGEST + LEEWAY).total_seconds():
            raise TokenRefusedError("The visitor's token lasts too long; `exp` is at most 15 minutes ahead.")
        return claims.sub

    def _claims(self, token: str, now: datetime) -> _Claims:
        key = self._key(token, now)
        for opened_by in key.secrets:
            if opened_by.is_live(now):
                try:
                    return _read(token, token_secret(self._secret, key, opened_by))
                except jwt.InvalidSignatureError:
                    continue
                except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
                    raise TokenRefusedError(
                        "The visitor's token cannot be read; sign `sub` and `exp` with HS256."
                    ) from error
        raise TokenRefusedError(
            f"The visitor's token is not signed with the token secret of the key {key.key_id}."
        )

    def _key(self, token: str, now: datetime) -> Key:
        try:
            named = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as error:
            raise TokenRefusedError("The visitor's token is no JWT.") from error
        key = self._keys.get(named) if isinstance(named, str) else None
        if key is None or not key.may_vouch or not key.is_live(now):
            raise TokenRefusedError(
                "The `kid` in the head of the visitor's token names no live secret key "
                "with the scopes of a browser."
            )
        return key


def _read(token: str, secret: str) -> _Claims:
    # Times are judged above, by the service's clock; the library has its own.
    unjudged: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    return msgspec.convert(jwt.decode(token, secret, algorithms=[ALGORITHM], options=unjudged), _Claims)
