"""Access: what a route asks of whoever calls it, and who that is."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar.enums import HttpMethod
from litestar.types import HTTPScope

from recsvc.domain.errors import InvalidRequestError, NotAllowedError, TokenRefusedError, UnauthenticatedError
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.keys import Key, KeyKind, Scope
from recsvc.http.headers import header
from recsvc.http.rate_limits import RateLimits
from recsvc.http.signing import is_anonymous_id
from recsvc.http.telemetry import KEY_ID
from recsvc.http.wire import BASIC, BEACON
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.visitor_tokens import VisitorTokens

ACCESS = "access"
CALLER = "caller"
REFUSAL = "refusal"
"""Of a request's state: why it was refused before a route was looked for; so nothing is counted twice."""
SAME_ORIGIN = "same-origin"


class Access(NamedTuple):
    """What a route asks of whoever calls it."""

    scope: Scope | None  # None: it needs no key
    in_browsers: bool = True  # whether publishable keys reach it
    is_counted: bool = True  # whether the limits hold


def needs(scope: Scope, *, in_browsers: bool = False) -> dict[str, Any]:
    """The option of a route that takes keys of a scope."""
    return {ACCESS: Access(scope, in_browsers)}


PAGE = Access(None)
"""What the pages ask, which have no option: a visitor comes by a cookie, and is counted by address."""

OPEN: dict[str, Any] = {ACCESS: PAGE}
"""The option of a route of the API that needs no key, for it has a proof of its own."""

UNCOUNTED: dict[str, Any] = {ACCESS: Access(None, is_counted=False)}
"""The option of a route for whoever watches the service, or that few addresses open for many visitors."""


class Caller(NamedTuple):
    """Whoever calls."""

    key: Key | None  # None: no key was ever made, so everybody on this machine may call
    secret: bytes
    tokens: VisitorTokens
    limits: RateLimits

    @property
    def vouches(self) -> bool:
        """Whether the visitors that it names are taken at its word."""
        return self.key is None or self.key.kind is KeyKind.SECRET

    def customer(self, token: str) -> str:
        """The customer for whom a token vouches.

        Raises:
            NotAllowedError: no key was ever made, so that nothing can be signed with one.
            TokenRefusedError: it vouches for nobody.
        """
        if self.key is None:
            raise NotAllowedError(
                "A visitor's token is signed with a key, and this service has none yet; "
                "name the visitor by `id` or `anonymous_id`."
            )
        customer = self.tokens.customer(token)
        complaint = Identity(IdentityKind.CUSTOMER, customer).complaint()
        if complaint is not None:
            raise TokenRefusedError(f"The token names nobody: {complaint}")
        return customer

    def check_anonymous(self, anonymous_id: str) -> None:
        """Hold a browser to ids that this service issued.

        Raises:
            NotAllowedError: it was not.
        """
        if not self.vouches and not is_anonymous_id(self.secret, anonymous_id):
            raise NotAllowedError(
                "This anonymous id was not issued here, so anybody might have made it up; "
                "get one with POST /v1/visitors and keep it in the browser."
            )

    async def count_visitor(self, visitor_id: str) -> None:
        """Count a request for a visitor of a browser; a shop's server may ask for whom it likes.

        Raises:
            TooManyRequestsError: there were too many.
        """
        if not self.vouches:
            await self.limits.count_visitor(visitor_id)

    async def count_requests(self, requests: int) -> None:
        """Count more requests of the key than the one that it was let in by.

        Raises:
            InvalidRequestError: they are more than the key may ask in a minute: waiting would not help.
            TooManyRequestsError: there were too many.
        """
        if self.key is None or requests <= 0:
            return
        most = self.limits.most_of(self.key)
        if requests >= most:
            raise InvalidRequestError(
                f"The key may ask {most:,} times a minute and this counts {requests + 1:,} times; "
                "send fewer visitors at once.",
                "/visitors",
            )
        await self.limits.count_key(self.key, requests)

    def check_id(self) -> None:
        """Refuse a browser that says by itself which customer it is.

        Raises:
            NotAllowedError: the key is publishable.
        """
        if not self.vouches:
            raise NotAllowedError(
                "A publishable key cannot name a customer by `id`: let the shop's server sign a `token`."
            )


class Admission:
    """Stands in front of every route of the API.

    As a guard Litestar would copy the route's handler for it at every request.
    """

    def __init__(self, keys: LiveKeys, secret: bytes, tokens: VisitorTokens, limits: RateLimits) -> None:
        self._keys = keys
        self._secret = secret
        self._tokens = tokens
        self.limits = limits

    async def enter(self, scope: HTTPScope) -> None:
        """Let a request in, or say why not; a beacon's key is in its body, so its handler asks again.

        Raises:
            UnauthenticatedError: there is no key, or none that is taken.
            NotAllowedError: the key does not reach the route, or is used by a page that may not.
            TooManyRequestsError: whoever asks did too often.
            StoreUnavailableError: the store never answered this worker, so it knows no key.
        """
        if REFUSAL in scope["state"]:
            raise scope["state"][REFUSAL]
        await self.admit(scope, scope["route_handler"].opt)

    async def admit(self, scope: HTTPScope, opt: Mapping[str, Any]) -> None:
        """Let in whoever calls a route of these options; it raises what `enter` does."""
        access: Access = opt.get(ACCESS, PAGE)
        if scope["method"] == HttpMethod.OPTIONS or not access.is_counted:
            return
        if self._keys.is_open():
            self._let_in(scope, None)
        elif access.scope is None:
            await self.limits.count_address(scope)
        elif BEACON not in opt or header(scope, b"authorization") is not None:
            await self._check(scope, access, basic=BASIC in opt)

    def signed_elsewhere(self) -> Caller:
        """A sender whose signature the route has checked itself: it vouches for the visitors it names."""
        return Caller(None, self._secret, self._tokens, self.limits)

    async def beacon(self, scope: HTTPScope, access: dict[str, Any], key: str | None) -> Caller:
        """Whoever called by a header, else by the key in the body."""
        if CALLER not in scope["state"]:
            await self._check(scope, access[ACCESS], key)
        return caller_of(scope)

    async def _check(
        self, scope: HTTPScope, access: Access, text: str | None = None, *, basic: bool = False
    ) -> None:
        self._keys.expect_read()
        try:
            key = self._keys.opened_by(_key_text(scope, basic=basic) if text is None else text)
        except UnauthenticatedError:
            await self.limits.count_address(scope)
            raise
        scope["state"][KEY_ID] = key.key_id
        if key.kind is KeyKind.PUBLISHABLE:
            await self.limits.count_address(scope)
        await self.limits.count_key(key)
        _check_reach(key, access, scope)
        self._let_in(scope, key)

    def _let_in(self, scope: HTTPScope, key: Key | None) -> None:
        scope["state"][CALLER] = Caller(key, self._secret, self._tokens, self.limits)


def caller_of(scope: HTTPScope) -> Caller:
    """Whom the guard let in."""
    caller: Caller = scope["state"][CALLER]
    return caller


def _key_text(scope: HTTPScope, *, basic: bool) -> str:
    kind, _, text = (header(scope, b"authorization") or "").partition(" ")
    if basic and kind.lower() == "basic":
        return _basic_name(text)
    if kind.lower() != "bearer" or not text.strip():
        raise UnauthenticatedError(
            "Send a key as `Authorization: Bearer KEY`; `recsvc keys create` makes one."
        )
    return text.strip()


def _basic_name(text: str) -> str:
    """The name of Basic authentication; the password is empty where a key is sent."""
    try:
        return b64decode(text.strip(), validate=True).decode().partition(":")[0]
    except ValueError as error:
        raise UnauthenticatedError(
            "The header is not Basic authentication with a key as its name."
        ) from error


def _check_reach(key: Key, access: Access, scope: HTTPScope) -> None:
    if key.kind is KeyKind.PUBLISHABLE:
        _check_origin(key, scope)
        if not access.in_browsers:
            raise NotAllowedError("This takes a secret key, and none of those belongs into a browser.")
    if access.scope not in key.scopes:
        raise NotAllowedError(
            f"The key {key.key_id} has no scope `{access.scope}`; it has {', '.join(sorted(key.scopes))}."
        )


def _check_origin(key: Key, scope: HTTPScope) -> None:
    """Browsers name the origin of a page on every call but a GET to that same origin."""
    origin = header(scope, b"origin")
    if origin is None:
        if key.apps or header(scope, b"sec-fetch-site") == SAME_ORIGIN:
            return
        raise NotAllowedError(
            f"The key {key.key_id} is for pages of its origins, and this call names none; "
            "apps need a key that was made with --apps."
        )
    if origin.lower() not in key.origins:
        raise NotAllowedError(f"The key {key.key_id} is not for pages of the origin {origin[:100]!r}.")
