"""CORS: which pages of other origins may read the answers; who may ask is for the keys."""

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import Message, Scope

from recsvc.domain.keys import SANDBOX
from recsvc.model.confidence import DAY_S
from recsvc.serving.live_keys import LiveKeys

SHARED = ("/v1/", "/ingest/")
"""What pages of other origins call; the pages of this service are for its own."""

METHODS = "GET, POST, PUT, PATCH, DELETE"
ASKED = "Authorization, Content-Type, Recsvc-Visitor, X-Request-Id"
TOLD = "Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, X-Request-Id"
MOST_AGE_S = str(int(DAY_S))
"""How long a browser may keep an answer to a preflight."""


class Cors:
    """The before-send hook that lets the pages of publishable keys read, refusals included.

    A preflight carries no key, so an origin of any key is answered; the guard holds each key to its own. No
    credentials: keys and tokens travel in headers, cookies never. `Vary: Origin` is on every answer, also on
    those without the header, or a cache would hand one origin's answer to another. Sandboxed
    frames read nothing: their origin is everybody's.
    """

    def __init__(self, keys: LiveKeys) -> None:
        self._keys = keys

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Add what a browser reads to the head of an answer."""
        if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
            return
        if not scope["path"].startswith(SHARED):
            return
        message["headers"] = [*message.get("headers", ()), (b"vary", b"Origin")]
        if not any(name == b"origin" for name, _ in scope["headers"]):
            return
        asked, headers = Headers.from_scope(scope), MutableScopeHeaders.from_message(message)
        origin = asked["origin"]
        if origin == SANDBOX or origin not in self._origins():
            return
        headers["Access-Control-Allow-Origin"] = origin
        headers["Timing-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = TOLD
        if scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            headers["Access-Control-Allow-Methods"] = METHODS
            headers["Access-Control-Allow-Headers"] = ASKED
            headers["Access-Control-Max-Age"] = MOST_AGE_S

    def _origins(self) -> frozenset[str]:
        self._keys.refresh()
        return self._keys.origins
