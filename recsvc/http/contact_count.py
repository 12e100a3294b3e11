"""Contact count: how many owners of addresses are asked from one place, whatever asks for it."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.types import Scope

from recsvc.http.access import CALLER, Admission
from recsvc.http.rate_limits import RateLimits


class ContactCount:
    """Counts what one request asks for; a shop's server, and a service without keys, ask as they like."""

    def __init__(self, limits: RateLimits, scope: Scope) -> None:
        self._limits = limits
        self._scope = scope

    async def one(self) -> None:
        """Count one owner who is to be asked.

        Raises:
            TooManyRequestsError: there were too many; nothing is asked.
        """
        caller = self._scope["state"].get(CALLER)  # a page has none, but where no key was ever made
        if caller is None or not caller.vouches:
            await self._limits.count_contact(self._scope)

    async def answer(self, raw: Mapping[str, Any]) -> None:
        """Count a quiz's answer, where it holds an address.

        Raises:
            TooManyRequestsError: there were too many; nothing is asked.
        """
        value = raw.get("value")
        if isinstance(value, dict) and value.get("address") is not None:
            await self.one()


def contact_count(request: Request[Any, Any, Any], admission: Admission) -> ContactCount:
    """The count of a request."""
    return ContactCount(admission.limits, request.scope)
