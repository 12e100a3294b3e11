"""Addresses of the elements: one for each release, kept for ever, and a short one that follows them."""

from pathlib import PurePosixPath
from typing import Annotated

from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from recsvc.http.payloads import LOCALE
from recsvc.storefront.elements.release import (
    PAGE,
    SCRIPT,
    STYLE,
    TYPES,
    digest,
    element_files,
    packed_files,
    snippet,
)

Language = Annotated[str | None, QueryParameter(max_length=35, pattern=LOCALE)]
FileRequest = Request[None, None, State]
FOR_EVER = "public, max-age=31536000, immutable"
FOR_MINUTES = "public, max-age=300, stale-while-revalidate=86400"
NEVER = "no-store"
_SCRIPT_WAY = f'import "./{{0}}/{PAGE}";\nimport "./{{0}}/{SCRIPT}";\n'
"""Both at once: the second imports the first, which would else be asked for a round trip later."""
_STYLE_WAY = f'@import "./{{0}}/{STYLE}";\n'
OFF = b"// Switched off by its operator.\n"
SHARED = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "vary": "Accept-Encoding",
}
"""Shops embed the files in pages of their own origins; there is nothing in them that is anybody's."""


@get("/{release:str}/{name:str}", sync_to_thread=False)
def show_released(
    request: FileRequest, release: FromPath[str], name: FromPath[str], is_on: NamedDependency[bool]
) -> Response[bytes]:
    """A file of this release; a page that pins another one keeps its own contents."""
    if release != digest() or name not in element_files():
        raise NotFoundException
    if not is_on:
        return _file(name, b"", NEVER)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return _file(name, element_files()[name], FOR_EVER)
    answer = _file(name, packed_files()[name], FOR_EVER)
    answer.headers["content-encoding"] = "gzip"
    return answer


@get("/{name:str}", sync_to_thread=False)
def show_newest(name: FromPath[str], is_on: NamedDependency[bool]) -> Response[bytes]:
    """The newest script or style, by a line that loads it: its parts then belong to one release."""
    if name not in {SCRIPT, STYLE}:
        raise NotFoundException
    if not is_on:
        return _file(name, OFF if name == SCRIPT else b"", NEVER)
    way = _SCRIPT_WAY if name == SCRIPT else _STYLE_WAY
    return _file(name, way.format(digest()).encode(), FOR_MINUTES)


@get("/snippet", sync_to_thread=False, media_type=MediaType.TEXT)
def show_snippet(
    request: FileRequest, own_locale: NamedDependency[str], locale: Language = None
) -> Response[str]:
    """The lines that a shop copies, with their integrity, for pages in one language."""
    base = str(request.base_url).rstrip("/")
    return Response(snippet(base, locale or own_locale), media_type=MediaType.TEXT)


def _file(name: str, contents: bytes, kept: str) -> Response[bytes]:
    media_type = TYPES[PurePosixPath(name).suffix]
    return Response(contents, media_type=media_type, headers=SHARED | {"cache-control": kept})


def elements_router(*, is_on: bool, locale: str) -> Router:
    """The files at `/storefront`.

    Args:
        is_on: otherwise they are empty, and pages stay as the shop wrote them.
        locale: of the lines to copy, where the address names none.
    """
    return Router(
        "/storefront",
        route_handlers=[show_released, show_newest, show_snippet],
        dependencies={
            "is_on": Provide(lambda: is_on, sync_to_thread=False),
            "own_locale": Provide(lambda: locale, sync_to_thread=False),
        },
        include_in_schema=False,
    )
