"""Quiz explanation: which questions of a quiz matter, and what each answer is worth."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from quizzes.catalogue import Catalogue
from quizzes.definition import NUMERIC, Kind, Place, Question, Quiz
from quizzes.order import gains, informative_order
from quizzes.result import concerned
from quizzes.signals import signals
from quizzes.texts import fill
from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact
from recsvc.serving.answer_worth import Shelf, ValueWorth, learnt_vector, strongest, worth
from recsvc.serving.quiz_information import front, measure

LEAST_GAIN = 0.01
"""What an answer must settle, where `pace.stop_gain` says nothing."""
HALF = 0.5


class Verdict(StrEnum):
    """What a shop may do with a question."""

    FIRST = "ask first"  # among those that settle the first half
    WORTH = "worth asking"
    DROP = "could be dropped"
    FILTERS = "keep: it filters"
    REQUIRED = "keep: required"
    UNMEASURED = "not measured"


class AnswerWorth(msgspec.Struct, frozen=True):
    """One answer."""

    id: str
    text: str
    unsure: bool
    values: tuple[ValueWorth, ...]


class QuestionWorth(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    id: str
    kind: Kind
    title: str
    fact: str | None
    visitors: int  # that bought and had declared the fact in training
    blend: float  # how much what they show counts beside the shop's own weights
    gain: float | None = None  # share of the variance that its answer settles after those before it
    alone: float | None = None  # the same if it were the only question
    cumulative: float | None = None
    verdict: Verdict
    why: str | None = None  # why it is not measured
    answers: tuple[AnswerWorth, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A quiz in informative order; questions that are not measured come last, in file order."""

    quiz: str
    revision: int
    model: str | None
    order: str  # pace.order
    least_gain: float
    items: int  # in stock that the model knows
    questions: tuple[QuestionWorth, ...]


def _columns(artifact: Artifact, items: Sequence[Item]) -> Catalogue:
    """The items beside the model's rows."""
    known = {item.item_id: item for item in items}
    found = [known.get(item_id) for item_id in artifact.vocabulary.ids]
    return Catalogue(
        (item.values() if item else {} for item in found),
        (item is not None and item.can_be_bought for item in found),
    )


def explain(quiz: Quiz, artifact: Artifact | None, items: Sequence[Item], locale: str) -> Explanation:
    """Explain a quiz by a model and a catalogue; without a model only the shop's own weights are there."""
    shelf = Shelf(artifact, items) if artifact else None
    in_order: tuple[str, ...] = ()
    alone: dict[str, float] = {}
    after: dict[str, float] = {}
    if artifact:
        rows = front(artifact.popularity, concerned(quiz, _columns(artifact, items)))
        information = measure(quiz, artifact).over(artifact, rows)
        in_order, alone = informative_order(information), gains(information, ())
        for place, name in enumerate(in_order):
            after[name] = gains(information, in_order[:place])[name]
    least = LEAST_GAIN if quiz.pace.stop_gain is None else quiz.pace.stop_gain
    found: list[QuestionWorth] = []
    total = 0.0
    for question in sorted(quiz.questions, key=lambda one: _place(in_order, one.id)):
        described = _describe(quiz, question, artifact, shelf, locale)
        if question.id in after:
            described = msgspec.structs.replace(
                described,
                gain=after[question.id],
                alone=alone[question.id],
                cumulative=total + after[question.id],
                verdict=_verdict(question, after[question.id], total, least),
                why=None,
            )
            total += after[question.id]
        found.append(described)
    return Explanation(
        quiz=quiz.id,
        revision=quiz.revision,
        model=artifact.version if artifact else None,
        order=quiz.pace.order,
        least_gain=least,
        items=len(shelf) if shelf else 0,
        questions=tuple(found),
    )


def _place(in_order: Sequence[str], question_id: str) -> int:
    return in_order.index(question_id) if question_id in in_order else len(in_order)


def _verdict(question: Question, gain: float, before: float, least: float) -> Verdict:
    if gain >= least:
        return Verdict.FIRST if before < HALF else Verdict.WORTH
    if question.filters:
        return Verdict.FILTERS
    return Verdict.REQUIRED if question.required else Verdict.DROP


def _describe(
    quiz: Quiz, question: Question, artifact: Artifact | None, shelf: Shelf | None, locale: str
) -> QuestionWorth:
    """A question as if it were not measured."""
    table = artifact.answer_table if artifact else None
    columns = table.facts.get(question.fact or "") if table else None
    return QuestionWorth(
        id=question.id,
        kind=question.kind,
        title=fill(quiz, question.title, {}, locale),
        fact=question.fact,
        visitors=columns.visitors if columns else 0,
        blend=table.blend(question.fact) if table else 0.0,
        verdict=Verdict.UNMEASURED,
        why=_why_unmeasured(question, artifact),
        answers=_answers(quiz, question, artifact, shelf, locale),
    )


def _answers(
    quiz: Quiz, question: Question, artifact: Artifact | None, shelf: Shelf | None, locale: str
) -> tuple[AnswerWorth, ...]:
    if artifact and shelf and question.kind in NUMERIC:
        return _bins(question, artifact, shelf)
    found: list[AnswerWorth] = []
    for choice in question.choices:
        if choice.unsure:
            values: list[ValueWorth] = []
        elif artifact and shelf:
            values = worth(artifact, shelf, question, choice)
        else:
            values = [ValueWorth(name, w, None, None, None, 0) for name, w in signals(choice)]
        text = fill(quiz, choice.text, {}, locale)
        found.append(AnswerWorth(choice.id, text, choice.unsure, tuple(values)))
    return tuple(found)


def _bins(question: Question, artifact: Artifact, shelf: Shelf) -> tuple[AnswerWorth, ...]:
    """The ranges that training made of a number."""
    columns = artifact.answer_table.facts.get(question.fact or "")
    if columns is None or not columns.edges:
        return ()
    found: list[AnswerWorth] = []
    for name, number in zip(columns.values, (columns.edges[0] - 1.0, *columns.edges), strict=True):
        learnt = learnt_vector(artifact, question, number)
        values = strongest(shelf, learnt, artifact.answer_table.blend(question.fact))
        found.append(AnswerWorth(name, name, unsure=False, values=tuple(values)))
    return tuple(found)


ALWAYS_UNMEASURED = {
    Kind.INFO: "it asks nothing",
    Kind.TEXT: "free text is never scored",
    Kind.CONTACT: "an address is never scored",
}


def _why_unmeasured(question: Question, artifact: Artifact | None) -> str:
    if question.kind in ALWAYS_UNMEASURED:
        return ALWAYS_UNMEASURED[question.kind]
    if question.place is Place.AFTER_RESULT:
        return "it is offered beside the result"
    if artifact is None:
        return "there is no model"
    weighted = any(choice.w for choice in question.choices if not choice.unsure)
    reasons = ["the model knows none of the values that its `w` name"] if weighted else []
    if question.fact is None:
        reasons.append("without a `fact` nothing is learnt from its answers")
    elif question.fact not in artifact.answer_table.facts:
        reasons.append("nobody who bought has answered it yet")
    else:
        reasons.append("what was learnt of its fact is not about these answers")
    if not weighted and question.filters:
        reasons.insert(0, "it only filters")
    return ", and ".join(reasons)
