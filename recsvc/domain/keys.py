"""Keys: who may call the service, and for what."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class KeyKind(StrEnum):
    """Where a key may be kept."""

    PUBLISHABLE = "publishable"  # in a browser or an app, where everybody can read it
    SECRET = "secret"  # noqa: S105 - on the shop's servers only


class Scope(StrEnum):
    """What a key may be used for."""

    ASK = "ask"  # slates, touchpoints, quizzes
    EVENTS = "events"  # report what happened
    CATALOGUE = "catalogue"  # see and change items
    PRIVACY = "privacy"  # see, correct and forget what is known of a visitor
    INSIGHT = "insight"  # see the affinities and segments of a visitor
    OPERATE = "operate"  # metrics


PUBLISHABLE_SCOPES = frozenset({Scope.ASK, Scope.EVENTS, Scope.PRIVACY})
"""What every publishable key may do, and only for the visitor of the call."""


SANDBOX = "null"
"""The origin that browsers name for a sandboxed frame, whosesoever it is."""


class KeySecret(msgspec.Struct, frozen=True):
    """One text that opens a key; while a key is rotated there are two."""

    digest: str  # SHA-256 of the text, hexadecimal
    ends_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is still taken."""
        return self.ends_at is None or now < self.ends_at


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is kept: without its text, which only its holder has."""

    key_id: str
    kind: KeyKind
    name: str  # what the shop calls it
    scopes: frozenset[Scope]
    origins: tuple[str, ...] = ()  # publishable: pages that may use it, `https://shop.example`
    apps: bool = False  # publishable: also calls that name no origin, as apps make them
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    secrets: tuple[KeySecret, ...]  # newest first

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor past its end."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def may_vouch(self) -> bool:
        """Whether it may sign tokens: they open what browsers may do, so it must be able to as well."""
        return self.kind is KeyKind.SECRET and self.scopes >= PUBLISHABLE_SCOPES


class KeyUse(msgspec.Struct, frozen=True):
    """A key and the last day on which it was used."""

    key: Key
    used_on: date | None = None
