"""Quiz information: what the answers to a quiz would do to the scores, from a model and without labels."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizzes.definition import NUMERIC, WITH_CHOICES, Kind, Order, Place, Question, Quiz
from quizzes.engine import Chooser, State, in_file_order
from quizzes.order import Information, chooser
from quizzes.signals import signals
from recsvc.model.artifact import Artifact
from recsvc.model.prior import AnswerTable
from recsvc.model.scoring import Scores, top
from recsvc.model.vocabulary import Rows

Floats = NDArray[np.float64]
TOP = 50
"""Items whose scores count: the front of the list is what an answer should settle."""
USUAL_PICKS = 3.0
"""Choices that people pick of many, where they may; so many are taken until the fact is learnt."""
KEPT = 64
"""Quizzes measured and kept by a worker; the least recently used leave first (some 100 KB each)."""


class Measured(NamedTuple):
    """The answers to the measured questions of a quiz, in the space of a model."""

    questions: tuple[str, ...]
    columns: dict[str, slice]
    covariance: Floats  # (c, c) positive semidefinite
    vectors: Floats  # (c, f + r) what picking each value adds to m

    def over(self, artifact: Artifact, rows: Rows) -> Information:
        """The information about the scores of some items."""
        effects = self.vectors @ artifact.factors[rows].T.astype(np.float64)
        return Information(self.questions, self.columns, self.covariance, effects)


class _Block(NamedTuple):
    """The values of one question."""

    question: str
    vectors: Floats  # (m, f + r)
    guessed: Floats  # (m, m) covariance that is taken until the fact is learnt
    learnt: Rows  # (m,) columns of the model, -1 where training never saw the value
    blend: float  # how much of the learnt covariance counts


class QuizInformation:
    """Choosers for quizzes by their `pace.order`; what a quiz and a model share is computed once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int], tuple[object, Measured, Information]] = OrderedDict()

    def chooser(
        self,
        quiz: Quiz,
        artifact: Artifact | None,
        scores: Callable[[State], Scores] | None = None,
        first: str | None = None,
        concerned: Callable[[], NDArray[np.bool_]] | None = None,
    ) -> Chooser:
        """Who chooses the next question; without a model, file order.

        Args:
            quiz: the revision, as its arm asks it.
            artifact: the model that serves.
            scores: of all items for the visitor at a state, -inf for what may not be shown; called only by
                `adaptive`, which without it takes the items that a stranger sees first.
            first: a question that the arm asks before all others.
            concerned: which items the quiz is about, (n,); a quiz on wine is not measured by milk. None: all.
        """
        if artifact is None or quiz.pace.order is Order.FIXED:
            return in_file_order
        measured, for_strangers = self._measured(quiz, artifact, concerned)
        if quiz.pace.order is Order.INFORMATIVE or scores is None:
            return chooser(quiz, lambda _: for_strangers, first)
        score, model = scores, artifact
        return chooser(quiz, lambda state: measured.over(model, front(score(state))), first)

    def _measured(
        self, quiz: Quiz, artifact: Artifact, concerned: Callable[[], NDArray[np.bool_]] | None
    ) -> tuple[Measured, Information]:
        key = (artifact.version, quiz.id, quiz.revision)
        said = _signals(quiz)
        kept = self._kept.get(key)
        if kept is None or kept[0] != said:  # a draft changes under its revision
            measured = measure(quiz, artifact)
            among = concerned() if concerned else None
            kept = said, measured, measured.over(artifact, front(artifact.popularity, among))
            self._kept[key] = kept
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept[1], kept[2]


def front(scores: Scores, among: NDArray[np.bool_] | None = None) -> Rows:
    """The rows of the best items that may be shown, `among` some of them where there are any."""
    allowed = scores if among is None or not among.any() else np.where(among, scores, -np.inf)
    rows = top(allowed, TOP)
    return rows[np.isfinite(allowed[rows])]


def measure(quiz: Quiz, artifact: Artifact) -> Measured:
    """The questions before the result whose answers the model can weigh.

    The covariance of a question's answers is blended as its effects are: by n/(n + 200) the learnt one, else
    that of choices picked evenly, each question for itself.
    """
    table = artifact.answer_table
    found = (_block(question, table) for question in quiz.questions)
    blocks = [block for block in found if block is not None]
    ends = np.cumsum([len(block.vectors) for block in blocks], dtype=int).tolist()
    starts = [0, *ends][: len(blocks)]
    columns = {block.question: slice(*ends_of) for block, *ends_of in zip(blocks, starts, ends, strict=True)}
    width = artifact.factors.shape[1]
    vectors = np.concatenate([np.zeros((0, width)), *(block.vectors for block in blocks)])
    covariance = _covariance(blocks, columns, artifact.arrays["answer_covariance"])
    return Measured(tuple(columns), columns, covariance, vectors)


def _covariance(blocks: Sequence[_Block], columns: dict[str, slice], learnt: NDArray[np.float32]) -> Floats:
    cells = np.concatenate([np.empty(0, dtype=np.int32), *(block.learnt for block in blocks)])
    shares = np.concatenate([np.empty(0), *(np.full(len(b.vectors), b.blend) for b in blocks)])
    roots = np.sqrt(np.where(cells >= 0, shares, 0.0))
    found = np.zeros((len(cells), len(cells)))
    if roots.any():
        found += learnt[np.ix_(cells, cells)] * np.outer(roots, roots)
    for block in blocks:
        own = columns[block.question]
        found[own, own] += (1.0 - block.blend) * block.guessed
    values, rotation = np.linalg.eigh(found)
    return (rotation * np.maximum(values, 0.0)) @ rotation.T  # float32 may round below zero


def _block(question: Question, table: AnswerTable) -> _Block | None:
    """The values of a question, None where nothing that can be answered has an effect."""
    if question.place is not Place.BEFORE_RESULT:
        return None
    columns = table.facts.get(question.fact or "")
    values: list[tuple[str | float, tuple[tuple[str, float], ...]]] = []
    if question.kind in WITH_CHOICES:
        values = [(choice.id, signals(choice)) for choice in question.choices if not choice.unsure]
    elif question.kind in NUMERIC and columns is not None and columns.edges:
        values = [(number, ()) for number in (columns.edges[0] - 1.0, *columns.edges)]
    effects = [table.effect(question.fact, value, weights) for value, weights in values]
    told = next((effect for effect in effects if effect is not None), None)
    if told is None:
        return None
    cells = [columns.column(value) if columns else None for value, _ in values]
    return _Block(
        question.id,
        np.array([np.zeros_like(told) if effect is None else effect for effect in effects]),
        _guess(question, len(values)),
        np.array([-1 if cell is None else cell for cell in cells], dtype=np.int32),
        table.blend(question.fact),
    )


def _guess(question: Question, m: int) -> Floats:
    """(m, m) the covariance where every value is as likely as the others.

    One of m: diag(π) - ππᵀ. Several of m: independent, as many as the middle of what may be picked, but few.
    A ranking: its shares 1, 1 - 1/k, …, which always add up to the same.
    """
    fewest, most = question.picks
    picks = min(max(fewest, min((fewest + most) / 2.0, USUAL_PICKS)), m)
    if question.kind is Kind.RANK:
        mean = (picks + 1.0) / (2.0 * m)
        variance = (picks + 1.0) * (2.0 * picks + 1.0) / (6.0 * picks * m) - mean**2 if picks else 0.0
    elif question.takes_many:
        share = picks / m
        return np.eye(m) * share * (1.0 - share)
    else:
        variance = (m - 1.0) / m**2
    return variance * (np.eye(m) * m - 1.0) / max(m - 1.0, 1.0)


def _signals(quiz: Quiz) -> object:
    """Everything of a quiz that `measure` reads."""
    return {
        question.id: (
            question.kind,
            question.fact,
            question.place,
            question.pick,
            [(choice.id, choice.unsure, choice.w) for choice in question.choices],
        )
        for question in quiz.questions
    }
