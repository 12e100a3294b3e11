"""Rate limits: requests a minute of a key, a visitor and an address."""

import logging
import math
import time
from datetime import datetime, timedelta

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from litestar.types import Scope

from recsvc.domain.errors import TooManyRequestsError
from recsvc.domain.keys import Key, KeyKind
from recsvc.domain.limits import Limits
from recsvc.http.addresses import Addresses
from recsvc.http.metrics import Metrics
from recsvc.serving.ports import Clock

log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=5)
"""How long nothing is counted after the counts did not answer: their absence must not slow every request."""


class RateLimits:
    """Counts requests in sliding minutes; where counting fails, requests go on."""

    def __init__(self, counts: Storage, limits: Limits, metrics: Metrics, clock: Clock) -> None:
        self._window = SlidingWindowCounterRateLimiter(counts)
        raised = counts.base_exceptions
        self._failures: tuple[type[Exception], ...] = (
            OSError,
            *(raised if isinstance(raised, tuple) else (raised,)),
        )
        self._addresses = Addresses(limits.proxies)
        self._metrics = metrics
        self._clock = clock
        self._paused_until: datetime | None = None
        self._kinds = {
            KeyKind.PUBLISHABLE: RateLimitItemPerMinute(limits.publishable_per_minute),
            KeyKind.SECRET: RateLimitItemPerMinute(limits.secret_per_minute),
        }
        self._visitor = RateLimitItemPerMinute(limits.visitor_per_minute)
        self._contact = RateLimitItemPerMinute(limits.contacts_per_minute)
        self._address = RateLimitItemPerMinute(limits.address_per_minute)

    async def count_key(self, key: Key, requests: int = 1) -> None:
        """Count requests of a key; either all of them are let through or none.

        Raises:
            TooManyRequestsError: it asked too often.
        """
        await self._count("key", self._kinds[key.kind], key.key_id, requests)

    def most_of(self, key: Key) -> int:
        """Requests a minute that a key may make."""
        return int(self._kinds[key.kind].amount)

    async def count_visitor(self, visitor_id: str) -> None:
        """Count a request for a visitor.

        Raises:
            TooManyRequestsError: there were too many.
        """
        await self._count("visitor", self._visitor, visitor_id)

    async def count_address(self, scope: Scope) -> None:
        """Count a request from an address.

        Raises:
            TooManyRequestsError: there were too many.
        """
        await self._count("address", self._address, self._addresses.of(scope))

    async def count_contact(self, scope: Scope) -> None:
        """Count the owner of an e-mail address who is to be asked, by the network address that wants it.

        Raises:
            TooManyRequestsError: there were too many.
        """
        await self._count(
            "contact", self._contact, self._addresses.of(scope), of="contacts a minute of one address"
        )

    async def _count(
        self, name: str, limit: RateLimitItemPerMinute, who: str, requests: int = 1, of: str | None = None
    ) -> None:
        now = self._clock()
        if self._paused_until is not None and now < self._paused_until:
            return
        try:
            if await self._window.hit(limit, name, who, cost=requests):
                return
            stats = await self._window.get_window_stats(limit, name, who)
        except self._failures as error:
            self._paused_until = now + PAUSE
            self._metrics.counts_unavailable()
            log.warning("limits_unavailable", extra={"reason": type(error).__name__})
            return
        self._metrics.limited(name)
        asked = of or f"requests a minute of one {name}"
        raise TooManyRequestsError(
            f"More than {limit.amount:,} {asked}; go on when Retry-After is over.",
            limit=name,
            per_minute=limit.amount,
            retry_after_s=max(1, math.ceil(stats.reset_time - time.time())),
        )
