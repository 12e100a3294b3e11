"""Keys and visitors' tokens for tests, as an operator and a shop's server make them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from recsvc.domain.keys import Scope
from recsvc.serving.keys import Keys, NewKey
from tests.shop import SECRET, Shop

ORIGIN = "https://shop.example"


def keys_of(shop: Shop) -> Keys:
    """What `recsvc keys` works with."""
    return Keys(shop.store, SECRET, shop.clock)


@dataclass
class KeyChain:
    """A publishable key for pages of ORIGIN and a secret one for everything."""

    shop: Shop

    def __post_init__(self) -> None:
        self.keys = keys_of(self.shop)
        self.browser = self.keys.create_publishable("web", [ORIGIN])
        self.server = self.keys.create_secret("server", list(Scope))

    def token(self, customer: str, minutes: float = 10, **changes: Any) -> str:
        """A token that vouches for a customer; `by`, `secret`, `kid` and `algorithm` make it another one."""
        by: NewKey = changes.get("by", self.server)
        now = self.shop.clock()
        claims = {"sub": customer, "iat": now, "exp": now + timedelta(minutes=minutes)}
        return jwt.encode(
            claims | changes.get("claims", {}),
            changes.get("secret", by.token_secret),
            algorithm=changes.get("algorithm", "HS256"),
            headers={"kid": changes.get("kid", by.key.key_id)},
        )


def bearer(key: NewKey | str, origin: str | None = None) -> dict[str, str]:
    """The headers of a call with a key, from a page of an origin."""
    text = key if isinstance(key, str) else key.text
    return {"Authorization": f"Bearer {text}"} | ({"Origin": origin} if origin else {})
