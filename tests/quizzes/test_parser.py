import pytest

from quizzes.errors import ExpressionError
from quizzes.parser import parse


@pytest.mark.parametrize(
    ("expression", "column", "part"),
    [
        ("", 1, "found the end"),
        ("skin", 5, "== !="),
        ("skin = 'dry'", 6, "belongs to no word"),
        ("skin == 'dry", 9, "belongs to no word"),
        ("skin == 'dry' ind x", 15, "`and`, `or` or the end"),
        ("skin == dry == 'x'", 13, "the end"),
        ("skin not 'dry'", 10, "`in`"),
        ("(skin == 'dry'", 15, "`)`"),
        ("skin in ['dry' 'oily']", 16, "`]`"),
        ("skin in []", 10, "a text in quotes or a number"),
        ("known('skin')", 7, "the name of a fact"),
        ("known(item.price)", 7, "the name of a fact"),
        ("skin.colour == 'x'", 1, "only `item` has attributes"),
        ("budget + 1 > 2", 8, "no arithmetic"),
        ("and == 1", 1, "a question"),
        ("item == 1", 1, "a question"),
        ("a == " + "9" * 400, 6, "a question"),
        ("not " * 60 + "a == 1", 161, "nested deeper"),
        ("(" * 900 + "a == 1", 41, "nested deeper"),
    ],
)
def test_unreadable_expression_names_its_column(expression: str, column: int, part: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(expression)
    assert caught.value.column == column
    assert part in str(caught.value)


def test_quoted_words_are_never_operators() -> None:
    parse("'and' == skin and skin in ['in', 'or']")
