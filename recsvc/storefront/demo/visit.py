"""One visit to a page: who, in which language, with which cart and quiz session, as the cookies say."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.texts import Texts
from recsvc.storefront.sealed import seal, unseal
from recsvc.storefront.visitor import COOKIE as VISITOR
from recsvc.storefront.visitor import ShopVisitor, kept_cookie
from recsvc.storefront.words import preferred

CART, LOCALE, QUIZ = "recsvc_cart", "recsvc_locale", "recsvc_quiz"
DemoRequest = Request[Any, Any, Any]
MOST_TRAIL = 30


class QuizTrail(msgspec.Struct, frozen=True):
    """The quiz session of a visitor and the questions answered in it, in order: where Back leads."""

    session: str
    questions: tuple[str, ...] = ()

    def then(self, question: str) -> "QuizTrail":
        """The trail after one more answer."""
        before = tuple(one for one in self.questions if one != question)
        return QuizTrail(self.session, (*before, question)[-MOST_TRAIL:])

    def back(self) -> "QuizTrail":
        """The trail without its last answer."""
        return QuizTrail(self.session, self.questions[:-1])


class Visit(NamedTuple):
    """What a handler needs to know about the one who asks."""

    visitor: ShopVisitor
    locale: str
    locales: tuple[str, ...]
    cart: Cart
    trail: QuizTrail | None
    token: str  # of every form
    path: str  # escaped for an address; request.url would fail on an odd Host
    query: dict[str, str]  # kept when the language is switched
    sent: Mapping[str, str]  # the cookies that the browser has

    @property
    def texts(self) -> Texts:
        """The words in the visitor's language."""
        return Texts(self.locale)

    def cookies(self, secret: bytes) -> list[Cookie]:
        """The cookies that the browser does not have yet, and the ends of those it should not keep."""
        owner = self.visitor.cookie
        kept = {
            VISITOR: owner,
            CART: self.cart.sealed(secret, owner) if self.cart.lines else "",
            LOCALE: self.locale,
            QUIZ: seal(secret, "demo-quiz", self.trail, owner) if self.trail else "",
        }
        return [kept_cookie(key, value) for key, value in kept.items() if value != self.sent.get(key, "")]


def read_visit(request: DemoRequest, secret: bytes, locales: tuple[str, ...]) -> Visit:
    """Read the cookies; whatever was not made here counts as absent."""
    cookies = request.cookies
    visitor = ShopVisitor.of_cookie(secret, cookies.get(VISITOR)) or ShopVisitor.stranger(secret)
    trail = cookies.get(QUIZ)
    query = {key: value for key, value in request.query_params.items() if key in {"category", "page"}}
    return Visit(
        visitor=visitor,
        locale=_locale(request, cookies, locales),
        locales=locales,
        cart=Cart.from_cookie(secret, cookies.get(CART), visitor.cookie),
        trail=unseal(secret, "demo-quiz", trail, QuizTrail, visitor.cookie) if trail else None,
        token=visitor.form_token(secret),
        path="/" + quote(request.scope["path"].lstrip("/"), errors="replace"),
        query=query,
        sent=cookies,
    )


def _locale(request: DemoRequest, cookies: Mapping[str, str], locales: tuple[str, ...]) -> str:
    for wished in (request.query_params.get("locale"), cookies.get(LOCALE)):
        if wished in locales:
            return wished
    return preferred(request.headers.get("accept-language", ""), locales)
