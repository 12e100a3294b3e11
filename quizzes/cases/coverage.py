"""Coverage: all cases of a quiz, and which paths, choices and reasons they came by."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from quizzes.cases.trials import Outcome, Shop, try_case, try_route
from quizzes.cases.written import Case
from quizzes.definition import Quiz
from quizzes.proofs.paths import paths


class Covered(msgspec.Struct, frozen=True):
    """How much of one kind was come by."""

    total: int
    covered: int
    written: int  # of these by written cases
    missing: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """How the cases of one quiz went."""

    outcomes: tuple[Outcome, ...]  # written ones first
    paths: Covered  # different sets of questions that can be asked
    choices: Covered
    reasons: Covered | None  # of `result.because`; None without items
    complete: bool  # False: there are more paths than are generated

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(bool(one.failures) for one in self.outcomes)


def run_cases(quiz: Quiz, cases: Sequence[Case], shop: Shop | None) -> Report:
    """Try the written cases, and one for each path and each choice that can be picked.

    Args:
        quiz: its expressions can be read.
        cases: read for this quiz.
        shop: without it nothing is said about results.
    """
    found = paths(quiz)
    written = [try_case(quiz, case, shop) for case in cases]
    generated = [try_route(quiz, route, shop) for route in found.routes]
    choices = [(question.id, choice.id) for question in quiz.questions for choice in question.choices]
    because = [f"{attribute}.{value}" for attribute, texts in quiz.result.because.items() for value in texts]
    outcomes = (*written, *generated)
    return Report(
        outcomes,
        _covered({one.path: ", ".join(one.path) for one in generated}, outcomes, lambda one: {one.path}),
        _covered({pair: "=".join(pair) for pair in choices}, outcomes, lambda one: one.picked),
        _covered({name: name for name in because}, outcomes, lambda one: one.reasons) if shop else None,
        complete=not found.truncated,
    )


def _covered(
    named: Mapping[Any, str], outcomes: Sequence[Outcome], seen: Callable[[Outcome], AbstractSet[Any]]
) -> Covered:
    """What of some things the outcomes came by.

    Args:
        named: each thing, and what it is called.
        outcomes: written and generated.
        seen: the things that one outcome came by.
    """
    by_all = frozenset[Any]().union(*(seen(one) for one in outcomes)) & named.keys()
    by_written = frozenset[Any]().union(*(seen(one) for one in outcomes if not one.generated)) & named.keys()
    missing = tuple(name for thing, name in named.items() if thing not in by_all)
    return Covered(len(named), len(by_all), len(by_written), missing)
