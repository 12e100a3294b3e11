"""Unsubscribing: the link in a mail by which its reader withdraws what the mail was sent for."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from recsvc.domain.contacts import EMAIL
from recsvc.domain.events import Event, EventKind, Wording
from recsvc.serving.ports import Clock, Store
from recsvc.serving.unsubscribe_token import Unsubscription, read_token, write_token

SOURCE: Final = "unsubscribe"


class UnsubscribeLinks:
    """The links of mails, and what mail programs are told of them.

    Args:
        secret: seals them.
        public_url: where browsers reach this service.
    """

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._secret = secret
        self._page = f"{public_url.rstrip('/')}/unsubscribe"

    def of(self, visitor_id: str, purpose: str, locale: str) -> str:
        """The link of a mail to somebody, under one of their names, in the language of the mail."""
        token = write_token(self._secret, Unsubscription(visitor_id, purpose))
        return f"{self._page}?{urlencode({'token': token, 'locale': locale})}"


def headers_of(link: str) -> dict[str, str]:
    """The headers by which mail programs offer the link themselves (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


class Unsubscribing:
    """The use case behind the link. Whether somebody is known shows in nothing that it answers."""

    def __init__(self, store: Store, secret: bytes, clock: Clock) -> None:
        self._store = store
        self._secret = secret
        self._clock = clock

    def look(self, token: str) -> Unsubscription:
        """What a link would end; looking changes nothing, for mail scanners look too.

        Raises:
            UnknownConfirmationError: this service did not make the link.
        """
        return read_token(self._secret, token)

    async def end(self, token: str, locale: str) -> None:
        """Withdraw the purpose of a link, once; what was withdrawn before stays so.

        Where nothing is kept under the name, as after an erasure, nothing is written: no mail goes there.

        Raises:
            UnknownConfirmationError: this service did not make the link.
            StoreUnavailableError: the store does not answer; nothing was withdrawn.
        """
        visitor_id, purpose = self.look(token)
        profile = (await asyncio.to_thread(self._store.read_visitor, visitor_id)).profile
        word = profile.consents.get(purpose)
        if word is not None and not word.granted:
            return
        if not profile.revision and not await asyncio.to_thread(self._store.holds_address, visitor_id):
            return
        digest = hashlib.sha256(token.encode()).hexdigest()[:32]
        # A grant may bear the time of a clock ahead of ours; of two words of one moment the refusal counts.
        granted_at = datetime.fromtimestamp(word.at if word else 0.0, UTC)
        event = Event(
            event_id=f"unsubscribe:{digest}:{word.at if word else 0.0}",  # once, if pressed twice
            kind=EventKind.CONSENT,
            visitor_id=visitor_id,
            occurred_at=max(self._clock(), granted_at),
            received_at=self._clock(),
            channel=EMAIL,
            source=SOURCE,
            consent={purpose: False},
            wording=Wording(None, locale, digest),
        )
        await asyncio.wrap_future(self._store.append([event]))
