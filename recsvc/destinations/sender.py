"""Sender: one HTTP request of a destination, and what its answer means for the outbox."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

from recsvc.serving.ports import Clock
from recsvc.serving.targets import UndeliveredError

ANSWER_LIMIT: Final = 256 * 1024
"""Bytes of an answer that are read; what says more is not what it says it is."""

REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, 413, 422})
"""Statuses about this one request; all others would meet the next one, too."""

LONGEST_REST_S: Final = 86_400.0


class Sender:
    """Sends to one destination: no redirect is followed, no proxy or password of the machine is used."""

    def __init__(self, timeout_s: float, clock: Clock) -> None:
        self._clock = clock
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        """Send a request; the object that was answered, an empty one where none was.

        Raises:
            UndeliveredError: it was not taken.
        """
        try:
            with self._client.stream(method, url, headers=dict(headers), content=body) as response:
                answer = _read(response)
                self._check(response, answer)
                return _decoded(answer)
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
            raise UndeliveredError(f"It does not answer ({problem}).", is_outage=True) from error

    def post(
        self, url: str, headers: dict[str, str], body: object, *, method: str = "POST"
    ) -> dict[str, Any]:
        """Send an object as JSON.

        Raises:
            UndeliveredError: it was not taken.
        """
        typed = {"content-type": "application/json"} | headers
        return self.send(method, url, typed, msgspec.json.encode(body))

    def _check(self, response: httpx.Response, answer: bytes) -> None:
        """Raise for whatever is no success."""
        status = response.status_code
        if response.is_success:
            return
        if response.has_redirect_location:
            raise UndeliveredError(
                f"It answered {status}, and no redirect is followed: name the address it leads to.",
                is_outage=True,
            )
        raise UndeliveredError(
            f"It answered {status}.",
            is_outage=status not in REFUSALS,
            retry_after_s=_retry_after_s(response.headers.get("retry-after", ""), self._clock()),
            answer=answer[:300].decode("utf-8", "replace").replace("\0", "\ufffd"),  # no database keeps NUL
        )


def _read(response: httpx.Response) -> bytes:
    answer = b""
    for part in response.iter_bytes():
        answer += part
        if len(answer) > ANSWER_LIMIT:
            raise UndeliveredError(f"It answered more than {ANSWER_LIMIT:,} bytes.", is_outage=True)
    return answer


def _retry_after_s(text: str, now: datetime) -> float:
    """Seconds that a Retry-After asks for, as a number or as a date; 0 where it says nothing."""
    if text.strip().isdecimal():
        return min(float(text), LONGEST_REST_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_REST_S)


def _decoded(answer: bytes) -> dict[str, Any]:
    if not answer.strip():
        return {}
    try:
        found = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
