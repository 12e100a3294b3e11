"""Document: the OpenAPI document as a whole, for machines and as a page."""

from types import ModuleType
from typing import Any

import msgspec
from litestar import Litestar, Request, get
from litestar.enums import OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types import Method

from recsvc.domain import slates
from recsvc.http import (
    contact_payloads,
    event_payloads,
    faults,
    foreign_payloads,
    operations,
    payloads,
    problems,
)
from recsvc.http.docs_page import render_page
from recsvc.serving import fact_view, privacy, session_view, touchpoints
from recsvc.sources import ga4, segment, shopify_pixel

TAGS = {
    "Slates": "What to show on a page.",
    "Events": "What happened on it.",
    "Items": "What can be shown.",
    "Quizzes": "What visitors are asked, and what they answer.",
    "Touchpoints": "One question where it fits.",
    "Visitors": "Ids for those whom nobody knows by name, and what is known of the visitor of a call.",
    "Ingest": "What shops emit already, in the shapes of others; members that are not listed are ignored.",
    "Operations": "For those who run it.",
}
DESCRIPTION = (
    "Recommendations and product quizzes for shops. Bodies are JSON; unknown members are refused. "
    "Every refusal is a problem (RFC 9457) whose `type` is the address of its page, and every answer "
    "carries an `X-Request-Id`. Until the first key is made the service is open, on loopback only; "
    "from then on every route but those of health asks for one."
)
KEY = SecurityScheme(
    type="http",
    scheme="bearer",
    description="A publishable key (`pk_…`, in browsers and apps, for the visitor of the call) or a secret "
    "one (`sk_…`, on servers, for its scopes). A beacon carries it as `key` in its body.",
)
OPEN_FIELDS = {
    "^title:": {"type": "string", "description": "The title in another language."},
    "^attr:": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}
"""The columns of the items file whose names a shop chooses."""


def build_config(version: str) -> OpenAPIConfig:
    """The document's frame; its page is /docs. Litestar's own pages load outside hosts: they are off."""
    return OpenAPIConfig(
        title="recsvc",
        version=version,
        description=DESCRIPTION,
        tags=[Tag(name=name, description=description) for name, description in TAGS.items()],
        components=Components(security_schemes={"key": KEY}),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        path="/docs",
        render_plugins=[_Page(), _Json()],
    )


def build_document(app: Litestar) -> dict[str, Any]:
    """The document with what Litestar leaves out: what the shapes are for, and what they refuse."""
    document = app.openapi_schema.to_schema()
    for name, schema in document["components"]["schemas"].items():
        schema.pop("examples", None)  # Litestar makes up random ones for what has no example of its own
        if name in SHAPES:
            _complete(schema, SHAPES[name])
    return document


def _shapes(*modules: ModuleType) -> dict[str, type[msgspec.Struct]]:
    named = [one for module in modules for one in vars(module).values()]
    return {one.__name__: one for one in named if isinstance(one, type) and issubclass(one, msgspec.Struct)}


FOREIGN = (segment, ga4, shopify_pixel, foreign_payloads)
"""What other protocols send, and are answered."""

SHAPES = _shapes(
    slates,
    session_view,
    touchpoints,
    fact_view,
    privacy,
    faults,
    problems,
    operations,
    payloads,
    contact_payloads,
    event_payloads,
    *FOREIGN,
)


def _complete(schema: dict[str, Any], shape: type[msgspec.Struct]) -> None:
    schema["description"] = (shape.__doc__ or "").partition("\n\n")[0]
    if shape is payloads.ItemPayload:
        schema["patternProperties"] = OPEN_FIELDS
    if shape.__struct_config__.forbid_unknown_fields:
        schema["additionalProperties"] = False


class _Page(OpenAPIRenderPlugin):
    """The document to read, rendered once."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """The page."""
        if self._page is None:
            self._page = render_page(build_document(request.app))
        return self._page


class _Json(OpenAPIRenderPlugin):
    """The same document where Litestar would show its own."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """The document."""
        return msgspec.json.encode(build_document(request.app))


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    return handler.handler_name


@get("/openapi.json", sync_to_thread=False, include_in_schema=False, media_type=OpenAPIMediaType.OPENAPI_JSON)
def get_openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Answer the document."""
    return build_document(request.app)
