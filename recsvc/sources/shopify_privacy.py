"""Shopify's mandatory webhooks about personal data: whom they name, and which are for a person to do."""

from hashlib import sha256
from typing import Any, Final

from recsvc.domain.identity import Identity, IdentityKind
from recsvc.sources.fields import FieldFaultError, Fields, text_of
from recsvc.sources.shopify_orders import guest_of

REDACT: Final = "customers/redact"
FOR_THE_OPERATOR: Final = frozenset({"customers/data_request", "shop/redact"})
"""An export goes from the shop to the customer, and no message from outside deletes all that a shop has."""

MOST_ORDERS: Final = 1_000


def redacted_names(resource: dict[str, Any]) -> list[str]:
    """The names to erase: the customer, their address, and the guest of each order that is named.

    Raises:
        FieldFaultError: the customer's id is missing, or an order's is none.
    """
    customer = Fields(resource, "").inside("customer")
    number, email = customer.needed("id"), customer.text("email", most=320)
    names = [Identity(IdentityKind.SHOPIFY_CUSTOMER, number).visitor_id]
    if email is not None:
        digest = sha256(email.strip().lower().encode()).hexdigest()
        names.append(Identity(IdentityKind.EMAIL_SHA256, digest).visitor_id)
    orders = resource.get("orders_to_redact") or []
    if not isinstance(orders, list) or len(orders) > MOST_ORDERS:
        raise FieldFaultError("invalid_value", "/orders_to_redact")
    for place, order in enumerate(orders):
        guest = guest_of(text_of(order, f"/orders_to_redact/{place}"))
        names.append(Identity(IdentityKind.ANONYMOUS, guest).visitor_id)
    return names
