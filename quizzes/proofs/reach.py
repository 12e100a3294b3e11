"""Reach: which questions some visitor gets to see, and how short and how long a quiz can be.

Decided by enumerating the answers in file order. A quiz with too many kinds of answers for that is taken
apart into groups of questions that depend on each other.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from quizzes.definition import Order, Question, Quiz
from quizzes.parser import names_in
from quizzes.proofs.enumeration import STEP_LIMIT, Enumeration
from quizzes.proofs.partition import TooManyAnswersError
from quizzes.proofs.trails import Path, Route, Trail, Walked

__all__ = ["Path", "Reach", "Route", "Walked", "most_asked", "reach"]


class Reach(NamedTuple):
    """What an enumeration found."""

    routes: Mapping[str, Route]  # reached question → a route to it
    held: frozenset[str]  # questions whose `when` was true for somebody who got there
    failed: frozenset[str]  # questions whose `when` was false for somebody who got there
    shortest: Walked | None  # finished route of a visitor of whom nothing is known
    longest: Walked | None  # finished route, were there no `pace.max`
    exact: bool  # False: not all was enumerated; what is not reached or seen here may still be

    @property
    def paths(self) -> Mapping[str, Path]:
        """Reached question → answers that lead to it."""
        return {name: route.answers for name, route in self.routes.items()}


def reach(quiz: Quiz, limit: int = STEP_LIMIT) -> Reach:
    """Enumerate the answers to a quiz.

    Args:
        quiz: its expressions can be read.
        limit: of answers tried in one enumeration.
    """
    most = most_asked(quiz)
    paced = Enumeration(quiz, most=most, limit=limit)
    try:
        ends = paced.run()
        unpaced = ends if most is None else Enumeration(quiz, limit=limit).run()
        runs = [paced, *_of_returning(paced, quiz, most, limit)]
    except TooManyAnswersError:
        return _by_groups(quiz, limit)
    shortest = [trail.shortest for trail in ends.values() if trail.shortest is not None]
    return Reach(
        {name: route for run in reversed(runs) for name, route in run.routes.items()},
        frozenset().union(*(run.held for run in runs)),
        frozenset().union(*(run.failed for run in runs)),
        min(shortest, key=_counted, default=None),
        max((trail.longest for trail in unpaced.values()), key=_counted),
        exact=True,
    )


def _of_returning(paced: Enumeration, quiz: Quiz, most: int | None, limit: int) -> list[Enumeration]:
    """Visitors whose facts are known get further before `pace.max`; looked at where that may matter."""
    seen_all = len(paced.routes) == len(quiz.questions) and paced.held <= paced.failed
    if most is None or seen_all:
        return []
    run = Enumeration(quiz, most=most, limit=limit, returning=True)
    run.run()
    return [run]


def most_asked(quiz: Quiz) -> int | None:
    """The `pace.max` that hides the same questions from everybody, None where there is none.

    In an order by information any question may come first, and so it may in an arm of an experiment that
    changes the order.
    """
    patches = quiz.experiment.set.values() if quiz.experiment else ()
    moved = any(patch.order is not None or patch.first is not None for patch in patches)
    if quiz.pace.order is not Order.FIXED or quiz.pace.max is None or moved:
        return None
    return max(quiz.pace.max, *(patch.max or 0 for patch in patches), 0)


def _counted(walked: Walked) -> int:
    return walked.counted


class _Group(NamedTuple):
    """Questions that depend on each other, and where their answers lead; no ends: they are too many."""

    run: Enumeration
    ends: list[Trail]

    @property
    def longest(self) -> Walked:
        """The most that can be asked, nothing where it is not known."""
        return max((trail.longest for trail in self.ends), key=_counted, default=Walked())

    @property
    def shortest(self) -> Walked:
        """The least that is asked of a visitor of whom nothing is known."""
        known = [trail.shortest for trail in self.ends if trail.shortest is not None]
        return min(known, key=_counted, default=Walked())


def _by_groups(quiz: Quiz, limit: int) -> Reach:
    """Enumerate each group by itself; exact while neither an end, a gift nor `pace.max` couples them."""
    coupled = most_asked(quiz) is not None or any(
        choice.ends or choice.gift for question in quiz.questions for choice in question.choices
    )
    groups = [_enumerated(quiz, members, limit) for members in _members(quiz)]
    exact = not coupled and all(group.ends for group in groups)
    order = {question.id: row for row, question in enumerate(quiz.asking_order)}
    routes = {
        name: _merged(
            [route, *(_until(other.longest.route, name, order) for other in groups if other is not group)],
            order,
        )
        for group in groups
        for name, route in group.run.routes.items()
    }
    return Reach(
        routes,
        frozenset().union(*(group.run.held for group in groups)),
        frozenset().union(*(group.run.failed for group in groups)),
        _summed([group.shortest for group in groups], order) if exact else None,
        _summed([group.longest for group in groups], order) if exact else None,
        exact,
    )


def _enumerated(quiz: Quiz, members: list[Question], limit: int) -> _Group:
    run = Enumeration(msgspec.structs.replace(quiz, questions=tuple(members)), limit=limit)
    try:
        return _Group(run, list(run.run().values()))
    except TooManyAnswersError:
        return _Group(run, [])


def _members(quiz: Quiz) -> list[list[Question]]:
    """Questions connected by what their `when` names and by shared facts, in file order."""
    group_of: dict[str, set[str]] = {}  # name of a question, or a fact in brackets → all that hang together
    for question in quiz.questions:
        spoken = names_in(question.when) if question.when else None
        facts = {*(spoken.facts if spoken else ()), *({question.fact} if question.fact else ())}
        linked = {question.id, *(spoken.questions if spoken else ()), *(f"({fact})" for fact in facts)}
        together = linked.union(*(group_of.get(name, ()) for name in linked))
        group_of.update(dict.fromkeys(together, together))
    groups: dict[int, list[Question]] = {}
    for question in quiz.questions:
        groups.setdefault(id(group_of[question.id]), []).append(question)
    return list(groups.values())


def _until(route: Route, name: str, order: Mapping[str, int]) -> Route:
    """The part of a route before a question of another group."""
    return Route(tuple(pair for pair in route.answers if order[pair[0]] < order[name]), route.known)


def _merged(routes: list[Route], order: Mapping[str, int]) -> Route:
    answers = sorted((pair for route in routes for pair in route.answers), key=lambda pair: order[pair[0]])
    return Route(tuple(answers), tuple(fact for route in routes for fact in route.known))


def _summed(walks: list[Walked], order: Mapping[str, int]) -> Walked:
    return Walked(sum(map(_counted, walks)), _merged([walked.route for walked in walks], order))
