"""Destinations: where the shop lets visitors' facts and segments go, and what may leave for there."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recsvc.domain.identity import Identity
from recsvc.domain.purposes import SHARE

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]


class DestinationKind(StrEnum):
    """The closed list of what a destination speaks."""

    WEBHOOK = "webhook"
    KLAVIYO = "klaviyo"
    LINE = "line"
    MAILER = "mailer"


OWN_RECEIVERS: Final = frozenset({DestinationKind.WEBHOOK, DestinationKind.MAILER})
"""Kinds that the shop runs itself, so that there is no public address."""


class Destination(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One destination as the settings describe it; docs/destinations.md has every field."""

    name: Name
    kind: DestinationKind
    url: str | None = None  # None: the service's public address; the shop's own receivers have none
    secret_env: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,99}\Z")]  # variable that holds the secret
    purpose: str = SHARE  # nothing of a visitor who has not granted it leaves
    facts: tuple[str, ...] | None = None  # that leave; None: all
    segments: tuple[str, ...] | None = None  # that leave; None: all
    per_minute: Annotated[int, Meta(ge=1, le=100_000)] = 60  # most requests
    attempts: Annotated[int, Meta(ge=1, le=50)] = 12  # before a delivery is given up
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 10.0


class OutgoingContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address that its owner has confirmed, for the purpose of the destination."""

    address: str
    purpose: str
    policy: str | None  # version of the wording that was agreed to
    locale: str
    confirmed_at: datetime
    proof: str  # the id that the ledger of consents has, too
    unsubscribe: str | None = None  # the link for mails to it


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a destination is to know of a visitor; nothing else of them leaves."""

    visitor_id: str
    identities: tuple[Identity, ...] = ()
    consents: dict[str, bool] = {}  # purpose → the last word
    facts: dict[str, tuple[str, ...] | float] = {}
    segments: tuple[str, ...] = ()
    contacts: tuple[OutgoingContact, ...] = ()
