"""Phrases: a condition as it is written, and in the words of a language."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from quizzes.definition import Quiz
from quizzes.expression import (
    And,
    Attribute,
    Compare,
    Condition,
    Known,
    Literal,
    Name,
    Not,
    Operand,
    Or,
    Scalar,
)
from quizzes.texts import SEPARATORS, in_locale


class _Grammar(NamedTuple):
    """How a language says that a condition holds; {0} and {1} are the operands."""

    comparisons: Mapping[str, str]
    holds: str  # a list, {0}, holds {1}
    lacks: str
    one_of: str  # {0} is one of {1}
    none_of: str
    known: str
    unknown: str
    both: str
    either: str
    opposite: str
    quoted: str


ENGLISH = _Grammar(
    {
        "==": "{0} is {1}",
        "!=": "{0} is not {1}",
        "<": "{0} is below {1}",
        "<=": "{0} is at most {1}",
        ">": "{0} is above {1}",
        ">=": "{0} is at least {1}",
    },
    "{0} includes {1}",
    "{0} does not include {1}",
    "{0} is one of {1}",
    "{0} is none of {1}",
    "{0} is known",
    "{0} is not known",
    " and ",
    " or ",
    "not ({0})",
    "\N{LEFT DOUBLE QUOTATION MARK}{0}\N{RIGHT DOUBLE QUOTATION MARK}",
)
JAPANESE = _Grammar(
    {
        "==": "{0} が{1}",
        "!=": "{0} が{1}以外",
        "<": "{0} が{1}未満",
        "<=": "{0} が{1}以下",
        ">": "{0} が{1}を超える",
        ">=": "{0} が{1}以上",
    },
    "{0} に{1}を含む",
    "{0} に{1}を含まない",
    "{0} が{1}のいずれか",
    "{0} が{1}のいずれでもない",
    "{0} がわかっている",
    "{0} がわかっていない",
    " かつ ",
    " または ",
    "({0})でない",
    "「{0}」",
)


def source(condition: Condition) -> str:
    """The condition as an expression, such as `skin != 'oily' and n > 3`."""
    match condition:
        case And(parts):
            return " and ".join(_bracketed(part, Or, source) for part in parts)
        case Or(parts):
            return " or ".join(source(part) for part in parts)
        case Not(part):
            return f"not {_bracketed(part, And | Or, source)}"
        case Known(fact):
            return f"known({fact})"
        case Compare(op, left, right):
            return f"{_operand(left)} {op} {_operand(right)}"


def in_words(quiz: Quiz, condition: Condition, locale: str) -> str:
    """The condition in words, such as `skin is not “Oily”`; choices in the words of the locale."""
    language = locale.partition("-")[0]
    grammar = JAPANESE if language == "ja" else ENGLISH

    def say(part: Condition) -> str:
        match part:
            case And(parts):
                return grammar.both.join(_bracketed(one, Or, say) for one in parts)
            case Or(parts):
                return grammar.either.join(say(one) for one in parts)
            case Not(Known(fact)):
                return grammar.unknown.format(fact)
            case Not(inner):
                return grammar.opposite.format(say(inner))
            case Known(fact):
                return grammar.known.format(fact)
            case Compare():
                return _said(quiz, part, grammar, locale)

    return say(condition)


def _bracketed(part: Condition, looser: object, say: Callable[[Condition], str]) -> str:
    return f"({say(part)})" if isinstance(part, looser) else say(part)  # type: ignore[arg-type]


def _operand(operand: Operand) -> str:
    match operand:
        case Name(question):
            return question
        case Attribute(name):
            return f"item.{name}"
        case Literal(value):
            return f"[{', '.join(map(_scalar, value))}]" if isinstance(value, tuple) else _scalar(value)


def _scalar(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f'"{value}"' if "'" in value else f"'{value}'"


def _said(quiz: Quiz, part: Compare, grammar: _Grammar, locale: str) -> str:
    left, right = (_shown(quiz, side, other, grammar, locale) for side, other in _sides(part))
    if part.op in grammar.comparisons:
        return grammar.comparisons[part.op].format(left, right)
    positive = part.op == "in"
    if isinstance(part.right, Literal):
        return (grammar.one_of if positive else grammar.none_of).format(left, right)
    return (grammar.holds if positive else grammar.lacks).format(right, left)


def _sides(part: Compare) -> tuple[tuple[Operand, Operand], tuple[Operand, Operand]]:
    return (part.left, part.right), (part.right, part.left)


def _shown(quiz: Quiz, operand: Operand, other: Operand, grammar: _Grammar, locale: str) -> str:
    """An operand; a choice of the question on the other side in its words."""
    if not isinstance(operand, Literal):
        return _operand(operand)
    question = quiz.question(other.question) if isinstance(other, Name) else None

    def words(value: Scalar) -> str:
        if isinstance(value, float):
            return f"{value:g}"
        choice = question.choice(value) if question else None
        return grammar.quoted.format(in_locale(quiz, choice.text, locale) if choice else value)

    values = operand.value if isinstance(operand.value, tuple) else (operand.value,)
    return SEPARATORS.get(locale.partition("-")[0], ", ").join(map(words, values))
