"""Payloads of contacts: an address that is given, and what is said to that."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from recsvc.http.payloads import Locale, VisitorPayload

MOST_ADDRESS_CHARACTERS = 254

Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)")]
"""A word that reads as nothing in a message: whoever holds a publishable key chooses it."""


class ContactPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An address, and for what it is given."""

    visitor: VisitorPayload
    address: Annotated[
        str, Meta(max_length=MOST_ADDRESS_CHARACTERS, description="Of mail; one, and nothing else.")
    ]
    purpose: Annotated[Code, Meta(description="What its owner is asked to agree to.")]
    policy: Annotated[Code, Meta(description="Version of the wording that was shown.")]
    locale: Annotated[Locale, Meta(description="Of the wording, the message and the page.")] | None = None


class ContactAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The owner is asked; nothing is agreed to before they have confirmed."""

    state: Annotated[
        Literal["waiting", "confirmed"],
        Meta(description="Confirmed: the owner has agreed to this wording before, and is not asked again."),
    ]
    expires_at: datetime | None = None  # of the link, and of the address where nobody confirms it
