"""Reachability: every question and every choice is somebody's, and no path is too short or too long.

Nothing is said about the paths of a quiz that has too many kinds of answers to enumerate, or a `when` that is
unsound by itself, which the rules about references and types find.
"""

from collections.abc import Iterator

import msgspec

from quizzes.definition import WITH_CHOICES, Order, Pace, Place, Question
from quizzes.expression import Condition
from quizzes.parser import names_in, parse
from quizzes.picture.phrases import source
from quizzes.proofs.partition import lists_with
from quizzes.proofs.reach import Path, Route, most_asked, reach
from quizzes.proofs.satisfiable import impossible_parts
from quizzes.rules import references, types
from quizzes.rules.rule import Level, Problem, Rule, Subject

MOST_WITHOUT_MAX = 6  # questions, after which visitors leave


def unreachable_questions(subject: Subject) -> Iterator[Problem]:
    """No answers lead to a question."""
    for place, question in subject.questions() if _proven(subject) else ():
        if question.id not in subject.reach.routes:
            why = _never(subject, question)
            yield Problem(place, "when", f"question `{question.id}` is never asked: {why}.")


def unreachable_choices(subject: Subject) -> Iterator[Problem]:
    """A choice can never be picked, though its question is asked; wrong `pick` is left to `type-kind`."""
    for place, question, choice in subject.choices():
        fewest, most = question.picks
        sound = question.kind in WITH_CHOICES and 0 < most <= len(question.choices) and fewest <= most
        if not (sound and question.takes_many) or lists_with(question, choice) is not None:
            continue
        if choice.excludes_others:
            why = f"it excludes the others, and at least {fewest} must be picked"
        else:
            why = f"at least {fewest} must be picked, and there are not so many that go together"
        yield Problem(
            place,
            "id",
            f"choice `{choice.id}` of `{question.id}` can never be picked: {why}; lower the least of `pick`.",
        )


def conditions_always_true(subject: Subject) -> Iterator[Problem]:
    """Everybody who gets to a question is asked it, so its `when` says nothing."""
    for place, question in subject.questions() if _proven(subject) else ():
        asked = question.id in subject.reach.held - subject.reach.failed
        if asked and question.when and names_in(question.when).questions:
            yield Problem(
                place,
                "when",
                f"everybody who gets to question `{question.id}` is asked it: whatever was answered before, "
                f"`{question.when}` is true; remove the `when`, or correct it.",
            )


def contradictions(subject: Subject) -> Iterator[Problem]:
    """A `when`, or one of its and/or parts, can never hold."""
    unsound = _unsound(subject)
    for place, question in subject.questions():
        if question.when is None or place in unsound:
            continue
        whole = parse(question.when)
        for part in impossible_parts(subject.quiz, whole):
            yield Problem(place, "when", _contradiction(question, part, whole))


def too_short_paths(subject: Subject) -> Iterator[Problem]:
    """Somebody of whom nothing is known answers all there is, and that is less than `pace.min`."""
    quiz, shortest = subject.quiz, subject.reach.shortest
    if shortest is None or shortest.counted >= quiz.pace.min or not _proven(subject):
        return
    answers = _before_result(subject, shortest.route)
    last = quiz.question(answers[-1][0]) if answers else None
    place = ("questions", quiz.questions.index(last)) if last else ()
    advice = "lower `pace.min`, or ask more of those who answer so"
    if last and last.may_end:
        advice = f"lower `pace.min`, or let `{last.id}` not end the quiz"
    yield Problem(
        place,
        "id" if last else "pace.min",
        f"these answers{_known(shortest.route)} lead to the result after {_count(shortest.counted)}, "
        f"`pace.min` is {quiz.pace.min}; {advice}.",
        answers,
    )


def too_long_paths(subject: Subject) -> Iterator[Problem]:
    """A path is longer than `pace.max`, or than people stay where nothing bounds it."""
    quiz, longest = subject.quiz, subject.reach.longest
    most = _most_wanted(quiz.pace)
    if most is None or longest is None or longest.counted <= most or not _proven(subject):
        return
    asked = [name for name, _ in longest.route.answers]
    places = {question.id: place for place, question in subject.questions() if question.counts}
    hidden = [name for name in asked if name in places][most:]
    led = f"these answers{_known(longest.route)} lead to {_count(longest.counted)}"
    names = ", ".join(f"`{name}`" for name in hidden)
    if quiz.pace.max is None:
        message = f"{led}; visitors leave after {most}: set `pace.max`, or ask less."
    else:
        message = f"{led}, `pace.max` is {most}, and {names} is not asked; raise `pace.max`, or ask less."
    yield Problem(places[hidden[0]], "id", message, longest.route.answers[: asked.index(hidden[0])])


def _proven(subject: Subject) -> bool:
    """Whether what the enumeration found holds of every visitor."""
    return subject.reach.exact and not _unsound(subject)


def _unsound(subject: Subject) -> set[tuple[str | int, ...]]:
    """Questions whose `when` already has a finding of its own."""
    rules = (*references.RULES, *types.RULES)
    problems = (problem for rule in rules for problem in rule.check(subject))
    return {problem.place for problem in problems if problem.field == "when"}


def _never(subject: Subject, question: Question) -> str:
    """Why a question is never asked, and what to do."""
    most = most_asked(subject.quiz)
    unpaced = msgspec.structs.replace(subject.quiz, pace=Pace())
    if most is not None and question.id in reach(unpaced).routes:
        return (
            f"`pace.max` ends the quiz after {_count(most)}, and so many come before it; raise `pace.max`, "
            "move it up, or drop one before it"
        )
    if question.when is None:
        return "an earlier choice with `ends` always closes the quiz; let one choice go on"
    return f"no earlier answers make `{question.when}` true; correct the condition, or remove it"


def _contradiction(question: Question, part: Condition, whole: Condition) -> str:
    if part == whole:
        never = f"`{question.when}` can never hold, so question `{question.id}` is never asked"
    else:
        never = f"in the `when` of question `{question.id}`, `{source(part)}` can never hold"
    return f"{never}, whatever is answered to the questions it names; correct it, or remove it."


def _before_result(subject: Subject, route: Route) -> Path:
    after = {one.id for one in subject.quiz.questions if one.place is Place.AFTER_RESULT}
    return tuple(pair for pair in route.answers if pair[0] not in after)


def _most_wanted(pace: Pace) -> int | None:
    """How long a path may be; None where information bounds it, and what is left out differs by visitor."""
    if pace.order is Order.FIXED:
        return pace.max or MOST_WITHOUT_MAX
    return MOST_WITHOUT_MAX if pace.max is None and pace.stop_gain is None else None


def _known(route: Route) -> str:
    facts = ", ".join(f"`{fact}`" for fact, _ in route.known)
    return f", with {facts} known before," if facts else ""


def _count(number: int) -> str:
    return f"{number} question{'' if number == 1 else 's'}"


RULES = (
    Rule("unreachable-question", Level.ERROR, unreachable_questions),
    Rule("unreachable-choice", Level.ERROR, unreachable_choices),
    Rule("when-always-true", Level.WARNING, conditions_always_true),
    Rule("when-contradiction", Level.WARNING, contradictions),
    Rule("path-shorter-than-min", Level.ERROR, too_short_paths),
    Rule("path-longer-than", Level.WARNING, too_long_paths),
)
