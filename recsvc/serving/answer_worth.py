"""Answer worth: how far an answer moves the items of a value, by the shop and by what was learnt."""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from quizzes.definition import Choice, Question
from quizzes.signals import signals
from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact
from recsvc.model.prior import Answers, Wish
from recsvc.model.vocabulary import Rows

Floats = NDArray[np.floating]
FEWEST_ITEMS = 2
"""A value that fewer items carry is no group that an answer could be said to mean."""


class ValueWorth(msgspec.Struct, frozen=True):
    """What an answer does for one attribute value, in standard deviations of a stranger's scores."""

    attribute: str  # attribute.value
    w: float | None  # the shop's own weight; None where it wrote none
    by_w: float | None  # what the weight alone would add; None where nothing can be measured
    learnt: float | None  # what people with this answer show; None until somebody bought
    now: float | None  # both, blended as it is served
    items: int  # in stock that carry the value


class Shelf:
    """The items in stock that a model knows, with the attribute values they carry."""

    def __init__(self, artifact: Artifact, items: Iterable[Item]) -> None:
        known = [
            (row, item)
            for item in items
            if item.can_be_bought and (row := artifact.vocabulary.row(item.item_id)) is not None
        ]
        rows = np.array([row for row, _ in known], dtype=np.int32)
        self._factors = artifact.factors[rows].astype(np.float64)
        self._carriers = _carriers(item for _, item in known)
        scores = artifact.parameters.popularity_scale * artifact.popularity[rows]
        self._spread = float(np.std(scores)) if known else 0.0

    def __len__(self) -> int:
        return len(self._factors)

    def items_of(self, attribute: str) -> int:
        """How many items carry an attribute value."""
        return len(self._carriers.get(attribute, ()))

    def lift(self, moved: Floats, attribute: str) -> float | None:
        """How far the items of a value get ahead of all items: standard deviations, None without any.

        Args:
            moved: what `scores` answered.
            attribute: attribute.value.
        """
        rows = self._carriers.get(attribute)
        if rows is None or self._spread <= 0.0:
            return None
        return float(moved[rows].mean() - moved.mean()) / self._spread

    def scores(self, vector: Floats) -> Floats:
        """What a vector adds to the score of each item."""
        return self._factors @ vector

    def strongest(self, moved: Floats) -> str | None:
        """The value whose items get furthest ahead."""
        ahead = {
            attribute: float(moved[rows].mean())
            for attribute, rows in self._carriers.items()
            if FEWEST_ITEMS <= len(rows) < len(self)
        }
        return max(ahead, key=ahead.__getitem__, default=None)


def worth(artifact: Artifact, shelf: Shelf, question: Question, choice: Choice) -> list[ValueWorth]:
    """What one choice does for each value that its `w` names; without any, for the one it moves most."""
    learnt = learnt_vector(artifact, question, (choice.id,))
    blend = artifact.answer_table.blend(question.fact)
    named = signals(choice)
    if named:
        return [_worth(artifact, shelf, learnt, blend, attribute, w) for attribute, w in named]
    return strongest(shelf, learnt, blend)


def strongest(shelf: Shelf, learnt: Floats | None, blend: float) -> list[ValueWorth]:
    """What a learnt answer does for the value that it moves most."""
    moved = None if learnt is None else shelf.scores(learnt)
    attribute = None if moved is None else shelf.strongest(moved)
    if moved is None or attribute is None:
        return []
    lift = shelf.lift(moved, attribute)
    now = None if lift is None else blend * lift
    return [ValueWorth(attribute, None, None, lift, now, shelf.items_of(attribute))]


def learnt_vector(artifact: Artifact, question: Question, value: tuple[str, ...] | float) -> Floats | None:
    """(f + r,) what people with this answer want beyond the others, None where nothing was learnt."""
    table = artifact.answer_table
    blend = table.blend(question.fact)
    if question.fact is None or blend <= 0.0:
        return None
    parts = table.parts(Answers({question.fact: value}))
    return next((part / blend for part in parts.values()), None)


def _worth(
    artifact: Artifact, shelf: Shelf, learnt: Floats | None, blend: float, attribute: str, w: float
) -> ValueWorth:
    parts = artifact.answer_table.parts(Answers({}, (Wish("", None, attribute, w),)))
    by_w = shelf.lift(shelf.scores(parts[""]), attribute) if parts else None
    by_data = None if learnt is None else shelf.lift(shelf.scores(learnt), attribute)
    known = [share * lift for share, lift in ((1.0 - blend, by_w), (blend, by_data)) if lift is not None]
    return ValueWorth(attribute, w, by_w, by_data, sum(known) if known else None, shelf.items_of(attribute))


def _carriers(items: Iterable[Item]) -> Mapping[str, Rows]:
    found: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        for attribute, values in item.attribute_values().items():
            for value in dict.fromkeys(values):
                found.setdefault(f"{attribute}.{value}", []).append(row)
    return {name: np.array(rows, dtype=np.int32) for name, rows in found.items()}
