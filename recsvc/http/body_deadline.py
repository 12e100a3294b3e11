"""Body deadline: a body that does not arrive in time is given up, so that slow senders hold nothing."""

import asyncio
from typing import Any

from litestar.exceptions import HTTPException
from litestar.types import Receive

TOO_SLOW = 408


class BodyDeadline:
    """Gives the whole body one deadline, however many pieces it comes in; servers leave that to us.

    Args:
        body_s: seconds from the route to the last byte.
    """

    def __init__(self, body_s: float) -> None:
        self._body_s = body_s

    def over(self, receive: Receive) -> Receive:
        """A `receive` that ends in time; it raises 408 where it would not."""
        end = asyncio.get_running_loop().time() + self._body_s
        is_complete = False

        async def receive_in_time() -> Any:
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

        return receive_in_time
