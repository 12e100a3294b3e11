"""People: whom a foreign message is about, and which ids it says are one person."""

from datetime import datetime
from typing import Final, NamedTuple

from recsvc.domain.visitor_ids import anonymous_visitor, is_customer_id
from recsvc.serving.adapted import Stitch
from recsvc.sources.fields import FieldFaultError

ANONYMOUS: Final = "anonymous"
CUSTOMER: Final = "customer"
"""Kinds of ids; further ones are named by the adapters that meet them."""


class Person(NamedTuple):
    """The visitor of a message, and all ids that it names of them."""

    visitor_id: str
    identities: tuple[tuple[str, str], ...]  # (kind, value)

    def stitch(self, occurred_at: datetime, source: str, event_id: str) -> Stitch | None:
        """What it joins; None where there is one id only."""
        return Stitch(self.identities, occurred_at, source, event_id) if len(self.identities) > 1 else None


def person(anonymous: str | None, customer: str | None, pointer: str, kind: str = CUSTOMER) -> Person:
    """The customer where one is named, else the anonymous visitor.

    Args:
        anonymous: id of a browser or device.
        customer: id of a known customer.
        pointer: to the customer's id, for the fault.
        kind: what kind of customer's id it is.

    Raises:
        FieldFaultError: neither is there, or the customer's id has the form of an anonymous one.
    """
    identities = tuple((name, value) for name, value in ((ANONYMOUS, anonymous), (kind, customer)) if value)
    if customer:
        if not is_customer_id(customer):
            raise FieldFaultError("invalid_value", pointer)
        return Person(customer, identities)
    if anonymous:
        return Person(anonymous_visitor(anonymous), identities)
    raise FieldFaultError("missing_visitor", pointer)
