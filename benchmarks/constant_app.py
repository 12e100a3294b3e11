"""A constant answer: one GET of Litestar without middleware, of as many bytes as CONSTANT_BYTES says."""

import os

from litestar import Litestar, MediaType, Response, get


def create_app() -> Litestar:
    """The application."""
    body = b"x" * int(os.environ["CONSTANT_BYTES"])

    @get("/", sync_to_thread=False)
    def get_constant() -> Response[bytes]:
        return Response(body, media_type=MediaType.TEXT)

    return Litestar([get_constant], openapi_config=None, logging_config=None)
