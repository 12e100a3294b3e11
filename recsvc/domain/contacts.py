"""Contacts: addresses that visitors gave, each for one purpose; only its owner can say that it is theirs."""

import hashlib
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recsvc.domain.events import QuizStep
from recsvc.domain.identity import Identity, IdentityKind

EMAIL: Final = "email"
"""The channel of an address, as quizzes and the log call it."""

CONFIRMATION: Final = "confirmation"
"""The source of the events that follow from a confirmed address."""


class ContactTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table [contacts] of the settings: how long a link holds, and how many messages are asked for."""

    confirm_hours: Annotated[float, Meta(gt=0, le=720)] = 48.0
    per_address: Annotated[int, Meta(ge=1, le=100)] = 3  # messages a day to one address, whoever asks
    per_visitor: Annotated[int, Meta(ge=1, le=100)] = 5  # messages a day that one visitor asks for


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An address with the purpose for which it was given."""

    contact_id: str  # cannot be guessed; its signature is the other half of the link's token
    visitor_id: str  # who gave it, and once it is confirmed the address's own name
    address: str
    purpose: str
    policy: str | None = None  # version of the wording that was shown
    locale: str  # of that wording
    step: QuizStep | None = None  # the question that asked for it
    asked_at: float  # Unix seconds
    expires_at: float | None  # Unix seconds: of the link, then of the address itself
    keep_days: float | None = None  # how long the purpose keeps a confirmed address
    confirmed_at: float | None = None  # Unix seconds


def email_identity(address: str) -> Identity:
    """The name that stands for an address everywhere else: the digest that shops and services know, too."""
    told = address.strip().lower().encode("utf-8", "surrogatepass")
    return Identity(IdentityKind.EMAIL_SHA256, hashlib.sha256(told).hexdigest())
