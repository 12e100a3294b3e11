"""Touchpoints: what they ask exists, can be asked by itself, and is not asked too often.

At a touchpoint one question is shown by itself, and only its fact outlives the moment. So whatever a
question depends on has to be a fact that an earlier question of the same touchpoint asks for, unless its
`when` says by `known(fact)` that it waits for what was learnt elsewhere.
"""

from collections.abc import Iterator

from quizzes.definition import Question, Touchpoint
from quizzes.expression import And, Condition, Known
from quizzes.nearest import nearest
from quizzes.parser import names_in, parse
from quizzes.rules.rule import Level, Problem, Rule, Subject


def unknown_asks(subject: Subject) -> Iterator[Problem]:
    """A touchpoint asks a question that does not exist."""
    for row, touchpoint in enumerate(subject.quiz.touchpoints):
        for name in touchpoint.ask:
            if name not in subject.order:
                message = f"touchpoint `{touchpoint.id}` asks `{name}`, which is no question; "
                yield Problem(("touchpoints", row), "ask", message + nearest(name, subject.order))


def dependent_asks(subject: Subject) -> Iterator[Problem]:
    """A touchpoint asks a question that waits for an answer nobody gives there."""
    for row, touchpoint in enumerate(subject.quiz.touchpoints):
        for position, name in enumerate(touchpoint.ask):
            question = subject.quiz.question(name)
            if question is None:
                continue
            for needed in sorted(_names(question)):
                message = _missing(subject, touchpoint, position, question, needed)
                if message:
                    yield Problem(("touchpoints", row), "ask", message)


def missing_caps(subject: Subject) -> Iterator[Problem]:
    """A touchpoint asks on every page of every visit."""
    for row, touchpoint in enumerate(subject.quiz.touchpoints):
        if touchpoint.every is None and touchpoint.per_session is None:
            yield Problem(
                ("touchpoints", row),
                "every",
                f"touchpoint `{touchpoint.id}` has no cap and asks on every page; "
                'add `every = "7d"` or `per_session = 1`.',
            )


def _missing(
    subject: Subject, touchpoint: Touchpoint, position: int, question: Question, name: str
) -> str | None:
    """What to do where a question that another one names is not settled at a touchpoint."""
    needed = subject.quiz.question(name)
    if needed is None or name == question.id:
        return None
    start = f"touchpoint `{touchpoint.id}` asks `{question.id}`, which depends on `{name}`"
    if needed.fact is None:
        return (
            f"{start}, whose answer is forgotten there for want of a fact; give `{name}` a fact, "
            f"or take `{question.id}` out of `ask`."
        )
    if name in touchpoint.ask[:position] or needed.fact in _waited_for(question):
        return None
    return (
        f"{start}, which it does not ask before; put `{name}` before it in `ask`, or add "
        f"`known({needed.fact}) and …` to the `when` of `{question.id}`."
    )


def _names(question: Question) -> set[str]:
    return set(question.piped) | (set(names_in(question.when).questions) if question.when else set())


def _waited_for(question: Question) -> set[str]:
    """The facts without which the question is never asked."""
    condition: Condition | None = parse(question.when) if question.when else None
    parts = condition.parts if isinstance(condition, And) else (condition,)
    return {part.fact for part in parts if isinstance(part, Known)}


RULES = (
    Rule("ask-unknown", Level.ERROR, unknown_asks),
    Rule("ask-depends-on-unasked", Level.ERROR, dependent_asks),
    Rule("cap-missing", Level.WARNING, missing_caps),
)
