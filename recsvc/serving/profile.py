"""The profile as a pure projection of the event log: the same events in any order give the same profile."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from recsvc.domain.events import INTERACTIONS, Event, EventKind
from recsvc.domain.profile import (
    ALL_MOMENTS_LIMIT,
    MOMENTS_LIMIT,
    SEEN_LIMIT,
    Consent,
    FactValue,
    Interaction,
    OlderCount,
    Profile,
    Seen,
)
from recsvc.domain.purposes import PERSONALISE
from recsvc.model.known import History
from recsvc.serving.interactions import in_order, remember

KEPT = INTERACTIONS | {EventKind.IMPRESSION}
Moments = dict[str, tuple[float, ...]]


class Word(NamedTuple):
    """What an answer event says about its fact; of two, the greater is the last word.

    Taking back beats an answer of the same moment; two answers of one moment are told apart by their bytes.
    """

    at: float  # Unix seconds
    takes_back: bool
    encoded: bytes


def word(event: Event) -> Word:
    """The word of a question_answered event."""
    if event.value is None:
        return Word(event.occurred_at.timestamp(), takes_back=True, encoded=b"")
    return _word_of(event.value)


def apply(profile: Profile, event: Event) -> Profile:
    """Apply one event of the profile's visitor; an event that says nothing new returns the profile itself."""
    return apply_many(profile, (event,))


def apply_many(profile: Profile, events: Iterable[Event]) -> Profile:
    """Apply events of the profile's visitor, in any order; each that changes it raises the revision by 1."""
    draft = _Draft(profile)
    for event in events:
        draft.take(event)
    return draft.profile() if draft.changes else profile


def may_change(event: Event) -> bool:
    """Whether an event may change a profile at all; searches and most steps of a quiz never do."""
    return bool(event.kind in KEPT or event.consent or _is_answer(event) or _place(event))


def withdraws_history(event: Event) -> bool:
    """Whether an event takes its visitor's interactions back; their profile is projected anew then."""
    return event.consent is not None and event.consent.get(PERSONALISE) is False


def history_of(profile: Profile) -> History:
    """The interactions as columns: the recent ones a line each, then what is left of the older ones."""
    recent, older = profile.recent, profile.older
    return History(
        [one.item_id for one in recent] + [count.item_id for count in older],
        [one.kind for one in recent] + [count.kind for count in older],
        [one.occurred_at for one in recent] + [count.last_at for count in older],
        [one.quantity for one in recent] + [count.quantity for count in older],
        [1.0] * len(recent) + [float(count.lines) for count in older],
    )


def touchpoint_key(*names: str) -> str:
    """What a profile calls a touchpoint: quiz and touchpoint, and of one of its questions that too."""
    return "/".join(names)


def withdrawn_at(consents: Mapping[str, Consent], purpose: str) -> float | None:
    """Unix seconds of the newest withdrawal of a purpose, None where it never was."""
    consent = consents.get(purpose)
    return consent.withdrawn_at if consent else None


def is_void(consents: Mapping[str, Consent], value: FactValue) -> bool:
    """Whether the purpose of a fact was withdrawn after it was told."""
    cut = withdrawn_at(consents, value.purpose)
    return cut is not None and value.answered_at <= cut


class _Draft:
    """A profile while events are applied to it."""

    def __init__(self, profile: Profile) -> None:
        self._before = profile
        self._since = profile.since
        self._fresh: list[Interaction] = []
        self._fresh_seen: list[Seen] = []
        self._facts = profile.facts
        self._taken_back = profile.taken_back
        self._consents = profile.consents
        self._cut = withdrawn_at(profile.consents, PERSONALISE)  # asked for with every event
        self._shown = profile.shown
        self._skipped = profile.skipped
        self.changes = 0  # events that said something new
        self._told = 0  # the last of them that was more than an impression

    def take(self, event: Event) -> None:
        """Note what an event says."""
        told = saw = False
        is_interaction = event.kind in INTERACTIONS
        if is_interaction and event.lines:
            told = self._interact(event)
        if event.consent:
            told |= self._consent(event.consent, event.occurred_at.timestamp())
        if event.kind is EventKind.IMPRESSION:
            saw = self._see(event)
        elif not is_interaction:
            told |= self._say(event)
        if told or saw:
            self.changes += 1
            heard = event.received_at.timestamp()
            self._since = min(self._since or heard, heard)
        if told:
            self._told = self.changes

    def profile(self) -> Profile:
        """The profile after the events that were taken."""
        before = self._before
        recent, older = self._history()
        return Profile(
            visitor_id=before.visitor_id,
            revision=before.revision + self.changes,
            told_revision=before.revision + self._told if self._told else before.told_revision,
            drawn_by=before.drawn_by,
            since=self._since,
            recent=recent,
            older=older,
            seen=self._newest_seen(),
            facts=self._facts,
            taken_back=self._taken_back,
            consents=self._consents,
            shown=self._shown,
            skipped=self._skipped,
        )

    def _say(self, event: Event) -> bool:
        """Note an answer, or where a question was shown or skipped."""
        if _is_answer(event):
            return self._answer(event)
        place = _place(event)
        return place is not None and self._moment(place, event)

    def _interact(self, event: Event) -> bool:
        kind, at = str(event.kind), event.occurred_at.timestamp()  # `value` is a call in Python, 0.3 µs
        if self._is_withdrawn(at):
            return False
        self._fresh += [Interaction(at, line.item_id, kind, line.quantity) for line in event.lines]
        return True

    def _see(self, event: Event) -> bool:
        at = event.occurred_at.timestamp()
        if not event.lines or self._is_withdrawn(at):
            return False
        self._fresh_seen += [Seen(at, line.item_id) for line in event.lines]
        return True

    def _newest_seen(self) -> tuple[Seen, ...]:
        """The newest of all impressions but those from before `personalise` was withdrawn."""
        seen = self._before.seen
        if self._fresh_seen:
            seen = in_order(seen, self._fresh_seen)[-SEEN_LIMIT:]
        if self._cut is None:
            return seen
        return tuple(one for one in seen if not self._is_withdrawn(one.occurred_at))

    def _is_withdrawn(self, at: float) -> bool:
        return self._cut is not None and at <= self._cut

    def _history(self) -> tuple[tuple[Interaction, ...], tuple[OlderCount, ...]]:
        """All interactions, without those from before `personalise` was withdrawn.

        Counts cannot be split: a late withdrawal amid them is exact only where the log is projected anew.
        """
        recent, older, cut = self._before.recent, self._before.older, self._cut
        if cut is not None:
            recent = tuple(one for one in recent if one.occurred_at > cut)
            older = tuple(count for count in older if count.last_at > cut)
            self._fresh = [one for one in self._fresh if one.occurred_at > cut]
        return remember(recent, older, self._fresh)

    def _drop_withdrawn(self) -> None:
        """Facts whose purpose was withdrawn after they were told are taken back."""
        gone = {
            fact: value.answered_at for fact, value in self._facts.items() if is_void(self._consents, value)
        }
        if gone:
            self._facts = {fact: value for fact, value in self._facts.items() if fact not in gone}
            self._taken_back = self._taken_back | gone

    def _consent(self, consent: dict[str, bool], at: float) -> bool:
        """The later word wins; of two at one moment the refusal."""
        known = self._consents
        self._consents = known | {
            purpose: _agreed(known.get(purpose), Consent(granted, at, None if granted else at))
            for purpose, granted in consent.items()
        }
        if self._consents == known:
            return False
        self._cut = withdrawn_at(self._consents, PERSONALISE)
        self._drop_withdrawn()
        return True

    def _answer(self, event: Event) -> bool:
        fact, said = event.fact or "", word(event)
        known = self._known_word(fact)
        if known is not None and said <= known:
            return False
        self._facts = {name: value for name, value in self._facts.items() if name != fact}
        self._taken_back = {name: at for name, at in self._taken_back.items() if name != fact}
        if event.value is None or is_void(self._consents, event.value):
            self._taken_back[fact] = said.at
        else:
            self._facts[fact] = event.value
        return True

    def _moment(self, place: str, event: Event) -> bool:
        before = self._shown, self._skipped
        at = event.occurred_at.timestamp()
        if event.kind is EventKind.QUESTION_SHOWN:
            self._shown = _noted(self._shown, place, at)
        else:
            self._skipped = _noted(self._skipped, place, at)
        return (self._shown, self._skipped) != before

    def _known_word(self, fact: str) -> Word | None:
        if fact in self._facts:
            return _word_of(self._facts[fact])
        if fact in self._taken_back:
            return Word(self._taken_back[fact], takes_back=True, encoded=b"")
        return None


def _agreed(known: Consent | None, said: Consent) -> Consent:
    if known is None:
        return said
    last = max(known, said, key=lambda consent: (consent.at, not consent.granted))
    withdrawals = [consent.withdrawn_at for consent in (known, said) if consent.withdrawn_at is not None]
    return Consent(last.granted, last.at, max(withdrawals, default=None))


def _is_answer(event: Event) -> bool:
    return event.kind is EventKind.QUESTION_ANSWERED and event.fact is not None


def _place(event: Event) -> str | None:
    """Where a question of a touchpoint was shown, or which one was skipped there; None for all else."""
    step = event.step
    if step is None or step.touchpoint is None:
        return None
    if event.kind is EventKind.QUESTION_SHOWN:
        return touchpoint_key(step.quiz, step.touchpoint)
    if event.kind is EventKind.QUESTION_SKIPPED and step.question is not None:
        return touchpoint_key(step.quiz, step.touchpoint, step.question)
    return None


def _noted(moments: Moments, place: str, at: float) -> Moments:
    """One more moment; both limits keep the newest, so that the order of arrival cannot show."""
    own = moments.get(place, ())
    if at in own:
        return moments
    noted = moments | {place: tuple(sorted((*own, at)))[-MOMENTS_LIMIT:]}
    if sum(map(len, noted.values())) > ALL_MOMENTS_LIMIT:
        oldest = min(noted, key=lambda name: (noted[name][0], name))
        noted[oldest] = noted[oldest][1:]
    return {name: own for name, own in noted.items() if own}


def _word_of(value: FactValue) -> Word:
    return Word(value.answered_at, takes_back=False, encoded=msgspec.json.encode(value))
