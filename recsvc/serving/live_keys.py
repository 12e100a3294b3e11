"""The keys as they stand: a list in memory, read again whenever its number in the store moved."""

import logging
from datetime import datetime
from typing import Final

from recsvc.domain.errors import StoreUnavailableError, UnauthenticatedError
from recsvc.domain.keys import Key, KeySecret, KeyUse
from recsvc.serving.key_text import digest_of, key_id_of
from recsvc.serving.ports import Clock, KeyStore

log = logging.getLogger(__name__)
NEVER: Final = -1


class LiveKeys:
    """Who may call, for one worker.

    Args:
        store: where keys are kept.
        clock: the time.
        max_age_s: how old the list may be; 0 looks at its number in the store every time, 10 µs on SQLite.
        may_be_open: whether a service without any key answers everybody; only on loopback.
    """

    def __init__(
        self, store: KeyStore, clock: Clock, *, max_age_s: float = 0.0, may_be_open: bool = True
    ) -> None:
        self._store = store
        self._clock = clock
        self._max_age_s = max_age_s
        self._may_be_open = may_be_open
        self._looked_at: datetime | None = None
        self._number = NEVER
        self._uses: dict[str, KeyUse] = {}
        self._openings: dict[str, tuple[Key, KeySecret]] = {}  # digest of a text → what it opens
        self.origins: frozenset[str] = frozenset()  # of all publishable keys that are not revoked

    def refresh(self) -> bool:
        """Read the keys again where they changed; whether they did. Without the store the last ones hold."""
        now = self._clock()
        if self._looked_at and abs((now - self._looked_at).total_seconds()) < self._max_age_s:
            return False
        self._looked_at = now
        try:
            number = self._store.keys_number()
            if number == self._number:
                return False
            self._take(self._store.read_keys())
        except StoreUnavailableError:
            log.warning("keys_unavailable")
            return False
        self._number = number
        return True

    def is_open(self) -> bool:
        """Whether no key was ever made here, so that everybody on this machine may call."""
        self.refresh()
        if self._uses:
            self._may_be_open = False  # a store that loses its keys opens nothing
        return self._may_be_open and self._number != NEVER

    def expect_read(self) -> None:
        """Refuse to judge keys that were never read: what is not known is no bad key.

        Raises:
            StoreUnavailableError: the store has not answered since this worker started.
        """
        if self._number == NEVER:
            raise StoreUnavailableError(
                "The store has not answered since the service started, so no key can be checked; try again."
            )

    def get(self, key_id: str) -> Key | None:
        """The key of an id."""
        use = self._uses.get(key_id)
        return use.key if use else None

    def opened_by(self, text: str) -> Key:
        """The key that a text opens.

        Raises:
            UnauthenticatedError: none, or one that is over; the sentence says which.
        """
        now, found = self._clock(), self._openings.get(digest_of(text))
        if found is None:
            raise _unknown(text)
        key, secret = found
        if key.revoked_at is not None:
            raise UnauthenticatedError(f"The key {key.key_id} was revoked; use another one.")
        if not key.is_live(now) or not secret.is_live(now):
            raise UnauthenticatedError(
                f"The key {key.key_id} is past its end; use the one that took its place."
            )
        self._note_use(key.key_id, now)
        return key

    def _take(self, uses: list[KeyUse]) -> None:
        self._uses = {use.key.key_id: use for use in uses}
        keys = [use.key for use in uses]
        self._openings = {secret.digest: (key, secret) for key in keys for secret in key.secrets}
        self.origins = frozenset(origin for key in keys if key.revoked_at is None for origin in key.origins)

    def _note_use(self, key_id: str, now: datetime) -> None:
        """Keep the day of the last use, once a day; nobody waits for it."""
        use = self._uses[key_id]
        if use.used_on is None or use.used_on < now.date():
            self._uses[key_id] = KeyUse(use.key, now.date())
            self._store.note_key_use(key_id, now.date())


def _unknown(text: str) -> UnauthenticatedError:
    key_id = key_id_of(text)
    if key_id is None:
        return UnauthenticatedError(
            "This is no key: one begins with pk_ or sk_ and ends with a checksum. Was it cut or mistyped?"
        )
    return UnauthenticatedError(f"No key {key_id} with this text is known here.")
