"""Posted forms: read strictly, as the API reads its own."""

from typing import Any, TypeVar

from litestar import Request
from litestar.exceptions import HTTPException

from recsvc.http import wire

T = TypeVar("T")


async def read_posted(request: Request[Any, Any, Any], wanted: type[T]) -> T:
    """Read the form of a request.

    Litestar's own form() fails on some multipart bodies and keeps the others in a cache.

    Raises:
        FaultyRequestError: it is no form, or a field comes twice.
        HTTPException: 415, the body is declared as something else.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wire.FORM:
        raise HTTPException(status_code=415, detail=f"Forms are sent as {wire.FORM}.")
    return wire.read_form(await request.body(), wanted)
