"""Addresses: from where a request comes, behind proxies that are trusted to say so."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from litestar.types import Scope

from recsvc.domain.limits import Network

NOWHERE = "nowhere"
"""A socket without an address."""

HOME_PREFIX = 64
"""Bits of an IPv6 address that one household has: it may change the others at will."""

RECENT = 4096
"""Addresses whose text was read a moment ago; most requests of a page come from one."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Addresses:
    """Whom to count by address.

    Args:
        trusted: proxies whose X-Forwarded-For is believed; anybody else may write into it what they like.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, scope: Scope) -> str:
        """The nearest address that no trusted proxy has, of an IPv6 address its network."""
        client = scope.get("client")
        nearest = _address(client[0]) if client else None
        if nearest is None:
            return NOWHERE
        if self._trusted:
            for named in reversed(_forwarded(scope)):
                if not self._is_trusted(nearest):
                    break
                forwarded = _address(named)
                if forwarded is None:
                    break
                nearest = forwarded
        return _home(nearest)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _forwarded(scope: Scope) -> list[str]:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [named.strip() for line in lines for named in line.split(",")]


@lru_cache(RECENT)
def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@lru_cache(RECENT)
def _home(address: Address) -> str:
    if address.version == 4:  # noqa: PLR2004
        return str(address)
    return str(ipaddress.ip_network((address, HOME_PREFIX), strict=False))
