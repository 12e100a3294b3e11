"""Effects: every question and every choice changes something, none alone decides, safety is not loosened."""

from collections.abc import Iterator

from quizzes.definition import Basis, Choice, Kind, Question
from quizzes.expression import Compare, Literal, Name, Operand, parts_of
from quizzes.rules.rule import Level, Problem, Rule, Subject
from quizzes.texts import pipes

SILENT = frozenset({Kind.INFO, Kind.TEXT, Kind.CONTACT})
"""Kinds that are not asked for the sake of the result."""
LEAST_WEIGHING = 3


def questions_without_effect(subject: Subject) -> Iterator[Problem]:
    """The answer to a question changes nothing at all."""
    named = _named(subject)
    for place, question in subject.questions():
        if not _has_effect(question) and question.id not in named and question.kind not in SILENT:
            yield Problem(
                place,
                "id",
                f"the answer to question `{question.id}` changes nothing; give it weights (`w`), a filter "
                "(`must`) or a `fact`, or remove it.",
            )


def choices_alike(subject: Subject) -> Iterator[Problem]:
    """Two choices of a question lead to the same result."""
    named, piped = _named(subject), _piped(subject)
    for place, question in subject.questions():
        speaks = _has_effect(question) or question.id in named
        if question.fact is not None or question.id in piped or not speaks:
            continue
        groups: dict[str, list[Choice]] = {}
        for choice in question.choices:
            groups.setdefault(repr((_effect(choice), _told_apart(subject, question, choice))), []).append(
                choice
            )
        for alike in groups.values():
            if len(alike) > 1:
                ids = " and ".join(f"`{choice.id}`" for choice in alike)
                row = question.choices.index(alike[1])
                yield Problem(
                    (*place, "choices", row),
                    "id",
                    f"choices {ids} of question `{question.id}` have the same effect; let their weights or "
                    "filters differ, make them one, or give the question a `fact` to learn the difference.",
                )


def outweighing_questions(subject: Subject) -> Iterator[Problem]:
    """One question moves an item further than all the others together."""
    spreads = {place: _spread(question) for place, question in subject.questions()}
    weighing = {place: spread for place, spread in spreads.items() if spread > 0}
    if len(weighing) < LEAST_WEIGHING:
        return
    for place, question in subject.questions():
        others = sum(weighing.values()) - spreads[place]
        if spreads[place] > others:
            yield Problem(
                place,
                "choices",
                f"question `{question.id}` can move an item by {spreads[place]:g}, all the others together "
                f"by {others:g}, so it alone decides; lower its weights, or raise the others.",
            )


def loosened_safety(subject: Subject) -> Iterator[Problem]:
    """A filter that somebody relies on may be loosened."""
    for place, question in subject.questions():
        purpose = subject.quiz.purpose_of(question)
        if not question.sensitive and (purpose is None or purpose.basis is not Basis.OPT_IN):
            continue
        if question.must is not None and question.relax:
            yield Problem(place, "relax", _loosened(question, "its `must`"))
        for row, choice in enumerate(question.choices):
            if choice.must is not None and choice.relax:
                yield Problem(
                    (*place, "choices", row), "relax", _loosened(question, f"the `must` of `{choice.id}`")
                )


def _loosened(question: Question, what: str) -> str:
    why = "is sensitive" if question.sensitive else "has an opt_in purpose"
    return (
        f"question `{question.id}` {why}, yet {what} is loosened where few items are left; remove `relax`, "
        "so that what a visitor has to avoid is never shown."
    )


def _has_effect(question: Question) -> bool:
    if question.must is not None or question.fact is not None:
        return True
    return any(one.w or one.must is not None or one.ends or one.gift for one in question.choices)


def _named(subject: Subject) -> set[str]:
    """Questions that a condition or a text names."""
    spoken = {name for one in subject.conditions for name in one.names.questions}
    return spoken | _piped(subject)


def _piped(subject: Subject) -> set[str]:
    return {name for one in subject.texts for words in one.text.values() for name in pipes(words)}


def _effect(choice: Choice) -> tuple[object, ...]:
    weights = sorted(
        (name, value, weight)
        for name, values in choice.w.items()
        for value, weight in values.items()
        if weight
    )
    flags = (choice.ends, choice.gift, choice.unsure, choice.alone)
    return (weights, choice.must, choice.relax, flags)


def _told_apart(subject: Subject, question: Question, choice: Choice) -> tuple[object, ...]:
    """What each comparison of the quiz sees of a choice; of one with a variable, the choice itself."""
    found: list[object] = []
    for spoken in subject.conditions:
        for part in parts_of(spoken.condition):
            if isinstance(part, Compare):
                found += _seen(part.left, part.right, question, choice)
                found += _seen(part.right, part.left, question, choice)
    return tuple(found)


def _seen(side: Operand, other: Operand, question: Question, choice: Choice) -> list[object]:
    if not isinstance(side, Name) or side.question != question.id:
        return []
    if not isinstance(other, Literal):
        return [choice.id]
    values = other.value if isinstance(other.value, tuple) else (other.value,)
    return [choice.id in values]


def _spread(question: Question) -> float:
    """How far apart the answers to a question can set an item that carries one of its values.

    An item is taken to carry one of the values that a question weighs: departments, say, exclude each other.
    Several picks add up, as many as may be picked; those that exclude the others stand alone.
    """
    weights: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for choice in question.choices:
        for attribute, values in choice.w.items() if not choice.unsure else ():
            for value, weight in values.items():
                weights.setdefault((attribute, value), []).append((weight, choice.alone))
    most = question.picks[1] if question.takes_many else 1
    spreads = (
        _highest(pairs, most) + _highest([(-w, alone) for w, alone in pairs], most)
        for pairs in weights.values()
    )
    return max(spreads, default=0.0)


def _highest(weights: list[tuple[float, bool]], most: int) -> float:
    """The largest sum of weights that one answer reaches, 0 by picking none of them."""
    together = sorted((weight for weight, alone in weights if weight > 0 and not alone), reverse=True)[:most]
    return max(sum(together), *(weight for weight, _ in weights), 0.0)


RULES = (
    Rule("no-effect", Level.WARNING, questions_without_effect),
    Rule("choice-identical-effect", Level.WARNING, choices_alike),
    Rule("scale-imbalance", Level.WARNING, outweighing_questions),
    Rule("relax-on-safety", Level.WARNING, loosened_safety),
)
