"""The router of the demo shop, and what it answers when something is off."""

from collections.abc import Callable
from typing import Any

from litestar import Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.static_files import create_static_files_router

from recsvc.domain.errors import (
    InvalidRequestError,
    NotAllowedError,
    RecsvcError,
    StoreUnavailableError,
    TooManyRequestsError,
    UnknownItemError,
)
from recsvc.storefront.demo.handlers.account import (
    erase_all,
    export_all,
    post_answers,
    post_consent,
    show_answers,
)
from recsvc.storefront.demo.handlers.browsing import department, home, product, search
from recsvc.storefront.demo.handlers.drawing import department_picture, item_picture
from recsvc.storefront.demo.handlers.mail import show_mail, show_mail_body
from recsvc.storefront.demo.handlers.shopping import change_cart, place_order, show_cart, show_order
from recsvc.storefront.demo.handlers.till import pay, show_card, show_till
from recsvc.storefront.demo.handlers.visiting import change_visitor, show_visitors
from recsvc.storefront.demo.pages import STATIC, render
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest

Refusal = Callable[[DemoRequest, Exception], Response[str]]
MOST_FORM_BYTES = 64 * 1024
STATIC_NAMES = frozenset(file.name for file in STATIC.iterdir())
STATUS: dict[type[RecsvcError], tuple[int, str]] = {
    UnknownItemError: (404, "not_found"),
    NotAllowedError: (403, "not_allowed"),
    InvalidRequestError: (400, "not_understood"),
    StoreUnavailableError: (503, "unavailable"),
    TooManyRequestsError: (429, "unavailable"),
}
"""Error → status and the words for it."""


def demo_router(parts: DemoParts) -> Router:
    """The demo shop at `/`; its state-changing routes and files live under `/demo`."""
    shop = Shop(parts)
    static = create_static_files_router(
        "/demo/static",
        [STATIC],
        name="demo-static",
        cache_control=CacheControlHeader(public=True, max_age=3600),
        guards=[_is_ours],
    )
    pages = [home, product, department, search, show_cart, show_order]
    pages += [show_answers, export_all, show_till, show_visitors, show_mail, show_mail_body]
    forms = [change_cart, place_order, change_visitor, post_answers, post_consent, erase_all, pay, show_card]
    return Router(
        "/",
        route_handlers=[*pages, *forms, item_picture, department_picture, static],
        dependencies={"shop": Provide(lambda: shop, sync_to_thread=False)},
        exception_handlers={RecsvcError: _refuse(shop), HTTPException: _refuse(shop)},
        include_in_schema=False,
        request_max_body_size=MOST_FORM_BYTES,
    )


def _is_ours(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let only the names of our files reach the file system, which fails on others (NUL, too long)."""
    if str(connection.path_params["file_path"]).lstrip("/") not in STATIC_NAMES:
        raise NotFoundException


def _refuse(shop: Shop) -> Refusal:
    def answer(request: DemoRequest, error: Exception) -> Response[str]:
        """Say what is off in the visitor's words; the status tells machines."""
        status, words = _status(error)
        return render(
            "problem.html",
            shop.visit(request),
            shop.parts.secret,
            status_code=status,
            words=words,
        )

    return answer


def _status(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, "not_found" if error.status_code == 404 else "not_understood"  # noqa: PLR2004
    kinds = (kind for kind in type(error).__mro__ if issubclass(kind, RecsvcError))
    return next((STATUS[kind] for kind in kinds if kind in STATUS), (500, "unavailable"))
