"""Descent: what is left of a set after each path of answers, where every answer can only take away.

Of two ways to one state of the quiz the one that leaves a part of what the other leaves is as bad or worse
whatever comes later, so it alone is followed: the paths that leave least come out, without trying all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from quizzes.definition import Question
from quizzes.expression import Value
from quizzes.proofs.enumeration import STEP_LIMIT, Enumeration, Route, State, Trail, pruned
from quizzes.proofs.partition import TooManyAnswersError

FOLLOWED = 32
"""Ways to one state that are followed at most."""
TRIES = 20_000
"""Ways that are tried at most before only the worst of each state is followed."""

EVERYTHING = -1
"""All bits, however many there are."""
Taking = Callable[[Question, Value, Mapping[str, Value]], list[tuple[Value, int]]]
"""Question, one of its representatives and other answers → answers of that kind, and the bits each leaves."""


class Left(NamedTuple):
    """What is left after a path."""

    bits: int
    route: Route


class Descent(NamedTuple):
    """What is left at the ends of a quiz, on the paths that leave least and not enough."""

    ends: tuple[Left, ...]
    exact: bool  # False: other paths may leave less


def descend(
    run: Enumeration,
    whole: int,
    taking: Taking,
    floor: Callable[[Question], int],
    enough: Callable[[int], bool],
) -> Descent:
    """Follow the answers to a quiz.

    Args:
        run: an enumeration that was not run.
        whole: the bits of the set before the first answer.
        taking: what each answer leaves of it.
        floor: what all answers to a question together would leave.
        enough: whether so much is left that nobody asks about the path; of more it is true as well.
    """
    descending = _Descending(run, taking, floor, enough)
    try:
        return descending.run(whole)
    except TooManyAnswersError:
        return Descent((), exact=False)


class _Frontier:
    """Ways to one state, none of which leaves all that another leaves."""

    def __init__(self) -> None:
        self._ways: list[tuple[int, Left]] = []  # with the number of bits

    @property
    def ways(self) -> list[Left]:
        return [way for _, way in self._ways]

    def add(self, bits: int, route: Callable[[], Route], followed: int) -> bool:
        """Keep a way, and say whether none was dropped for the number of them."""
        if any(way.bits & bits == way.bits for _, way in self._ways):
            return True
        self._ways = [one for one in self._ways if one[1].bits & bits != bits]
        self._ways.append((bits.bit_count(), Left(bits, route())))
        if len(self._ways) <= followed:
            return True
        self._ways.remove(max(self._ways, key=_size))
        return False


class _Descending:
    def __init__(
        self,
        run: Enumeration,
        taking: Taking,
        floor: Callable[[Question], int],
        enough: Callable[[int], bool],
    ) -> None:
        self._run = run
        self._taking = taking
        self._floor = floor
        self._enough = enough
        self._steps = STEP_LIMIT
        self._tries = TRIES
        self._exact = True

    def run(self, whole: int) -> Descent:
        states = {State(): [Left(whole, Route())]}
        for turn, floor in zip(self._run.turns, self._floors(), strict=True):
            found: dict[State, _Frontier] = {}
            for state, ways in states.items():
                doubtful = [way for way in ways if not self._enough(way.bits & floor)]
                for after, trail in self._run.steps(turn, state, Trail()) if doubtful else ():
                    self._count_step()
                    frontier = found.setdefault(pruned(after, turn), _Frontier())
                    for taken in self._taken(turn.question, after, trail):
                        self._extend(frontier, doubtful, taken)
            states = {state: frontier.ways for state, frontier in found.items()}
        ends = (way for ways in states.values() for way in ways)
        return Descent(tuple(way for way in ends if not self._enough(way.bits)), self._exact)

    def _floors(self) -> list[int]:
        """What is left at least, whatever is answered from each turn on."""
        floors = [EVERYTHING]
        for turn in reversed(self._run.turns):
            floors.append(floors[-1] & self._floor(turn.question))
        return floors[:0:-1]

    def _count_step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise TooManyAnswersError

    def _extend(self, frontier: _Frontier, ways: list[Left], taken: Left) -> None:
        for way in ways:
            self._tries -= 1
            followed = FOLLOWED if self._tries > 0 else 1

            def route(before: Route = way.route) -> Route:
                return Route(before.answers + taken.route.answers, before.known + taken.route.known)

            self._exact &= frontier.add(way.bits & taken.bits, route, followed)

    def _taken(self, question: Question, after: State, trail: Trail) -> Iterator[Left]:
        """The step in each variant of the answer; of a fact that was known before only as it is."""
        values = dict(after.values)
        value, route = values.get(question.id), trail.route
        if value is None:
            yield Left(EVERYTHING, route)
            return
        for variant, bits in self._taking(question, value, values):
            if variant == value:
                yield Left(bits, route)
            elif route.answers:
                yield Left(bits, Route(((question.id, variant),), route.known))


def _size(counted: tuple[int, Left]) -> int:
    return counted[0]
