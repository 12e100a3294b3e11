"""Sharing: what of a visitor may leave for a destination, as it stands now."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Protocol

from recsvc.domain.destinations import Destination, DestinationKind, Outgoing, OutgoingContact
from recsvc.domain.identity import identity_of, ranked
from recsvc.domain.profile import Profile
from recsvc.serving.contact_rows import ContactRows
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.plain_facts import PlainFacts
from recsvc.serving.ports import Clock, PersonalRows
from recsvc.serving.segments import Segments
from recsvc.serving.unsubscribing import UnsubscribeLinks
from recsvc.serving.visitor import VisitorReader


class _People(PersonalRows, ContactRows, Protocol):
    """What sharing needs of the store."""


class Sharing:
    """Finds it anew for every delivery, so that what was withdrawn or expired meanwhile never leaves."""

    def __init__(
        self,
        visitors: VisitorReader,
        people: _People,
        segments: Segments,
        quizzes: LiveQuizzes,
        clock: Clock,
        links: UnsubscribeLinks | None = None,
    ) -> None:
        self._visitors = visitors
        self._people = people
        self._segments = segments
        self._quizzes = quizzes
        self._clock = clock
        self._links = links

    def of(self, visitor_id: str, terms: Destination) -> Outgoing | None:
        """What the destination may know; None where that is nothing.

        Nothing leaves of a visitor who has not granted its purpose, nor under a name that is not the first
        one of theirs; a sensitive fact never does.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        profile = self._visitors.read_surely(visitor_id)
        if profile.visitor_id != visitor_id or not may_leave(profile, terms.purpose):
            return None
        names = self._people.names(visitor_id)
        plain = PlainFacts(self._quizzes).of(profile, self._clock().timestamp())
        return Outgoing(
            visitor_id,
            tuple(map(identity_of, ranked(names))),
            {purpose: consent.granted for purpose, consent in sorted(profile.consents.items())},
            {fact: value.values for fact, value in plain.items() if _wants(terms.facts, fact)},
            tuple(name for name in self._segments.of(profile) if _wants(terms.segments, name)),
            self._confirmed(names, terms),
        )

    def _confirmed(self, names: Collection[str], terms: Destination) -> tuple[OutgoingContact, ...]:
        """The confirmed addresses; each was given for one purpose, and leaves for no other."""
        if terms.kind is not DestinationKind.WEBHOOK:
            return ()
        return tuple(
            OutgoingContact(
                one.address,
                one.purpose,
                one.policy,
                one.locale,
                _moment(one.confirmed_at),
                one.contact_id,
                self._links.of(one.visitor_id, one.purpose, one.locale) if self._links else None,
            )
            for one in self._people.contacts_of(names)
            if one.confirmed_at is not None and one.purpose == terms.purpose
        )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def may_leave(profile: Profile, purpose: str) -> bool:
    """Whether the visitor's last word about a purpose was yes; without a word it was not."""
    consent = profile.consents.get(purpose)
    return consent is not None and consent.granted


def _wants(named: Collection[str] | None, name: str) -> bool:
    return named is None or name in named
