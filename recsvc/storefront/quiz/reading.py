"""What a request says about the one who asks: cookies, language, device, and where it came from."""

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from recsvc.domain.errors import NotAllowedError
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.sealed import seal, unseal
from recsvc.storefront.visitor import COOKIE, ShopVisitor
from recsvc.storefront.words import preferred

GRANT = "recsvc_quiz_grant"
MOST_SOURCE = 100
OWN = frozenset({"same-origin", "none"})
TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk|Android(?!.*Mobile)")
PHONE = re.compile(r"Mobi|iPhone|iPod|Android")
Device = Literal["phone", "tablet", "desktop"]


def visitor_of(request: PageRequest, secret: bytes) -> ShopVisitor | None:
    """The visitor of the cookie, None where there is none yet."""
    return ShopVisitor.of_cookie(secret, request.cookies.get(COOKIE))


def locale_of(request: PageRequest, locales: Sequence[str]) -> str:
    """The language of a page: what the address asks for, else what the browser likes best."""
    wished = request.query_params.get("locale")
    if wished in locales:
        return str(wished)
    return preferred(request.headers.get("accept-language", ""), locales)


def source_of(request: PageRequest) -> str:
    """What brought the visitor: `utm_source`, else `ref`; "" where the address says nothing."""
    query = request.query_params
    text = str(query.get("utm_source") or query.get("ref") or "")
    return text[:MOST_SOURCE] if text.isprintable() else ""


def device_of(request: PageRequest) -> Device:
    """The kind of device, as coarsely as a layout needs it."""
    if request.headers.get("sec-ch-ua-mobile") == "?1":
        return "phone"
    agent = request.headers.get("user-agent", "")
    if TABLET.search(agent):
        return "tablet"
    return "phone" if PHONE.search(agent) else "desktop"


def grant(secret: bytes, session_id: str) -> str:
    """A cookie that lets a browser see one session, whoever its visitor is."""
    return seal(secret, "quiz-grant", session_id)


def may_see(request: PageRequest, secret: bytes, session_id: str, visitor_id: str) -> bool:
    """Whether the cookies name the visitor of a session, or hold a grant for it."""
    visitor = visitor_of(request, secret)
    if visitor is not None and visitor.visitor_id == visitor_id:
        return True
    held = request.cookies.get(GRANT)
    return bool(held) and unseal(secret, "quiz-grant", str(held), str) == session_id


def check_own_site(request: PageRequest) -> None:
    """Refuse a form that another site posts.

    Our pages send no referrer, so that `Origin` is null; every browser since 2023 sends Sec-Fetch-Site.

    Raises:
        NotAllowedError: the form is not from a page of this service.
    """
    origin = urlsplit(request.headers.get("origin", "null"))
    elsewhere = origin.netloc not in {"", request.headers.get("host", "")}
    if elsewhere or request.headers.get("sec-fetch-site", "none") not in OWN:
        raise NotAllowedError("The form is not from a page of this service; open the quiz again.")
