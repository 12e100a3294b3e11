"""Plain facts: what of a profile may be read by others than the recommendations: nothing sensitive."""

import msgspec

from recsvc.domain.errors import UnknownQuizError
from recsvc.domain.profile import FactValue, Profile
from recsvc.serving.consent import usable
from recsvc.serving.live_quizzes import LiveQuizzes


class PlainFacts:
    """Leaves out what answers a sensitive question, or might.

    Args:
        quizzes: say which questions are sensitive, as of now; a fact that was said to a quiz which is not
            among them might be, and is left out.
    """

    def __init__(self, quizzes: LiveQuizzes) -> None:
        self._quizzes = quizzes
        newest = map(quizzes.get, quizzes.ids())
        self._sensitive = {one.fact for quiz in newest for one in quiz.questions if one.sensitive}

    def of(self, profile: Profile, now: float) -> dict[str, FactValue]:
        """The facts that hold now, whose purpose was not withdrawn, by name."""
        return {
            fact: value
            for fact, value in sorted(profile.facts.items())
            if fact not in self._sensitive
            and usable(profile, value, now, self._quizzes.opt_in)
            and self._is_plain(value)
        }

    def _is_plain(self, value: FactValue) -> bool:
        """Whether the question that was answered was not a sensitive one; imported facts answer none."""
        if value.quiz is None:
            return True
        try:
            question = self._quizzes.at(value.quiz, value.revision or 0).question(value.question or "")
        except UnknownQuizError:
            return False
        return question is not None and not question.sensitive


def plain(profile: Profile, quizzes: LiveQuizzes, now: float) -> Profile:
    """The profile without answers to sensitive questions; itself where it has none."""
    facts = PlainFacts(quizzes).of(profile, now) if profile.facts else {}
    is_plain = len(facts) == len(profile.facts)
    return profile if is_plain else msgspec.structs.replace(profile, facts=facts)
