import json
from pathlib import Path
from typing import Any

import pytest

from quizzes.expression import And, Compare, Known, Literal, Name, Not, Or, Scope, evaluate, names
from quizzes.parser import parse

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "expression-vectors.json").read_text("utf-8"))


def frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


SCOPE = Scope(frozen(GOLDEN["scope"]["answers"]), GOLDEN["scope"]["facts"], frozen(GOLDEN["scope"]["item"]))


@pytest.mark.parametrize(("expression", "expected"), GOLDEN["vectors"])
def test_vector_has_its_value(expression: str, expected: bool) -> None:  # noqa: FBT001
    assert evaluate(parse(expression), SCOPE) is expected


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (Compare("==", Name(name), Literal(1.0)) for name in "abc")
    assert parse("a == 1 or not b == 1 and c == 1") == Or((a, And((Not(b), c))))


def test_names_are_collected_from_every_part() -> None:
    found = names(parse("not (a == 1 and known(f)) or 'x' in item.colour and b != c"))
    assert found.questions == {"a", "b", "c"}
    assert found.attributes == {"colour"}
    assert found.facts == {"f"}


def test_whole_numbers_of_an_item_compare_as_floats() -> None:
    assert evaluate(parse("item.price <= 3"), Scope({}, item={"price": 3}))


def test_known_is_no_comparison() -> None:
    assert parse("known(skin_type)") == Known("skin_type")
