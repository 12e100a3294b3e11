"""Visitor ids: how an anonymous id and a customer's id become one name space."""

from typing import Final

ANONYMOUS: Final = "anon:"
"""What an anonymous id begins with inside the service, so that it never meets a customer's id."""


def anonymous_visitor(anonymous_id: str) -> str:
    """The visitor nobody knows by name."""
    return ANONYMOUS + anonymous_id


def is_customer_id(customer_id: str) -> bool:
    """Whether an id may name a known customer: it must not look like an anonymous one."""
    return not customer_id.startswith(ANONYMOUS)
