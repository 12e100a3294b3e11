"""Types: comparisons that can be true, of things that can be compared."""

from collections.abc import Iterator

from quizzes.catalogue import NUMBERS, Catalogue
from quizzes.definition import NUMERIC, WITH_CHOICES, Kind, Question, Quiz
from quizzes.expression import ORDERINGS, Attribute, Compare, Literal, Name, Operand, parts_of
from quizzes.nearest import nearest
from quizzes.rules.rule import Level, Problem, Rule, Spoken, Subject

ANY = "anything"


def unknown_choices(subject: Subject) -> Iterator[Problem]:
    """An answer is compared with a choice that its question does not have."""
    for spoken, part in _comparisons(subject):
        for name, literal in _pairs(part):
            question = subject.quiz.question(name.question)
            if question is None or question.kind not in WITH_CHOICES:
                continue
            for value in _many(literal):
                if isinstance(value, str) and value not in question.choice_ids:
                    hint = nearest(value, question.choice_ids)
                    message = f"question `{question.id}` has no choice `{value}`; {hint}"
                    yield Problem(spoken.place, spoken.field, message)


def mismatches(subject: Subject) -> Iterator[Problem]:
    """Two things are compared that are never of one type."""
    for spoken, part in _comparisons(subject):
        message = _mismatch(subject.quiz, part) or _several(subject.catalogue, part)
        if message:
            yield Problem(spoken.place, spoken.field, message)


def _comparisons(subject: Subject) -> Iterator[tuple[Spoken, Compare]]:
    for spoken in subject.conditions:
        for part in parts_of(spoken.condition):
            if isinstance(part, Compare):
                yield spoken, part


def _pairs(part: Compare) -> Iterator[tuple[Name, Literal]]:
    """The sides of a comparison of an answer with a literal."""
    match part.left, part.right:
        case (Name() as name, Literal() as literal) | (Literal() as literal, Name() as name):
            yield name, literal


def _many(literal: Literal) -> tuple[str | float, ...]:
    return literal.value if isinstance(literal.value, tuple) else (literal.value,)


def _mismatch(quiz: Quiz, part: Compare) -> str | None:
    left, right = _type(quiz, part.left), _type(quiz, part.right)
    wrong = next((one for one in (left, right) if one in {Kind.INFO, Kind.CONTACT}), None)
    if wrong:
        return f"a question of kind `{wrong}` has no answer to compare; name another question."
    if part.op in ORDERINGS and (name := _textual(part)):
        numbers = ", ".join(sorted(NUMBERS))
        return (
            f"`{part.op}` compares numbers and is never true for `item.{name}`, which holds texts "
            f"(numbers are {numbers}); use == or in."
        )
    if part.op in ORDERINGS:
        both = {left, right} <= {"number", ANY}
        return None if both else f"`{part.op}` compares numbers, here are {left} and {right}; use == or in."
    if part.op in {"in", "not in"}:
        fits = right in {"list", ANY}
        return None if fits else f"on the right of `{part.op}` stands a list, here is a {right}; use ==."
    if left != right and ANY not in {left, right}:
        advice = "use in" if "list" in {left, right} else "compare with a value of the same type"
        return f"a {left} never equals a {right} in `{part.op}`; {advice}."
    return None


def _several(catalogue: Catalogue | None, part: Compare) -> str | None:
    """An attribute of several values is never equal to one of them, and `!=` would let the others pass."""
    sides = [one.name for one in (part.left, part.right) if isinstance(one, Attribute)]
    if catalogue is None or part.op not in {"==", "!="} or len(sides) != 1:
        return None
    lists = sum(isinstance(value := item.get(sides[0]), tuple) and len(value) > 1 for item in catalogue.items)
    word = "in" if part.op == "==" else "not in"
    return (
        f"{lists} items have several values of `{sides[0]}`, and a list is never equal to one value; "
        f"write `'…' {word} item.{sides[0]}`."
        if lists
        else None
    )


def _textual(part: Compare) -> str | None:
    """An attribute of a comparison that holds texts, whatever they look like."""
    sides = [one.name for one in (part.left, part.right) if isinstance(one, Attribute)]
    return next((name for name in sides if name not in NUMBERS), None)


def _type(quiz: Quiz, operand: Operand) -> str:
    match operand:
        case Literal(value):
            return "list" if isinstance(value, tuple) else "text" if isinstance(value, str) else "number"
        case Attribute(name):
            return "number" if name in NUMBERS else ANY
        case Name(name):
            question = quiz.question(name)
            return ANY if question is None else _answer_type(question)


def _answer_type(question: Question) -> str:
    if question.kind in NUMERIC:
        return "number"
    if question.kind in {Kind.INFO, Kind.CONTACT}:
        return question.kind
    return "list" if question.takes_many else "text"


RULES = (
    Rule("choice-unknown", Level.ERROR, unknown_choices),
    Rule("type-mismatch", Level.ERROR, mismatches),
)
