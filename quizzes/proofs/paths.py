"""Paths: routes through a quiz, one for each set of questions that can be asked, and every choice on one."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from quizzes.answers import Answer
from quizzes.definition import WITH_CHOICES, Choice, Question, Quiz
from quizzes.engine import State, replay
from quizzes.expression import Value
from quizzes.parser import parse
from quizzes.proofs.enumeration import STEP_LIMIT, Enumeration
from quizzes.proofs.partition import Mentions, TooManyAnswersError, alike, lists_with, representatives
from quizzes.proofs.reach import reach
from quizzes.proofs.trails import Route

PATH_LIMIT = 500


class Paths(NamedTuple):
    """Finished routes in file order of what they ask."""

    routes: tuple[Route, ...]
    truncated: bool  # True: some set of questions, or some choice, may be on none of them


def paths(quiz: Quiz, limit: int = PATH_LIMIT, steps: int = STEP_LIMIT) -> Paths:
    """Find one route for each set of questions that can be asked, and more until each choice is on one.

    A route ends early before a question that needs an answer which cannot be made up: an address.

    Args:
        quiz: its expressions can be read.
        limit: of routes.
        steps: limit of answers tried.
    """
    found, complete = _one_each(quiz, steps)
    tour = _Tour(quiz)
    routes = [tour.varied(route) for route in found[:limit]]
    if not found:
        routes.append(tour.played_through())
    for extra in tour.missing(_ways_in(quiz, steps)):
        if len(routes) >= limit:
            return Paths(tuple(routes), truncated=True)
        routes.append(extra)
    return Paths(tuple(routes), truncated=not complete or len(found) > limit)


def played(quiz: Quiz, route: Route) -> State:
    """Where a route leads."""
    answers = [(name, Answer(value, skip=value is None)) for name, value in route.answers]
    return replay(quiz, answers, dict(route.known))


def _one_each(quiz: Quiz, steps: int) -> tuple[list[Route], bool]:
    """A route for each set of questions, and whether these are all."""
    run = Enumeration(quiz, most=quiz.pace.max, limit=steps, by_asked=True)
    try:
        ends = run.run()
    except TooManyAnswersError:
        return [], False
    found: dict[tuple[str, ...], Route] = {}
    for state, trail in ends.items():
        found.setdefault(state.asked, trail.route)
    return list(found.values()), True


def _ways_in(quiz: Quiz, steps: int) -> dict[str, Route]:
    """A route to each question that is reached; the engine agrees with each."""
    run = Enumeration(quiz, most=quiz.pace.max, limit=steps)
    with suppress(TooManyAnswersError):  # what it found until then holds
        run.run()
    ways = {**reach(quiz, steps).routes, **run.routes}
    return {name: way for name, way in ways.items() if name in played(quiz, way).reachable}


class _Tour:
    """Which choices were on a route so far."""

    def __init__(self, quiz: Quiz) -> None:
        self._quiz = quiz
        self._questions = {question.id: question for question in quiz.questions}
        self._mentions = Mentions(quiz, [parse(one.when) for one in quiz.questions if one.when])
        self._seen: set[tuple[str, str]] = set()

    def varied(self, route: Route) -> Route:
        """The same route with choices that were on none, where no condition tells them apart."""
        answers = tuple(
            (name, self._exchanged(self._questions[name], value)) for name, value in route.answers
        )
        return self._noted(Route(answers, route.known))

    def played_through(self) -> Route:
        """A route of nothing but choices that were on none."""
        return self._noted(self._finished(Route()))

    def missing(self, ways: Mapping[str, Route]) -> Iterator[Route]:
        """A route for each choice that was on none, though it can be picked."""
        for question in self._quiz.questions:
            for choice in question.choices if question.id in ways else ():
                value = _picking(question, choice)
                if value is not None and (question.id, choice.id) not in self._seen:
                    way = ways[question.id]
                    yield self._noted(self._finished(_on(way, question, value)))

    def _noted(self, route: Route) -> Route:
        self._seen.update((name, choice_id) for name, value in route.answers for choice_id in _ids(value))
        return route

    def _exchanged(self, question: Question, value: Value | None) -> Value | None:
        if question.kind not in WITH_CHOICES or value is None:
            return value
        ids = list(_ids(value))
        for group in alike(question, self._mentions):
            fresh = [one.id for one in group if (question.id, one.id) not in self._seen and one.id not in ids]
            for row, choice_id in enumerate(ids):
                if (
                    fresh
                    and (question.id, choice_id) in self._seen
                    and any(choice_id == one.id for one in group)
                ):
                    ids[row] = fresh.pop(0)
        if not question.takes_many:
            return ids[0]
        return tuple(sorted(ids, key=question.choice_ids.__getitem__))

    def _finished(self, route: Route) -> Route:
        """The route to its end, over choices that were on none before."""
        state = played(self._quiz, route)
        while (question := state.question or state.offer) is not None:
            route = _on(route, question, self._next_value(question))
            state = played(self._quiz, route)
        return route

    def _next_value(self, question: Question) -> Value | None:
        for choice in question.choices if question.kind in WITH_CHOICES else ():
            value = _picking(question, choice)
            if value is not None and (question.id, choice.id) not in self._seen:
                return value
        return next(representatives(question, self._mentions), None)


def _picking(question: Question, choice: Choice) -> Value | None:
    return lists_with(question, choice) if question.takes_many else choice.id


def _on(route: Route, question: Question, value: Value | None) -> Route:
    return route.then(((question.id, value),))


def _ids(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
