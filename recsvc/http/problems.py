"""Problems: every refusal as RFC 9457 problem+json, from the table of problem_kinds."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from litestar.types import Scope

from recsvc.domain import errors
from recsvc.http.cards import CALLED
from recsvc.http.faults import Fault, FaultyRequestError, code_of, escape, readable
from recsvc.http.payloads import LOCALE
from recsvc.http.problem_kinds import ERRORS, INTERNAL, INVALID, OVERLOADED, STATUSES, ProblemKind
from recsvc.http.telemetry import log_failure, request_id
from recsvc.model.confidence import DAY_S

MEDIA_TYPE = "application/problem+json"
RETRY_S = 1
NO_LOCALE = f"Expected `str` matching regex {LOCALE!r}"
"""After which a service that could not may be asked again."""
UNREAD = "client disconnected prematurely"
"""What Litestar calls a body that never arrived in whole."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal (RFC 9457)."""

    type: str  # stable reference, also the address of its page
    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[Fault, ...] = ()


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer whatever was raised; what nobody foresaw is logged here, once, and tells nothing outside."""
    kind, detail, faults = _describe(request, error)
    if kind is INTERNAL:
        log_failure(request.scope, error)
    problem = Problem(
        type=f"/problems/{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail.encode("utf-8", "replace").decode(),
        request_id=request_id(request.scope),
        errors=faults,
    )
    return Response(problem, status_code=kind.status, media_type=MEDIA_TYPE, headers=_headers(request, error))


def overloaded(scope: Scope) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of the refusal of whoever came too late; it must cost next to nothing."""
    kind = OVERLOADED
    problem = Problem(f"/problems/{kind.name}", kind.title, kind.status, kind.advice, request_id(scope))
    body = msgspec.json.encode(problem)
    return [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % RETRY_S),
        (b"cache-control", b"no-store"),
    ], body


def _describe(
    request: Request[Any, Any, Any], error: Exception
) -> tuple[ProblemKind, str, tuple[Fault, ...]]:
    if isinstance(error, errors.RecsvcError):
        kind = next((ERRORS[cls] for cls in type(error).__mro__ if cls in ERRORS), INTERNAL)
        return kind, str(error) if kind is not INTERNAL else INTERNAL.title, _faults(request, error)
    if isinstance(error, ValidationException):
        faults = tuple(_parameter_fault(one) for one in error.extra or ())
        return INVALID, " ".join(fault.message for fault in faults) or INVALID.title, faults
    if isinstance(error, HTTPException):
        status = 400 if error.detail == UNREAD else error.status_code
        kind = STATUSES.get(status, INVALID if status < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL)
        return kind, error.detail if kind.status in {400, 415} else kind.advice, ()
    return INTERNAL, INTERNAL.advice, ()


def _faults(request: Request[Any, Any, Any], error: errors.RecsvcError) -> tuple[Fault, ...]:
    if isinstance(error, FaultyRequestError):
        return (error.fault,)
    if isinstance(error, errors.AnswerRefusedError):
        return (Fault(error.reason, str(error), "/value"),)
    if isinstance(error, errors.FactRefusedError):
        return (Fault(error.reason, str(error), f"/facts/{escape(error.fact)}"),)
    if not isinstance(error, errors.InvalidRequestError):
        return ()
    if request.method in {"GET", "HEAD"}:
        return (Fault(error.code, str(error), parameter=error.pointer.rpartition("/")[2]),)
    return (Fault(error.code, str(error), error.pointer),)


def _parameter_fault(raised: Any) -> Fault:
    """One complaint of Litestar about a parameter, or about the absence of a body."""
    name = CALLED.get(raised.get("key", ""), raised.get("key", ""))
    if name == "data":
        return Fault("missing_body", "The body is empty; the route needs JSON.", "")
    message = raised["message"]
    said = "Expected a language, such as `ja` or `en-GB`." if message == NO_LOCALE else readable(message)
    return Fault(code_of(message), f"{name}: {said}", parameter=name)


def _headers(request: Request[Any, Any, Any], error: Exception) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.StoreUnavailableError):
        headers["Retry-After"] = str(RETRY_S)
    if isinstance(error, errors.UnauthenticatedError | errors.TokenRefusedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooManyMessagesError):
        headers["Retry-After"] = str(int(DAY_S))
    if isinstance(error, errors.TooManyRequestsError):
        headers |= _limit_headers(error)
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.REQUEST_TIMEOUT:
        headers["Connection"] = "close"
    if isinstance(error, MethodNotAllowedException):
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return headers


def _limit_headers(error: errors.TooManyRequestsError) -> dict[str, str]:
    """What draft-ietf-httpapi-ratelimit-headers names, beside Retry-After."""
    return {
        "Retry-After": str(error.retry_after_s),
        "RateLimit-Policy": f'"{error.limit}";q={error.per_minute};w=60',
        "RateLimit": f'"{error.limit}";r=0;t={error.retry_after_s}',
    }


def _methods(request: Request[Any, Any, Any]) -> set[str]:
    """The methods of the address that was asked; Litestar's 405 does not say them."""
    steps = [step for step in request.scope["path"].split("/") if step]
    return {
        method
        for route in request.app.routes
        if len(route.path_components) == len(steps)
        and all(wanted in (step, None) for wanted, step in zip(_fixed(route), steps, strict=True))
        for method in getattr(route, "methods", ())
    }


def _fixed(route: Any) -> list[str | None]:
    return [step if isinstance(step, str) else None for step in route.path_components]
