"""Who visits the pages of this service: a signed cookie that holds an anonymous id or a customer's."""

from typing import NamedTuple, Self

from litestar.datastructures import Cookie

from recsvc.domain.identity import ANONYMOUS
from recsvc.http.signing import anonymous_id, issue_anonymous_id, sign
from recsvc.storefront.sealed import seal, unseal

COOKIE = "recsvc_visitor"
PURPOSE = "visitor"
MONTH_S = 30 * 24 * 3600


class ShopVisitor(NamedTuple):
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
        return cls.known(secret, ANONYMOUS + issue_anonymous_id(secret))

    @classmethod
    def of_cookie(cls, secret: bytes, cookie: str | None) -> Self | None:
        """The visitor of a cookie; None where there is none or it was not made here."""
        visitor_id = unseal(secret, PURPOSE, cookie, str) if cookie else None
        return cls(visitor_id, cookie) if visitor_id and cookie else None

    @property
    def customer(self) -> str | None:
        """The id of a known customer, None for an anonymous visitor."""
        return None if self.visitor_id.startswith(ANONYMOUS) else self.visitor_id

    def browser_id(self, secret: bytes) -> str:
        """The anonymous id by which scripts speak for this visitor; a customer has one of their own."""
        if self.customer is None:
            return self.visitor_id.removeprefix(ANONYMOUS)
        return anonymous_id(secret, sign(secret, "browser", self.customer))

    def form_token(self, secret: bytes) -> str:
        """What every form of this visitor carries, so that no other site can post it."""
        return sign(secret, "form", self.cookie)


def kept_cookie(key: str, value: str, *, path: str = "/", age_s: int = MONTH_S) -> Cookie:
    """A cookie that no script reads and no other site's form brings along; an empty value ends it."""
    return Cookie(
        key=key, value=value, path=path, max_age=age_s if value else 0, httponly=True, samesite="lax"
    )
