"""API: everything of this room, as one plugin for the application."""

from collections.abc import Callable, Sequence
from copy import copy
from inspect import iscoroutinefunction
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.datastructures import CacheControlHeader
from litestar.enums import HttpMethod, ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import InitPlugin

from recsvc.http import (
    cloudevents,
    contacts,
    events,
    ga4,
    insight,
    items,
    operations,
    personal,
    problem_pages,
    quizzes,
    segment,
    shopify,
    slate_batches,
    slates,
    touchpoints,
    visitors,
)
from recsvc.http.access import ACCESS, Admission, Caller, caller_of
from recsvc.http.body_deadline import BodyDeadline
from recsvc.http.bound import Function, bound
from recsvc.http.cards import cards_asked
from recsvc.http.contact_count import contact_count
from recsvc.http.cors import Cors
from recsvc.http.document import build_config, get_openapi
from recsvc.http.doorway import Doorway
from recsvc.http.encoded import Encoded
from recsvc.http.guards import header_visitor
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import BY_KEY, RawSchema
from recsvc.http.outgoing import Outgoing
from recsvc.http.parts import ApiParts
from recsvc.http.privacy_control import opted_out
from recsvc.http.problems import answer_problem
from recsvc.http.rate_limits import RateLimits
from recsvc.http.remembered import Remembered
from recsvc.http.telemetry import Telemetry, Watcher
from recsvc.http.turnstile import AT_ONCE, INGEST, Lanes, Turnstile
from recsvc.http.wire import FORM_PAGE, SMALL_BODY, WireRequest
from recsvc.serving.visitor_tokens import VisitorTokens

Refusal = Callable[[Request[Any, Any, Any], Exception], Response[Any]]
RESOURCES = {
    "Slates": (*slates.HANDLERS, *slate_batches.HANDLERS),
    "Events": events.HANDLERS,
    "Items": items.HANDLERS,
    "Quizzes": quizzes.HANDLERS,
    "Touchpoints": touchpoints.HANDLERS,
    "Visitors": (*visitors.HANDLERS, *contacts.HANDLERS, *insight.HANDLERS),
}
FOREIGN = {
    "/ingest/segment/v1": segment.HANDLERS,
    "/ingest/ga4": ga4.HANDLERS,
    "/ingest/shopify": shopify.HANDLERS,
    "/ingest": cloudevents.HANDLERS,
}
"""Where other protocols are taken in."""

PAGES = (get_openapi, *problem_pages.HANDLERS)


def caller(request: Request[Any, Any, Any]) -> Caller:
    """Whoever calls, as the guard let them in."""
    return caller_of(request.scope)


FOUND: dict[str, Function] = {
    "caller": caller,
    "visitor": header_visitor,
    "opted_out": opted_out,
    "contact_count": contact_count,
    "shown": cards_asked,
    "asker": slates.asker,
}
"""What handlers may ask for that is found out of a request."""


class Api(InitPlugin):
    """The HTTP API over its use cases; `Service(plugins=[Api(parts)])` is all it takes.

    Args:
        parts: the use cases.
        refuse_form: answers a form that was refused, for the pages from which it is posted.
        watchers: are told of every exchange.
    """

    def __init__(
        self, parts: ApiParts, refuse_form: Refusal = answer_problem, watchers: Sequence[Watcher] = ()
    ) -> None:
        self._parts = parts
        self._refuse_form = refuse_form
        self.metrics = Metrics()
        self.outgoing = Outgoing(Telemetry(self.metrics, watchers), Cors(parts.keys))
        tokens = VisitorTokens(parts.keys, parts.secret, parts.clock)
        limits = RateLimits(parts.counts, parts.limits, self.metrics, parts.clock)
        admission = Admission(parts.keys, parts.secret, tokens, limits)
        self._admission = admission
        self.remembered = Remembered(parts.pages, admission, self.metrics)
        self._given = {**parts._asdict(), "metrics": self.metrics, "admission": admission}

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add routes, refusals, the description and what every request is measured by."""
        app_config.route_handlers.extend(self._routers())
        app_config.exception_handlers = {**app_config.exception_handlers, Exception: self._refuse}
        app_config.openapi_config = build_config(self._parts.version)
        app_config.plugins.append(RawSchema())
        app_config.middleware.append(
            Doorway(
                self.metrics,
                Turnstile(Lanes(self._parts.limits.waiting), self.metrics),
                BodyDeadline(self._parts.limits.body_s),
                self._admission,
                self.remembered,
            )
        )
        # Litestar would set up handlers of its own, and log every refusal as an error in debug mode.
        app_config.logging_config = None
        return app_config

    def _refuse(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        handler = request.scope.get("route_handler")
        posted_by_page = handler is not None and FORM_PAGE in handler.opt
        return (self._refuse_form if posted_by_page else answer_problem)(request, error)

    def _routers(self) -> list[Router]:
        own: dict[str, Any] = {
            "request_class": WireRequest,
            "response_class": Encoded,
            "request_max_body_size": SMALL_BODY,
        }
        private = CacheControlHeader(private=True, no_store=True)
        return [
            *(
                Router(
                    "/v1",
                    route_handlers=_with_head(self._declared(found)),
                    tags=[tag],
                    cache_control=private,
                    security=BY_KEY,
                    opt=INGEST if tag == "Events" else {},
                    **own,
                )
                for tag, found in RESOURCES.items()
            ),
            *(
                Router(
                    one.path,
                    route_handlers=_with_head(
                        self._declared(personal.routes(one), whose=one.whose, speaker=one.speaker)
                    ),
                    tags=["Visitors"],
                    cache_control=private,
                    security=BY_KEY,
                    **own,
                )
                for one in personal.ADDRESSES
            ),
            *(
                Router(
                    path,
                    route_handlers=self._declared(found),
                    tags=["Ingest"],
                    cache_control=private,
                    opt=INGEST,
                    **own,
                )
                for path, found in FOREIGN.items()
            ),
            Router(
                "/",
                route_handlers=_with_head(self._declared(operations.HANDLERS)),
                tags=["Operations"],
                opt=AT_ONCE,
                **own,
            ),
            Router("/", route_handlers=_with_head(PAGES)),
        ]

    def _declared(self, handlers: Sequence[HTTPRouteHandler], **found: Function) -> list[HTTPRouteHandler]:
        """The handlers with their parts; each says whom it takes, or it would be as open as a page."""
        silent = [handler.handler_name for handler in handlers if ACCESS not in handler.opt]
        if silent:
            raise TypeError(f"{', '.join(silent)} of the API have no access; see recsvc/http/access.py.")
        return [self._in_place(handler, FOUND | found) for handler in handlers]

    def _in_place(self, handler: HTTPRouteHandler, found: dict[str, Function]) -> HTTPRouteHandler:
        made = copy(handler)
        function = bound(handler.fn, self._given, found, in_thread=bool(handler.sync_to_thread))
        if iscoroutinefunction(function):
            made.sync_to_thread = None  # it is for those that do not wait
        return made(function)


class Service(Litestar):
    """The application with the API; what was answered a moment ago goes out before a route is looked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._api = self.plugins.get(Api)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or begin and end with the server."""
        if scope["type"] == ScopeType.HTTP:
            scope.setdefault("state", {})
            send = self._api.outgoing.of(scope, send)
            if await self._api.remembered.at_once(scope, send):
                return
        await super().__call__(scope, receive, send)


def _with_head(handlers: Sequence[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The handlers, and for each GET the same without its body: Litestar answers HEAD with 405."""
    return [*handlers, *(_head(one) for one in handlers if HttpMethod.GET in one.http_methods)]


def _head(handler: HTTPRouteHandler) -> HTTPRouteHandler:
    return HTTPRouteHandler(
        sorted(handler.paths),
        http_method=HttpMethod.HEAD,
        include_in_schema=False,
        media_type=handler.media_type,
        status_code=handler.status_code,
        sync_to_thread=handler.sync_to_thread,
        opt=handler.opt,
    )(handler.fn)
