"""Identities: the many names of one person, each with its kind, and how they are written as one text."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class IdentityKind(StrEnum):
    """The closed list of kinds; their order says which name of a person comes first."""

    CUSTOMER = "customer"
    LOYALTY_CARD = "loyalty_card"
    LINE_USER = "line_user"
    SHOPIFY_CUSTOMER = "shopify_customer"
    EMAIL_SHA256 = "email_sha256"
    ANONYMOUS = "anonymous"


PREFIXES: Final = {
    IdentityKind.ANONYMOUS: "anon:",
    IdentityKind.LOYALTY_CARD: "card:",
    IdentityKind.LINE_USER: "line:",
    IdentityKind.SHOPIFY_CUSTOMER: "shopify:",
    IdentityKind.EMAIL_SHA256: "email:",
}
"""What the text of an identity begins with; the shop's own id of a customer begins with none of these."""

ANONYMOUS: Final = PREFIXES[IdentityKind.ANONYMOUS]
"""What an anonymous id begins with inside the service, so that it never meets a customer's id."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Identity(msgspec.Struct, frozen=True, order=True):
    """One name of a person."""

    kind: IdentityKind
    value: str

    @property
    def visitor_id(self) -> str:
        """The name as one text, which no name of another kind can be."""
        return PREFIXES.get(self.kind, "") + self.value

    def complaint(self) -> str | None:
        """What is wrong with the value, None where nothing is."""
        if self.kind is IdentityKind.EMAIL_SHA256 and not _SHA256.fullmatch(self.value):
            return "email_sha256 is 64 small hexadecimal digits; an address itself is never taken."
        if self.kind is IdentityKind.CUSTOMER and identity_of(self.value).kind is not IdentityKind.CUSTOMER:
            return f"A customer's id begins with none of {', '.join(sorted(PREFIXES.values()))}."
        return None


def identity_of(visitor_id: str) -> Identity:
    """The identity that a text names."""
    for kind, prefix in PREFIXES.items():
        if visitor_id.startswith(prefix):
            return Identity(kind, visitor_id.removeprefix(prefix))
    return Identity(IdentityKind.CUSTOMER, visitor_id)


def is_borrowed(visitor_id: str, first: str) -> bool:
    """Whether a name is a browser's of somebody whom the shop knows by another one.

    The browser goes on with its id after they have logged out, for whoever sits there next. An address that
    was confirmed from it is no such name: nobody else was known by it, or it would not have been joined.

    Args:
        visitor_id: the name.
        first: the first of all names of the same person.
    """
    kept_private = identity_of(first).kind not in {IdentityKind.ANONYMOUS, IdentityKind.EMAIL_SHA256}
    return visitor_id.startswith(ANONYMOUS) and kept_private


def needs_token(visitor_id: str, first: str) -> bool:
    """Whether a name is a browser's of a customer, who can prove by a token that it is them.

    Whom the shop knows by a card or an account elsewhere alone has nothing else to show than their browser.

    Args:
        visitor_id: the name.
        first: the first of all names of the same person.
    """
    return visitor_id.startswith(ANONYMOUS) and identity_of(first).kind is IdentityKind.CUSTOMER


def ranked(visitor_ids: Iterable[str]) -> list[str]:
    """Names of one person, by kind and then by the alphabet: the first one stands for the person."""
    ranks = list(IdentityKind)
    return sorted(visitor_ids, key=lambda visitor_id: (ranks.index(identity_of(visitor_id).kind), visitor_id))
