"""Affinities: how far a visitor leans to each attribute value of the catalogue, and what says so."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.known import known_items
from recsvc.model.prior import Wish
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.plain_facts import PlainFacts
from recsvc.serving.ports import Clock
from recsvc.serving.profile import history_of
from recsvc.serving.visitor import VisitorReader

Value = tuple[str, str]
"""An attribute and one of its values."""

PRIOR: Final = 2.0
"""Evidence that everybody starts with, for every value as the shop sells it: one purchase is no taste."""

LIKED: Final = 0.6
"""The score from which a value counts as liked: half as much again as the shop sells of it."""


class Affinity(msgspec.Struct, frozen=True, kw_only=True):
    """How far a visitor leans to one value."""

    attribute: str
    value: str
    score: float  # 0 to 1; 0.5 = as the shop sells it
    share: float  # of what the visitor chose, 0 to 1
    shop_share: float  # of what all visitors chose, 0 to 1
    items: int  # different items with this value that the visitor chose
    answers: int  # answers that speak for or against it
    basis: Literal["history", "quiz", "both"]

    @property
    def is_liked(self) -> bool:
        """Whether segments see it."""
        return self.score >= LIKED


class AffinitiesView(msgspec.Struct, frozen=True):
    """What a visitor leans to, most of all first; without a name of theirs but the one that was asked."""

    visitor_id: str
    affinities: list[Affinity]


class Chosen(NamedTuple):
    """What somebody chose, as the model weighs it."""

    total: float  # all weights
    weights: Mapping[Value, float]
    items: Mapping[Value, int]


def affinities(own: Chosen, shop: Chosen, wishes: Iterable[Wish] = ()) -> list[Affinity]:
    """Compare what a visitor chose and said with what the shop sells.

    score = lift/(1 + lift), lift = (chosen + 2 + 2·Σ⁺w)/(expected + 2 + 2·Σ⁻w), where expected is what the
    shop's share makes of the visitor's total and w are the weights of answers (the shrunk ratio of DuMouchel
    1999, doi:10.1080/00031305.1999.10474456).

    Args:
        own: of the visitor.
        shop: of all visitors.
        wishes: what the visitor's answers say, by the shop's own weights.

    Returns:
        One for each value that the visitor chose or spoke of, the highest score first.
    """
    said: defaultdict[Value, list[float]] = defaultdict(list)
    for wish in wishes:
        attribute, _, value = wish.attribute.partition(".")
        said[attribute, value].append(wish.weight)
    found = [_affinity(value, own, shop, said.get(value, [])) for value in own.weights.keys() | said.keys()]
    return sorted(found, key=lambda one: (-one.score, one.attribute, one.value))


def _affinity(value: Value, own: Chosen, shop: Chosen, said: list[float]) -> Affinity:
    chosen, shop_share = own.weights.get(value, 0.0), _share(shop, value)
    above = chosen + PRIOR + PRIOR * sum(weight for weight in said if weight > 0)
    below = own.total * shop_share + PRIOR - PRIOR * sum(weight for weight in said if weight < 0)
    return Affinity(
        attribute=value[0],
        value=value[1],
        score=round(above / (above + below), 4),
        share=round(_share(own, value), 4),
        shop_share=round(shop_share, 4),
        items=own.items.get(value, 0),
        answers=len(said),
        basis="both" if said and chosen else "quiz" if said else "history",
    )


def _share(chosen: Chosen, value: Value) -> float:
    return chosen.weights.get(value, 0.0) / chosen.total if chosen.total else 0.0


def count_values(weighed: Iterable[tuple[Item | None, float]]) -> Chosen:
    """Add up by attribute value.

    Args:
        weighed: items with their weights; None, what the shop does not describe, is left out.
    """
    by_value: defaultdict[Value, float] = defaultdict(float)
    counts: Counter[Value] = Counter()
    total = 0.0
    for item, weight in weighed:
        if item is None:
            continue
        total += weight
        for attribute, values in item.attribute_values().items():
            for value in set(values):
                by_value[attribute, value] += weight
                counts[attribute, value] += 1
    return Chosen(total, by_value, counts)


NOTHING: Final = Chosen(0.0, {}, {})


class Affinities:
    """Reads the affinities of visitors with the model that serves, and compares with whom it learnt from."""

    def __init__(
        self,
        visitors: VisitorReader,
        live_model: LiveModel,
        catalogue: LiveCatalogue,
        quizzes: LiveQuizzes,
        clock: Clock,
    ) -> None:
        self._visitors = visitors
        self._live_model = live_model
        self._catalogue = catalogue
        self._quizzes = quizzes
        self._clock = clock
        self._shop: tuple[tuple[str, int], Chosen] | None = None  # (model, catalogue's number) and its sum

    def see(self, visitor_id: str) -> AffinitiesView:
        """The affinities of a visitor; of one who withdrew `personalise`, what they said alone.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        return AffinitiesView(visitor_id, self.of(self._visitors.read_surely(visitor_id)))

    def of(self, profile: Profile) -> list[Affinity]:
        """The affinities of a profile that may be used; sensitive answers have no part in them.

        Without a model there is nobody to compare with, and only what the visitor said counts.
        """
        now = self._clock().timestamp()
        wishes = self._wishes(profile, now)
        artifact = self._live_model.current()
        if artifact is None:
            return affinities(NOTHING, NOTHING, wishes)
        known = known_items(artifact, history_of(profile), now)
        ids, get = artifact.vocabulary.ids, self._catalogue.get
        weighed = zip(known.rows, known.weights, strict=True)
        own = count_values((get(ids[row]), float(weight)) for row, weight in weighed)
        return affinities(own, self._shop_of(artifact), wishes)

    def _wishes(self, profile: Profile, now: float) -> list[Wish]:
        plain = PlainFacts(self._quizzes).of(profile, now)
        return [
            wish
            for fact, value in plain.items()
            if isinstance(value.values, tuple)
            for choice in value.values
            for wish in self._quizzes.wishes(fact, choice)
        ]

    def _shop_of(self, artifact: Artifact) -> Chosen:
        """What all visitors chose: a pass over what anybody chose, anew where the catalogue changed."""
        key = artifact.version, self._catalogue.number
        if self._shop is None or self._shop[0] != key:
            kept, counts = self._catalogue.kept, artifact.arrays["item_counts"].data
            places = kept.places_of(artifact.vocabulary.ids).tolist()
            found = (
                (kept.look(place), counts[row])
                for row, place in enumerate(places)
                if place >= 0 and counts[row]
            )
            self._shop = key, count_values(found)
        return self._shop[1]
