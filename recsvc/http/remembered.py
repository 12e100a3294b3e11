"""Remembered: answers given again, byte for byte, while nothing that they rest on has changed."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar.enums import HttpMethod
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send

from recsvc.domain.errors import RecsvcError
from recsvc.http.access import REFUSAL, Admission, caller_of
from recsvc.http.metrics import Metrics
from recsvc.http.telemetry import begin
from recsvc.serving.pages import GivenPage, Pages

REMEMBERED = "remembered"
"""Route option: its answers depend on the request and on what `remember` is told, and on nothing else."""

KEPT = 1024
"""Answers that a worker keeps, the least recently asked for leave first (about 3 KB a slate of twelve)."""
MOST_BYTES = 32 * 1024
"""Of a body that is kept or looked up; longer ones are rare."""
MOST_HEAD_BYTES = 4 * 1024
"""Of a query and the headers together that are kept."""
ASKED_BY = frozenset(
    {
        b"host", b"authorization", b"recsvc-visitor", b"sec-gpc", b"origin", b"sec-fetch-site",
        b"content-type", b"content-encoding",
    }
)  # fmt: skip
"""Headers that an answer may depend on; of others no route of this option reads any."""

ASKED = "asked"
"""Of a request's state: what a GET asks, once it was looked up."""

NO_BODY: Any = {"type": "http.request", "body": b"", "more_body": False}
Asked = tuple[str, str, bytes, bytes, tuple[tuple[bytes, bytes], ...]]


class Kept(NamedTuple):
    """An answer as it was sent."""

    route: str  # the template
    opt: Mapping[str, Any]  # of the route
    page: GivenPage
    counted: str | None  # the visitor whose requests are counted
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def remember(scope: Any, page: GivenPage, counted: str | None) -> None:
    """Say what the answer to a request rests on, so that it may be given again."""
    scope["state"][REMEMBERED] = page, counted


class Remembered:
    """Whoever is answered from here was let in and counted like all others."""

    def __init__(self, pages: Pages, admission: Admission, metrics: Metrics) -> None:
        self._pages = pages
        self._admission = admission
        self._metrics = metrics
        self._kept: OrderedDict[Asked, Kept] = OrderedDict()

    async def at_once(self, scope: HTTPScope, send: Send) -> bool:
        """Answer a GET before a route is looked for, where it can be; whoever is refused goes the whole way.

        It waits for no turn (`turnstile`): a refusal would take as long.
        """
        if scope["method"] != HttpMethod.GET:
            return False
        asked = scope["state"][ASKED] = _asked(scope, NO_BODY)
        kept = self._look_up(asked)
        if asked is None or kept is None:
            return False
        begin(scope)
        if not self._pages.holds(kept.page):
            del self._kept[asked]
            return False
        try:
            await self._admission.admit(scope, kept.opt)
            await self._count(scope, kept)
        except RecsvcError as refusal:
            scope["state"][REFUSAL] = refusal
            return False
        scope["path_template"] = kept.route
        await self._again(kept, send)
        return True

    async def answer(self, scope: Any, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer from memory, else let the route answer and keep what it sends."""
        if REMEMBERED not in scope["route_handler"].opt:
            await next_app(scope, receive, send)
            return
        # Without a body there is nothing to wait for, and it was looked up.
        first = await receive() if scope["method"] == HttpMethod.POST else NO_BODY
        asked = scope["state"].get(ASKED) if first is NO_BODY else _asked(scope, first)
        kept = self._look_up(asked) if first is not NO_BODY else None
        if asked and kept:
            if self._pages.holds(kept.page):
                await self._count(scope, kept)
                await self._again(kept, send)
                return
            del self._kept[asked]
        said = _Recorder(send)
        await next_app(scope, _replayed(first, receive), said)
        if asked and REMEMBERED in scope["state"] and said.is_whole:
            page, counted = scope["state"][REMEMBERED]
            route, opt = str(scope["path_template"]), scope["route_handler"].opt
            self._keep(asked, Kept(route, opt, page, counted, said.status, said.headers, said.body))

    async def _count(self, scope: Any, kept: Kept) -> None:
        if kept.counted is not None:
            await caller_of(scope).count_visitor(kept.counted)

    async def _again(self, kept: Kept, send: Send) -> None:
        self._metrics.slates(kept.page.slates)
        await send({"type": "http.response.start", "status": kept.status, "headers": list(kept.headers)})
        await send({"type": "http.response.body", "body": kept.body, "more_body": False})

    def _look_up(self, asked: Asked | None) -> Kept | None:
        if asked is None or asked not in self._kept:
            return None
        self._kept.move_to_end(asked)
        return self._kept[asked]

    def _keep(self, asked: Asked, kept: Kept) -> None:
        self._kept[asked] = kept
        self._kept.move_to_end(asked)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class _Recorder:
    """Sends on, and keeps a copy of an answer that succeeds and comes in one piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name), bytes(value)) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body = message["body"]
            is_last = not message.get("more_body", False)
            self.is_whole = is_last and self.status == 200 and len(self.body) <= MOST_BYTES  # noqa: PLR2004
        await self._send(message)


def _asked(scope: HTTPScope, first: Any) -> Asked | None:
    """Everything that tells one request from another; None for one that is not looked up."""
    if first["type"] != "http.request":
        return None
    if first.get("more_body") or len(first["body"]) > MOST_BYTES:
        return None
    headers = tuple([one for one in scope["headers"] if one[0] in ASKED_BY])
    if len(scope["query_string"]) + sum([len(value) for _, value in headers]) > MOST_HEAD_BYTES:
        return None
    return scope["method"], scope["path"], scope["query_string"], bytes(first["body"]), headers


def _replayed(first: Any, receive: Receive) -> Receive:
    """A `receive` that begins with what was received already."""
    if first is NO_BODY:
        return receive
    waiting = [first]

    async def receive_again() -> Any:
        return waiting.pop() if waiting else await receive()

    return receive_again
