"""CORS: which pages of other origins may read the answers; who may ask is for the keys."""

from litestar.types import HTTPScope

from recsvc.domain.keys import SANDBOX
from recsvc.http.headers import header
from recsvc.http.telemetry import KEY_ID
from recsvc.model.confidence import DAY_S
from recsvc.serving.live_keys import LiveKeys

SHARED = ("/v1/", "/ingest/")
"""What pages of other origins call; the pages of this service are for its own."""

METHODS = b"GET, POST, PUT, PATCH, DELETE"
ASKED = b"Authorization, Content-Type, Recsvc-Visitor, X-Request-Id"
TOLD = b"Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, X-Request-Id"
MOST_AGE_S = b"%d" % DAY_S
"""How long a browser may keep an answer to a preflight."""


class Cors:
    """Lets the pages of publishable keys read, refusals included.

    A preflight carries no key, so an origin of any key is answered; the guard holds each key to its own. No
    credentials: keys and tokens travel in headers, cookies never. `Vary: Origin` is on every answer, also on
    those without the header, or a cache would hand one origin's answer to another. Sandboxed
    frames read nothing: their origin is everybody's.
    """

    def __init__(self, keys: LiveKeys) -> None:
        self._keys = keys

    def headers(self, scope: HTTPScope) -> list[tuple[bytes, bytes]]:
        """What a browser reads in the head of an answer."""
        if not scope["path"].startswith(SHARED):
            return []
        origin = header(scope, b"origin")
        if origin is None or origin == SANDBOX or origin not in self._origins(scope):
            return [(b"vary", b"Origin")]
        told = [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"timing-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", TOLD),
        ]
        if scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method") is not None:
            told += [
                (b"access-control-allow-methods", METHODS),
                (b"access-control-allow-headers", ASKED),
                (b"access-control-max-age", MOST_AGE_S),
            ]
        return told

    def _origins(self, scope: HTTPScope) -> frozenset[str]:
        if KEY_ID not in scope["state"]:  # else the keys were read for this request
            self._keys.refresh()
        return self._keys.origins
