"""The prior p(a): what people who answered like this want, with popularity as its constant."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
BLEND_VISITORS = 200.0
"""A fact seen with n buying visitors counts n/(n + 200) of its own row (docs/scoring.md)."""


class FactColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer-matrix columns of one fact: its values, or the bins of its numbers."""

    fact: str
    first: int  # column of the first value
    values: tuple[str, ...]  # choice ids; bin names for a number
    visitors: int  # buying visitors that declared it in training
    edges: tuple[float, ...] | None = None  # inner edges of the bins; None: the values are text

    def column(self, value: str | float) -> int | None:
        """The column of a value, None where training never saw it."""
        if self.edges is not None:
            if isinstance(value, str):
                return None
            return self.first + int(np.searchsorted(self.edges, value, side="right"))
        return self.first + self.values.index(value) if value in self.values else None


class Wish(NamedTuple):
    """What one answer says about one attribute value, by the shop's starting weight."""

    answer: str  # fact=value, or question=value where the question has no fact
    fact: str | None
    attribute: str  # attribute.value as directions name it
    weight: float


class Answers(NamedTuple):
    """The answers side of a profile; empty says nothing."""

    facts: dict[str, tuple[str, ...] | float]
    wishes: tuple[Wish, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.facts or self.wishes)


NO_ANSWERS = Answers({})


class AnswerTable:
    """Answers and attribute directions as rows of numbers beside the item factors.

    p(a) = s·pop + [Y | V]·m, where m is the sum over what was answered; an unasked fact adds nothing.
    """

    def __init__(
        self,
        facts: tuple[FactColumns, ...],
        matrix: NDArray[np.float32],  # (q, f + r) one row a column of h(a)
        means: NDArray[np.float32],  # (q,) training mean of each column among those asked
        direction_names: tuple[str, ...],  # attribute.value
        directions: NDArray[np.float32],  # (v, f + r) one row an attribute value
        kappa: float,  # strength of one unit of a shop's own weight
    ) -> None:
        self.facts = {columns.fact: columns for columns in facts}
        self.direction_rows = {name: row for row, name in enumerate(direction_names)}
        self._matrix = matrix
        self._means = means
        self._directions = directions
        self._kappa = kappa

    def parts(self, answers: Answers) -> dict[str, Floats]:
        """What each answer adds to m: answer → (f + r,) float64; answers without effect are left out."""
        found: dict[str, Floats] = {}
        for fact, value in answers.facts.items():
            learnt = self._learnt(fact, value)
            if learnt is not None:
                label, part = learnt
                found[label] = part * self.blend(fact)
        for wish in answers.wishes:
            whole = self._wished(wish.attribute, wish.weight)
            if whole is None:
                continue
            part = whole * (1.0 - (self.blend(wish.fact) if wish.fact in answers.facts else 0.0))
            found[wish.answer] = found[wish.answer] + part if wish.answer in found else part
        return found

    def effect(
        self, fact: str | None, value: str | float, weights: Iterable[tuple[str, float]] = ()
    ) -> Floats | None:
        """What picking one value adds to m: (f + r,) float64, None where it has no effect.

        As `parts` has it, but for the training mean, which moves all values of a question alike.

        Args:
            fact: of the question, None where it has none.
            value: a choice id or a number.
            weights: the shop's own, by attribute.value.
        """
        blend = self.blend(fact)
        columns = self.facts.get(fact) if fact is not None else None
        column = columns.column(value) if columns else None
        parts = [] if column is None else [self._matrix[column].astype(np.float64) * blend]
        wished = [self._wished(attribute, weight) for attribute, weight in weights]
        parts += [part * (1.0 - blend) for part in wished if part is not None]
        found = sum(parts, np.zeros(self._matrix.shape[1]))
        return found if found.any() else None

    def blend(self, fact: str | None) -> float:
        """How much the learnt row of a fact counts beside the shop's own weights, 0 to 1."""
        columns = self.facts.get(fact) if fact is not None else None
        return columns.visitors / (columns.visitors + BLEND_VISITORS) if columns else 0.0

    def _wished(self, attribute: str, weight: float) -> Floats | None:
        row = self.direction_rows.get(attribute)
        if row is None:
            return None
        return self._directions[row].astype(np.float64) * (self._kappa * weight)

    def _learnt(self, fact: str, value: tuple[str, ...] | float) -> tuple[str, Floats] | None:
        columns = self.facts.get(fact)
        if columns is None:
            return None
        values: tuple[str | float, ...] = value if isinstance(value, tuple) else (value,)
        hot = [column for one in values if (column := columns.column(one)) is not None]
        if not hot:
            return None
        own = slice(columns.first, columns.first + len(columns.values))
        centred = -self._means[own].astype(np.float64)
        centred[np.array(hot) - columns.first] += 1.0
        return f"{fact}={'|'.join(map(str, values))}", centred @ self._matrix[own]
