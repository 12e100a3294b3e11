"""Keys: made, listed, rotated and revoked by the operator; what they open is for `live_keys`."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from recsvc.domain.errors import UsageError
from recsvc.domain.keys import PUBLISHABLE_SCOPES, SANDBOX, Key, KeyKind, KeySecret, KeyUse, Scope
from recsvc.serving.key_text import digest_of, new_key_id, new_text
from recsvc.serving.ports import Clock, KeyStore
from recsvc.serving.visitor_tokens import token_secret

ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
WRITE_S = 30.0


class NewKey(NamedTuple):
    """A key with what is shown once."""

    key: Key
    text: str
    token_secret: str | None  # of a key that may vouch: what visitors' tokens are signed with


class Keys:
    """All keys of a store.

    Args:
        store: where they are kept.
        secret: the service's own; visitors' tokens are signed with what is derived from it.
        clock: the time.
    """

    def __init__(self, store: KeyStore, secret: bytes, clock: Clock) -> None:
        self._store = store
        self._secret = secret
        self._clock = clock

    def create_publishable(
        self, name: str, origins: Sequence[str], *, apps: bool = False, days: int | None = None
    ) -> NewKey:
        """Make a key for pages of some origins, and for apps.

        Raises:
            UsageError: an origin that no browser sends, or a key that nobody could use.
        """
        if not origins and not apps:
            raise UsageError(
                "A publishable key is for the pages of some origins: pass --origin https://shop.example, "
                "or --apps for a key that calls without an origin may use."
            )
        checked = tuple(dict.fromkeys(_origin(one) for one in origins))
        return self._create(KeyKind.PUBLISHABLE, name, PUBLISHABLE_SCOPES, days, checked, apps=apps)

    def create_secret(self, name: str, scopes: Sequence[Scope], days: int | None = None) -> NewKey:
        """Make a key for the shop's servers; without scopes named, one for everything."""
        return self._create(KeyKind.SECRET, name, frozenset(scopes or Scope), days)

    def every(self) -> list[KeyUse]:
        """All keys, the oldest first."""
        return sorted(self._store.read_keys(), key=lambda use: (use.key.created_at, use.key.key_id))

    def rotate(self, key_id: str, overlap: timedelta) -> NewKey:
        """Give a key a second text; the first is taken until the overlap ends.

        Raises:
            UsageError: there is no such key, or it is over.
        """
        key, now = self._get(key_id), self._clock()
        if not key.is_live(now):
            raise UsageError(f"The key {key_id} is revoked or expired; create another one.")
        text = new_text(key.kind, key_id)
        end = now + overlap
        newest = key.secrets[0]
        ends_at = end if newest.ends_at is None else min(end, newest.ends_at)
        former = msgspec.structs.replace(newest, ends_at=ends_at)
        return self._keep(msgspec.structs.replace(key, secrets=(KeySecret(digest_of(text)), former)), text)

    def revoke(self, key_id: str) -> Key:
        """End a key; once more changes nothing.

        Raises:
            UsageError: there is no such key.
        """
        key = self._get(key_id)
        if key.revoked_at is None:
            key = msgspec.structs.replace(key, revoked_at=self._clock())
            self._store.put_key(key).result(WRITE_S)
        return key

    def _create(
        self,
        kind: KeyKind,
        name: str,
        scopes: frozenset[Scope],
        days: int | None,
        origins: tuple[str, ...] = (),
        *,
        apps: bool = False,
    ) -> NewKey:
        now, key_id = self._clock(), new_key_id()
        text = new_text(kind, key_id)
        key = Key(
            key_id=key_id,
            kind=kind,
            name=name,
            scopes=scopes,
            origins=origins,
            apps=apps,
            created_at=now,
            expires_at=_end(now, days),
            secrets=(KeySecret(digest_of(text)),),
        )
        return self._keep(key, text)

    def _keep(self, key: Key, text: str) -> NewKey:
        self._store.put_key(key).result(WRITE_S)
        if not key.may_vouch:
            return NewKey(key, text, None)
        return NewKey(key, text, token_secret(self._secret, key, key.secrets[0]))

    def _get(self, key_id: str) -> Key:
        for use in self._store.read_keys():
            if use.key.key_id == key_id:
                return use.key
        raise UsageError(f"There is no key {key_id[:40]!r}; `recsvc keys list` shows the ids there are.")


def _end(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)


def _origin(text: str) -> str:
    """An origin as browsers send it: lower case, without a path and without the port that goes by itself."""
    origin = text.strip().rstrip("/").lower()
    if origin == SANDBOX:
        return origin
    if not ORIGIN.fullmatch(origin):
        raise UsageError(
            f"{text[:100]!r} is no origin; write what a browser sends: scheme, host and, where it is not "
            "the usual one, port, as in https://shop.example; or null, for sandboxed frames."
        )
    return origin.removesuffix(DEFAULT_PORTS[origin.partition(":")[0]])
