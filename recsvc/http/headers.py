"""Headers: one of a request, read without the others; Litestar's own decode all of them."""

from litestar.types import Scope


def header(scope: Scope, wanted: bytes) -> str | None:
    """The first header of a name, which is written small."""
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return None
