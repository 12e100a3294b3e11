"""Facts: what several quizzes keep under one name is of one type and has one vocabulary."""

from collections.abc import Iterator

from quizzes.definition import NUMERIC, WITH_CHOICES, Question
from quizzes.rules.rule import Level, Problem, Rule, Subject

SHARED = 0.5
"""The least part of the smaller vocabulary that both questions of a fact have."""


def conflicting_facts(subject: Subject) -> Iterator[Problem]:
    """A fact means different things to two questions, so the answer to one answers the other wrongly."""
    for row, question in enumerate(subject.quiz.questions):
        for where, other in _others(subject, row):
            message = _conflict(question, other, where)
            if message:
                yield Problem(("questions", row), "fact", message)
                break


def _others(subject: Subject, row: int) -> Iterator[tuple[str, Question]]:
    """The earlier questions of the quiz, and all of other quizzes, that are bound to the same fact."""
    fact = subject.quiz.questions[row].fact
    if fact is None:
        return
    for other in subject.quiz.questions[:row]:
        if other.fact == fact:
            yield f"question `{other.id}`", other
    for sibling in subject.siblings:
        if sibling.id != subject.quiz.id:
            for other in sibling.questions:
                if other.fact == fact:
                    yield f"question `{other.id}` of the quiz `{sibling.id}`", other


def _conflict(question: Question, other: Question, where: str) -> str | None:
    mine, theirs = _vocabulary(question), _vocabulary(other)
    if mine is None or theirs is None:
        return None
    own = f"question `{question.id}` keeps the fact `{question.fact}`"
    if bool(mine) != bool(theirs):
        return (
            f"{own} as {_type(mine)}, {where} as {_type(theirs)}; a fact has one type everywhere, "
            "so give one of them another fact."
        )
    shared = mine & theirs
    if mine and len(shared) < SHARED * min(len(mine), len(theirs)):
        return (
            f"{own} with {_list(mine - shared)}, which {where} does not know; use its ids "
            f"({_list(theirs)}), or another fact."
        )
    return None


def _vocabulary(question: Question) -> frozenset[str] | None:
    """The choice ids that become facts; empty of a number, None where nothing is kept."""
    if question.kind in NUMERIC:
        return frozenset()
    ids = frozenset(choice.id for choice in question.choices if not choice.unsure)
    return ids if ids and question.kind in WITH_CHOICES else None


def _type(vocabulary: frozenset[str]) -> str:
    return "choices" if vocabulary else "a number"


def _list(ids: frozenset[str]) -> str:
    shown = [f"`{one}`" for one in sorted(ids)]
    return ", ".join(shown[:8]) + (" …" if len(shown) > 8 else "")  # noqa: PLR2004 (as many as one reads)


RULES = (Rule("fact-conflict", Level.ERROR, conflicting_facts),)
