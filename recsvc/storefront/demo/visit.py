"""One visit to a page: who, in which language, with which cart and consent, as the cookies say."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from litestar import Request
from litestar.datastructures import Cookie

from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.texts import Texts
from recsvc.storefront.visitor import COOKIE as VISITOR
from recsvc.storefront.visitor import ShopVisitor, kept_cookie
from recsvc.storefront.words import preferred

CART, LOCALE, CONSENT = "recsvc_cart", "recsvc_locale", "recsvc_consent"
CONSENT_WORDS = {"granted": True, "denied": False}
KEPT_QUERY = frozenset({"category", "page", "q"})
DemoRequest = Request[Any, Any, Any]


class Visit(NamedTuple):
    """What a handler needs to know about the one who asks."""

    visitor: ShopVisitor
    consent: bool | None  # None: nobody has said
    locale: str
    locales: tuple[str, ...]
    cart: Cart
    token: str  # of every form
    path: str  # escaped for an address; request.url would fail on an odd Host
    query: dict[str, str]  # kept when the language is switched
    sent: Mapping[str, str]  # the cookies that the browser has

    @property
    def texts(self) -> Texts:
        """The words in the visitor's language."""
        return Texts(self.locale)

    @property
    def known_as(self) -> str | None:
        """Under whom something may be read and kept; nobody without consent."""
        return self.visitor.visitor_id if self.consent else None

    @property
    def here(self) -> str:
        """The address of the page in any language."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def consent_word(self) -> str:
        """What Consent Mode calls the consent, "" where nobody has said."""
        return next((word for word, granted in CONSENT_WORDS.items() if granted is self.consent), "")

    def cookies(self, secret: bytes) -> list[Cookie]:
        """The cookies that the browser does not have yet, and the ends of those it should not keep."""
        owner = self.visitor.cookie
        kept = {
            VISITOR: owner,
            CART: self.cart.sealed(secret, owner) if self.cart.lines else "",
            LOCALE: self.locale,
            CONSENT: self.consent_word,
        }
        return [kept_cookie(key, value) for key, value in kept.items() if value != self.sent.get(key, "")]


def read_visit(request: DemoRequest, secret: bytes, locales: tuple[str, ...]) -> Visit:
    """Read the cookies; what was not made here counts as absent, a browser's refusal as the visitor's."""
    cookies = request.cookies
    visitor = ShopVisitor.of_cookie(secret, cookies.get(VISITOR)) or ShopVisitor.stranger(secret)
    refused = request.headers.get("sec-gpc") == "1"
    return Visit(
        visitor=visitor,
        consent=False if refused else CONSENT_WORDS.get(cookies.get(CONSENT, "")),
        locale=_locale(request, cookies, locales),
        locales=locales,
        cart=Cart.from_cookie(secret, cookies.get(CART), visitor.cookie),
        token=visitor.form_token(secret),
        path="/" + quote(request.scope["path"].lstrip("/"), errors="replace"),
        query={key: value for key, value in request.query_params.items() if key in KEPT_QUERY},
        sent=cookies,
    )


def _locale(request: DemoRequest, cookies: Mapping[str, str], locales: tuple[str, ...]) -> str:
    for wished in (request.query_params.get("locale"), cookies.get(LOCALE)):
        if wished in locales:
            return wished
    return preferred(request.headers.get("accept-language", ""), locales)
