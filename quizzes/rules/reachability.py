"""Reachability: every question is asked of somebody."""

from collections.abc import Iterator

from quizzes.rules import references, types
from quizzes.rules.rule import Level, Problem, Rule, Subject


def unreachable_questions(subject: Subject) -> Iterator[Problem]:
    """No answers lead to a question.

    A question whose `when` is unsound by itself is left to the rules about references and types.
    """
    if not subject.reach.exact:
        return
    unsound = _unsound(subject)
    for place, question in subject.questions():
        if question.id in subject.reach.paths or place in unsound:
            continue
        if question.when is None:
            why = "an earlier choice with `ends` always closes the quiz; let one choice go on"
        else:
            why = f"no earlier answers make `{question.when}` true; correct the condition, or remove it"
        yield Problem(place, "when", f"question `{question.id}` is never asked: {why}.")


def _unsound(subject: Subject) -> set[tuple[str | int, ...]]:
    """Questions whose `when` already has a finding of its own."""
    rules = (*references.RULES, *types.RULES)
    problems = (problem for rule in rules for problem in rule.check(subject))
    return {problem.place for problem in problems if problem.field == "when"}


RULES = (Rule("unreachable-question", Level.ERROR, unreachable_questions),)
