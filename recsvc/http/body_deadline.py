"""Body deadline: a body that does not arrive in time is given up, so that slow senders hold nothing."""

import asyncio

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

TOO_SLOW = 408


class BodyDeadline(ASGIMiddleware):
    """Gives the whole body one deadline, however many pieces it comes in; servers leave that to us.

    Args:
        body_s: seconds from the route to the last byte.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, body_s: float) -> None:
        self._body_s = body_s

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Go on with a `receive` that ends in time."""
        end = asyncio.get_running_loop().time() + self._body_s
        is_complete = False

        async def receive_in_time() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal is_complete
            if is_complete:
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(status_code=TOO_SLOW) from error
            is_complete = message["type"] != "http.request" or not message["more_body"]
            return message

        await next_app(scope, receive_in_time, send)
