"""Export: what training may learn from. Whoever said no to `personalise`, or was erased, is not in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from recsvc.domain.events import INTERACTIONS, Event, EventKind
from recsvc.domain.learner import Learner
from recsvc.domain.profile import FactValue, Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.serving.consent import is_refused
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.plain_facts import PlainFacts
from recsvc.serving.ports import EventLog, ProfileStore
from recsvc.serving.profile import withdrawn_at

PORTION: Final = 10_000


class ExportedFact(NamedTuple):
    """What a visitor said about one fact."""

    visitor_id: str
    fact: str
    value: FactValue


class Profiles(ProfileStore, EventLog, Protocol):
    """What an export needs of the store: everybody's profile."""


class Learners:
    """Whom training may see behind the names of a log; asks the store once for each."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self._known: dict[str, Learner | None] = {}

    def __call__(self, name: str) -> Learner | None:
        """The visitor of a name; None for one who withdrew, or of whom nothing is left."""
        if name not in self._known:
            self._known[name] = learner(self._store.read_visitor(name).profile)
        return self._known[name]


def learner(profile: Profile) -> Learner | None:
    """The visitor as training may see them; nothing is left of one who was erased."""
    if not profile.revision or is_refused(profile, PERSONALISE):
        return None
    cut = withdrawn_at(profile.consents, PERSONALISE)
    return Learner(profile.visitor_id, None if cut is None else datetime.fromtimestamp(cut, UTC))


def reaches(store: EventLog, number: int) -> bool:
    """Whether a log is as long as a number that was read from it before; another log may be shorter."""
    return number == 0 or bool(store.read_log(frozenset(EventKind), number - 1, 1))


def interactions(store: EventLog, after: int) -> Iterator[list[tuple[int, Event]]]:
    """The interactions after a number of the log, with theirs, in portions of at most PORTION.

    Impressions, searches and the steps of quizzes train nothing, and stay where they are.
    """
    while portion := store.read_log(INTERACTIONS, after, PORTION):
        yield portion
        after = portion[-1][0]


def facts(store: Profiles, quizzes: LiveQuizzes, now: datetime) -> Iterator[ExportedFact]:
    """Facts that hold now and whose purpose was not withdrawn, by visitor and name; never a sensitive one."""
    plain = PlainFacts(quizzes)
    for profile in permitted_profiles(store):
        for fact, value in plain.of(profile, now.timestamp()).items():
            yield ExportedFact(profile.visitor_id, fact, value)


def permitted_profiles(store: Profiles) -> Iterator[Profile]:
    """The profiles of all who did not withdraw `personalise`, by visitor."""
    last = ""
    while visitor_ids := store.visitors(last, PORTION):
        for visitor_id in visitor_ids:
            profile = store.read_visitor(visitor_id).profile
            if learner(profile):
                yield profile
        last = visitor_ids[-1]
