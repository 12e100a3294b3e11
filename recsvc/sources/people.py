"""People: whom a foreign message is about, and which ids it says are one person."""

from datetime import datetime
from typing import NamedTuple

from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.adapted import Stitch
from recsvc.sources.fields import FieldFaultError


class Person(NamedTuple):
    """The visitor of a message, and all ids that it names of them."""

    visitor_id: str
    identities: tuple[Identity, ...]

    def stitch(self, occurred_at: datetime, source: str, event_id: str) -> Stitch | None:
        """What it joins; None where there is one id only."""
        return Stitch(self.identities, occurred_at, source, event_id) if len(self.identities) > 1 else None


def person(
    anonymous: str | None, customer: str | None, pointer: str, kind: IdentityKind = IdentityKind.CUSTOMER
) -> Person:
    """The customer where one is named, else the anonymous visitor.

    Args:
        anonymous: id of a browser or device.
        customer: id of a known customer.
        pointer: to the customer's id, for the fault.
        kind: what kind of customer's id it is.

    Raises:
        FieldFaultError: neither is there, or the customer's id has the form of another kind.
    """
    named = ((kind, customer), (IdentityKind.ANONYMOUS, anonymous))
    identities = tuple(Identity(kind, value) for kind, value in named if value)
    if not identities:
        raise FieldFaultError("missing_visitor", pointer)
    if any(one.complaint() for one in identities):
        raise FieldFaultError("invalid_value", pointer)
    return Person(identities[0].visitor_id, identities)
