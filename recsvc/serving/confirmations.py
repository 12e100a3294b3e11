"""Confirmations: the messages that ask the owners of addresses, handed to the shop's mailer."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlencode

from recsvc.domain.contacts import Contact, email_identity
from recsvc.domain.destinations import Destination
from recsvc.serving.confirmation_token import write_token
from recsvc.serving.contact_rows import ContactRows, Notice
from recsvc.serving.ports import Clock
from recsvc.serving.rounds import CHANCE, Jitter, Round, Rounds, backoff_s
from recsvc.serving.targets import UndeliveredError
from recsvc.serving.unsubscribing import UnsubscribeLinks, headers_of

log = logging.getLogger(__name__)

NOTICES_AT_ONCE: Final = 20


class Request(NamedTuple):
    """Everything that a message needs."""

    address: str
    locale: str
    link: str  # to the page where the owner of the address says yes
    purpose: str
    policy: str | None  # version of the wording that was shown
    expires_at: datetime  # of the link
    unsubscribe: str  # the link by which the owner says no, now and later
    headers: dict[str, str]  # of the mail


class Mailer(Protocol):
    """Sends messages to addresses. A request may come twice, and then has the same id."""

    def ask(self, request_id: str, request: Request) -> None:
        """Ask the owner of an address.

        Raises:
            UndeliveredError: it did not take it.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class Links:
    """The addresses of pages where owners say yes, or no.

    Args:
        secret: signs them.
        public_url: where browsers reach this service.
    """

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._secret = secret
        self._page = f"{public_url.rstrip('/')}/confirm"
        self._unsubscribe = UnsubscribeLinks(secret, public_url)

    def of(self, contact: Contact) -> str:
        """The link of a contact, with its locale: the page of a link that is over knows nothing else."""
        token = write_token(self._secret, contact.contact_id, contact.expires_at or 0.0)
        return f"{self._page}?{urlencode({'token': token, 'locale': contact.locale})}"

    def unsubscribe(self, contact: Contact) -> str:
        """The link that ends the purpose of a contact."""
        name = email_identity(contact.address).visitor_id
        return self._unsubscribe.of(name, contact.purpose, contact.locale)


class Confirmations(Rounds):
    """Hands over what is due; what was withdrawn or erased meanwhile never leaves.

    Args:
        store: says what is due.
        terms: of the mailer.
        mailer: takes the messages.
        links: make their links.
        clock: says what is due.
        jitter: see `rounds`.
    """

    def __init__(
        self,
        store: ContactRows,
        terms: Destination,
        mailer: Mailer,
        links: Links,
        clock: Clock,
        jitter: Jitter = CHANCE,
    ) -> None:
        super().__init__()
        self._store = store
        self._terms = terms
        self._mailer = mailer
        self._links = links
        self._clock = clock
        self._jitter = jitter
        self._rest_until = 0.0  # Unix seconds, while the mailer is out

    def close(self) -> None:
        """Let go of the connections."""
        self._mailer.close()

    def work(self) -> Round:
        """Hand over some of what is due.

        Raises:
            StoreUnavailableError: the store does not answer; the next round goes on from there.
        """
        now, oldest_at = self._clock().timestamp(), self._store.notice_depth().oldest_at
        if self.is_stopped or oldest_at is None or max(oldest_at, self._rest_until) > now:
            return Round()
        lease_s = NOTICES_AT_ONCE * (self._terms.timeout_s + 60 / self._terms.per_minute) + 60
        claimed = self._store.claim_notices(now, now + lease_s, NOTICES_AT_ONCE).result()
        done = Round()
        for place, notice in enumerate(claimed):
            done = done.plus(self._hand_over(notice))
            if self.is_stopped or self._rest_until > now:
                self._give_back(claimed[place + 1 :], max(self._rest_until, now))
                break
        return done

    def _hand_over(self, notice: Notice) -> Round:
        contact = self._store.read_contact(notice.contact_id)
        if contact is None or contact.confirmed_at is not None:
            return Round(looked=1)
        self.rest(60 / self._terms.per_minute)
        try:
            self._mailer.ask(request_id(contact), self._request(contact))
        except UndeliveredError as error:
            given_up = self._fail(notice, error)
            return Round(1, 0, int(not given_up), int(given_up))
        self._store.settle_notice(notice, None, 0, None).result()
        return Round(looked=1, sent=1)

    def _request(self, contact: Contact) -> Request:
        unsubscribe = self._links.unsubscribe(contact)
        return Request(
            contact.address,
            contact.locale,
            self._links.of(contact),
            contact.purpose,
            contact.policy,
            datetime.fromtimestamp(int(contact.expires_at or 0), UTC),
            unsubscribe,
            headers_of(unsubscribe),
        )

    def _fail(self, notice: Notice, error: UndeliveredError) -> bool:
        """Try again later, or give up; whether it was given up."""
        attempts = notice.attempts + 1
        given_up = not error.is_outage or attempts >= self._terms.attempts
        backoff = backoff_s(notice.attempts, self._jitter)
        due_at = self._clock().timestamp() + max(backoff, error.retry_after_s)
        if error.is_outage:
            self._rest_until = due_at
        problem = f"{error} {error.answer}".strip()
        self._store.settle_notice(notice, None if given_up else due_at, attempts, problem).result()
        about = {"destination": self._terms.name, "attempts": attempts, "problem": str(error)}
        log.warning("message_given_up" if given_up else "message_failed", extra=about)
        return given_up

    def _give_back(self, notices: Sequence[Notice], due_at: float) -> None:
        for one in notices:
            self._store.settle_notice(one, due_at, one.attempts, None).result()


def request_id(contact: Contact) -> str:
    """The same for every attempt to ask the same; it tells nothing of the visitor or the link."""
    return hashlib.sha256(f"message\n{contact.contact_id}".encode()).hexdigest()[:32]
