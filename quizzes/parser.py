"""Parser: the text of an expression to its tree, or an error with the column and what was expected."""

import math
import re
from functools import lru_cache
from typing import NamedTuple

from quizzes.errors import ExpressionError
from quizzes.expression import (
    And,
    Attribute,
    Compare,
    Condition,
    Known,
    Literal,
    Name,
    Names,
    Not,
    Operand,
    Or,
    Scalar,
    names,
)

RESERVED = frozenset({"and", "or", "not", "in", "item", "known"})
DEPTH_LIMIT = 40
MEANT = {"=": "write `==` to compare", "&": "write `and`", "|": "write `or`", "!": "write `not` or `!=`"}
"""Signs of other languages, and what stands for them here."""
TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>-?\d+(?:\.\d+)?)
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<word>[^\W\d][\w-]*(?:\.[\w-]+)?)
    | (?P<sign>==|!=|<=|>=|[<>()\[\],])
    | (?P<end>$)
    )""",
    re.VERBOSE,
)
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})


class Token(NamedTuple):
    """One word, sign or literal, and where it begins."""

    kind: str
    text: str
    column: int


@lru_cache(maxsize=8192)
def parse(source: str, owner: str = "item") -> Condition:
    """Read an expression.

    Args:
        source: its text.
        owner: what has attributes: the item in question, or whatever else a condition is about.

    Raises:
        ExpressionError: it cannot be read.
    """
    return _Parser(source, owner).condition()


@lru_cache(maxsize=8192)
def names_in(source: str) -> Names:
    """What an expression names.

    Raises:
        ExpressionError: it cannot be read.
    """
    return names(parse(source))


def _tokens(source: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            column = at + len(source[at:]) - len(source[at:].lstrip()) + 1
            meant = MEANT.get(source[column - 1], "texts stand in quotes, and there is no arithmetic")
            raise ExpressionError(
                f"`{source[column - 1]}` belongs to no word, number or sign; {meant}", column
            )
        kind = match.lastgroup
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    return found


class _Parser:
    def __init__(self, source: str, owner: str) -> None:
        self._tokens = _tokens(source)
        self._owner = owner
        self._at = 0
        self._depth = 0

    def condition(self) -> Condition:
        found = self._any()
        if self._next.kind != "end":
            raise self._unexpected("`and`, `or` or the end")
        return found

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise ExpressionError(
                f"nested deeper than {DEPTH_LIMIT}; split the condition over several questions",
                self._next.column,
            )
        found = self._bare()
        self._depth -= 1
        return found

    def _bare(self) -> Condition:
        if self._take("not"):
            return Not(self._one())
        if self._take("("):
            found = self._any()
            self._expect(")")
            return found
        if self._next.kind == "word" and self._next.text == "known":
            return self._known()
        return self._comparison()

    def _known(self) -> Known:
        self._expect("known")
        self._expect("(")
        fact = self._next
        if fact.kind != "word" or "." in fact.text:
            raise self._unexpected("the name of a fact")
        self._at += 1
        self._expect(")")
        return Known(fact.text)

    def _comparison(self) -> Compare:
        left = self._operand()
        negated = self._take("not")
        sign = self._next
        if sign.kind == "text" or sign.text not in COMPARISONS or (negated and sign.text != "in"):
            expected = "`in`" if negated else "one of == != < <= > >= in, not in"
            raise self._unexpected(expected)
        self._at += 1
        return Compare("not in" if negated else sign.text, left, self._operand())

    def _operand(self) -> Operand:
        token = self._next
        if token.kind == "word" and token.text not in RESERVED | {self._owner}:
            self._at += 1
            return self._named(token)
        if self._take("["):
            return Literal(self._list())
        return Literal(self._scalar("a question, a text in quotes, a number or a list"))

    def _named(self, token: Token) -> Name | Attribute:
        owner, dot, attribute = token.text.partition(".")
        if not dot:
            return Name(token.text)
        if owner != self._owner:
            raise ExpressionError(
                f"`{token.text}`: only `{self._owner}` has attributes; an answer is named by its question",
                token.column,
            )
        return Attribute(attribute)

    def _list(self) -> tuple[Scalar, ...]:
        values = [self._scalar("a text in quotes or a number")]
        while self._take(","):
            values.append(self._scalar("a text in quotes or a number"))
        self._expect("]")
        return tuple(values)

    def _scalar(self, expected: str) -> Scalar:
        token = self._next
        if token.kind == "text":
            self._at += 1
            return token.text[1:-1]
        if token.kind == "number" and math.isfinite(float(token.text)):
            self._at += 1
            return float(token.text)
        raise self._unexpected(expected)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self, text: str) -> bool:
        """Step over a sign or a word of the language; a quoted text is never one."""
        there = self._next.kind in {"word", "sign"} and self._next.text == text
        self._at += there
        return there

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(f"`{text}`")

    def _unexpected(self, expected: str) -> ExpressionError:
        found = f"`{self._next.text}`" if self._next.kind != "end" else "the end"
        return ExpressionError(f"expected {expected}, found {found}", self._next.column)
