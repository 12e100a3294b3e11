"""Destinations: where the shop lets visitors' facts and segments go, and what may leave for there."""

from enum import StrEnum
from typing import Annotated

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


class Destination(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One destination as the settings describe it; docs/destinations.md has every field."""

    name: Name
    kind: DestinationKind
    url: str | None = None  # None: the service's public address; a webhook has none
    secret_env: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,99}\Z")]  # variable that holds the secret
    purpose: str = SHARE  # nothing of a visitor who has not granted it leaves
    facts: tuple[str, ...] | None = None  # that leave; None: all
    segments: tuple[str, ...] | None = None  # that leave; None: all
    per_minute: Annotated[int, Meta(ge=1, le=100_000)] = 60  # most requests
    attempts: Annotated[int, Meta(ge=1, le=50)] = 12  # before a delivery is given up
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 10.0


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a destination is to know of a visitor; nothing else of them leaves."""

    visitor_id: str
    identities: tuple[Identity, ...] = ()
    consents: dict[str, bool] = {}  # purpose → the last word
    facts: dict[str, tuple[str, ...] | float] = {}
    segments: tuple[str, ...] = ()
