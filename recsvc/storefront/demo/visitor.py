"""Who shops in the demo: a signed cookie that holds an anonymous id or a household."""

import secrets
from typing import NamedTuple, Self

from recsvc.http.signing import sign
from recsvc.storefront.demo.sealed import seal, unseal

PURPOSE = "demo-visitor"
ANONYMOUS = "anon:"
MOST_CHARACTERS = 64


class DemoVisitor(NamedTuple):
    """The visitor of a request, with the cookie that says so."""

    visitor_id: str
    cookie: str

    @classmethod
    def known(cls, secret: bytes, visitor_id: str) -> Self:
        """A visitor by id."""
        return cls(visitor_id, seal(secret, PURPOSE, visitor_id))

    @classmethod
    def stranger(cls, secret: bytes) -> Self:
        """A new visitor nobody knows."""
        return cls.known(secret, ANONYMOUS + secrets.token_urlsafe(16))

    @classmethod
    def from_cookie(cls, secret: bytes, cookie: str | None) -> Self:
        """The visitor of a cookie; a new one where there is none or it was not made here."""
        visitor_id = unseal(secret, PURPOSE, cookie, str) if cookie else None
        return cls(visitor_id, cookie) if visitor_id and cookie else cls.stranger(secret)

    @property
    def household(self) -> str | None:
        """The household, None for a new visitor."""
        return None if self.visitor_id.startswith(ANONYMOUS) else self.visitor_id

    def form_token(self, secret: bytes) -> str:
        """What every form of this visitor carries, so that no other site can post it."""
        return sign(secret, "demo-form", self.cookie)


def is_household(text: str) -> bool:
    """Whether a typed household may be shopped as."""
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable() and not text.startswith(ANONYMOUS)
