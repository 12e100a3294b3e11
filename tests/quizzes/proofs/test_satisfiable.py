import pytest

from quizzes.parser import parse
from quizzes.picture.phrases import source
from quizzes.proofs.satisfiable import impossible_parts, satisfiable
from tests.quizzes.parts import build, choice, question

QUIZ = build(
    question("one"),
    question("two", required=True),
    question("many", "multi", choices=[choice("a"), choice("b"), choice("no", alone=True)], pick=[1, 2]),
    question("n", "slider", range={"min": 0, "max": 10}),
    question("k", "number"),
    question("stars", "scale", scale={"min": 1, "max": 3}),
    question("t", "text"),
)


@pytest.mark.parametrize(
    "when",
    [
        "one == 'a' and two == 'a'",
        "two == one and one == 'c'",
        "'a' in many and 'b' in many",
        "not 'a' in many and not 'no' in many",
        "n > 3 and n < 3.5",
        "n < k and k < 0.1",
        "stars > 1 and stars < 3",
        "t == 'x' or known(f)",
        "known(f) and not known(g)",
        "two != 'a' and two != 'b' and two != 'c'",
        "one in ['a', 'z']",
    ],
)
def test_what_some_answers_make_true_is_possible(when: str) -> None:
    assert satisfiable(QUIZ, parse(when))


@pytest.mark.parametrize(
    "when",
    [
        "one == 'a' and one == 'b'",
        "one == two and one == 'a' and two == 'b'",
        "'no' in many and 'a' in many",
        "n < 2 and n > 5",
        "n > 10",
        "stars > 1 and stars < 2",
        "known(f) and not known(f)",
        "t == 'x' and t != 'x'",
    ],
)
def test_what_no_answers_make_true_is_not(when: str) -> None:
    assert [source(part) for part in impossible_parts(QUIZ, parse(when))] == [when]


def test_part_is_named_and_not_what_makes_it_up() -> None:
    whole = parse("one == 'c' or (two == 'a' and n > 4 and n < 3) or n > 10")
    assert [source(part) for part in impossible_parts(QUIZ, whole)] == [
        "two == 'a' and n > 4 and n < 3",
        "n > 10",
    ]


def test_what_takes_too_long_to_try_counts_as_possible() -> None:
    assert satisfiable(QUIZ, parse("one == 'a' and one == 'b'"), limit=1)
    facts = " and ".join(f"known(f{row})" for row in range(30))
    assert satisfiable(QUIZ, parse(f"({facts}) and not known(f1)"))
    wide = build(question("wide", "multi", choices=[choice(f"c{row}") for row in range(20)]))
    when = " and ".join(f"'c{row}' in wide" for row in range(20))
    assert satisfiable(wide, parse(f"{when} and 'c1' not in wide"))
