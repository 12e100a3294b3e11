import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.expression import Scope, Value, evaluate
from quizzes.parser import parse
from quizzes.proofs.conceivable import conceivable
from tests.quizzes.parts import build, question

QUIZ = build(
    question("one"),
    question("many", "multi"),
    question("n", "slider", range={"min": 0, "max": 9}),
)
PARTS = (
    "item.x == 'a'",
    "item.x == ['a', 'b']",
    "item.x != 'b'",
    "'a' in item.x",
    "'a' not in item.x",
    "item.x in ['a', 'c']",
    "item.x == one",
    "item.x in many",
    "item.y < 3",
    "item.y > 2",
    "item.y <= n",
    "item.y > n",
    "n > 5",
    "item.y in [1, 9]",
    "item.y < item.z",
    "item.z == 4",
)
CONDITIONS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).flatmap(
    lambda parts: st.tuples(*(st.sampled_from((part, f"not ({part})")) for part in parts))
)
SETS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True).map(tuple)
NUMBERS = st.sampled_from((0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.5, 9.0, 10.0))
THINGS = st.fixed_dictionaries({"x": SETS, "y": NUMBERS, "z": NUMBERS})
SAID = st.fixed_dictionaries(
    {},
    optional={
        "one": st.sampled_from("abc"),
        "many": st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda ids: tuple(sorted(ids))),
        "n": NUMBERS.filter(lambda number: number <= 9),
    },
)


@settings(max_examples=200)
@given(CONDITIONS, THINGS, SAID)
def test_what_some_item_passes_is_conceivable(
    parts: tuple[str, ...], item: dict[str, Value], said: dict[str, Value]
) -> None:
    conditions = [parse(part) for part in parts]
    if all(evaluate(one, Scope(said, item=item)) for one in conditions):
        assert conceivable(QUIZ, conditions)


@pytest.mark.parametrize(
    "parts",
    [
        ("item.x == 'a'", "item.x == 'b'"),
        ("item.x == 'a'", "'b' in item.x"),
        ("item.x == ['a', 'b']", "'c' in item.x"),
        ("'a' in item.x", "'a' not in item.x"),
        ("item.x in ['a', 'b']", "not ('a' in item.x)", "not ('b' in item.x)"),
        ("item.y < 3", "item.y >= 3"),
        ("item.y <= n", "item.y > 9"),
        ("item.y < item.z", "item.z < item.y"),
        ("item.x == one", "item.x == 'z'"),
    ],
)
def test_what_no_item_passes_is_found(parts: tuple[str, ...]) -> None:
    assert not conceivable(QUIZ, [parse(part) for part in parts])


@pytest.mark.parametrize(
    "parts",
    [
        ("'a' in item.x", "'b' in item.x"),
        ("item.x != 'a'", "'a' in item.x"),
        ("item.y <= n", "item.y > 8"),
        ("not (item.y < 3)", "not (item.y >= 3)"),
        tuple(f"'v{number}' in item.x" for number in range(12)),
    ],
)
def test_sets_of_texts_and_what_is_too_wide_are_conceivable(parts: tuple[str, ...]) -> None:
    assert conceivable(QUIZ, [parse(part) for part in parts])
