"""Trails: of all ways through a quiz to one place the first, the shortest and the longest."""

from typing import NamedTuple

from quizzes.answers import Fact
from quizzes.definition import Question
from quizzes.expression import Value

Path = tuple[tuple[str, Value | None], ...]  # question and answer, None = skipped
Known = tuple[tuple[str, Fact], ...]  # fact and value


class Route(NamedTuple):
    """Answers in the order they are asked for, and what the profile knew before."""

    answers: Path = ()
    known: Known = ()

    def then(self, answers: Path) -> "Route":
        """The route with more answers."""
        return Route(self.answers + answers, self.known)

    def knowing(self, known: Known) -> "Route":
        """The route of a visitor of whom more was known before."""
        return Route(self.answers, self.known + known)


class Walked(NamedTuple):
    """A route, and how many questions that `pace` counts are asked on it."""

    counted: int = 0
    route: Route = Route()


class Trail(NamedTuple):
    """How a place is reached."""

    route: Route = Route()
    shortest: Walked | None = Walked()  # of visitors of whom nothing is known
    longest: Walked = Walked()

    def asked(self, question: Question, value: Value | None) -> "Trail":
        """The same ways with one more answer."""
        answer = ((question.id, value),)

        def further(walked: Walked) -> Walked:
            return Walked(walked.counted + question.counts, walked.route.then(answer))

        shortest = further(self.shortest) if self.shortest else None
        return Trail(self.route.then(answer), shortest, further(self.longest))

    def knowing(self, known: Known) -> "Trail":
        """The same ways of a visitor of whom more was known before."""
        longest = Walked(self.longest.counted, self.longest.route.knowing(known))
        return Trail(self.route.knowing(known), None, longest)

    def beside(self, other: "Trail") -> "Trail":
        """Two ways to one place."""
        shortest = [one.shortest for one in (self, other) if one.shortest is not None]
        return Trail(
            self.route,
            min(shortest, key=lambda walked: walked.counted, default=None),
            max(self.longest, other.longest, key=lambda walked: walked.counted),
        )
