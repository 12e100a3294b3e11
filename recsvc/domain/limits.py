"""Limits: how much of the service one caller may take."""

import ipaddress
from typing import Annotated

import msgspec
from msgspec import Meta

PerMinute = Annotated[int, Meta(ge=1, le=10_000_000)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requests a minute, which hold once a key exists; requests that wait, and seconds for a body."""

    publishable_per_minute: PerMinute = 60_000  # a publishable key, all its browsers together
    secret_per_minute: PerMinute = 60_000  # a secret key
    visitor_per_minute: PerMinute = 600  # a visitor, by publishable keys
    address_per_minute: PerMinute = 6_000  # an address, without a secret key
    contacts_per_minute: PerMinute = 10  # that an address asks for, without a secret key
    waiting: Annotated[int, Meta(ge=1, le=100_000)] = 64  # for their turn, in each lane; beyond, 503
    body_s: Annotated[float, Meta(gt=0, le=3600)] = 10.0  # until the last byte of a body is here
    storage: str | None = None  # valkey://HOST:PORT/NUMBER; None: counted in this process
    trusted_proxies: tuple[str, ...] = ()  # addresses and networks whose X-Forwarded-For is believed

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The trusted proxies.

        Raises:
            ValueError: one of them is neither an address nor a network.
        """
        return tuple(ipaddress.ip_network(one) for one in self.trusted_proxies)
